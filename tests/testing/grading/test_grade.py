"""`minios grade` gives the same scores each time; one submission harms no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from minios.lab import Bugcheck, Lab, seconds
from minios.session import recording
from tests.testing.grading import formats
from tests.testing.grading.grading import (
    ASSIGNMENT,
    BAD,
    LATENT,
    SCENARIOS,
    Grade,
    contents,
    grade_alone,
    hand_in,
    scenarios,
    table,
)

DIED = "The process that graded this submission has died, twice."


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four submissions, graded: right, wrong, one that kills the grader, none."""
    folder = tmp_path_factory.mktemp("class")
    bad, latent = BAD.read_text(), LATENT.read_text()
    files = {"ann": bad, "bob": f"{latent}# latent", "cy": f"{bad}# please die"}
    root = hand_in(folder, files | {"dan": ""})
    tests = scenarios(folder)
    before = contents(root)
    done = grade_alone(
        root, "--with", tests, "--output", folder / "grades", temporary=folder / "tmp"
    )
    assert (done.returncode, contents(root)) == (1, before), done.stderr
    (folder / "said").write_text(done.stdout)
    return folder


def test_each_submission_has_the_score_that_it_deserves(place: Path) -> None:
    """A dying process costs the submission that killed it, and no other."""
    assert table(place / "grades") == {
        "ann": ["6", "6", "", "", "3", "2", "1"],
        "bob": ["1", "6", "", "", "0", "0", "1"],
        "cy": ["0", "6", "", DIED, "0", "0", "0"],
        "dan": [
            *("0", "6"),
            "the file mine.toml is missing. Hand in a file of exactly this name",
            *("", "0", "0", "0"),
        ],
    }


def test_the_table_names_what_a_person_must_look_at(place: Path) -> None:
    """And where the results are."""
    lines = (place / "said").read_text().splitlines()

    assert lines == [
        "A content file that stops the machine: 3 tests, 1 hidden.",
        "submission      score  passed  remarks",
        "ann               6/6     3/3",
        "bob               1/6     1/3",
        f"cy                0/6     0/3  look at it: {DIED}",
        "dan               0/6     0/3  1 problem with its parts",
        "Average score: 1.75 of 6.",
        f"The results are in {place / 'grades'}.",
    ]


def test_no_temporary_file_is_left(place: Path) -> None:
    """Also of the process that died."""
    assert list((place / "tmp").iterdir()) == []


def test_all_files_keep_to_their_formats(place: Path) -> None:
    """Those that are really written, too."""
    grades = place / "grades"
    wrong = [
        check(path.read_bytes())
        for pattern, check in (
            ("gradescope/*/results.json", formats.gradescope),
            ("exercism/*/results.json", formats.exercism),
            ("junit.xml", formats.junit),
            ("grades.csv", formats.spreadsheet),
        )
        for path in grades.glob(pattern)
    ]

    assert wrong == [[]] * 10


def test_feedback_says_what_was_expected_and_seen_and_what_to_do(place: Path) -> None:
    """With a recording of the machines that have failed."""
    text = (place / "grades/feedback/bob.txt").read_text()

    for words in (
        "1 of 2 public tests passed.",
        "has not happened within 5 s of virtual time",
        "the sensor loads C-000291.SYS",
        "pytest test_mine.py::test_the_machine_stops --submission FOLDER",
        "minios lab --replay 1.jsonl",
        "in the file recordings/bob/1.jsonl",
    ):
        assert words in text
    assert "ConditionNotMetError" not in text
    assert (place / "grades/recordings/bob/1.jsonl").read_bytes().startswith(b'{"is"')


def test_secrets_are_only_where_instructors_look(place: Path) -> None:
    """Gradescope hides a test that is marked hidden; the others do not have it."""
    grades = place / "grades"
    told = {
        path.relative_to(grades).parts[0]
        for path in grades.rglob("*")
        if path.is_file() and b"SECRET" in path.read_bytes()
    }
    tests = json.loads((grades / "gradescope/bob/results.json").read_bytes())["tests"]

    assert told == {"gradescope", "junit.xml"}
    assert [it["name"] for it in tests if it["visibility"] == "hidden"] == [
        "SECRET title"
    ]


