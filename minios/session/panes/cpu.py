"""Where the CPU is and what it does next, its registers, the page walk."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from minios.lab.quantities import listed
from minios.session import looking
from minios.session.frames import FLAGS, GENERAL, SELECTORS, Code, CodeLine, Frame
from minios.session.looking import Walked
from minios.session.panes.pane import Pane, Reading, Told
from minios.session.spoken import code_line, entry_rights

CODE_READ: Final = Reading("code", lambda it: looking.code(it.lab, it.registers))
WALK_READ: Final = Reading("walk", lambda it: looking.walk(it.lab, it.records))
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


def walk(walked: Walked) -> list[str]:
    """One sentence for each level of the page walk, then its result."""
    found, of = walked
    if found is None:
        return ["No page tables are in use yet, or nothing was read."]
    said = [f"The page walk of {found.address:#x}, {of}:"]
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


CODE: Final = Pane(
    words="where a machine is: its code, and the line of C",
    more=(
        "You hear the next instruction and those around it, with the lines of source "
        "that they were compiled from."
    ),
    tell=lambda frame, name: Told(code(frame, name)),
    reading=CODE_READ,
)
REGISTERS: Final = Pane(
    words="registers",
    more=(
        "These are the values between two instructions. CR2 is the address of the "
        "latest page fault. CR3 points to the page tables in use."
    ),
    tell=lambda frame, _: Told(registers(frame)),
)
WALK: Final = Pane(
    words="the page walk",
    more=(
        "This is the page walk of the latest fault, or of the next instruction. The "
        "CPU looks an address up in four tables, one after the other. The first entry "
        "that says no ends the walk, and the CPU raises a page fault."
    ),
    tell=lambda frame, _: Told(walk(WALK_READ.found(frame))),
    reading=WALK_READ,
)
PANES: Final = (CODE, REGISTERS, WALK)
