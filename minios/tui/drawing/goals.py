"""The goals of a lab: the line below the clock, and the rows of the dialog."""

from __future__ import annotations

from typing import Final

from minios.session.goals.aims import Asked, Goal
from minios.session.goals.keeper import GoalKeeper

_GAP: Final = "   "
DONE: Final = "✓"
OPEN: Final = "·"


def count(keeper: GoalKeeper) -> str:
    """How many goals were reached, in few characters: "2/5"; "" if there are none."""
    goals = keeper.lesson.goals
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
    return next((it for it in ways if len(it) <= width), ways[-1][:width])


def goal_row(keeper: GoalKeeper, goal: Goal) -> str:
    """A goal in the list: a sign, and what to do."""
    sign = DONE if keeper.has(goal) else OPEN
    asked = " (a question)" if isinstance(goal.aim, Asked) else ""
    return f"{sign} {goal.words}{asked}"
