"""A line or two: which machine, is it protected, how often has it crashed."""

from __future__ import annotations

from typing import ClassVar

from textual.events import Click
from textual.message import Message

from minios.session.frames import Frame
from minios.tui.drawing.lines import Line
from minios.tui.drawing.status import title
from minios.tui.widgets.pane import FramePane


class TitleBar(FramePane, can_focus=False):
    """The heading of a machine; a click makes it the active one."""

    TITLE: ClassVar[str] = "title"
    HELP: ClassVar[str] = (
        "Which machine this is, whether the sensor protects it, and how often it has "
        "started, crashed, and lost a program. ▶ marks the active machine: the one "
        "that steps, and that is typed on. A click makes it the active one."
    )

    class Chosen(Message):
        """The machine was clicked at."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self._active = False

    @property
    def active(self) -> bool:
        """Whether this is the machine that is meant."""
        return self._active

    @active.setter
    def active(self, active: bool) -> None:
        self._active = active
        self.set_class(active, "-active")
        self.redraw()

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        number = self.number + 1
        return title(frame, number, width, active=self.active, rows=height)

    def on_click(self, _event: Click) -> None:
        """Choose this machine."""
        self.post_message(self.Chosen(self.number))
