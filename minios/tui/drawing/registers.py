"""Registers, with what the last step changed."""

from __future__ import annotations

from typing import Final

from minios.session.frames import Frame
from minios.tui.drawing.lines import Line, flow, line

_GENERAL: Final = (
    *("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp"),
    *(f"r{number}" for number in range(8, 16)),
    *("rip", "cr2", "cr3", "cr0", "cr4", "efer"),
)
_SELECTORS: Final = ("cs", "ss", "tr")
_FLAGS: Final = (
    ("CF", 0),
    ("ZF", 6),
    ("SF", 7),
    ("IF", 9),
    ("DF", 10),
    ("OF", 11),
    ("AC", 18),
)


def registers(frame: Frame, width: int, height: int) -> list[Line]:
    """General registers first; a `*` marks what the last step changed.

    Where they are not all in view, those are first that have changed, and RIP.
    """
    pieces = [(name, _one(frame, name)) for name in _GENERAL]
    pieces += [("rflags", _flags(frame)), ("selectors", _selectors(frame))]
    lines = flow([piece for _, piece in pieces], width)
    if len(lines) <= height:
        return lines
    first = {"rip"} | frame.changed
    pieces.sort(key=lambda it: it[0] not in first)
    return flow([piece for _, piece in pieces], width)


def _flags(frame: Frame) -> Line:
    rflags, changed = frame.registers["rflags"], "rflags" in frame.changed
    names = (name if rflags >> bit & 1 else name.lower() for name, bit in _FLAGS)
    return line(
        f"rflags {rflags:#x} IOPL {rflags >> 12 & 3}{'*' if changed else ' '} ",
        (" ".join(names), "changed" if changed else "dim"),
    )


def _selectors(frame: Frame) -> Line:
    return line(" ".join(f"{name} {frame.registers[name]:#x}" for name in _SELECTORS))


def _one(frame: Frame, name: str) -> Line:
    value, changed = frame.registers[name], name in frame.changed
    text = f"{name:4}{value:016x}{'*' if changed else ' '}"
    return line((text, "changed" if changed else ""))
