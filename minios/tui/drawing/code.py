"""The next instruction among its neighbours, and the source that it came from."""

from __future__ import annotations

from pathlib import PurePosixPath

from minios.session.frames import Code
from minios.tui.drawing.lines import CUT, Line, line

_HEXADECIMAL_WIDTH = 84  # from here on the bytes of an instruction are shown
_BYTES = 8  # of an instruction: hardly any has more
_HEADING_FROM = 4  # rows of source: with fewer, the first line of the pane names it


def code(found: Code, width: int, height: int) -> list[Line]:
    """Disassembly above, source below, both with the next line in the middle."""
    if not found.is_read:
        return [line(("reading...", "dim"))]
    if not found.lines:
        return [line(("RIP points to memory from which nothing can be read", "bad"))]
    head = line((f"{found.module} ", "heading"), found.place)
    rows = max(1, height - 1)
    # The next instruction before all else, then its line of source.
    source_rows = min(len(found.source) + 1, rows // 2)
    return [
        head,
        *_disassembly(found, width, rows - source_rows),
        *_source(found, source_rows),
    ]


def _window(at: int, size: int, rows: int) -> range:
    """So many of `size` rows that `at` stands a little above the middle."""
    start = max(0, min(at - rows // 2, size - rows))
    return range(start, min(size, start + max(rows, 0)))


def _disassembly(found: Code, width: int, rows: int) -> list[Line]:
    at = next((n for n, it in enumerate(found.lines) if it.is_next), 0)
    lines = []
    for number in _window(at, len(found.lines), rows):
        it = found.lines[number]
        instruction = it.instruction
        raw = _bytes(instruction.raw) if width >= _HEXADECIMAL_WIDTH else ""
        source = PurePosixPath(it.source).name if it.source else ""
        text = f"{'→' if it.is_next else ' '} {instruction.address:x} {raw}"
        lines.append(
            line(
                (text, "next" if it.is_next else "dim"),
                (f"{instruction.text:34} ", "next" if it.is_next else ""),
                (source, "dim"),
            )
        )
    return lines


def _bytes(raw: bytes) -> str:
    """The first eight of them, in as many cells, and whether there are more."""
    return f"{raw[:_BYTES].hex(' '):{3 * _BYTES - 1}}{CUT if raw[_BYTES:] else ' '} "


def _source(found: Code, rows: int) -> list[Line]:
    if not found.source or rows < 1:
        return []
    at = next((n for n, it in enumerate(found.source) if it.is_next), 0)
    lines = [line((found.file, "heading"))] if rows >= _HEADING_FROM else []
    for number in _window(at, len(found.source), rows - len(lines)):
        it = found.source[number]
        text = f"{'→' if it.is_next else ' '} {it.number:4} {it.text.expandtabs(4)}"
        lines.append(line((text, "next" if it.is_next else "")))
    return lines
