"""The footer: the keys that do something now, in one or two rows.

The keys are in the order of the bindings, with the most important ones first. Keys that
do not fit are left out. Textual's own footer makes a new widget for every key of every
dialog; this one draws all keys itself, which is faster.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, NamedTuple

from rich.segment import Segment
from textual.binding import ActiveBinding, Binding, BindingType
from textual.dom import DOMNode
from textual.events import Leave, MouseDown, MouseMove
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

TALL_FROM: Final = 24  # rows of a terminal, so that a footer may have two
LAST: Final = ("f1", "f6", "tab")  # keys of every dialog, so the least important
_AROUND: Final = 3  # blanks before, between and after key and words
_TALL: Final = 2  # rows


def told(keys: Mapping[Binding, str]) -> list[BindingType]:
    """Bindings from a table of keys with their tooltips, which say what happens."""
    return [replace(binding, tooltip=words) for binding, words in keys.items()]


def rows_of(
    wanted: Iterable[tuple[str, int]], width: int, rows: int
) -> list[list[str]]:
    """Put keys into rows by their widths; the first keys get room first."""
    found: list[list[str]] = [[] for _ in range(rows)]
    left = [width] * rows
    for name, cells in wanted:
        at = next((row for row in range(rows) if cells <= left[row]), None)
        if at is not None:
            found[at].append(name)
            left[at] -= cells
    return [row for row in found if row]


class KeyLabel(NamedTuple):
    """A key in the footer, and where it stands."""

    region: Region
    pressed: str
    binding: Binding
    node: DOMNode
    tooltip: str


class KeyBar(Widget, can_focus=False):
    """The keys of a screen and of what has the focus there.

    Args:
        rows: the most rows of the footer, in a high terminal.
        first: the actions whose keys come before all others.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "key-bar--key",
        "key-bar--words",
        "key-bar--key-below-mouse",
        "key-bar--words-below-mouse",
    }
    ALLOW_SELECT = False

    def __init__(self, *, rows: int = 1, first: Container[str] = ()) -> None:
        super().__init__()
        self._first = first
        self._most = rows
        self._below_mouse = ""
        self._rows: list[list[KeyLabel]] = []

    @property
    def places(self) -> list[KeyLabel]:
        """All keys that are shown."""
        return [place for row in self._rows for place in row]

    def on_mount(self) -> None:
        """Ask to be told when the keys change."""
        self.screen.bindings_updated_signal.subscribe(self, self._keys_changed)

    def _keys_changed(self, screen: Screen[Any]) -> None:
        """Draw again if the keys differ. Often a change of focus changes no key."""
        if not self.is_attached or screen is not self.screen:
            return
        before, self._rows = self._rows, self._plan(self.size.width)
        if self._rows != before:
            self.refresh(layout=len(self._rows) != len(before))

    # ---- Layout.

    def get_content_height(self, _container: Size, _viewport: Size, width: int) -> int:
        """The rows. The footer of a dialog covers the whole footer below it."""
        self._rows = self._plan(width)
        covers = self.screen.is_modal and self._is_tall
        return _TALL if covers else max(1, len(self._rows))

    @property
    def _is_tall(self) -> bool:
        return self.app.size.height >= TALL_FROM

    def _plan(self, width: int) -> list[list[KeyLabel]]:
        """Place the keys that do something now."""
        shown: dict[str, ActiveBinding] = {}
        found = self.screen.active_bindings.values()
        for active in sorted(found, key=self._rank):
            if active.binding.show:
                shown.setdefault(active.binding.action, active)
        cells = {action: self._cells(it.binding) for action, it in shown.items()}
        rows = rows_of(cells.items(), width, self._most if self._is_tall else 1)
        return [
            [
                self._place(shown[action], sum(cells[it] for it in row[:n]), y)
                for n, action in enumerate(row)
            ]
            for y, row in enumerate(rows)
        ]

    def _rank(self, active: ActiveBinding) -> int:
        binding = active.binding
        return 0 if binding.action in self._first else 1 + (binding.key in LAST)

    def _place(self, active: ActiveBinding, x: int, y: int) -> KeyLabel:
        binding = active.binding
        region = Region(x, y, self._cells(binding), 1)
        pressed = self.app.get_key_display(binding)
        return KeyLabel(region, pressed, binding, active.node, active.tooltip)

    def _cells(self, binding: Binding) -> int:
        display = self.app.get_key_display(binding)
        return len(display) + len(binding.description) + _AROUND

    # ---- Showing.

    def render_line(self, y: int) -> Strip:
        """A row of keys."""
        row = self._rows[y] if y < len(self._rows) else []
        drawn = Strip([part for place in row for part in self._segments(place)])
        return drawn.adjust_cell_length(self.size.width, self.rich_style)

    def _segments(self, place: KeyLabel) -> tuple[Segment, Segment]:
        suffix = "-below-mouse" if place.binding.key == self._below_mouse else ""
        key = self.get_component_rich_style(f"key-bar--key{suffix}")
        words = self.get_component_rich_style(f"key-bar--words{suffix}")
        return (
            Segment(f" {place.pressed} ", key),
            Segment(f"{place.binding.description} ", words),
        )

    # ---- The mouse.

    def _at(self, x: int, y: int) -> KeyLabel | None:
        return next((it for it in self.places if it.region.contains(x, y)), None)

    def on_mouse_down(self, event: MouseDown) -> None:
        """Do what the key does; a real key press might be typed into a field."""
        place = self._at(event.x, event.y)
        if place is not None:
            app = self.app
            app.call_later(app.run_action, place.binding.action, place.node)

    def on_mouse_move(self, event: MouseMove) -> None:
        """Show what the key below the mouse does."""
        self._point_at(self._at(event.x, event.y))

    def on_leave(self, _event: Leave) -> None:
        """Hide the tooltip."""
        self._point_at(None)

    def _point_at(self, place: KeyLabel | None) -> None:
        key = place.binding.key if place is not None else ""
        if key != self._below_mouse:
            self._below_mouse = key
            self.tooltip = place.tooltip if place is not None else None
            self.refresh()
