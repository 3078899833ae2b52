"""Asking and telling, a line at a time. A test can hold the conversation.

Whoever is asked can always decline: with 0, or with nothing. To an answer that cannot
be it is said what is wanted, and the question comes again; nothing is taken instead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias, TypeVar

from minios.visible import visible

Say: TypeAlias = Callable[[str], object]
Ask: TypeAlias = Callable[[str], str]
T = TypeVar("T")
PAGE: Final = 20  # lines that are told before it is asked whether to go on
_LAST: Final = 5  # lines of the end of something long


class DeclinedError(Exception):
    """Whoever was asked wants none of it."""


def number_of(text: str) -> int | None:
    """A whole number, decimal or 0x...; None if it is something else."""
    try:
        return int(text) if text.isdecimal() else int(text, 0)
    except ValueError:
        return None


def picked(answer: str, among: Sequence[T]) -> T | None:
    """The one of that number, counted from 1; None if there is none."""
    number = number_of(answer) or 0
    return among[number - 1] if 0 < number <= len(among) else None


def span(least: int, most: int) -> str:
    """`1 to 7`; `1` where that is all."""
    return f"{least} to {most}" if least < most else f"{most}"


class Asking:
    """Questions, and long lists. EOFError if there is nobody to answer."""

    def __init__(self, say: Say, ask: Ask) -> None:
        self._say = say
        self._ask = ask

    def say(self, text: str) -> None:
        """A line. What a machine or a file has put into it cannot act on a terminal."""
        self._say(visible(text))

    def answer(self, question: str) -> str:
        """A line without the blanks around it."""
        return self._ask(f"{visible(question)} ").strip()

    def text(self, question: str) -> str:
        """A line; DeclinedError for nothing, and for 0."""
        answer = self.answer(question)
        if answer in {"", "0"}:
            raise DeclinedError
        return answer

    def line(self, question: str) -> str:
        """A line that may be 0; DeclinedError for nothing."""
        answer = self.answer(question)
        if not answer:
            raise DeclinedError
        return answer

    def number(self, question: str, least: int, most: int) -> int:
        """A number; DeclinedError for nothing, and for 0 where that is too little."""
        none = "Enter" if least <= 0 else "0"
        while True:
            answer = self.answer(f"{question} ({span(least, most)}, {none} for none)")
            if not answer or (answer == "0" and least > 0):
                raise DeclinedError
            number = number_of(answer)
            if number is not None and least <= number <= most:
                return number
            self.say(f"A number, {span(least, most)}, please.")

    def choose(
        self,
        question: str,
        words: Sequence[str],
        *,
        again: bool = False,
        none: str = "0 for none",
    ) -> int:
        """Which of these, counted from 0; `again` if they were told before."""
        if not again:
            self.tell(numbered(words))
        hint = ", ? to hear the choices" if again else ""
        question = f"{question} ({span(1, len(words))}{hint}, {none})"
        while True:
            answer = self.text(question)
            at = picked(answer, range(len(words)))
            if at is not None:
                return at
            if answer in words:
                return words.index(answer)
            if answer == "?":
                self.tell(numbered(words))
            else:
                self.say(f"A number, {span(1, len(words))}, please.")

    def tell(self, rows: Iterable[str]) -> None:
        """Line after line."""
        for row in rows:
            self.say(row)

    def page(self, rows: Sequence[str]) -> None:
        """A long list, as far as somebody wants to hear it."""
        for first in range(0, len(rows), PAGE):
            self.tell(rows[first : first + PAGE])
            left = len(rows) - first - PAGE
            if left > 0 and not self.goes_on(f"{left} lines more."):
                return

    def page_back(self, rows: Sequence[str]) -> None:
        """The end of a long list, then what is before it."""
        for end in range(len(rows), 0, -PAGE):
            first = max(0, end - PAGE)
            self.tell(rows[first:end])
            if first > 0 and not self.goes_on(f"{first} lines before these."):
                return

    def goes_on(self, what: str) -> bool:
        """Whether to tell more."""
        while True:
            answer = self.answer(f"{what} (Enter to hear more, 0 for no more)")
            if answer in {"", "0"}:
                return not answer
            self.say("Enter or 0, please.")


class Many:
    """Events as they come; of very many the first and the last.

    A crash loop has hundreds in a second: nobody wants to hear all of them.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._room = PAGE
        self._left_out = 0
        self._last: deque[str] = deque(maxlen=_LAST)

    def tell(self, rows: Sequence[str]) -> None:
        """A page of them at once; the rest is counted."""
        for row in rows[: self._room]:
            self._say(row)
        later = rows[self._room :]
        self._room -= len(rows) - len(later)
        self._left_out += len(later)
        self._last += later

    def end(self) -> None:
        """What was left out."""
        if self._left_out > _LAST:
            self._say(f"{self._left_out} events more, of which the last are:")
        for row in self._last:
            self._say(row)


def numbered(words: Iterable[str]) -> list[str]:
    """`1. one`, `2. another`."""
    return [f"{number}. {it}" for number, it in enumerate(words, 1)]
