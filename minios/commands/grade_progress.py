"""What `minios grade` prints: how far it is, and a table of the results."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from minios.testing.grading.results import Grade, Scenario, shown
from minios.visible import visible

_WIDTH: Final = 24  # of the bar, in characters
_LONGEST_NAME: Final = 40
_LINE: Final = 79  # columns of a terminal


class Progress:
    """How many submissions are graded: a bar on a terminal, lines elsewhere.

    The bar is on standard error, so that a file with the table has none of it. A
    listener, or a file, gets a line for each tenth of the work.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._done = 0
        self._is_drawn = sys.stderr.isatty() and os.environ.get("ACCESSIBLE") != "1"
        self._draw()

    def add(self, grade: Grade) -> None:
        """One more is graded."""
        self._done += 1
        self._draw(visible(grade.submission)[:_LONGEST_NAME])

    def _draw(self, name: str = "") -> None:
        if self._is_drawn:
            filled = self._done * _WIDTH // self._count
            bar = "#" * filled + "-" * (_WIDTH - filled)
            line = f"[{bar}] {self._done} of {self._count} {name}"
            self._say("\r" + line[:_LINE].ljust(_LINE))
        elif self._done * 10 // self._count > (self._done - 1) * 10 // self._count >= 0:
            self._say(f"{self._done} of {self._count} submissions are graded.\n")

    def end(self) -> None:
        """Take the bar away."""
        if self._is_drawn:
            self._say("\r" + " " * _LINE + "\r")

    def _say(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


def print_table(
    title: str, tests: Sequence[Scenario], grades: Sequence[Grade], output: Path
) -> None:
    """Print a line for each submission, and where the files are."""
    hidden = sum(it.is_hidden for it in tests)
    number = "1 test" if len(tests) == 1 else f"{len(tests)} tests"
    print(f"{visible(title)}: {number}, {hidden} hidden.")
    names = [visible(it.submission)[:_LONGEST_NAME] for it in grades]
    width = max([len("submission"), *map(len, names)])
    print(f"{'submission':{width}}  {'score':>9}  passed  remarks")
    for name, grade in zip(names, grades, strict=True):
        passed = f"{sum(it.is_passed for it in grade.results)}/{len(grade.results)}"
        score = f"{shown(grade.score)}/{shown(grade.best)}"
        print(f"{name:{width}}  {score:>9}  {passed:>6}  {_remark(grade)}".rstrip())
    average = sum(it.score for it in grades) / len(grades)
    print(f"Average score: {shown(round(average, 2))} of {shown(grades[0].best)}.")
    print(f"The results are in {visible(output)}.")


def print_mistakes(grades: Sequence[Grade]) -> None:
    """Print each mistake of a test on standard error, and how many it concerns."""
    for mistake, count in Counter(it for one in grades for it in one.mistakes).items():
        print(
            f"minios: {visible(mistake)} (this test could not be run for {count} of "
            f"{len(grades)} submissions; no student is to blame: mend the test)",
            file=sys.stderr,
        )


def _remark(grade: Grade) -> str:
    if grade.fault:
        return "look at it: " + visible(grade.fault.strip().splitlines()[-1])
    broken = sum(bool(it.mistake) for it in grade.results)
    if broken:
        return f"look at it: {broken} test{'s' * (broken > 1)} could not be run"
    count = len(grade.problems)
    return f"{count} problem{'s' * (count > 1)} with its parts" if count else ""
