"""Help: what a screen is for, what its keys do, what its panes show; the glossary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.screen import Screen

from minios.tui.drawing.help import HelpSection, help_lines
from minios.tui.drawing.lines import Line
from minios.tui.screens import keys
from minios.tui.screens.modal import Modal
from minios.tui.widgets.key_bar import KeyBar
from minios.tui.widgets.pane import Pane


def sections(screen: Screen[Any]) -> list[HelpSection]:
    """What can be said of a screen: of the pane that has the focus first."""
    focused = screen.focused
    panes = {type(it): it for it in screen.query(Pane) if it.region.area}
    own = []
    if isinstance(focused, Pane):
        panes.pop(type(focused), None)
        own.append(_of_pane(focused))
    introduction = HelpSection(
        f"This screen: {screen.TITLE}", tuple(_sentences(screen))
    )
    listed = [
        HelpSection(heading, keys=tuple((it.pressed, it.words) for it in found))
        for heading, found in keys.under_headings(keys.on(screen))
    ]
    return [*own, introduction, *listed, *(_of_pane(it) for it in panes.values())]


def _sentences(screen: Screen[Any]) -> list[str]:
    return [it for it in (screen.HELP or "").split("\n") if it]


def _of_pane(pane: Pane) -> HelpSection:
    found = keys.of(pane, pane.app)
    pressed = tuple((key.pressed, key.words) for key in found)
    return HelpSection(f"The pane: {pane.TITLE}", (pane.HELP,), pressed)


class HelpPane(Pane):
    """The text; as high as it is long, if there is room."""

    TITLE: ClassVar[str] = "help"
    HELP: ClassVar[str] = "What there is to say; the arrows scroll."

    def __init__(self, found: Sequence[HelpSection]) -> None:
        super().__init__()
        self.border_title = ""
        self.sections = tuple(found)

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines."""
        del height
        return help_lines(self.sections, width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """How long it is at that width."""
        del container, viewport
        return len(self.draw(width, 0))


class HelpScreen(Modal[None]):
    """What a screen and its panes are for, and the keys."""

    TITLE: ClassVar[str] = "help"
    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,f1,q,enter,question_mark",
            "close",
            "Close",
            tooltip="Back to where you were",
        ),
        Binding(
            "g",
            "app.glossary",
            "Glossary",
            tooltip="Glossary: explain the words on the screen, and all others",
        ),
        Binding("down,j", "scroll(1)", "Down", tooltip="Go down a line"),
        Binding("up,k", "scroll(-1)", "Up", tooltip="Go up a line"),
        Binding(
            "space,pagedown",
            "scroll(12)",
            "Page down",
            tooltip="Go down a page",
        ),
        Binding("pageup", "scroll(-12)", "Page up", show=False, tooltip="Go up a page"),
    ]

    def __init__(self, found: Sequence[HelpSection]) -> None:
        super().__init__()
        self._pane = HelpPane(found)

    @property
    def sections(self) -> tuple[HelpSection, ...]:
        """What is said."""
        return self._pane.sections

    def compose(self) -> ComposeResult:
        """A frame with the text in it."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = "help"
            yield self._pane
        yield KeyBar()

    def action_scroll(self, by: int) -> None:
        """Read on."""
        self._pane.scroll_relative(y=by, animate=False)

    def action_close(self) -> None:
        """Back to what was there."""
        self.dismiss(None)
