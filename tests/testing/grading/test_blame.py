"""A mistake of a test is told to the instructor, and no student is blamed for it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.testing.grading.grading import BAD, Grade, hand_in, scenarios, table

TESTS = '''
import pytest
from minios.lab import Bugcheck, Death, seconds

def test_type(submission):
    """A TypeError."""
    submission.contents["mine"]

def test_index(submission):
    """An IndexError."""
    submission.recordings[0]

def test_fixture(submision):
    """A fixture that there is not."""

def test_path(submission):
    """A file that nobody was asked for."""
    submission.path("mime.toml")

def test_plugin(submission):
    """A plugin that nobody was asked for."""
    submission.plugin

def test_word(windows):
    """A misuse of minios."""
    windows.push("channel-291-bat")

@pytest.mark.hidden
def test_secret(windows):
    """SECRET title"""
    windows.services["updatr"]

def test_assertion(submission):
    """An assertion about what was handed in."""
    assert "NOTHING" in submission.path("mine.toml").read_text()

def test_wait(windows):
    """Something that has not happened."""
    windows.run_until(Bugcheck(), within=seconds(1))

def test_record(windows):
    """A record that there is not."""
    windows.last(Bugcheck())

def test_not_handed_in(submission):
    """A part that may be missing, and is."""
    submission.path("more.toml")

@pytest.mark.budget(virtual=seconds(1))
def test_budget(windows):
    """A budget that is used up."""
    windows.run_for(seconds(9))
'''
ASSIGNMENT = """\
[[part]]
kind = "content"
file = "mine.toml"
[[part]]
kind = "content"
file = "more.toml"
required = false
"""
TOML = """\
title = "A file for a push that nobody was asked for"
[machines.windows]
[[steps]]
push = "submission/rule.toml"
"""
MISTAKES = {
    "A TypeError": "test_mine.py:7: TypeError: tuple indices must be",
    "An IndexError": "test_mine.py:11: IndexError: tuple index out of range",
    "test_fixture": (
        "test_mine.py:13: there is no fixture 'submision'. Did you mean submission?"
    ),
    "A file that nobody was asked for": "test_mine.py:18: submission/mime.toml: the su",
    "A plugin that nobody was asked for": "test_mine.py:22: submission: the submission",
    "A misuse of minios": "test_mine.py:26: channel-291-bat: there is no such file",
    "SECRET title": "test_mine.py:31: ",
    "A file for a push that nobody was asked for": (
        "push failed on windows: scenarios/typo.scenario.toml:3: submission/rule.toml: "
    ),
}
OF_STUDENT = {
    "An assertion about what was handed in",
    "Something that has not happened",
    "A record that there is not",
    "A part that may be missing, and is",
    "A budget that is used up",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, grade: Grade) -> Path:
    """One submission, graded by tests most of which have a mistake of their own."""
    folder = tmp_path_factory.mktemp("class")
    tests = scenarios(folder, TESTS)
    (tests / "assignment.toml").write_text(ASSIGNMENT)
    (tests / "typo.scenario.toml").write_text(TOML)
    root = hand_in(folder, {"ann": BAD.read_text()})
    words = ("--with", tests, "--output", folder / "grades")
    done = grade(root, *words)
    assert done.returncode == 1, done.stderr
    (folder / "said").write_text(done.stderr)
    return folder


def messages(place: Path, element: str) -> dict[str, str]:
    """From junit.xml: the title of each test that ended so, and what is said of it."""
    root = ET.fromstring((place / "grades/junit.xml").read_text())  # noqa: S314 - ours
    return {
        case.attrib["name"]: found.attrib["message"]
        for case in root.iter("testcase")
        if (found := case.find(element)) is not None
    }


def test_a_mistake_of_a_test_is_told_with_file_and_line(place: Path) -> None:
    """To the instructor: on standard error, in junit.xml and in the spreadsheet."""
    said, cell = (place / "said").read_text(), table(place / "grades")["ann"][3]

    told = messages(place, "error")
    assert told.keys() == MISTAKES.keys()
    for title, words in MISTAKES.items():
        assert told[title].startswith(words)
        assert f"minios: {told[title]} (this test could not be run for 1 of 1" in said
        assert told[title] in cell


def test_a_student_answers_for_what_was_handed_in(place: Path) -> None:
    """Also if a part that may be missing is missing, or the budget is used up."""
    assert messages(place, "failure").keys() | set() == OF_STUDENT


def test_a_student_is_not_blamed_for_a_mistake_of_a_test(place: Path) -> None:
    """And reads nothing of a hidden test that has one."""
    text = (place / "grades/feedback/ann.txt").read_text()
    not_yours = "This test could not be run. It is not your fault"

    assert "7 of them could not be run, which is not your fault." in text
    assert text.count(not_yours) == len(MISTAKES) - 1
    assert "used up its budget of 1 s of virtual time" in text
    for words in (
        "larger budget",
        "tuple",
        "SECRET",
        "updatr",
        "rule.toml",
        "submision",
    ):
        assert words not in text
