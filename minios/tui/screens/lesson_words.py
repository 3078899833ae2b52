"""What `{push}` and its like become on the screen: the keys that the bindings have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from textual.app import App
from textual.binding import Binding, BindingType

from minios.tui.screens.lab_keys import KEYS
from minios.tui.widgets.lesson_column import LessonText
from minios.tutor import actions
from minios.tutor.model import Lesson

_ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "push": ("push",),
    "why": ("why",),
    "explain": ("timeline", "why"),
    "console": ("console",),
    "pause": ("run",),
    "skip": ("skip",),
    "faster": ("faster(1)",),
    "step": ("step('instruction')",),
    "back": ("back",),
    "before_fault": ("back",),
    "pause_at": ("break",),
    "slow_pass": ("slow_pass",),
    "inspect": ("inspect",),
    "registers": ("inspect",),
    "walk": ("inspect",),
    "memory": ("memory",),
    "threads": ("inspect",),
    "doors": ("doors",),
    "reset": ("power",),
    "vendor": ("vendor",),
    "answer": ("screen.answer",),
    "edit": ("screen.edit",),
    "hint": ("screen.hint",),
}
"""For each act of a text the actions of the bindings, one key after the other."""
_SEEN: Final[Mapping[str, str]] = {
    "screen": "the machine's screen in the lab",
    "states": "the machine's building in the lab",
}
"""What is in view all the time, and needs no key."""


def words(app: App[None]) -> Mapping[str, str]:
    """For each act the words of this interface: `key p`."""
    lesson, lab = _keys(LessonText.BINDINGS), _keys(KEYS)
    taken = {key for it in lesson.values() for key in it.key.split(",")}

    def said(names: Iterable[str]) -> str:
        bindings = [lesson.get(it) or lab[it] for it in names]
        keys = ", then ".join(_display(app, it) for it in bindings)
        if any(it.action in lesson for it in bindings):
            where = " beside the text"
        elif any(it.key.split(",")[0] in taken for it in bindings):
            where = " in the lab"
        else:
            where = ""
        return f"key {keys}{where}"

    return {act: said(it) for act, it in _ACTS.items()} | dict(_SEEN)


def actions_of(lesson: Lesson) -> frozenset[str]:
    """The actions of the keys that a lesson needs: its text or its hints name them."""
    texts = [lesson.text, *(hint for it in lesson.tasks for hint in it.hints)]
    named = {it for text in texts for it in actions.named(text)}
    needed = {it for act in named for it in _ACTS.get(act, ())}
    return frozenset({*needed, *_ACTS["answer"], *_ACTS["hint"]})


def _keys(bindings: Iterable[BindingType]) -> Mapping[str, Binding]:
    found = (it for it in bindings if isinstance(it, Binding))
    return {it.action: it for it in found}


def _display(app: App[None], binding: Binding) -> str:
    first = next(iter(Binding.make_bindings([binding])))
    return app.get_key_display(first)
