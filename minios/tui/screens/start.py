"""The first screen: labs, filtered by what is typed."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from minios.session import catalogue
from minios.session.files import Progress, Shelf
from minios.tui.screens.lab_keys import RINGS
from minios.tui.widgets.fields import Field
from minios.tui.widgets.key_bar import KeyBar, told

_SHORT_BELOW = 20
_MARGINS = 10
_HOW = "↑ ↓ choose a lab, enter opens it. In a lab: p pushes a file, w says why."


class StartScreen(Screen[None]):
    """Type to filter, enter to open."""

    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("enter", "open", "Open the lab", priority=True): (
                "Open the chosen lab"
            ),
            Binding("down", "move(1)", "Down", priority=True): "Choose the next",
            Binding("up", "move(-1)", "Up", priority=True): "Choose the one before",
            Binding("f1", "app.help", "Help"): (
                "Say what can be done here, and what words mean (then g)"
            ),
            Binding("f6", "app.jump", "Jump", show=False): "List or field",
            Binding("ctrl+q", "app.quit", "Quit", priority=True): "End minios",
        }
    )
    TITLE: ClassVar[str] = "choose a lab"
    HELP: ClassVar[str] = (
        "minios is a computer that you can look into while it runs, crashes and starts "
        "again. In a lab you watch one or more of them. The first lab is the place to "
        "begin: in it, press p and enter to push a content file to two machines, and "
        "when both have suffered, w to see why.\n"
        f"{RINGS}\n"
        "Typing lists only the labs in which all the words occur. ✓ says how far you "
        "came, ▷ is a recording: what was done is done again, by itself."
    )

    class Chosen(Message):
        """A lab is to be opened."""

        def __init__(self, card: catalogue.LabCard, replay: Path | None) -> None:
            super().__init__()
            self.card = card
            self.replay = replay

    def __init__(self, progress: Progress, shelf: Shelf) -> None:
        super().__init__()
        self._progress = progress
        self._shelf = shelf
        self._are_found = True

    def compose(self) -> ComposeResult:
        """What this is and what to press, a filter, the labs."""
        yield Static(
            "minios: a computer small enough to understand and real enough to crash",
            id="banner",
            markup=False,
        )
        yield Static(_HOW, id="how", markup=False)
        yield Field(placeholder="type to filter", id="filter")
        yield OptionList(id="labs", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """All labs, the first chosen; typing goes to the filter."""
        self._list("")
        self.query_one("#filter").focus()

    def on_resize(self, event: Resize) -> None:
        """Few rows: no air."""
        self.set_class(event.size.height < _SHORT_BELOW, "-short")
        self.on_screen_resume()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter."""
        self._list(event.value)

    def _list(self, typed: str) -> None:
        options = self.query_one("#labs", OptionList)
        options.clear_options()
        options.add_options(
            Option(self._words(lab), id=lab.name) for lab in catalogue.matching(typed)
        )
        options.add_options(
            Option(
                f"▷ {kept.card.title}\n{self._indented(f'{kept.words}, played again')}",
                id=kept.path.name,
            )
            for kept in self._shelf.recordings(typed)
        )
        self._are_found = options.option_count > 0
        if not self._are_found:
            words = f"nothing matches {typed.strip()}"
            options.add_option(Option(words, disabled=True))
        options.highlighted = 0 if self._are_found else None
        self.refresh_bindings()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Where nothing is listed there is nothing to open."""
        return action not in ("open", "move") or self._are_found

    def _words(self, lab: catalogue.LabCard) -> str:
        step = self._progress.of(lab.name)
        done = f"  ✓ {step}" if step else ""
        if lab is catalogue.LABS[0] and not any(
            self._progress.of(it.name) for it in catalogue.LABS
        ):
            done = "  ← begin here"
        return f"{lab.title}  ({lab.minutes} min){done}\n{self._indented(lab.will_see)}"

    def _indented(self, text: str) -> str:
        """Folded below the title."""
        width = max(20, self.size.width - _MARGINS)
        indent = "    "
        return textwrap.fill(
            text, width, initial_indent=indent, subsequent_indent=indent
        )

    def on_screen_resume(self) -> None:
        """Back from a lab: show how far one came."""
        options = self.query_one("#labs", OptionList)
        chosen = options.highlighted
        self._list(self.query_one("#filter", Input).value)
        options.highlighted = chosen if self._are_found else None

    def action_move(self, by: int) -> None:
        """Move in the list while typing."""
        options = self.query_one("#labs", OptionList)
        if by > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        """Enter in the filter opens as well."""
        if self._are_found:
            self.action_open()

    def action_open(self) -> None:
        """Open the chosen lab."""
        self.query_one("#labs", OptionList).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open it."""
        assert event.option_id is not None
        for kept in self._shelf.recordings():
            if kept.path.name == event.option_id:
                self.post_message(self.Chosen(kept.card, kept.path))
                return
        self.post_message(self.Chosen(catalogue.find(event.option_id), None))