def test_a_submission_graded_alone_has_the_same_file(place: Path, grade: Grade) -> None:
    """Byte by byte: whatever was graded before, beside it and in which process."""
    single = place / "single"
    done = grade(
        place / "handed-in/bob",
        "--single",
        *("--with", place / "scenarios"),
        *("--format", "gradescope"),
        *("--output", single),
    )

    assert done.returncode == 0
    assert (single / "results.json").read_bytes() == (
        place / "grades/gradescope/bob/results.json"
    ).read_bytes()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def test_x(:", "SyntaxError"),
        ("import nothing_like_it", "No module named 'nothing_like_it'"),
        ("import pytest\n@pytest.mark.points('x')\ndef test_x(windows): 0", "points"),
        ("import pytest\n@pytest.mark.hiden\ndef test_x(): 0", "Did you mean hidden?"),
        ("import pytest\n@pytest.mark.secret\ndef test_x(): 0", "no mark 'secret'"),
        ("", "there are no scenarios"),
    ],
)
def test_a_mistake_in_the_scenarios_is_told_before_anything_is_graded(
    tmp_path: Path, text: str, words: str, grade: Grade
) -> None:
    """In one line, with exit code 2."""
    tests = scenarios(tmp_path, text)
    root = hand_in(tmp_path, {"ann": ""})
    done = grade(root, "--with", tests, "--output", tmp_path / "g")

    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "g").exists()


def test_a_mistake_in_a_scenario_file_names_the_file_once(
    tmp_path: Path, grade: Grade
) -> None:
    """With its line, and as it is called in the folder of the scenarios."""
    tests = scenarios(tmp_path)
    text = 'title = "It starts"\n[machines.windows]\n[[steps]]\npsh = "x"\n'
    (tests / "typo.scenario.toml").write_text(text)
    root = hand_in(tmp_path, {"ann": ""})
    words = ("--with", tests, "--output", tmp_path / "g")
    done = grade(root, *words)

    assert done.returncode == 2
    assert done.stderr.count("typo.scenario.toml") == 1
    assert "--with: typo.scenario.toml:4:1: there is no verb 'psh'" in done.stderr


def test_the_scenarios_of_one_submission_are_fresh_for_the_next(
    tmp_path: Path, grade: Grade
) -> None:
    """They may share a module, and it may remember things: for one submission only."""
    tests = scenarios(
        tmp_path, "from beside import seen\ndef test_x():\n    assert seen.pop()"
    )
    (tests / "beside.py").write_text("seen = [1]")
    (tests / "assignment.toml").write_text(f"{ASSIGNMENT}required = false")
    root = hand_in(tmp_path, {"ann": "", "bob": "", "cy": ""})
    for name in ("ann", "bob", "cy"):
        (root / name).mkdir(parents=True, exist_ok=True)
    words = ("--jobs", "1", "--format", "csv", "--output", tmp_path / "g")
    done = grade(root, "--with", tests, *words)

    assert done.returncode == 0
    assert [cells[0] for cells in table(tmp_path / "g").values()] == ["1", "1", "1"]


