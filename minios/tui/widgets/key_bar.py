"""The footer: Textual's keys, in as many rows as there may be, and none cut off.

In the order of the bindings, which is that of their weight: what there is no room for
is left out as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding
from textual.containers import HorizontalGroup
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

TALL_FROM: Final = 36  # rows of a terminal, so that a footer may have two
LAST: Final = ("f1", "f6", "tab")  # of every dialog, so of no weight in any
_AROUND: Final = 3  # blanks before, between and behind key and words


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


class KeyBar(Footer):
    """The keys that do something now.

    Args:
        rows: how many there may be; the style sheet hides `.more` where they are few.
    """

    DEFAULT_CSS = """
    KeyBar { layout: vertical; height: auto; }
    KeyBar HorizontalGroup { height: 1; }
    """

    def __init__(self, *, rows: int = 1) -> None:
        super().__init__(show_command_palette=False)
        self._rows = rows
        self._shown: list[list[ActiveBinding]] = []

    def compose(self) -> ComposeResult:
        """A row of keys, or some."""
        self._shown = self._plan()
        for number, row in enumerate(self._shown):
            with HorizontalGroup(classes="more" if number else ""):
                for _, binding, enabled, tooltip in row:
                    yield FooterKey(
                        binding.key,
                        self.app.get_key_display(binding),
                        binding.description,
                        binding.action,
                        disabled=not enabled,
                        tooltip=tooltip,
                    ).data_bind(compact=Footer.compact)

    def _plan(self) -> list[list[ActiveBinding]]:
        """What to show now."""
        found = sorted(
            self.screen.active_bindings.values(), key=lambda it: it.binding.key in LAST
        )
        shown: dict[str, ActiveBinding] = {}
        for active in found:
            if active.binding.show:
                shown.setdefault(active.binding.action, active)
        cells = [(action, self._cells(it.binding)) for action, it in shown.items()]
        rows = rows_of(cells, self.size.width, self._rows)
        return [[shown[action] for action in row] for row in rows]

    def _cells(self, binding: Binding) -> int:
        display = self.app.get_key_display(binding)
        return len(display) + len(binding.description) + _AROUND

    def bindings_changed(self, screen: Screen[Any]) -> None:
        """Something else has the focus: often that changes no key."""
        if self.is_attached and screen is self.screen:
            self._renew()

    def on_resize(self, _event: Resize) -> None:
        """Another width has room for others."""
        self._renew()

    def _renew(self) -> None:
        if self._plan() != self._shown:
            self.call_after_refresh(self.recompose)
