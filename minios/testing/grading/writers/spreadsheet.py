"""A table for a spreadsheet (CSV, RFC 4180): a row for each submission.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and a
formula can send the table to a stranger. The name of a submission comes from a student.
So such a cell begins with an apostrophe, which makes it text. (The wide forms of these
signs count as well.) In some countries a spreadsheet splits a line at `;`. So an
apostrophe also stands where a cell would begin then, and every cell is in quotes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

from minios.testing.grading.results import Grade, Scenario, shown
from minios.visible import visible

FILE_NAME = "grades.csv"
_FORMULA: Final = re.compile(r"""(^|[,;:|"'])(?=\s*[-=+@\uff1d\uff0b\uff0d\uff20])""")

_BETWEEN: Final = " | "  # of several texts in one cell


def write(grades: Sequence[Grade], scenarios: Sequence[Scenario]) -> bytes:
    """The file for all submissions."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, quoting=csv.QUOTE_ALL)
    rows.writerow(
        ["submission", "score", "max_score", "problems", "fault"]
        + [cell(it.name) for it in scenarios]
    )
    for grade in grades:
        rows.writerow(
            [
                cell(grade.submission),
                shown(grade.score),
                shown(grade.best),
                cell(_BETWEEN.join(grade.problems)),
                cell(_BETWEEN.join(filter(None, (grade.fault, *grade.mistakes)))),
            ]
            + [shown(it.score) for it in grade.results]
        )
    return text.getvalue().encode()


def cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return _FORMULA.sub(r"\1'", visible(text))
