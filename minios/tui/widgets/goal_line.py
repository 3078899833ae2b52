"""The line below the clock of a lab: the next goal."""

from __future__ import annotations

from textual.events import Resize
from textual.widgets import Static

from minios.session.goals.keeper import GoalKeeper
from minios.tui.drawing.goals import goal_line

_MARGINS = 2


class GoalLine(Static):
    """One row. A lab without goals has none, and a low terminal has no room for it."""

    def __init__(self, keeper: GoalKeeper) -> None:
        super().__init__("", markup=False)
        self._keeper = keeper
        if not keeper.goal_list.goals:
            self.display = False

    def on_resize(self, _event: Resize) -> None:
        """Use the new width."""
        self.show()

    def show(self) -> None:
        """Show what is to be done now."""
        width = self.size.width - _MARGINS
        self.update(goal_line(self._keeper, width), layout=False)
