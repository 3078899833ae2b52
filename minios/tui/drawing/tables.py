"""Page tables, descriptors and memory as lines."""

from __future__ import annotations

from minios.lab.page_tables import Row
from minios.lab.quantities import size
from minios.session.tables import Bytes, Tables, region
from minios.tui.drawing.lines import Line, Span, line

_WIDE_FROM = 84  # cells for sixteen bytes, their address, rights and text


def pages(found: Tables) -> list[Line]:
    """One line for each table or run of pages; u marks what ring 3 may touch."""
    lines: list[Line] = []
    place = ""
    for row in found.tree:
        lines += _heading(row, place)
        if row.table is None:
            place = region(row.start)
        lines.append(_row(row))
    return lines


def _heading(row: Row, place: str) -> list[Line]:
    """The name of the region, if a new one begins with this row."""
    new = row.table is None and region(row.start) != place
    return [line((f"{'':8}── {region(row.start)}", "heading"))] if new else []


def _row(row: Row) -> Line:
    indent = "  " * row.level
    head = f"{indent}{row.words:{max(4, 16 - len(indent))}} "
    if row.table is not None:
        return line((f"{head}{row.rights} ", "dim"), (f"→ table {row.table:#x}", "dim"))
    role = "ring3" if row.rights.endswith("u") else "ring0"
    text = f"{row.rights} {row.start:016x} {size(row.size)}"
    return line(head, (text, role), (f" at {row.physical:#x}", "dim"))


def descriptors(found: Tables) -> list[Line]:
    """GDT, TSS and IDT, decoded."""
    lines: list[Line] = []
    for name, rows in (("GDT", found.gdt), ("TSS", found.tss), ("IDT", found.gates)):
        lines.append(line((name, "heading")))
        lines += [line(f"  {row}") for row in rows]
    return lines


def memory(found: Tables, width: int) -> list[Line]:
    """A hex view. Each row has the rights of its page, and the colour of its ring."""
    per_row = 16 if width >= _WIDE_FROM else 8
    lines: list[Line] = []
    for piece in found.memory:
        if piece.data is None:
            lines.append(line((f"{piece.address:016x} is not mapped", "bad")))
            continue
        lines += [
            _bytes(piece, at, per_row) for at in range(0, len(piece.data), per_row)
        ]
    return lines


def _bytes(piece: Bytes, at: int, per_row: int) -> Line:
    assert piece.data is not None
    row = piece.data[at : at + per_row]
    role = "ring3" if piece.rights.endswith("u") else "ring0"
    text = "".join(chr(c) if 32 <= c < 127 else "·" for c in row)
    marks = [n in piece.changed for n in range(at, at + len(row))]
    return line(
        (f"{piece.address + at:016x} ", "dim"),
        (f"{piece.rights} ", role),
        *_runs(row, marks, role),
        " " * (3 * (per_row - len(row))),
        (text, role),
    )


def _runs(row: bytes, marks: list[bool], role: str) -> list[Span]:
    """The bytes, with a star after each one that has changed."""
    return [
        Span(f"{value:02x}{'*' if mark else ' '}", "changed" if mark else role)
        for value, mark in zip(row, marks, strict=True)
    ]
