"""A page of the inspector: its panes, and what has to be read for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final, TypeVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from minios.session.frames import Frame
from minios.session.panes.pane import Reading
from minios.tui.drawing.lines import Line, line
from minios.tui.widgets.pane import Draw, FramePane

T = TypeVar("T")
READING: Final[Line] = line(("reading...", "dim"))


def drawn(reading: Reading[T], draw: Callable[[T, int, int], list[Line]]) -> Draw:
    """Draw what was read: it, a width and a height become lines."""

    def lines(frame: Frame, width: int, height: int) -> list[Line]:
        found = reading.of(frame)
        return [READING] if found is None else draw(found, width, height)

    return staticmethod(lines)


class PagePane(FramePane):
    """A pane on a page."""


class Page(Horizontal):
    """Panes beside each other. The style sheet has rules for pages that need others.

    Attributes:
        NUMBER: its place among the pages.
        WORDS: what one sees on it, for the help of the key `i`.
        READS: what is read while the page is open.
        PANES: its panes, from left to right.
    """

    NUMBER: ClassVar[int]
    WORDS: ClassVar[str]
    READS: ClassVar[tuple[Reading[Any], ...]] = ()
    PANES: ClassVar[tuple[type[FramePane], ...]]

    DEFAULT_CLASSES: ClassVar[str] = "page"

    def compose(self) -> ComposeResult:
        """The panes."""
        for pane in self.PANES:
            yield pane()
