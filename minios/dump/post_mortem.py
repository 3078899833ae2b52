"""Conclude from the parts of a dump who is to blame for a crash, and why.

Every conclusion is based on parts with a right checksum, and on the files that were
built from the guest's sources. What cannot be concluded is left out, or said in
`notes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from minios import paths
from minios.abi.vectors import HAS_ERROR_CODE
from minios.dump.code import Code
from minios.dump.memory import DumpMemory
from minios.dump.parts import Dump, ModuleRow, StopPart
from minios.dump.trace import StackFrame, trace
from minios.errors import ImageError
from minios.image.symbols import Location
from minios.lab import corruption, disassembly, picture, stop_words
from minios.lab.disassembly import Instruction
from minios.lab.modules import Module
from minios.lab.picture import FaultPicture
from minios.machine import paging, rules
from minios.machine.faults import Fault
from minios.machine.paging import Controls, Walk
from minios.machine.rules import Rule

_PAGE_FAULT: Final = 14
_GENERAL_PROTECTION: Final = (12, 13)
_BEFORE: Final = 8
_AFTER: Final = 4
_LONGEST: Final = 15


@dataclass(frozen=True, slots=True)
class Blamed:
    """The module at fault, the place in it, and why this module is blamed.

    `location` is the function and line at which a person should look first: the one of
    RIP, or the module's innermost call if RIP is in the code of another module.
    """

    module: str
    offset: int
    why: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One instruction near the fault, with its place in the source."""

    instruction: Instruction
    location: Location | None
    is_fault: bool


@dataclass(frozen=True, slots=True)
class PostMortem:
    """All that can be concluded from a dump."""

    dump: Dump
    blamed: Blamed | None
    frames: tuple[StackFrame, ...]
    code: tuple[CodeLine, ...]
    walk: Walk | None
    picture: FaultPicture | None
    notes: tuple[str, ...]


def examine(dump: Dump) -> PostMortem:
    """Conclude what can be concluded. Never fails."""
    code = Code(dump)
    frames = trace(dump, code)
    walk = _walk(dump)
    return PostMortem(
        dump=dump,
        blamed=_blame(dump, code, frames),
        frames=frames,
        code=_listing(dump, code),
        walk=walk,
        picture=_picture(dump, code, walk),
        notes=_notes(dump, code),
    )


# ---- The fault.


def _is_page_fault(stop: StopPart) -> bool:
    return stop.of_trap and stop.vector == _PAGE_FAULT


def _walk(dump: Dump) -> Walk | None:
    """The page walk that the dying kernel wrote, judged by the rules of the manual."""
    row, stop = dump.walk, dump.stop
    if row is None:
        return None
    found = list(row.entries)
    if stop is not None and _is_page_fault(stop):
        values = stop.registers
        controls = Controls(*(values[it] for it in Controls._fields))
        return paging.walk_of_fault(found, row.address, stop.error_code, controls)
    refusal = None
    if not found[-1][1] & paging.PRESENT:
        refusal = paging.Refusal(0, rules.NOT_PRESENT, len(found) - 1)
    return paging.walked(row.address, found, refusal)


def _rule(dump: Dump, stop: StopPart, walk: Walk | None) -> Rule:
    """The rule that was broken."""
    if not _is_page_fault(stop):
        if stop.vector in _GENERAL_PROTECTION:
            astray = _goes_astray(dump, stop)
            return rules.NOT_CANONICAL if astray else rules.GENERAL
        return rules.OF_VECTOR.get(stop.vector, rules.OTHER)
    if walk is not None and walk.refusal is not None:
        return walk.refusal.rule
    return rules.OTHER if stop.error_code & 1 else rules.NOT_PRESENT


