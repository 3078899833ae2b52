"""The goals of a lab: the line below the clock, and the rows of the dialog."""

from __future__ import annotations

from typing import Final

from rich.table import Table
from rich.text import Text

from minios.session.goals.aims import Asked, Goal
from minios.session.goals.keeper import GoalKeeper
from minios.tui.drawing.lines import CUT

_GAP: Final = "   "
DONE: Final = "✓"
OPEN: Final = "·"


def count(keeper: GoalKeeper) -> str:
    """How many goals were reached, in few characters: "2/5"; "" if there are none."""
    goals = keeper.goal_list.goals
    return f"{len(keeper.names)}/{len(goals)}" if goals else ""


def goal_line(keeper: GoalKeeper, width: int) -> str:
    """The next goal and how many were reached, as far as there is room."""
    goal = keeper.next
    if goal is None:
        words = "all goals reached"
        ways = [f"{words}: G says what you have learned, and what comes next", words]
    else:
        key = "G takes your answer" if isinstance(goal.aim, Asked) else "G gives a hint"
        words = f"goals {count(keeper)}{_GAP}next: {goal.words}"
        ways = [f"{words}{_GAP}{key}", f"{words} (G)", words]
    cut = f"{ways[-1][: width - len(CUT)]}{CUT}"
    return next((it for it in ways if len(it) <= width), cut)


def goal_row(keeper: GoalKeeper, goal: Goal) -> Table:
    """A goal in the list: a sign, and what to do, wrapped beside the sign."""
    asked = " (a question)" if isinstance(goal.aim, Asked) else ""
    row = Table.grid(padding=(0, 1))
    row.add_row(Text(DONE if keeper.has(goal) else OPEN), Text(f"{goal.words}{asked}"))
    return row
