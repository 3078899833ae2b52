"""The past of all machines, one line for each; a click chooses a moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.events import Click
from textual.message import Message

from minios.session.frames import Frame
from minios.tui.drawing.lines import Line
from minios.tui.drawing.track import END_WIDTH, NAME_WIDTH, Track, track
from minios.tui.widgets.pane import Pane


class TrackBar(Pane, can_focus=False):
    """The past, with time from left to right. All machines have the same scale."""

    TITLE: ClassVar[str] = "past"
    HELP: ClassVar[str] = (
        "Each line is the past of one machine, from power on to now. ■ is a crash of "
        "the machine, ✖ the death of a program, ⇩ a push, ◆ a snapshot. Click on a "
        "sign to find its event on the timeline."
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
        self._tracks: list[Track] = []

    def show(self, frames: Sequence[Frame]) -> None:
        """Show these frames."""
        if len(frames) != len(self._frames):
            self.styles.height = len(frames)
        self._frames = tuple(frames)
        self.redraw()

    def draw(self, width: int, _height: int) -> list[Line]:
        """One line for each machine."""
        cells = max(width - NAME_WIDTH - END_WIDTH, 2)
        if [own.width for own in self._tracks] != [cells] * len(self._frames):
            self._tracks = [Track(cells) for _ in self._frames]
        rows = list(zip(self._frames, self._tracks, strict=True))
        for frame, own in rows:
            own.update(frame)
        return [track(frame, n, own) for n, (frame, own) in enumerate(rows, 1)]

    def on_click(self, event: Click) -> None:
        """Go to that moment."""
        cell = event.x - NAME_WIDTH
        if 0 <= event.y < len(self._tracks) and 0 <= cell < self._tracks[event.y].width:
            found = self._tracks[event.y]
            self.post_message(self.Chosen((cell + 1) * found.cell - 1, event.y))