def _goes_astray(dump: Dump, stop: StopPart) -> bool:
    """Whether the instruction at RIP uses an address that is not canonical."""
    rip = stop.registers["rip"]
    raw = DumpMemory(dump).read_virtual(rip, _LONGEST) or b""
    decoded = disassembly.decode(raw, rip, count=1)
    operand = decoded[0].memory if decoded else None
    return operand is not None and not paging.is_canonical(
        operand.address(stop.registers)
    )


def _fault(dump: Dump, stop: StopPart, walk: Walk | None) -> Fault:
    return Fault(
        vector=stop.vector,
        error_code=stop.error_code if stop.vector in HAS_ERROR_CODE else None,
        address=stop.registers["cr2"] if _is_page_fault(stop) else None,
        ring=stop.registers["cs"] & 3,
        rip=stop.registers["rip"],
        rule=_rule(dump, stop, walk),
        walk=walk if _is_page_fault(stop) else None,
    )


def _picture(dump: Dump, code: Code, walk: Walk | None) -> FaultPicture | None:
    """The same picture that is taken of a running machine, if a trap led here."""
    stop = dump.stop
    if stop is None or not stop.of_trap:
        return None
    fault = _fault(dump, stop, walk)
    memory = DumpMemory(dump)
    module = code.find(fault.rip)
    try:
        return picture.compose(memory, fault, stop.registers, module)
    except ImageError:  # the file with the symbols is damaged
        return picture.compose(memory, fault, stop.registers, None)


# ---- The blame.


def _blame(dump: Dump, code: Code, frames: tuple[StackFrame, ...]) -> Blamed | None:
    if dump.stop is not None and dump.stop.code == corruption.CODE:
        return _of_what_was_found(dump.stop, code)
    blamed = _blamed_module(dump, code, frames)
    if blamed is None:
        return None
    if blamed.location is not None:
        return blamed
    own = (it for it in frames if it.module == blamed.module and it.location)
    first = next(own, None)
    return replace(blamed, location=first.location if first else None)


def _of_what_was_found(stop: StopPart, code: Code) -> Blamed:
    """Blame the module to which the altered value leads. Who altered it is unknown."""
    found = corruption.describe(stop.parameters, code.find)
    why = f"{found.altered} was altered. {found.leads}"
    if found.suspect is None or found.suspect.name == "kernel":
        why += " The dump does not show who did it"
        return Blamed("kernel", 0, why, found.location)
    offset = found.found - found.suspect.base
    return Blamed(found.suspect.name, offset, why.rstrip("."), found.location)


def _blamed_module(
    dump: Dump, code: Code, frames: tuple[StackFrame, ...]
) -> Blamed | None:
    stop = dump.stop
    if stop is None:
        return None
    if not stop.of_trap:
        why = stop_words.reason(stop.code).format(who=stop.blamed).rstrip(".")
        return Blamed(stop.blamed, 0, why)
    rip = stop.registers["rip"]
    row = next((it for it in dump.modules if 0 <= rip - it.base < it.size), None)
    if row is not None and row.name != "kernel":
        return _of_module(row, rip, code)
    if not dump.modules:
        why = "the dying kernel named it, and the list of modules is missing"
        return Blamed(stop.blamed, 0, why)
    blamed = _of_driver(stop, code, frames, is_kernel=row is not None)
    if blamed is not None:
        return blamed
    return _of_kernel(stop, frames) if row is None else _of_module(row, rip, code)


def _of_driver(
    stop: StopPart, code: Code, frames: tuple[StackFrame, ...], *, is_kernel: bool
) -> Blamed | None:
    """The driver that called the kernel, or jumped away, or that the kernel noted."""
    rip = stop.registers["rip"]
    drivers = (it for it in _callers(frames) if it.module not in ("", "kernel"))
    caller = next(drivers, None)
    if caller is not None and is_kernel:
        why = f"it had called the kernel, in which the instruction at {rip:#x} lies"
        return Blamed(caller.module, caller.offset, why)
    if caller is not None:
        why = f"the address {rip:#x} lies in no module, and this module jumped there"
        return Blamed(caller.module, caller.offset, why)
    called = code.find(stop.called)
    if called is None or called.name == "kernel":
        return None
    place = "the kernel" if is_kernel else "no module"
    why = (
        f"the instruction at {rip:#x} lies in {place}, but the kernel had called this "
    )
    why += "driver, and the driver had not returned"
    location = code.locate(stop.called)
    return Blamed(called.name, stop.called - called.base, why, location)


