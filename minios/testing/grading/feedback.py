"""What a student reads: only the public tests, and text that a terminal may show.

A hidden test leaves no trace here: no name, no message, no number of tests and no sum
of points. "All public tests passed" says no more than it says.
"""

from __future__ import annotations

from typing import Final

from minios.testing.grading.results import Grade, Result, shown, total
from minios.visible import visible

_MOST_LINES: Final = 200
_LONGEST_LINE: Final = 500
NOT_YOURS: Final = (
    "This test could not be run. It is not your fault: the test itself has a mistake, "
    "and your instructor will mend it."
)
_REPLAY: Final = """
    What the machines did is recorded in the file {folder}/{number}.jsonl. If you were
    given it, see it again with this command, in the folder of the file:
    minios lab --replay {number}.jsonl"""
NOT_YET: Final = "This test has not been run yet."
NOT_RUN: Final = "This test could not be run. Please ask your instructor."


def safe(text: str) -> str:
    """Text of several lines that is safe to show, and not too long to be read."""
    lines = text.split("\n")
    shortened = [visible(it[:_LONGEST_LINE].rstrip()) for it in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        shortened.append(f"({len(lines) - _MOST_LINES} more lines are left out)")
    return "\n".join(shortened).strip("\n")


def summary(grade: Grade) -> str:
    """A few lines about the whole submission, for the student."""
    public = grade.public
    passed = sum(it.is_passed for it in public)
    score = total(it.score for it in public)
    best = total(it.scenario.points for it in public)
    if passed == len(public):
        lines = ["All public tests passed."]
    else:
        lines = [f"{passed} of {len(public)} public tests passed."]
    lines.append(f"Points in the public tests: {shown(score)} of {shown(best)}.")
    broken = sum(bool(it.mistake) for it in public)
    if broken:
        lines.append(f"{broken} of them could not be run, which is not your fault.")
    if grade.problems:
        lines += ["", "What you handed in needs a change:"]
        lines += [f"- {safe(it)}" for it in grade.problems]
    if grade.fault:
        lines += ["", "Grading has not come to its end. Your instructor knows."]
    return "\n".join(lines)


def full_text(grade: Grade, recordings: str = "") -> str:
    """All that a student reads about a submission. `recordings` is their folder."""
    parts = [summary(grade)]
    for number, result in enumerate(grade.public, 1):
        parts.append(_about(result))
        if result.recording and recordings:
            parts[-1] += _REPLAY.format(folder=recordings, number=number)
    return "\n\n".join(parts) + "\n"


def _about(result: Result) -> str:
    title = visible(result.scenario.title)
    points = f"{shown(result.score)} of {shown(result.scenario.points)} points"
    head = f"[{result.outcome.value}] {title}: {points}"
    body = [f"    {it}".rstrip() for it in safe(result.message).splitlines()]
    return "\n".join([head, *body])
