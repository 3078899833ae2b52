"""Where the CPU is and what it does next, its registers, the page walk."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from minios.lab.quantities import listed
from minios.machine.paging import Walk
from minios.session.frames import FLAGS, GENERAL, SELECTORS, Code, CodeLine, Frame
from minios.session.spoken import code_line, entry_rights

_NAMES: Final = (*GENERAL, *SELECTORS)
_AROUND: Final = 4  # instructions, and lines of source, before and after the next


def stands(frame: Frame, name: str) -> str:
    """Where a machine is, and its next instruction."""
    found = frame.code
    if frame.halted:
        return f"{name}, ring {frame.ring}, {_place(found)}: waits for an interrupt."
    following = next((it for it in found.lines if it.is_next), None)
    if following is None:
        return f"{name}, ring {frame.ring}, {_place(found)}: no code can be read there."
    source = _file_and_line(following.source)
    return (
        f"{name}, ring {frame.ring}, {_place(found)}{source}. "
        f"Next: {following.instruction.text}."
    )


def code(frame: Frame, name: str) -> list[str]:
    """The instructions around the next one, and the source that they came from."""
    found = frame.code
    at = next((n for n, it in enumerate(found.lines) if it.is_next), 0)
    near = found.lines[max(0, at - _AROUND) : at + _AROUND + 1]
    said = [stands(frame, name), *(_instruction(it) for it in near)]
    if found.source:
        said.append(f"The source, {found.file}:")
        at = next((n for n, it in enumerate(found.source) if it.is_next), 0)
        said += [
            f"line {it.number}{', next' if it.is_next else ''}: {code_line(it.text)}"
            for it in found.source[max(0, at - _AROUND) : at + _AROUND + 1]
            if it.text.strip()
        ]
    return said


def changed(frame: Frame) -> str:
    """The registers that have changed since the last pause."""
    names = [it for it in (*_NAMES, "rflags") if it in frame.changed]
    return f"Changed: {listed(names)}."


def registers(frame: Frame) -> list[str]:
    """The changed registers, then one on each line; those that are zero share one."""
    values = frame.registers
    zero = [name for name in _NAMES if not values[name]]
    flags = values["rflags"]
    is_set = [name for _, name, bit in FLAGS if flags >> bit & 1]
    return [
        changed(frame),
        *(f"{name} {values[name]:#x}" for name in _NAMES if values[name]),
        f"rflags {flags:#x}: {listed(is_set, 'no flag')} set, IOPL {flags >> 12 & 3}.",
        *[f"Zero: {listed(zero)}."] * bool(zero),
    ]


def walk(found: Walk | None, of: str = "") -> list[str]:
    """One sentence for each level of the page walk, then its result."""
    if found is None:
        return ["No page tables are in use yet, or nothing was read."]
    said = [f"The page walk of {found.address:#x}{f', {of}' if of else ''}:"]
    for it in found.levels:
        rights = entry_rights(it.rights) if it.is_present else it.rights
        here = ". This one says no" if it == found.refusing else ""
        said.append(f"{it.name} entry {it.entry:#x}: {rights}{here}.")
    if found.refusal is not None:
        said.append(f"Refused: {found.refusal.rule}.")
    elif found.physical is not None:
        said.append(f"Allowed: physical address {found.physical:#x}.")
    return said


def _place(found: Code) -> str:
    module = found.module if found.module != "?" else "outside of all known modules"
    return f"{module}{f', {found.place}' if found.place else ''}"


def _file_and_line(source: str) -> str:
    file, _, number = source.rpartition(":")
    return f", {PurePosixPath(file).name} line {number}" if file else ""


def _instruction(line: CodeLine) -> str:
    following = "next, " if line.is_next else ""
    instruction = line.instruction
    return (
        f"{following}{instruction.address:#x}: {instruction.text}"
        f"{_file_and_line(line.source)}"
    )
