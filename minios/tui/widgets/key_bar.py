"""The footer: Textual's keys, in as many rows as there may be, and none cut off.

In the order of the bindings, which is that of their weight: what there is no room for
is left out as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import HorizontalGroup
from textual.events import Resize
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

_AROUND = 3  # blanks before, between and behind key and words


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
        self._width = 0

    def compose(self) -> ComposeResult:
        """A row of keys, or some."""
        # Every dialog has F1 from the class of all dialogs: of no weight there.
        found = sorted(
            self.screen.active_bindings.values(), key=lambda it: it.binding.key == "f1"
        )
        shown: dict[str, tuple[Binding, bool, str]] = {}
        for _, binding, enabled, tooltip in found:
            if binding.show:
                shown.setdefault(binding.action, (binding, enabled, tooltip))
        cells = [(action, self._cells(it[0])) for action, it in shown.items()]
        for number, row in enumerate(rows_of(cells, self.size.width, self._rows)):
            with HorizontalGroup(classes="more" if number else ""):
                for action in row:
                    binding, enabled, tooltip = shown[action]
                    yield FooterKey(
                        binding.key,
                        self.app.get_key_display(binding),
                        binding.description,
                        action,
                        disabled=not enabled,
                        tooltip=tooltip,
                    ).data_bind(compact=Footer.compact)

    def _cells(self, binding: Binding) -> int:
        display = self.app.get_key_display(binding)
        return len(display) + len(binding.description) + _AROUND

    def on_resize(self, event: Resize) -> None:
        """Another width has room for others."""
        if event.size.width != self._width:
            self._width = event.size.width
            self.call_after_refresh(self.recompose)
