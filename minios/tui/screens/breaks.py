"""Where to pause: at kinds of events, and at places in the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, OptionList, Static

from minios.session import places
from minios.session.stopping import KINDS
from minios.tui.screens.modal import Modal
from minios.tui.widgets.fields import Field


@dataclass(frozen=True, slots=True)
class Breaks:
    """Where to pause: at kinds of events, and at places in the code."""

    kinds: frozenset[str] = frozenset()
    places: tuple[str, ...] = ()


class PlaceField(Field):
    """A field for the name of a place. Enter adds the place to the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Add it", tooltip="Add the place to the list"),
    ]


class BreakScreen(Modal[Breaks | None]):
    """Choose kinds of events and places in the code at which to pause."""

    TITLE: ClassVar[str] = "where to pause"
    HELP: ClassVar[str] = (
        "All machines pause when one of them comes to an event or a place that is "
        "chosen here. In the field you can type the name of a place in the code; enter "
        "adds it to the list. If there is no such name, minios offers the most similar "
        "one, and enter takes it. The machine pauses before the instruction there. A "
        "place in a driver works as soon as the driver is loaded."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Done", tooltip="Close, and use what is chosen"),
        Binding(
            "space",
            "mark",
            "Choose",
            tooltip="Choose this line, or clear it (enter does the same)",
        ),
        Binding(
            "tab",
            "app.focus_next",
            "Other field",
            tooltip="Go to the list or to the field",
        ),
    ]

    heading = "pause at"

    def __init__(self, chosen: Breaks) -> None:
        super().__init__()
        self._kinds = set(chosen.kinds)
        self._places = list(chosen.places)
        self._chosen = set(chosen.places)
        self._instead: dict[str, str] = {}  # a refused name -> the most similar one

    def inside(self) -> ComposeResult:
        """A list to choose from, with signs that need no colour, and a field."""
        yield OptionList(*self._rows(), markup=False)
        yield PlaceField(
            placeholder="a place: kernel_main, sentinel.sys!interpreter_matches,"
            " sentinel.sys+0x9af, 0xffffffff80101234"
        )
        yield Static("", classes="error", markup=False)

    def on_mount(self) -> None:
        """Begin in the list."""
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def _rows(self) -> list[str]:
        ticks = [kind in self._kinds for _, kind in KINDS]
        ticks += [place in self._chosen for place in self._places]
        words = [name for name, _ in KINDS] + [f"at {it}" for it in self._places]
        return [
            f"[{'x' if tick else ' '}] {it}"
            for tick, it in zip(ticks, words, strict=True)
        ]

    def _list(self, highlighted: int | None) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(self._rows())
        options.highlighted = highlighted

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Choose the line, or clear it."""
        at = event.option_index
        if at < len(KINDS):
            self._kinds ^= {KINDS[at][1]}
        else:
            self._chosen ^= {self._places[at - len(KINDS)]}
        self._list(at)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Add the place, if there is one with this name."""
        typed = event.value.strip()
        if not typed:
            self.action_close()
            return
        name = self._instead.get(typed, typed)
        trouble = places.trouble(name)
        if trouble:
            trouble += self._offer(name)
        self.query_one(Static).update(trouble)
        if trouble:
            return
        if name not in self._places:
            self._places.append(name)
        self._chosen.add(name)
        event.input.value = ""
        self._list(len(KINDS) + self._places.index(name))

    def _offer(self, name: str) -> str:
        """Remember the most similar name, and say how to take it."""
        likely = places.suggestion(name)
        if not likely:
            return ""
        self._instead[name] = likely
        return f"\nEnter again takes {likely}"

    def action_mark(self) -> None:
        """The space bar does what enter does."""
        self.query_one(OptionList).action_select()

    def action_close(self) -> None:
        """Close, and use what was chosen."""
        found = tuple(it for it in self._places if it in self._chosen)
        self.dismiss(Breaks(frozenset(self._kinds), found))