def _of_kernel(stop: StopPart, frames: tuple[StackFrame, ...]) -> Blamed:
    """Blame the kernel for a jump out of all modules, if no driver had been called."""
    why = f"the address {stop.registers['rip']:#x} lies in no module"
    caller = next((it for it in _callers(frames) if it.module), None)
    if caller is None:
        return Blamed(stop.blamed, 0, why)
    return Blamed(caller.module, caller.offset, f"{why}, and this module jumped there")


def _of_module(row: ModuleRow, rip: int, code: Code) -> Blamed:
    """Blame the module in which the address RIP lies."""
    module = code.find(rip)
    offset = rip - (module.base if module else row.base)
    return Blamed(row.name, offset, _why(row, rip))


def _callers(frames: tuple[StackFrame, ...]) -> Iterator[StackFrame]:
    """The certain callers, up to the first code that was only interrupted."""
    for frame in frames[1:]:
        if frame.note or not frame.is_certain:
            return
        yield frame


def _why(row: ModuleRow, rip: int) -> str:
    """Why a module is blamed in which the address RIP lies."""
    place = f"from {row.base:#x} to {row.base + row.size:#x}"
    if row.unloaded:
        return f"{rip:#x} belonged to this module before it was unloaded, {place}"
    why = f"the instruction at {rip:#x} lies in this module, {place}"
    return f"{why}, and no driver had called it" if row.name == "kernel" else why


# ---- The code.


def _listing(dump: Dump, code: Code) -> tuple[CodeLine, ...]:
    """Some instructions before RIP, if they can be found, and some from RIP on."""
    stop, kept = dump.stop, dump.code
    if stop is None or kept is None:
        return ()
    rip = stop.registers["rip"]
    start = code.function_start(rip if stop.of_trap else rip - 1)
    before: tuple[Instruction, ...] = ()
    if start is not None and kept.address <= start < rip:
        raw = kept.data[start - kept.address : rip - kept.address]
        before = disassembly.decode(raw, start)
        if not before or before[-1].address + len(before[-1].raw) != rip:
            before = ()  # the decoder lost its way, so this is not what the CPU ran
    behind = kept.data[max(0, rip - kept.address) :] if rip >= kept.address else b""
    after = [
        it
        for it in disassembly.decode(behind, rip, count=_AFTER + 1)
        if start in (None, code.function_start(it.address))
    ]
    marked = rip if stop.of_trap or not before else before[-1].address
    return tuple(
        CodeLine(it, code.locate(it.address), it.address == marked)
        for it in (*before[-_BEFORE:], *after)
    )


def _no_names(module: Module) -> str:
    """Why functions and lines have no names: the file with the names is missing."""
    if not paths.KERNEL.exists():
        return (
            "The guest has not been built here, so functions and lines have no names."
            " Build it with `minios dev build`."
        )
    return (
        f"{module.name} has not been built here, so its functions and lines have no"
        " names."
    )


def _notes(dump: Dump, code: Code) -> tuple[str, ...]:
    """What a reader must know before reading the rest."""
    notes = []
    stop, kept = dump.stop, dump.code
    if stop is not None and kept is not None:
        rip = stop.registers["rip"]
        module = code.find(rip)
        if module is not None and not module.file.exists():
            notes.append(_no_names(module))
        elif not code.is_of_this_build(kept, rip):
            notes.append(
                "The code in the dump differs from the guest that has been built here,"
                " so names and lines may be wrong."
            )
    return tuple(notes)
