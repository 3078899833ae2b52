"""The folder of results can be handed out in parts."""

from __future__ import annotations

from pathlib import Path

from minios.testing.grading.reports import Reports
from minios.testing.grading.results import Grade, Outcome, Result, Scenario
from minios.testing.grading.submission import Found
from tests.testing.grading.grading import contents

SHOWN = Scenario("test_a.py::test_ring", "The ring", 1.0, is_hidden=False)
OTHER = Scenario("test_a.py::test_loop", "The loop", 1.0, is_hidden=False)
SECRET = Scenario("test_b.py::test_secret", "A secret", 1.0, is_hidden=True)


def test_recordings_of_hidden_tests_are_in_a_folder_of_their_own(
    tmp_path: Path,
) -> None:
    """A recording shows all that a test did; its number is that in the feedback."""
    tests = (SECRET, SHOWN, OTHER)
    found = [Found(tmp_path, "ann", "ann")]
    reports = Reports(tmp_path / "g", ["csv"], found, tests, {}, is_single=False)
    results = (
        Result(SECRET, Outcome.FAILED, "no", recording=b"secret"),
        Result(SHOWN, Outcome.PASSED),
        Result(OTHER, Outcome.FAILED, "no", recording=b"other"),
    )
    reports.add(0, Grade("ann", results))

    assert contents(tmp_path / "g") == {
        "recordings/ann/2.jsonl": b"other",
        "recordings-of-hidden-tests/ann/1.jsonl": b"secret",
    }
