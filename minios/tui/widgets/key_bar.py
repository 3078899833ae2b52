"""The footer: keys that do something now, in as many rows as there may be.

In the order of the bindings, which is that of their weight: what there is no room for
is left out as a whole. Textual's own footer has a widget for every key, made anew with
every dialog; this one draws them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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

TALL_FROM: Final = 36  # rows of a terminal, so that a footer may have two
LAST: Final = ("f1", "f6", "tab")  # of every dialog, so of no weight in any
_AROUND: Final = 3  # blanks before, between and behind key and words
_TALL: Final = 2  # rows


def told(keys: Mapping[Binding, str]) -> list[BindingType]:
    """Keys as a table: each, and what happens then, which is its tooltip."""
    return [replace(binding, tooltip=words) for binding, words in keys.items()]


def rows_of(
    wanted: Iterable[tuple[str, int]], width: int, rows: int
) -> list[list[str]]:
    """Names of keys in rows, by their cells; the first ones first."""
    found: list[list[str]] = [[] for _ in range(rows)]
    left = [width] * rows
    for name, cells in wanted:
        at = next((row for row in range(rows) if cells <= left[row]), None)
        if at is not None:
            found[at].append(name)
            left[at] -= cells
    return [row for row in found if row]


class KeyLabel(NamedTuple):
    """Where a key stands in the bar, and what it is."""

    region: Region
    pressed: str
    binding: Binding
    node: DOMNode
    tooltip: str


class KeyBar(Widget, can_focus=False):
    """The keys of a screen and of what has the focus there.

    Args:
        rows: how many there may be in a terminal of many rows.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "key-bar--key",
        "key-bar--words",
        "key-bar--key-below-mouse",
        "key-bar--words-below-mouse",
    }
    ALLOW_SELECT = False

    def __init__(self, *, rows: int = 1) -> None:
        super().__init__()
        self._most = rows
        self._below_mouse = ""
        self._rows: list[list[KeyLabel]] = []

    @property
    def places(self) -> list[KeyLabel]:
        """All keys that are shown."""
        return [place for row in self._rows for place in row]

    def on_mount(self) -> None:
        """Hear of other keys."""
        self.screen.bindings_updated_signal.subscribe(self, self._keys_changed)

    def _keys_changed(self, screen: Screen[Any]) -> None:
        """Something else has the focus: often that changes no key."""
        if not self.is_attached or screen is not self.screen:
            return
        before, self._rows = self._rows, self._plan(self.size.width)
        if self._rows != before:
            self.refresh(layout=len(self._rows) != len(before))

    # ---- What stands where.

    def get_content_height(self, _container: Size, _viewport: Size, width: int) -> int:
        """A dialog's bar covers all of that below it, whose keys do nothing now."""
        self._rows = self._plan(width)
        covers = self.screen.is_modal and self._is_tall
        return _TALL if covers else max(1, len(self._rows))

    @property
    def _is_tall(self) -> bool:
        return self.app.size.height >= TALL_FROM

    def _plan(self, width: int) -> list[list[KeyLabel]]:
        """Where the keys stand that do something now."""
        shown: dict[str, ActiveBinding] = {}
        found = self.screen.active_bindings.values()
        for active in sorted(found, key=lambda it: it.binding.key in LAST):
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
        """Do what the key does, which itself might be typed where the focus is."""
        place = self._at(event.x, event.y)
        if place is not None:
            app = self.app
            app.call_later(app.run_action, place.binding.action, place.node)

    def on_mouse_move(self, event: MouseMove) -> None:
        """Say what the key does."""
        self._point_at(self._at(event.x, event.y))

    def on_leave(self, _event: Leave) -> None:
        """The mouse is elsewhere."""
        self._point_at(None)

    def _point_at(self, place: KeyLabel | None) -> None:
        key = place.binding.key if place is not None else ""
        if key != self._below_mouse:
            self._below_mouse = key
            self.tooltip = place.tooltip if place is not None else None
            self.refresh()
