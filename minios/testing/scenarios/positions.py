r"""Where in a TOML text each key and each element of a list stands.

`tomllib` reads a text and forgets its positions. `find` walks the same text once more,
and only for the positions. The text must have been read by `tomllib` already, so there
is no mistake in it, and nothing here has to look for one.

    find('[[steps]]\npush = "x"')
    -> {("steps",): 0, ("steps", 0): 0, ("steps", 0, "push"): 10}
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""The keys and the indexes from the file to a value."""

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY: Final = re.compile(r"""[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*""")
STRING: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")'
    r"|'''(?:.|\n)*?'{3,5}(?!')"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_OTHER: Final = re.compile(r"[^,\]}#\n]*")  # a number, a date, true or false


def find(text: str) -> dict[Place, int]:
    """The offsets of all keys and elements of a text that `tomllib` can read."""
    scan = _Scan(text)
    scan.document()
    return scan.offsets


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Both count from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def offset(text: str, line: int, column: int) -> int:
    """The offset of a line and a column, which count from 1."""
    lines = text.split("\n", line)[: line - 1]
    return sum(len(it) + 1 for it in lines) + column - 1


@dataclass(slots=True)
class _Scan:
    text: str
    at: int = 0
    offsets: dict[Place, int] = field(default_factory=dict)
    lengths: dict[Place, int] = field(default_factory=dict)  # of the [[lists]]

    def document(self) -> None:
        table: Place = ()
        while self.more():
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)

    def more(self) -> bool:
        """Skip what says nothing; whether something follows."""
        found = _BLANK.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return self.at < len(self.text)

    def header(self) -> Place:
        start = self.at
        is_list = self.text.startswith("[[", self.at)
        self.at += 2 if is_list else 1
        place: Place = ()
        keys = self.keys()
        for number, key in enumerate(keys, 1):
            place = (*place, key)
            self.note(place, start)
            if is_list and number == len(keys):
                self.lengths[place] = self.lengths.get(place, 0) + 1
            if place in self.lengths:
                place = (*place, self.lengths[place] - 1)
                self.note(place, start)
        self.at += 2 if is_list else 1
        return place

    def pair(self, table: Place) -> None:
        self.more()
        start = self.at
        place = (*table, *self.keys())
        for length in range(len(table) + 1, len(place) + 1):
            self.note(place[:length], start)
        self.at += 1  # the =
        self.value(place)

    def keys(self) -> list[str]:
        """The parts of a dotted key."""
        keys: list[str] = []
        while True:
            found = _KEY.match(self.text, self.at)
            assert found is not None
            self.at = found.end()
            keys.append(_plain(found[1]))
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def value(self, place: Place) -> None:
        self.more()
        if self.text[self.at] == "{":
            self.several(place, "}")
        elif self.text[self.at] == "[":
            self.several(place, "]")
        else:
            found = STRING.match(self.text, self.at) or _OTHER.match(self.text, self.at)
            assert found is not None
            self.at = found.end()

    def several(self, place: Place, end: str) -> None:
        """An inline table or a list."""
        self.at += 1
        number = 0
        while self.more() and self.text[self.at] != end:
            if self.text[self.at] == ",":
                self.at += 1
            elif end == "}":
                self.pair(place)
            else:
                self.note((*place, number), self.at)
                self.value((*place, number))
                number += 1
        self.at += 1

    def note(self, place: Place, start: int) -> None:
        """The first mention counts."""
        self.offsets.setdefault(place, start)


def _plain(key: str) -> str:
    if key[0] not in "\"'":
        return key
    return next(iter(tomllib.loads(f"{key}=0")))
