"""The bytes of a file, each coloured by the kind of field that it belongs to.

There are eight bytes in a row, because a criterion of the format has eight bytes. The
fields that begin in a row are named after it, if there is room.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias

from minios.content import FieldSpan, FilePart
from minios.tui.drawing.lines import Line, Span, flow, line, wrapped

Ranges: TypeAlias = Sequence[range]
"""Bytes that are marked by brackets and by a colour."""

_PER_ROW: Final = 8
_PER_NARROW_ROW: Final = 4
_BEFORE: Final = 5  # a sign and four digits
_WORDS_FROM: Final = 16  # cells
_SIGN: Final = "✖"
_LEGEND: Final = {
    FilePart.HEADER: "header",
    FilePart.INSTANCE: "instance",
    FilePart.CRITERION: "criterion",
    FilePart.TEXT: "text",
    FilePart.PADDING: "padding: zeros",
    FilePart.UNREAD: "belongs to no field",
}


class _Row(NamedTuple):
    """A line: bytes with words, or more words for the bytes above."""

    start: int
    end: int
    words: str


class HexRows:
    """The rows of a file at one width."""

    def __init__(self, data: bytes, spans: Sequence[FieldSpan], width: int) -> None:
        self.data = data
        self.per_row = _PER_ROW if width >= _cells(_PER_ROW) else _PER_NARROW_ROW
        self._owners = [span for span in spans for _ in range(span.start, span.end)]
        self._rows: list[_Row] = []
        self._of_byte: dict[int, int] = {}
        left = width - _cells(self.per_row) - 1
        begin = {span.start: span for span in spans}
        for start in range(0, len(data), self.per_row):
            end = min(start + self.per_row, len(data))
            found = [begin[at] for at in range(start, end) if at in begin]
            self._add(start, end, _words(found) if left >= _WORDS_FROM else "", left)

    def _add(self, start: int, end: int, words: str, width: int) -> None:
        self._of_byte[start] = len(self._rows)
        first, *more = textwrap.wrap(words, max(width, 1), subsequent_indent="  ") or [
            ""
        ]
        self._rows.append(_Row(start, end, first))
        self._rows += [_Row(end, end, it) for it in more]

    def __len__(self) -> int:
        return len(self._rows)

    def line_of(self, byte: int) -> int:
        """The number of the line that shows a byte."""
        return self._of_byte[byte - byte % self.per_row]

    def byte_at(self, number: int, cell: int) -> int | None:
        """The byte that is shown in a cell of a line, if any."""
        if not 0 <= number < len(self._rows):
            return None
        row = self._rows[number]
        at = row.start + (cell - _BEFORE) // 3
        return at if row.start <= at < row.end else None

    def line(self, number: int, marked: Ranges, refused: int = -1) -> Line:
        """One line. A sign marks the row of the byte that the validator refuses."""
        row = self._rows[number]
        before = _cells(self.per_row) + 1
        if row.start == row.end:
            return line(" " * before, (row.words, "dim"))
        is_refused = row.start <= refused < row.end
        pieces = [
            Span(_SIGN if is_refused else " ", "bad"),
            Span(f"{row.start:04x}", "dim"),
            *self._bytes(row.start, row.end, marked),
        ]
        gap = before - _cells(row.end - row.start) if row.words else 0
        return line(*pieces, " " * gap, (row.words, "dim"))

    def _bytes(self, start: int, end: int, marked: Ranges) -> Iterator[Span]:
        for at in range(start, end):
            is_marked = any(at in it for it in marked)
            yield self._between(at, marked, is_first=at == start)
            role = "marked" if is_marked else self._owners[at].part.value
            yield Span(f"{self.data[at]:02x}", role)
        ends = any(it.stop == end for it in marked)
        yield Span("]" if ends else " ")

    def _between(self, at: int, marked: Ranges, *, is_first: bool) -> Span:
        """The cell before a byte: a bracket or a blank."""
        for one in marked:
            if at == one.start:
                return Span("[")
            if at == one.stop and not is_first:
                return Span("]")
        if is_first or self._owners[at] is not self._owners[at - 1]:
            return Span(" ")
        inside = any(at in it for it in marked)
        return Span(" ", "marked" if inside else self._owners[at].part.value)


def _cells(number: int) -> int:
    """The width of a row with this many bytes."""
    return _BEFORE + 3 * number + 1


def _words(spans: Iterable[FieldSpan]) -> str:
    """The fields that begin in a row, after the name of their structure."""
    return "; ".join(
        _structure(parent, list(group))
        for parent, group in groupby(spans, lambda span: _parent(span.field))
    )


def _structure(parent: str, spans: list[FieldSpan]) -> str:
    told = [_field(span) for span in spans if not _is_nothing(span)]
    of = f"{parent}: " if parent else ""
    return of + (", ".join(told) or "reserved")


def _parent(field: str) -> str:
    """`header`, `instance 2`, or the name of a field."""
    match field.split("."):
        case ["instance", number, _]:
            return f"instance {number}"
        case [*_, name, _]:
            return name
    return ""


def _field(span: FieldSpan) -> str:
    name = span.field.rpartition(".")[2]
    return span.value if name == "kind" else f"{name} {span.value}"


def _is_nothing(span: FieldSpan) -> bool:
    """Whether a field is always zero, or is not read in a wildcard."""
    name = span.field.rpartition(".")[2]
    is_criterion = span.part is FilePart.CRITERION
    return span.value == "0" and (
        name == "reserved" or (is_criterion and name in {"length", "offset"})
    )


def runs(spans: Iterable[FieldSpan]) -> list[range]:
    """The bytes of some spans, with neighbours joined into one range."""
    found: list[range] = []
    for span in spans:
        if found and found[-1].stop == span.start:
            found[-1] = range(found[-1].start, span.end)
        else:
            found.append(range(span.start, span.end))
    return found


def place_in_words(name: str, spans: Sequence[FieldSpan], width: int) -> list[Line]:
    """Name, offsets, lengths and values of the bytes that come from one input."""
    told = "; ".join(_run_in_words(list(run)) for _, run in groupby(spans, _part))
    return wrapped(f"[ ] {name}: {told}", width)


def _part(span: FieldSpan) -> FilePart:
    return span.part


def _run_in_words(spans: Sequence[FieldSpan]) -> str:
    start, end = spans[0].start, spans[-1].end
    values = ", ".join(_field(it) for it in spans if not _is_nothing(it))
    return f"at {start:#06x}, {_bytes_in_words(end - start)}: {values}"


def byte_in_words(
    data: bytes, spans: Sequence[FieldSpan], at: int, width: int
) -> list[Line]:
    """The field that a byte belongs to, in words."""
    span = next(it for it in spans if it.start <= at < it.end)
    length = span.end - span.start
    return wrapped(
        f"[{data[at]:02x}] byte {at:#06x} of {span.field}: at {span.start:#06x}, "
        f"{_bytes_in_words(length)}: {span.value}",
        width,
    )


def _bytes_in_words(number: int) -> str:
    return f"{number} byte{'s' * (number != 1)}"


def legend(spans: Iterable[FieldSpan], width: int) -> list[Line]:
    """The name of each kind of field, in its colour."""
    there = {span.part for span in spans}
    pieces = [
        line((f" {words} ", part.value))
        for part, words in _LEGEND.items()
        if part in there
    ]
    return flow(pieces, width, gap=1)
