"""The right answers of a lesson's questions, as the goals of a lab have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from minios.abi.plugins import without_ending
from minios.lab import Lab
from minios.lab.setup import Setup
from minios.session.goals import states
from minios.session.goals.aims import Answer, Frames
from minios.session.goals.answers import Hexadecimal, Read
from minios.testing.scenarios import records
from minios.testing.scenarios.answers import agree
from minios.tutor import named
from minios.tutor.model import Right

_LONGEST: Final = 80  # characters of an answer that are read
_LETTERS: Final = "abcdefghi"
_ADDRESS: Final = "an address in hexadecimal, such as 0xffff800000001000"
_NUMBER: Final = "a number; hexadecimal ones begin with 0x"
_WORD: Final = "a word or a short text"


@dataclass(frozen=True, slots=True)
class Exactly:
    """This value, and no other. A number may be typed in decimal or as 0x..."""

    value: object
    form: str

    def judge(self, typed: str) -> str | None:
        """Compare it."""
        text = typed.strip()
        if not text or len(text) > _LONGEST:
            return None
        if isinstance(self.value, int) and not _is_number(text):
            return None
        is_right = agree(text, self.value) or agree(text, _shorter(self.value))
        return "" if is_right else f"No, {text} is not right."


def _shorter(value: object) -> object:
    """The name of a plugin without its ending; any other value as it is."""
    return without_ending(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several answers: its letter is typed, or the whole of it."""

    options: tuple[str, ...]
    right: str

    @property
    def form(self) -> str:
        """What is to be typed."""
        return f"the letter of your answer, {_LETTERS[0]} to {self._letters[-1]}"

    @property
    def _letters(self) -> str:
        return _LETTERS[: len(self.options)]

    def judge(self, typed: str) -> str | None:
        """Compare it."""
        chosen = chosen_from(self.options, typed)
        if chosen is None:
            return None
        return "" if chosen == self.right else f"No, it is not: {chosen.rstrip('.')}."


def chosen_from(options: Sequence[str], typed: str) -> str | None:
    """Which of the answers a letter or a text means; None if it means none."""
    text = typed.strip().rstrip(".)").casefold()
    for letter, option in zip(_LETTERS, options, strict=False):
        if text in (letter, option.casefold().rstrip(".)")):
            return option
    return None


def same(one: str, other: str) -> bool:
    """Whether two texts are the same answer: "0x14" is "20"."""
    return agree(other, int(one, 0)) if _is_number(one) else agree(other, one)


def lettered(options: Sequence[str]) -> tuple[str, ...]:
    """The answers to choose from, one in a line, each with its letter."""
    return tuple(f"{letter}) {it}" for letter, it in zip(_LETTERS, options))  # noqa: B905


def _is_number(text: str) -> bool:
    try:
        int(text, 0)
    except ValueError:
        return False
    return True


def of(right: Right, models: Sequence[str], setup: Setup) -> Read:
    """The function that reads the right answer off the newest frames.

    `models` are those of the machines that are asked about, and `setup` is how the
    first of them is made.
    """
    if right.options:
        choice = Choice(tuple(right.options), str(right.equals))
        return lambda _: choice
    if right.read is not None:
        return named.READS[right.read](*models)
    if right.address_of is not None:
        return _address(setup, right.address_of, right.form or _ADDRESS)
    if right.register is not None:
        return _register(models, right.at, right.register, right.form or _ADDRESS)
    if right.event is not None and right.field is not None:
        return _field(models[0], right.event, right.field, right.form)
    is_number = isinstance(right.equals, int)
    wanted = Exactly(right.equals, right.form or (_NUMBER if is_number else _WORD))
    return lambda _: wanted


def _address(setup: Setup, place: str, form: str) -> Read:
    @cache
    def found() -> Hexadecimal:
        with Lab.of(setup) as lab:
            lab.boot()
            return Hexadecimal(lab.address_of(place), form)

    return lambda _: found()


def _register(models: Sequence[str], at: str | None, name: str, form: str) -> Read:
    """A register of the first machine, or of the one that stands still at a place."""

    def read(frames: Frames) -> Answer | None:
        asked = models if at is not None else models[:1]
        found = [it for it in frames if it.world in asked]
        if at is not None:
            found = [it for it in found if states.stands_in(it, at)]
        return Hexadecimal(found[0].registers[name], form) if found else None

    return read


def _field(model: str, kind: str, name: str, form: str) -> Read:
    def read(frames: Frames) -> Answer | None:
        for frame in frames:
            if frame.world != model:
                continue
            for event in reversed(frame.log):
                if isinstance(event, records.KINDS[kind]):
                    value = getattr(event, name)
                    is_number = isinstance(value, int)
                    return Exactly(value, form or (_NUMBER if is_number else _WORD))
        return None

    return read
