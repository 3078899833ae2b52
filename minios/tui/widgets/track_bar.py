"""The past of all machines, one line for each; a click chooses a moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.events import Click
from textual.message import Message

from minios.session.frames import Frame
from minios.session.timeline import Entry
from minios.tui.drawing.lines import Line
from minios.tui.drawing.track import END_WIDTH, NAME_WIDTH, Scale, tracks
from minios.tui.widgets.pane import Pane


class TrackBar(Pane, can_focus=False):
    """The past, with time from left to right. All machines have the same scale."""

    TITLE: ClassVar[str] = "past"
    HELP: ClassVar[str] = (
        "Each line is the past of one machine, from power on to now. All lines have "
        "the same scale. ■ is a crash of the machine, ✖ the death of a program, ⇩ a "
        "push, ◆ a snapshot, and ┄ a long quiet time. Click on a sign to find its "
        "event on the timeline. ] shows less of the past, with smaller cells, around "
        "the chosen event or up to now. [ shows more."
    )

    class Chosen(Message):
        """A moment of a machine was clicked."""

        def __init__(self, t: int, world: int) -> None:
            super().__init__()
            self.t = t
            self.world = world

    def __init__(self) -> None:
        super().__init__()
        self._frames: tuple[Frame, ...] = ()
        self._scale = Scale(0)
        self._chosen: Entry | None = None

    def show(self, frames: Sequence[Frame], chosen: Entry | None) -> None:
        """Show these frames, and the chosen event."""
        if len(frames) != len(self._frames):
            self._scale = Scale(len(frames))
        self._frames, self._chosen = tuple(frames), chosen
        self._redraw()

    def zoom(self, by: int) -> None:
        """Show more of the past (-1), or less of it (1).

        In a low terminal the past is shown only while it is a part.
        """
        if not self.region and self._frames:
            self._measure(self.app.size.width)
        self._scale.zoom(by)
        self.set_class(self._scale.zoomed is not None, "-zoomed")
        self._redraw()

    def _measure(self, width: int) -> int:
        """Choose the columns for so many cells; how many are for the past."""
        cells, chosen = max(width - NAME_WIDTH - END_WIDTH, 2), self._chosen
        self._scale.update(self._frames, cells, chosen.t if chosen else None)
        return cells

    def _redraw(self) -> None:
        rows = len(self._frames) + (self._scale.zoomed is not None)
        height = self.styles.height  # `auto` is no number of cells
        if height is None or height.cells != rows:
            self.styles.height = rows
        self.redraw()

    def draw(self, width: int, _height: int) -> list[Line]:
        """One line for each machine, and one for the span if that is a part."""
        if not self._frames:
            return []
        cells, chosen = self._measure(width), self._chosen
        at = (chosen.world, chosen.t) if chosen else None
        return tracks(self._frames, self._scale, cells, at)

    def on_click(self, event: Click) -> None:
        """Go to that moment."""
        if not 0 <= event.y < len(self._frames):
            return
        t = self._scale.moment(event.y, event.x - NAME_WIDTH)
        if t is not None:
            self.post_message(self.Chosen(t, event.y))
