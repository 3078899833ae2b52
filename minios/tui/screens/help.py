"""Help: what a screen is for, what its keys do, and what its panes show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, TypeAlias

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import Screen

from minios.tui.drawing.help import HelpSection, help_lines
from minios.tui.drawing.lines import Line
from minios.tui.screens import keys
from minios.tui.screens.modal import SCROLLED, Modal
from minios.tui.widgets.key_bar import told
from minios.tui.widgets.lesson_column import LessonText
from minios.tui.widgets.pane import Pane

Part: TypeAlias = Pane | LessonText
"""What says of itself what it is for."""


def sections(screen: Screen[Any]) -> list[HelpSection]:
    """The help for a screen. The pane that has the focus comes first."""
    focused = screen.focused
    parts: Iterable[Part] = (*screen.query(LessonText), *screen.query(Pane))
    panes = {type(it): it for it in parts if it.region.area}
    own = []
    if isinstance(focused, Part):
        panes.pop(type(focused), None)
        own.append(_of_pane(focused))
    sentences = tuple(filter(None, (screen.HELP or "").split("\n")))
    introduction = HelpSection(f"This screen: {screen.TITLE}", sentences)
    texts = screen.query(LessonText)
    taken = {it.pressed for text in texts for it in keys.of(text, screen.app)}

    def row(key: keys.Key) -> tuple[str, str]:
        where = " (while the lab has the keys)" if key.pressed in taken else ""
        return key.pressed, f"{key.words}{where}"

    listed = [
        HelpSection(heading, keys=tuple(map(row, found)))
        for heading, found in keys.under_headings(keys.on(screen))
    ]
    return [*own, introduction, *listed, *(_of_pane(it) for it in panes.values())]


def _of_pane(pane: Part) -> HelpSection:
    found = keys.of(pane, pane.app)
    pressed = tuple((key.pressed, key.words) for key in found)
    return HelpSection(f"The pane: {pane.TITLE}", (pane.HELP,), pressed)


class HelpPane(Pane):
    """The help text. The pane is as high as the text if there is room."""

    TITLE: ClassVar[str] = "help"
    HELP: ClassVar[str] = "The help text. The arrows scroll it."

    def __init__(self, found: Sequence[HelpSection]) -> None:
        super().__init__()
        self.border_title = ""
        self.sections = tuple(found)

    def draw(self, width: int, _height: int) -> list[Line]:
        """The lines."""
        return help_lines(self.sections, width)

    def get_content_height(self, _container: Size, _viewport: Size, width: int) -> int:
        """The number of lines at this width."""
        return len(self.draw(width, 0))


class HelpScreen(Modal[None]):
    """What a screen and its panes are for, and the keys."""

    TITLE: ClassVar[str] = "help"
    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("escape,f1,q,enter", "dismiss", "Close"): (
                "Back to where you were"
            ),
            Binding("g", "app.glossary", "Glossary"): (
                "Glossary: explain the words on the screen, and all others"
            ),
            Binding("question_mark", "app.point", "Point at a word"): (
                "Point at a word on the screen, and have it explained"
            ),
        }
        | SCROLLED
    )

    heading = "help"

    def __init__(self, found: Sequence[HelpSection]) -> None:
        super().__init__()
        self._pane = HelpPane(found)

    @property
    def sections(self) -> tuple[HelpSection, ...]:
        """The sections of the text."""
        return self._pane.sections

    def inside(self) -> ComposeResult:
        """The text."""
        yield self._pane
