"""The keys of a screen in words: one source for footer, help and command palette.

A binding of minios has three texts. `description` is a word or two for the footer.
`tooltip` says what happens, for help, palette and mouse. `group` is its heading in the
help. Textual's own bindings of fields and lists have no tooltip and are not listed,
because everybody knows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple

from textual.actions import parse
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

from minios.tui.widgets.key_bar import LAST
from minios.tui.widgets.lesson_column import LessonText

SEE: Final = Binding.Group("See")
GO_ON: Final = Binding.Group("Go on")
GO_BACK: Final = Binding.Group("Go back")
CHANGE: Final = Binding.Group("Change something")
INSIDE: Final = Binding.Group("Look inside")
LEAVE: Final = Binding.Group("Leave")
HEADINGS: Final = (SEE, GO_ON, GO_BACK, CHANGE, INSIDE, LEAVE)


class Key(NamedTuple):
    """What the user presses, and what it does on a screen or pane."""

    pressed: str
    binding: Binding
    node: DOMNode

    @property
    def words(self) -> str:
        """What the key does."""
        return self.binding.tooltip


def of(node: DOMNode, app: App[object]) -> list[Key]:
    """The keys that a screen, a pane or the application itself declares.

    Only keys that do something now. Several keys for one action come together.
    """
    found: dict[str, Key] = {}
    declared = [it for _, it in node._bindings]  # noqa: SLF001 - no other way
    for binding in sorted(declared, key=lambda it: it.key in LAST):
        if not binding.tooltip or not _is_possible(node, binding.action):
            continue
        shown = app.get_key_display(binding)
        if binding.action in found:
            shown = _together(found[binding.action].pressed, shown)
            binding = found[binding.action].binding  # noqa: PLW2901 - the first one's
        found[binding.action] = Key(shown, binding, node)
    return list(found.values())


def on(screen: Screen[Any]) -> list[Key]:
    """All keys that work on a screen, whatever has the focus; each task once."""
    app = screen.app
    found = {_task(key): key for key in of(screen, app)}
    for key in of(app, app):
        if screen.is_modal and not key.binding.priority:
            continue  # in a dialog only priority keys of the application work
        known = found.get(_task(key))
        if known is None:
            found[_task(key)] = key
        else:
            pressed = _together(known.pressed, key.pressed)
            found[_task(key)] = known._replace(pressed=pressed)
    return list(found.values())


def under_headings(keys: list[Key]) -> Iterator[tuple[str, list[Key]]]:
    """The keys in the order of the headings; one list if the screen has no headings."""
    if not keys or keys[0].binding.group is None:
        yield "Keys", keys
        return
    for heading in HEADINGS:
        chosen = [key for key in keys if key.binding.group == heading]
        if chosen:
            yield heading.description, chosen


def _together(pressed: str, more: str) -> str:
    known = pressed.split()
    return pressed if more in known else f"{pressed} {more}"


def _task(key: Key) -> str:
    """The action with its namespace: `app.help` and the application's `help` agree."""
    prefix = "app." if key.node is key.node.app else ""
    return f"{prefix}{key.binding.action}"


def _is_possible(node: DOMNode, action: str) -> bool:
    namespace, name, parameters = parse(action)
    does_it: DOMNode = node
    if namespace:
        does_it = node.app if namespace == "app" else node.screen
    return does_it.check_action(name, parameters) is True


_SAID_BETTER: Final = frozenset({"Keys", "Quit", "Screenshot"})
_TEXT: Final = " beside the text"
_NOT_HERE: Final = frozenset({"command_palette", "app.focus_next"})


def commands(
    screen: Screen[Any], usual: Iterable[SystemCommand]
) -> Iterator[SystemCommand]:
    """The keys of a screen and of the pane that has the focus, and Textual's own.

    Those of a lesson's text are there wherever the focus is. Textual's commands are
    left out if one of minios does the same.
    """
    app, focused = screen.app, screen.focused
    texts: list[DOMNode] = list(screen.query(LessonText))
    of_text = [key for text in texts for key in of(text, app)]
    found = on(screen)
    if focused is not None and focused is not screen and focused not in texts:
        found += of(focused, app)
    taken = {key.pressed for key in of_text}
    for key in (*of_text, *found):
        if key.binding.action not in _NOT_HERE:
            where = " in the lab" if key.pressed in taken else ""
            yield SystemCommand(
                key.words,
                f"key {key.pressed}{_TEXT if key in of_text else where}",
                partial(app.run_action, key.binding.action, key.node),
            )
    for command in usual:
        if command.title not in _SAID_BETTER:
            yield command
