"""The bytes of a file, each coloured by the field that it belongs to."""

from __future__ import annotations

from minios.content import Span as FieldSpan
from minios.content import inspect
from minios.tui.drawing.lines import Line, Span, line

_PER_ROW = 16


def hex_view(data: bytes, width: int) -> list[Line]:
    """Offsets, bytes, and at the right which fields begin in a row."""
    per_row = _PER_ROW if width >= 60 else 8
    spans = inspect(data).spans
    owners = [span for span in spans for _ in range(span.start, span.end)]
    return [
        _row(data, at, per_row, owners, spans) for at in range(0, len(data), per_row)
    ]


def _row(
    data: bytes,
    at: int,
    per_row: int,
    owners: list[FieldSpan],
    spans: tuple[FieldSpan, ...],
) -> Line:
    end = min(len(data), at + per_row)
    pieces: list[Span] = [Span(f"{at:04x} ", "dim")]
    pieces += [
        Span(f"{data[n]:02x}", owners[n].part.value)
        if n + 1 == end or owners[n + 1] is not owners[n]
        else Span(f"{data[n]:02x} ", owners[n].part.value)
        for n in range(at, end)
    ]
    pieces = [
        part
        for n, piece in enumerate(pieces)
        for part in (
            (piece,)
            if n == 0 or piece.text.endswith(" ")
            else (
                piece,
                Span(" "),
            )
        )
    ]
    pieces.append(Span("   " * (per_row - (end - at))))
    names = [f"{span.field}={span.value}" for span in spans if at <= span.start < end]
    return line(*pieces, (" " + ", ".join(names), "dim"))
