"""Files of results keep to the rules of their formats, and keep secrets."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minios.errors import ScenarioError
from minios.testing.grading import feedback
from minios.testing.grading.results import Grade, Outcome, Result, Scenario
from minios.testing.grading.writers import (
    classroom50,
    exercism,
    gradescope,
    junit,
    spreadsheet,
)
from tests.testing.grading import formats

RUNNER = {
    "CLASSROOM": "os-class",
    "ASSIGNMENT": "week-3",
    "OWNER": "alice",
    "ASSIGNMENT_TYPE": "individual",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d",
    "COMMIT_URL": "https://example.org/commit/1",
    "RELEASE_URL": "https://example.org/release/1",
}
SHOWN = Scenario("test_a.py::test_ring", "The driver runs in ring 0", 2.0, False)
OTHER = Scenario("test_a.py::test_loop", "The machine stops again", 0.5, False)
SECRET = Scenario("test_b.py::test_secret", "SECRET title", 3.0, True)
GRADE = Grade(
    "alice",
    (
        Result(SHOWN, Outcome.PASSED),
        Result(SECRET, Outcome.FAILED, "SECRET words"),
        Result(OTHER, Outcome.FAILED, "expected a bugcheck\nseen \x1b[31mnothing"),
    ),
)

anything = st.text(max_size=40)
scenarios = st.builds(
    Scenario,
    name=anything,
    title=anything.filter(bool),
    points=st.floats(0, 100, allow_nan=False).map(lambda it: round(it, 2)),
    is_hidden=st.booleans(),
)
results = st.builds(
    Result,
    scenario=scenarios,
    outcome=st.sampled_from(Outcome),
    message=anything,
)
grades = st.builds(
    Grade,
    submission=anything,
    results=st.lists(results, max_size=5).map(tuple),
    problems=st.lists(anything, max_size=2).map(tuple),
    fault=anything,
)


def for_classroom(grade: Grade) -> bytes:
    """The file of Classroom 50."""
    return classroom50.write(grade, classroom50.identity(RUNNER))


def table(grade: Grade) -> bytes:
    """The file for a spreadsheet."""
    return spreadsheet.write([grade], [it.scenario for it in grade.results])


Write = Callable[[Grade], bytes]
Check = Callable[[bytes], list[str]]
WRITERS: Sequence[tuple[Write, Check]] = (
    (gradescope.write, formats.gradescope),
    (exercism.write, formats.exercism),
    (for_classroom, formats.classroom50),
    (lambda grade: junit.write([grade]), formats.junit),
    (table, formats.spreadsheet),
)


@given(grades)
def test_every_file_keeps_to_the_published_rules(grade: Grade) -> None:
    """Whatever the names and messages are: they come from students and guests."""
    assert [check(write(grade)) for write, check in WRITERS] == [[]] * len(WRITERS)


@pytest.mark.parametrize(
    ("check", "data", "complaint"),
    [
        (formats.gradescope, b'{"tests": [{"name": "a"}]}', "no score"),
        (formats.gradescope, b'{"score": 1, "visibility": "no"}', "bad visibility"),
        (formats.exercism, b'{"version": 3, "status": "error"}', "without a message"),
        (formats.classroom50, for_classroom(GRADE).replace(b": 250", b": 9"), "sum"),
        (formats.junit, b"<testsuites><odd/></testsuites>", "unknown element"),
        (formats.spreadsheet, b"=1+1\r\n", "a formula"),
    ],
)
def test_the_checks_of_the_rules_can_fail(
    check: Check, data: bytes, complaint: str
) -> None:
    """Else the claim above would say nothing."""
    assert complaint in " ".join(check(data))


@pytest.mark.parametrize("write", [exercism.write, for_classroom])
def test_a_hidden_test_leaves_no_trace_in_a_file_for_students(write: Write) -> None:
    """Neither its name nor its message, nor that there is one more."""
    public = Grade(GRADE.submission, GRADE.public)

    assert b"SECRET" not in write(GRADE)
    assert write(GRADE) == write(public)


def test_feedback_is_the_same_with_and_without_hidden_tests() -> None:
    """Numbers and sums are those of the public tests."""
    public = Grade(GRADE.submission, GRADE.public)

    assert feedback.full_text(GRADE) == feedback.full_text(public)
    assert feedback.summary(GRADE) == (
        "1 of 2 public tests passed.\nPoints in the public tests: 2 of 2.5."
    )


def test_a_hidden_failure_does_not_spoil_all_public_tests_passed() -> None:
    """The sentence says "public", so it is true."""
    grade = Grade("alice", (GRADE.results[0], GRADE.results[1]))

    assert feedback.summary(grade).splitlines()[0] == "All public tests passed."


def test_gradescope_numbers_public_tests_without_gaps() -> None:
    """It numbers by place, so a hidden test between two others would show."""
    tests = json.loads(gradescope.write(GRADE))["tests"]

    assert [(it["name"], it["visibility"], it["score"]) for it in tests] == [
        ("The driver runs in ring 0", "visible", 2.0),
        ("The machine stops again", "visible", 0.0),
        ("SECRET title", "hidden", 0.0),
    ]


def test_exercism_keeps_the_order_of_the_scenarios() -> None:
    """Exercism shows a student the first failure only."""
    top = json.loads(exercism.write(GRADE))

    assert (top["status"], top["message"]) == ("fail", None)
    assert top["tests"] == [
        {"name": "The driver runs in ring 0", "status": "pass", "message": None},
        {
            "name": "The machine stops again",
            "status": "fail",
            "message": "expected a bugcheck\nseen \\x1b[31mnothing",
        },
    ]


def test_exercism_says_error_only_if_no_test_ran() -> None:
    """Then the top has the message."""
    grade = Grade("bob", (Result(SHOWN, Outcome.ERROR, "no plugin"),), ("it is gone",))
    top = json.loads(exercism.write(grade))

    assert top["status"] == "error"
    assert "it is gone" in top["message"]
    assert "no plugin" in top["message"]


def test_classroom50_counts_in_whole_points() -> None:
    """Half a point makes all points hundredths."""
    top = json.loads(for_classroom(GRADE))

    assert (top["score"], top["max-score"]) == (200, 250)
    assert top["datetime"] == "2026-06-01T14:32:05Z"


@pytest.mark.parametrize("name", ["CLASSROOM", "SUBMISSION_TAG", "RELEASE_URL"])
def test_classroom50_needs_its_runner(name: str) -> None:
    """Without it nobody knows whose result this is."""
    environment = {key: value for key, value in RUNNER.items() if key != name}

    with pytest.raises(ScenarioError, match=name):
        classroom50.identity(environment)


def test_junit_tells_the_instructor_all() -> None:
    """Hidden tests, points and what is wrong with the parts."""
    root = ET.fromstring(junit.write([GRADE]))  # noqa: S314 - our own file

    assert [it.get("name") for it in root.iter("testcase")] == [
        "The driver runs in ring 0",
        "SECRET title",
        "The machine stops again",
    ]
    assert [it.text for it in root.iter("failure")] == [
        "SECRET words",
        "expected a bugcheck\nseen \\x1b[31mnothing",
    ]
    (score, best) = root.findall("testsuite/properties/property")
    assert (score.get("value"), best.get("value")) == ("2", "5.5")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", " =", "\t="])
def test_a_spreadsheet_calculates_no_name(sign: str) -> None:
    """The name of a submission is a student's choice."""
    grade = Grade(f"{sign}cmd|' /C calc'!A0", ())
    (_, row) = csv.reader(io.StringIO(table(grade).decode()))

    assert row[0].startswith(("'", "\\t="))


@pytest.mark.parametrize("split", [";", "|", ":", "\t"])
@pytest.mark.parametrize("inner", [";=", ';"=', "; @", ",+", ":-", "|\uff1d", '"='])
def test_a_spreadsheet_that_splits_elsewhere_calculates_no_name(
    inner: str, split: str
) -> None:
    """In many countries it splits at a semicolon: the name becomes several cells."""
    grade = Grade(f"x{inner}cmd|calc!A0;", (), (f"y{inner}1",), f"z{inner}1")
    text = table(grade).decode()

    assert all(
        not it.strip(' "').startswith(tuple("=+-@\uff1d"))
        for it in text.replace("\r\n", split).split(split)
    )
    assert all(it.startswith('"') and it.endswith('"') for it in text.splitlines())
