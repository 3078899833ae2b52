"""Where to pause: at kinds of events, and at places in the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.widgets import OptionList, Static

from minios.session import places
from minios.session.stopping import KINDS
from minios.tui.screens.modal import Modal
from minios.tui.widgets.fields import Field, move, types


@dataclass(frozen=True, slots=True)
class Breaks:
    """Where to pause: at kinds of events, and at places in the code."""

    kinds: frozenset[str] = frozenset()
    places: tuple[str, ...] = ()


class PlaceField(Field):
    """A field for the name of a place, which has no blanks."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """A blank is not typed while the field is empty: it chooses a line."""
        return super().check_consume_key(key, character) and key != "space"


class BreakScreen(Modal[Breaks | None]):
    """Choose kinds of events and places in the code at which to pause."""

    TITLE: ClassVar[str] = "where to pause"
    HELP: ClassVar[str] = (
        "All machines pause when one of them comes to an event or a place that is "
        "chosen here. The arrows go through the list, and enter chooses a line or "
        "clears it. You can also type the name of a place in the code; then enter "
        "adds that place to the list. If there is no such name, minios offers the "
        "most similar one, and enter takes it. The machine pauses before the "
        "instruction there. A place in a driver works as soon as the driver is loaded."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Done", tooltip="Close, and use what is chosen"),
        Binding(
            "enter",
            "enter",
            "Choose",
            priority=True,
            tooltip="Choose this line or clear it; if a place is typed, add that place",
        ),
        Binding(
            "space",
            "mark",
            "Choose",
            show=False,
            priority=True,
            tooltip="Choose this line, or clear it (unless a place is typed)",
        ),
        *(
            Binding(key, f"move({by})", words, show=False, priority=True, tooltip=words)
            for key, by, words in (("up", -1, "Line above"), ("down", 1, "Line below"))
        ),
    ]

    heading = "pause at"

    def __init__(self, chosen: Breaks) -> None:
        super().__init__()
        self._kinds = set(chosen.kinds)
        self._places = list(chosen.places)
        self._chosen = set(chosen.places)
        self._instead: dict[str, str] = {}  # a refused name -> the most similar one
        self._field = PlaceField(
            select_on_focus=False,
            placeholder="a place: kernel_main, sentinel.sys!interpreter_matches,"
            " sentinel.sys+0x9af, 0xffffffff80101234",
        )

    def inside(self) -> ComposeResult:
        """A list to choose from, with signs that need no colour, and a field."""
        yield OptionList(*self._rows(), markup=False)
        yield self._field
        yield Static("", classes="error", markup=False)

    def on_mount(self) -> None:
        """What is typed goes to the field, the arrows to the list."""
        self.query_one(OptionList).highlighted = 0
        self._field.focus()

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

    def action_enter(self) -> None:
        """Add the place that is typed; if none is, choose or clear the line."""
        typed = self._field.value.strip()
        if typed:
            self._add(typed)
        else:
            self.action_mark()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """A blank is for the line, unless a place is being typed."""
        field = self._field
        return action != "mark" or not (field.has_focus and field.value)

    def on_key(self, event: Key) -> None:
        """What is typed while the list has the focus goes to the field, too."""
        field = self._field
        if not field.has_focus and event.key != "space" and types(event.key):
            field.focus()
            field.insert_text_at_cursor(event.character or "")
            event.stop()

    def action_move(self, by: int) -> None:
        """Another line of the list, wherever the focus is."""
        move(self.query_one(OptionList), by)

    def _add(self, typed: str) -> None:
        """Add the place, if there is one with this name."""
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
        self._field.value = ""
        self._list(len(KINDS) + self._places.index(name))

    def _offer(self, name: str) -> str:
        """Remember the most similar name, and say how to take it."""
        likely = places.suggestion(name)
        if not likely:
            return ""
        self._instead[name] = likely
        return f"\nEnter again takes {likely}"

    def action_mark(self) -> None:
        """Choose the line of the list, or clear it."""
        self.query_one(OptionList).action_select()

    def action_close(self) -> None:
        """Close, and use what was chosen."""
        found = tuple(it for it in self._places if it in self._chosen)
        self.dismiss(Breaks(frozenset(self._kinds), found))
