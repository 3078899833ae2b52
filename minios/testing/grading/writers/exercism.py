"""Exercism's `results.json`, version 3.

The format is in "The Test Runner Interface" of Exercism's documentation: tests in the
order of their file, and the status `error` only if no test ran. It is shown to the
student, so hidden tests are not in it.
"""

from __future__ import annotations

import json
from typing import Final

from minios.testing.grading import feedback
from minios.testing.grading.results import Grade, Outcome, Result
from minios.visible import visible

FILE_NAME = "results.json"
_VERSION: Final = 3
_LONGEST_MESSAGE: Final = 65_535
_STATUS: Final = {
    Outcome.PASSED: "pass",
    Outcome.FAILED: "fail",
    Outcome.ERROR: "error",
}


def write(grade: Grade) -> bytes:
    """The file for one submission."""
    top: dict[str, object] = {"version": _VERSION, "status": _status(grade)}
    if top["status"] == "error":
        messages = [feedback.summary(grade), *(it.message for it in grade.public[:1])]
        top["message"] = feedback.safe("\n\n".join(messages))[:_LONGEST_MESSAGE]
    else:
        top["message"] = None
    top["tests"] = [_test(it) for it in grade.public]
    return json.dumps(top, indent=2).encode() + b"\n"


def _status(grade: Grade) -> str:
    outcomes = {it.outcome for it in grade.public}
    if outcomes == {Outcome.ERROR}:
        return "error"
    return "pass" if outcomes <= {Outcome.PASSED} else "fail"


def _test(result: Result) -> dict[str, object]:
    message = feedback.safe(result.message) or None
    return {
        "name": visible(result.scenario.title),
        "status": _STATUS[result.outcome],
        "message": None if result.is_passed else message or "It did not pass.",
    }
