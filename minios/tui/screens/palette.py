"""What the command palette (ctrl+p) offers: each thing once, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final

from textual.app import SystemCommand
from textual.screen import Screen

from minios.tui.screens import keys

_SAID_BETTER: Final = frozenset({"Keys", "Quit", "Screenshot"})
_NOT_HERE: Final = frozenset({"command_palette", "app.focus_next"})


def commands(
    screen: Screen[Any], usual: Iterable[SystemCommand]
) -> Iterator[SystemCommand]:
    """The keys of a screen and of the pane that has the focus, and Textual's own.

    Textual's are left out where one of ours does the same.
    """
    app, focused = screen.app, screen.focused
    found = keys.on(screen)
    if focused is not None and focused is not screen:
        found += keys.of(focused, app)
    for key in found:
        if key.binding.action not in _NOT_HERE:
            yield SystemCommand(
                key.words,
                f"key {key.pressed}",
                partial(app.run_action, key.binding.action, key.node),
            )
    for command in usual:
        if command.title not in _SAID_BETTER:
            yield command
