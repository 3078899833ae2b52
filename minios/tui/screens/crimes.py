"""Choose a crime, and commit it on the machines of the lab."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from minios.lab import crime_words
from minios.lab.crime_ends import PLACES
from minios.lab.crimes import Crime
from minios.session import committing
from minios.session.catalogue import LabCard
from minios.tui.screens.modal import Modal
from minios.tui.widgets.fields import Field, move
from minios.tui.widgets.key_bar import told

TOLD: Final = "told"
_NAME: Final = 9


class CrimeChoice(NamedTuple):
    """A crime to commit; None is: tell how the latest one ended."""

    crime: Crime | None


class CrimeScreen(Modal[CrimeChoice | None]):
    """All crimes under their headings; typing searches.

    Args:
        card: the lab.
        ended: how the latest crime ended, in a line; "" if it has not.
    """

    TITLE: ClassVar[str] = "commit a crime"
    HELP: ClassVar[str] = (
        "A crime is one thing that code must not do. Enter commits the chosen one for "
        "real: a command is typed in the shell of each machine. In windows a driver "
        "commits it in ring 0, in macos an extension or a program in ring 3. Below the "
        "list you see which rule it breaks. Type to search. When it has ended, open "
        "this list again: its first line says how both ends compare, and why."
    )
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("enter", "choose", "Commit it", priority=True): (
                "Commit the chosen crime, or read how the latest one ended"
            ),
            Binding("escape", "dismiss", "Cancel"): "Commit nothing",
            Binding("down", "move(1)", "Down", priority=True): "Choose the next crime",
            Binding("up", "move(-1)", "Up", priority=True): "Choose the crime before",
        }
    )
    heading = "commit which crime?"

    def __init__(self, card: LabCard, ended: str) -> None:
        super().__init__()
        self._card = card
        self._ended = ended
        self._crimes: dict[str, Crime] = {}

    def inside(self) -> ComposeResult:
        """A field to search, the list, the rule that the chosen crime breaks."""
        yield Field(placeholder="type to search", compact=True)
        yield OptionList(markup=False)
        yield Static("", classes="words", markup=False)

    def on_mount(self) -> None:
        """List all crimes. Typing goes to the search."""
        self._list("")
        self.query_one(Field).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what matches."""
        self._list(event.value)

    def _list(self, typed: str) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        found = committing.offered(typed)
        self._crimes = {it.name: it for _, crimes in found for it in crimes}
        if self._ended and not typed.strip():
            options.add_option(Option(f"How it ended, and why: {self._ended}", id=TOLD))
        options.add_options(self._rows(found))
        if not found:
            words = f"nothing matches {typed.strip()}"
            options.add_option(Option(words, disabled=True))
        options.action_first()
        self.refresh_bindings()

    def _rows(self, found: Sequence[tuple[str, list[Crime]]]) -> Iterator[Option]:
        for group, crimes in found:
            yield Option(f"{group}:", disabled=True)
            for crime in crimes:
                yield Option(f"  {crime.name:{_NAME}}{crime.words}", id=crime.name)

    def on_option_list_option_highlighted(
        self, event: OptionList.OptionHighlighted
    ) -> None:
        """Say which rule the chosen crime breaks, and who commits it where."""
        crime = self._crimes.get(event.option_id or "")
        words = f"{crime_words.about(crime)} {self._who(crime)}" if crime else ""
        self.query_one(Static).update(words)

    def _who(self, crime: Crime) -> str:
        scenes = [
            committing.scene_of(crime, it.plugin_kinds) for it in self._card.machines
        ]
        words = "; ".join(
            f"{self._card.called(number)}: {PLACES[scene] if scene else 'nobody'}"
            for number, scene in enumerate(scenes)
        )
        return f"(In {words}.)"

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """If nothing is listed, nothing can be chosen."""
        if action not in {"choose", "move"} or not self.is_mounted:
            return True
        return self.query_one(OptionList).highlighted is not None

    def action_move(self, by: int) -> None:
        """Move in the list while typing."""
        move(self.query_one(OptionList), by)

    def action_choose(self) -> None:
        """Take the chosen line."""
        self.query_one(OptionList).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        self.dismiss(CrimeChoice(self._crimes.get(event.option_id or "")))
