"""The CPU between two instructions: its registers, the code there, the page walk."""

from __future__ import annotations

from pathlib import PurePosixPath

from minios.machine.paging import Walk
from minios.session.frames import FLAGS, GENERAL, SELECTORS, Code, Frame
from minios.tui.drawing.lines import CUT, Line, flow, line


def registers(frame: Frame, width: int, height: int) -> list[Line]:
    """The registers, always in the same order. A `*` marks what the last step changed.

    Only if a changed one would be out of view, the changed ones come right after RIP
    and CS.
    """
    first = {"rip": _one(frame, "rip"), "rsp": _one(frame, "rsp")}
    others = {name: _one(frame, name) for name in GENERAL}
    pieces = first | {"cs": _selectors(frame), "rflags": _flags(frame)} | others
    lines = flow(pieces.values(), width)
    in_view = {span for row in lines[:height] for span in row}
    if all(set(pieces[it]) <= in_view for it in frame.changed & set(pieces)):
        return lines

    def rank(name: str) -> int:
        return 0 if name in ("rip", "cs") else 1 if name in frame.changed else 2

    return flow([pieces[it] for it in sorted(pieces, key=rank)], width)


def _selectors(frame: Frame) -> Line:
    cs, *others = (f"{name} {frame.registers[name]:#x}" for name in SELECTORS)
    ring = frame.registers["cs"] & 3
    mark = ("*", "changed") if "cs" in frame.changed else " "
    return line(f"{cs} (ring {ring})", mark, f" {'  '.join(others)}")


def _flags(frame: Frame) -> Line:
    rflags, changed = frame.registers["rflags"], "rflags" in frame.changed
    names = (name if rflags >> bit & 1 else name.lower() for name, _, bit in FLAGS)
    return line(
        f"rflags {rflags:#x} IOPL {rflags >> 12 & 3}{'*' if changed else ' '} ",
        (" ".join(names), "changed" if changed else "dim"),
    )


def _one(frame: Frame, name: str) -> Line:
    value, changed = frame.registers[name], name in frame.changed
    text = f"{name:3} {value:016x}{'*' if changed else ' '}"
    return line((text, "changed" if changed else ""))


_HEXADECIMAL_WIDTH = 84  # from here on the bytes of an instruction are shown
_BYTES = 8  # bytes shown of an instruction: hardly any has more
_HEADING_FROM = 4  # rows of source: with fewer, the file has no heading of its own


def code(found: Code, width: int, height: int) -> list[Line]:
    """The disassembly, and below it the source, each with the next line centred."""
    if not found.lines:
        return [line(("RIP points to memory that cannot be read", "bad"))]
    head = line((f"{found.module} ", "heading"), found.place)
    rows = max(1, height - 1)
    # With few rows the disassembly is more important than the source.
    source_rows = min(len(found.source) + 1, rows // 2)
    return [
        head,
        *_disassembly(found, width, rows - source_rows),
        *_source(found, source_rows),
    ]


def _window(at: int, size: int, rows: int) -> range:
    """A window of `rows` out of `size` rows, with row `at` near the middle."""
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
    """The first eight bytes, in a fixed width, and a sign if there are more."""
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


def walk(found: Walk | None) -> list[Line]:
    """One line for each level of the page walk, then its result."""
    if found is None:
        return [line(("no page tables are in use yet", "dim"))]
    lines = [line(("page walk of ", "heading"), f"{found.address:#x}")]
    for it in found.levels:
        refused = it == found.refusing
        text = f"{'✖' if refused else '│'} {it.name:4} {it.entry:#018x} {it.rights}"
        lines.append(line((text, "bad" if refused else "")))
    if found.refusal is not None:
        lines.append(line(("✖ ", "bad"), (str(found.refusal.rule), "bad")))
    elif found.physical is not None:
        lines.append(line(("└ allowed: physical ", "good"), f"{found.physical:#x}"))
    return lines
