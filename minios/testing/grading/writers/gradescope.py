"""Gradescope's `results.json`.

The format is in "Autograder Specifications" of Gradescope's documentation. Its field
`execution_time` is optional, and left out: it would differ from run to run. Gradescope
shows a test with the visibility `hidden` to instructors alone, and no total score to
students while there is one. Public tests come first, so that the numbers which
Gradescope gives them have no gaps.
"""

from __future__ import annotations

import json

from minios.testing.grading import feedback
from minios.testing.grading.results import Grade, Result
from minios.visible import visible

FILE_NAME = "results.json"


def write(grade: Grade) -> bytes:
    """The file for one submission."""
    tests = grade.public_first
    top: dict[str, object] = {
        "output": feedback.summary(grade),
        "output_format": "text",
        "test_output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_test(it) for it in tests],
    }
    if not tests:
        top["score"] = 0.0
    return json.dumps(top, indent=2).encode() + b"\n"


def _test(result: Result) -> dict[str, object]:
    return {
        "name": visible(result.scenario.title),
        "score": result.score,
        "max_score": result.scenario.points,
        "status": "passed" if result.is_passed else "failed",
        "output": feedback.safe(result.message),
        "visibility": "hidden" if result.scenario.is_hidden else "visible",
    }
