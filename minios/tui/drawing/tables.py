"""Page tables, descriptors and memory as lines."""

from __future__ import annotations

from minios.tui.drawing.lines import Line, line
from minios.tui.tables import Tables

_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def _size(number: int) -> str:
    for unit, name in _UNITS:
        if number >= unit and number % unit == 0:
            return f"{number // unit} {name}"
    return f"{number} bytes"


def pages(found: Tables) -> list[Line]:
    """A line a range: rights first, u marks what ring 3 may touch."""
    lines: list[Line] = []
    region = ""
    for it in found.pages:
        if it.region != region:
            region = it.region
            lines.append(line((region, "heading")))
        role = "ring3" if it.rights.endswith("u") else "ring0"
        text = f"  {it.rights} {it.start:016x} {_size(it.end - it.start)}"
        lines.append(line((text, role)))
    return lines


def descriptors(found: Tables) -> list[Line]:
    """GDT, TSS and IDT, decoded."""
    lines: list[Line] = []
    for name, rows in (("GDT", found.gdt), ("TSS", found.tss), ("IDT", found.idt)):
        lines.append(line((name, "heading")))
        lines += [line(f"  {row}") for row in rows]
    return lines


def memory(found: Tables, width: int) -> list[Line]:
    """A hex view."""
    if found.memory is None:
        return [line((f"{found.memory_at:#x} is not mapped", "bad"))]
    per_row = 16 if width >= 84 else 8
    lines = []
    for at in range(0, len(found.memory), per_row):
        row = found.memory[at : at + per_row]
        text = "".join(chr(c) if 32 <= c < 127 else "·" for c in row)
        address = f"{found.memory_at + at:016x} "
        lines.append(
            line((address, "dim"), f"{row.hex(' '):{per_row * 3}} ", (text, "ring3"))
        )
    return lines
