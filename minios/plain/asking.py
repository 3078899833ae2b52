"""Print lines and ask questions, a line at a time. A test can hold the conversation.

The user can decline every question with 0 or with an empty line. After an invalid
answer plain mode says what it expects and asks again. It never guesses an answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias, TypeVar

from minios.visible import visible

Say: TypeAlias = Callable[[str], object]
Ask: TypeAlias = Callable[[str], str]
T = TypeVar("T")
PAGE: Final = 20  # lines before the question whether to print more
_LAST: Final = 5  # lines from the end of a very long list


class DeclinedError(Exception):
    """The user has declined a question."""


def number_of(text: str) -> int | None:
    """The whole number in a text, decimal or 0x...; None if it is not a number."""
    try:
        return int(text) if text.isdecimal() else int(text, 0)
    except ValueError:
        return None


def picked(answer: str, among: Sequence[T]) -> T | None:
    """The item with this number, counted from 1; None if there is no such item."""
    number = number_of(answer) or 0
    return among[number - 1] if 0 < number <= len(among) else None


def wanted(least: int, most: int) -> str:
    """What to type: `a number, 1 to 7`, or `1` if that is the only number."""
    return f"a number, {span(least, most)}" if least < most else f"{most}"


def span(least: int, most: int) -> str:
    """A range in words: `1 to 7`, or `1` if that is the only number."""
    return f"{least} to {most}" if least < most else f"{most}"


class Asking:
    """Ask questions and print long lists. Raises EOFError at the end of the input."""

    def __init__(self, say: Say, ask: Ask) -> None:
        self._say = say
        self._ask = ask

    def say(self, text: str) -> None:
        """Print a line. Control codes from a machine or a file are made harmless."""
        self._say(visible(text))

    def answer(self, question: str) -> str:
        """Ask for a line. Returns it without blanks at its ends."""
        return self._ask(f"{visible(question)} ").strip()

    def text(self, question: str) -> str:
        """Ask for a line. Raises DeclinedError for an empty line and for 0."""
        answer = self.answer(question)
        if answer in {"", "0"}:
            raise DeclinedError
        return answer

    def line(self, question: str) -> str:
        """Ask for a line that may be 0. Raises DeclinedError for an empty line."""
        answer = self.answer(question)
        if not answer:
            raise DeclinedError
        return answer

    def number(self, question: str, least: int, most: int) -> int:
        """Ask for a number.

        Raises DeclinedError for an empty line, and for 0 if 0 is below the range.
        """
        none = "Enter" if least <= 0 else "0"
        while True:
            answer = self.answer(f"{question} ({span(least, most)}, {none} to cancel)")
            if not answer or (answer == "0" and least > 0):
                raise DeclinedError
            number = number_of(answer)
            if number is not None and least <= number <= most:
                return number
            self.say(f"Please type {wanted(least, most)}.")

    def choose(
        self,
        question: str,
        words: Sequence[str],
        *,
        again: bool = False,
        none: str = "0 to cancel",
    ) -> int:
        """Ask for one of these choices. Returns its index, counted from 0.

        `again`: the choices were listed before, so they are not listed again.
        """
        if not again:
            self.tell(numbered(words))
        hint = ", ? lists the choices" if again else ""
        comma = "," if len(words) > 1 or again else ", or"
        question = f"{question} ({span(1, len(words))}{hint}{comma} {none})"
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
                self.say(f"Please type {wanted(1, len(words))}.")

    def tell(self, rows: Iterable[str]) -> None:
        """Print some lines."""
        for row in rows:
            self.say(row)

    def page(self, rows: Sequence[str]) -> None:
        """Print a long list, a page at a time, until the user has enough."""
        for first in range(0, len(rows), PAGE):
            self.tell(rows[first : first + PAGE])
            left = len(rows) - first - PAGE
            if left > 0 and not self.goes_on(f"{left} more lines."):
                return

    def page_back(self, rows: Sequence[str]) -> None:
        """Print the end of a long list, then the pages before it."""
        for end in range(len(rows), 0, -PAGE):
            first = max(0, end - PAGE)
            self.tell(rows[first:end])
            if first > 0 and not self.goes_on(f"{first} lines before these."):
                return

    def goes_on(self, what: str) -> bool:
        """Ask whether to print more."""
        return self._agrees(what, "Enter for more, 0 to stop")

    def agrees(self, what: str) -> bool:
        """Ask whether to do something."""
        return self._agrees(what, "Enter for yes, 0 for no")

    def _agrees(self, what: str, how: str) -> bool:
        while True:
            answer = self.answer(f"{what} ({how})")
            if answer in {"", "0"}:
                return not answer
            self.say("Please type Enter or 0.")


class Row(NamedTuple):
    """A line, and which kind it is: of very many rows of a kind one is enough."""

    words: str
    kind: Hashable


class Many:
    """Print events as they come; of very many only the first and the last.

    A crash loop has hundreds of events in a second. Nobody wants to hear all of them.
    But the first of each kind is always printed, such as the one that ends a loop.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._room = PAGE
        self._kinds: set[Hashable] = set()
        self._left_out = 0
        self._last: deque[str] = deque(maxlen=_LAST)

    def tell(self, rows: Iterable[Row]) -> None:
        """Print the first page and all that is new of its kind, and count the rest."""
        for row in rows:
            is_new = row.kind not in self._kinds
            self._kinds.add(row.kind)
            if self._room:
                self._room -= 1
                self._say(row.words)
            elif is_new:
                self.end()
                self._say(row.words)
            else:
                self._left_out += 1
                self._last.append(row.words)

    def end(self) -> None:
        """Print how many events were left out, and the last of them."""
        if self._left_out > _LAST:
            self._say(f"{self._left_out} more events. The last of them are:")
        for words in self._last:
            self._say(words)
        self._left_out = 0
        self._last.clear()


def numbered(words: Iterable[str]) -> list[str]:
    """Put a number before each line: `1. one`, `2. another`."""
    return [f"{number}. {it}" for number, it in enumerate(words, 1)]