def test_configuration_of_other_folders_has_no_effect(
    tmp_path: Path, grade: Grade
) -> None:
    """Neither above the scenarios nor in the environment nor in the submissions."""
    tests = scenarios(tmp_path, SCENARIOS)
    root = hand_in(tmp_path, {"ann": BAD.read_text()})
    for folder in (tmp_path, root, root / "ann"):
        (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option")
        (folder / "conftest.py").write_text("1/0")
    words = ("--format", "csv", "--output", tmp_path / "g")
    done = grade(root, "--with", tests, *words)

    assert done.returncode == 0
    assert table(tmp_path / "g")["ann"][0] == "6"


MANIFEST = """\
name = "mine"
version = "1"
license = "MIT"
description = ""
kinds = ["driver"]
"""


def test_no_option_of_the_scenarios_ends_the_tests_early(
    tmp_path: Path, grade: Grade
) -> None:
    """A project of scenarios often has such options: they are for its own runs."""
    root = hand_in(tmp_path, {"ann": LATENT.read_text()})
    tests = scenarios(tmp_path, FAILS_FIRST)
    (tests / "pytest.ini").write_text(
        "[pytest]\naddopts = -n 2 -x --strict-config\nfilterwarnings = error\n"
    )
    words = ("--format", "csv", "--output", tmp_path / "g")
    done = grade(root, "--with", tests, *words)

    assert (done.returncode, table(tmp_path / "g")["ann"][0]) == (0, "1")


def test_a_test_that_was_not_run_tells_no_student_of_hidden_ones(
    tmp_path: Path, grade: Grade
) -> None:
    """The instructor reads which one it is; what pytest has printed has secrets."""
    root = hand_in(tmp_path, {"ann": LATENT.read_text()})
    tests = scenarios(tmp_path, FAILS_FIRST)
    (tests / "conftest.py").write_text(
        "import pytest\n"
        "def pytest_runtest_setup(item):\n"
        "    if 'public' in item.name: pytest.exit('SECRET end')\n"
    )
    words = ("--format", "csv", "--format", "feedback", "--output", tmp_path / "g")
    done = grade(root, "--with", tests, *words)
    said = (tmp_path / "g/feedback/ann.txt").read_text()

    assert done.returncode == 1
    assert table(tmp_path / "g")["ann"][3] == (
        "pytest has ended before test_mine.py::test_public. Run it by hand to see why."
    )
    assert "This test could not be run. Please ask your instructor." in said
    assert "SECRET" not in said


FAILS_FIRST = '''
import pytest

@pytest.mark.hidden
def test_hidden():
    """SECRET title"""
    assert False, "SECRET words"

def test_public(windows):
    """A public one."""
    assert windows.boots == 1
'''


def test_equal_submissions_get_equal_words(tmp_path: Path, grade: Grade) -> None:
    """Also when the second one is refused from memory: no folder of the first shows."""
    tests = scenarios(tmp_path)
    (tests / "assignment.toml").write_text(
        'instructions = 1_000_000\n[[part]]\nkind = "plugin"\nfile = "mine"'
    )
    root = hand_in(tmp_path, {"ann": "", "bob": ""})
    for name in ("ann", "bob"):
        (root / name / "mine").mkdir()
        (root / name / "mine/plugin.toml").write_text(MANIFEST)
        (root / name / "mine/mine.c").write_text("int missing = ;")
    words = ("--jobs", "1", "--format", "feedback", "--output", tmp_path / "g")
    done = grade(root, "--with", tests, *words)
    ann, bob = (
        (tmp_path / f"g/feedback/{it}.txt").read_text() for it in ("ann", "bob")
    )

    assert done.returncode == 0
    assert "mine.c:1:15: error: expected expression" in ann
    assert str(tmp_path) not in ann
    assert ann == bob


def test_folders_of_the_grader_are_no_submissions(tmp_path: Path, grade: Grade) -> None:
    """The results and the scenarios may lie among the submissions."""
    root = hand_in(tmp_path, {"ann": BAD.read_text()})
    tests = scenarios(root)
    for _ in range(2):
        words = ("--format", "csv", "--output", root / "grades")
        done = grade(root, "--with", tests, *words)
        assert (done.returncode, list(table(root / "grades"))) == (0, ["ann"])


HANDS_ON = '''
from minios.lab import Bugcheck
from minios.testing.scenarios.reading import read
from minios.testing.scenarios.running import run

def test_the_session_has_seen_it(lab, submission):
    """In the session the machine has stopped twice."""
    windows = lab.replay(submission.recordings[0])
    assert len(windows.all(Bugcheck())) == 2

def test_the_scenario_tells_the_worlds_apart(lab, submission):
    """The scenario that was handed in passes."""
    (path,) = submission.scenarios
    for one in read(path):
        outcome = run(one, lab, submission=submission)
        assert outcome.passed, outcome.report()
'''
SCENARIO = """\
title = "A bad file stops only one world"
[machines.windows]
[machines.macos]
[[steps]]
push = "channel-291-bad"
[[steps]]
on = "windows"
wait_for = { event = "bugcheck" }
within = "5s"
"""


def test_a_session_and_a_scenario_of_a_student_are_graded_too(
    tmp_path: Path, grade: Grade
) -> None:
    """Hands-on work; a recording that would run for ever costs its author's points."""
    tests = scenarios(tmp_path, HANDS_ON)
    (tests / "assignment.toml").write_text(
        "virtual_seconds = 12\n"
        '[[part]]\nkind = "recording"\nfile = "talk.jsonl"\n'
        '[[part]]\nkind = "scenario"\nfile = "mine.scenario.toml"\n'
    )
    root = hand_in(tmp_path, {"ann": "", "bob": ""})
    with Lab() as lab:
        lab.boot()
        lab.push("channel-291-bad")
        for _ in range(2):
            lab.run_until(Bugcheck(), within=seconds(10))
        recording.save(recording.of_labs([lab]), root / "ann/talk.jsonl")
        lab.run_for(seconds(20))
        recording.save(recording.of_labs([lab]), root / "bob/talk.jsonl")
    for name in ("ann", "bob"):
        (root / name / "mine.scenario.toml").write_text(SCENARIO)
    words = ("--format", "csv", "--output", tmp_path / "g")
    done = grade(root, "--with", tests, *words)
    rows = table(tmp_path / "g")

    assert done.returncode == 0
    assert rows["ann"] == ["2", "2", "", "", "1", "1"]
    assert (rows["bob"][0], "12 s of virtual time" in rows["bob"][2]) == ("0", True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["in", "--wth", "week1"], "unrecognized arguments: --wth"),
        (["in"], "the folder of the scenarios is missing. Name it: --with SCENARIOS"),
    ],
)
def test_the_folder_of_the_scenarios_must_be_named(
    words: list[str], said: str, grade: Grade
) -> None:
    """A misspelt option is told as one, not as a missing one."""
    done = grade(*words)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
