"""assignment.toml is read as it is meant, or refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.errors import ScenarioError
from minios.testing.grading import assignment
from minios.testing.grading.assignment import Assignment, Kind, Part

EXAMPLE = """\
title = "A counter"
points = 2
hidden = true
instructions = 1000
virtual_seconds = 30

[[part]]
kind = "plugin"
file = "counter"

[[part]]
kind = "answers"
file = "answers.toml"
required = false
"""


def test_an_assignment_is_read_as_it_is_meant(tmp_path: Path) -> None:
    """All that can be said."""
    (tmp_path / "assignment.toml").write_text(EXAMPLE)

    assert assignment.read(tmp_path) == Assignment(
        "A counter",
        2.0,
        hidden=True,
        instructions=1000,
        virtual_seconds=30.0,
        part=(
            Part(Kind.PLUGIN, "counter"),
            Part(Kind.ANSWERS, "answers.toml", required=False),
        ),
    )


def test_without_an_assignment_nothing_is_graded(tmp_path: Path) -> None:
    """Nothing of a submission would be read, and everybody would have 0 points."""
    with pytest.raises(
        ScenarioError, match=r"there is no assignment\.toml beside"
    ) as no:
        assignment.read(tmp_path)

    assert no.value.where == str(tmp_path)
    assert no.value.advice.startswith("Write [[part]], and below it kind =")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("points = 2", "names no part, and so nothing of a submission would be read"),
        ("title = 3", ":1: title must be a text, not a whole number. Put it in quot"),
        ("titel = 'x'", ":1: there is no key 'titel'. Did you mean title?"),
        ("\nparts = []", ":2: there is no key 'parts'. Did you mean part?"),
        ("part = 'x'", ":1: [[part]] needs two brackets"),
        ("[part]\nkind = 'plugin'", ":1: [[part]] needs two brackets"),
        ("part = ['x']", ":1: a part must be a table. Write [[part]]"),
        (
            "virtual_seconds = '30'",
            ":1: virtual_seconds must be a number, not a text. W",
        ),
        ("points = -1", "points"),
        ("points = nan", "points"),
        ("virtual_seconds = 0", "virtual_seconds"),
        ("[[part]]\nkind = 'plug'\nfile = 'x'", ":2: there is no kind 'plug'. Did"),
        ("[[part]]\nkind = 'x'\nfile = 'x'", "Choose from: plugin, content, scenario"),
        ("[[part]]\nkind = 'plugin'", ":1: the key 'file' is missing. Write file ="),
        (
            "[[part]]\nkind = 'plugin'\nfil = 'x'",
            ":3: there is no key 'fil'. Did you me",
        ),
        ("[[part]]\nkind = 'plugin'\nfile = '../x'", "outside the submission"),
        ("[[part]]\nkind = 'plugin'\nfile = '/x'", "outside the submission"),
        ("[[part]]\nkind = 'plugin'\nfile = ''", "no usable name"),
        ("[[part]]\nkind = 'answers'\nfile = 'a.txt'", "does not end in .toml"),
        ("[[part]]\nkind = 'content'\nfile = 'a'\n" * 2, "two parts with the file 'a'"),
        ("a = " + "[" * 5000, "this is not TOML: brackets are nested"),
        ("a" * 100_000, "at most"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    tmp_path: Path, text: str, words: str
) -> None:
    """With the file, and what is wrong in it."""
    (tmp_path / "assignment.toml").write_text(text)

    with pytest.raises(ScenarioError) as caught:
        assignment.read(tmp_path)
    assert words in str(caught.value)
    assert caught.value.where.startswith(str(tmp_path / "assignment.toml"))
