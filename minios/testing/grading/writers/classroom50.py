"""Classroom 50's `result.json`, schema `classroom50/result/v1`.

The contract is in "Advanced Autograding" of Classroom 50's wiki, and in
`schemas/result-v1.schema.json` of its repository. Its runner says in the environment
which repository is graded. The file becomes part of a release that the student can
read, so hidden tests are not in it: their points are in the instructor's own run.

Scores there are whole numbers. If any points are not whole, all are counted in
hundredths.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from minios.errors import ScenarioError
from minios.testing.grading import feedback
from minios.testing.grading.results import Grade, Result
from minios.visible import visible

FILE_NAME = "result.json"
_FIELDS: Final = (
    ("classroom", "CLASSROOM"),
    ("assignment", "ASSIGNMENT"),
    ("assignment_type", "ASSIGNMENT_TYPE"),
    ("owner", "OWNER"),
    ("submission", "SUBMISSION_TAG"),
    ("commit", "COMMIT_URL"),
    ("release", "RELEASE_URL"),
    ("review", "REVIEW_URL"),
)
_TAG: Final = re.compile(
    r"submit/(\d{4}-\d\d-\d\d)T((?:[01]\d|2[0-3])-[0-5]\d-[0-5]\d)Z-.+"
)


def identity(environment: Mapping[str, str]) -> dict[str, str]:
    """The fields that name what is graded, from the runner's environment.

    The time is the one in the submission's tag, not the host's. Raises ScenarioError
    if a variable is missing or has another form.
    """
    given = {
        "ASSIGNMENT_TYPE": "individual",
        "OWNER": environment.get("USERNAME", ""),
        "REVIEW_URL": environment.get("COMMIT_URL", ""),
        **{name: text for name, text in environment.items() if text},
    }
    fields = {field: given.get(name, "") for field, name in _FIELDS}
    missing = [name for field, name in _FIELDS if not fields[field]]
    when = _TAG.fullmatch(fields["submission"])
    if missing or when is None:
        raise ScenarioError(
            f"{', '.join(missing) or 'SUBMISSION_TAG'} is missing in the environment, "
            "or has another form",
            where="--format classroom50",
            advice="Run this in Classroom 50's runner, or choose another format",
        )
    return {**fields, "datetime": f"{when[1]}T{when[2].replace('-', ':')}Z"}


def write(grade: Grade, fields: Mapping[str, str]) -> bytes:
    """The file for one submission; `fields` as `identity` returns them."""
    public = grade.public
    is_whole = all(it.scenario.points.is_integer() for it in public)
    tests = [_test(it, 1 if is_whole else 100) for it in public]
    top = {
        "schema": "classroom50/result/v1",
        **fields,
        "score": sum(points for _, points, _ in tests),
        "max-score": sum(most for _, _, most in tests),
        "tests": [
            {**test, "score": points, "max-score": most} for test, points, most in tests
        ],
    }
    return json.dumps(top, indent=2).encode() + b"\n"


def _test(result: Result, scale: int) -> tuple[dict[str, object], int, int]:
    """A test without its points, its score, and the largest score."""
    most = round(result.scenario.points * scale)
    test = {
        "test-name": visible(result.scenario.title) or "a test",
        "passed": result.is_passed,
        "message": feedback.safe(result.message),
    }
    return test, most if result.is_passed else 0, most
