"""What a session reads from a paused machine, and how it goes on by one step.

The functions only read from the lab, except those in `STEPS`, which run it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from minios.lab import Event, Lab, disassembly, events, seconds
from minios.lab.disassembly import Instruction
from minios.lab.modules import Module
from minios.machine.events import RingCrossing
from minios.machine.paging import Access, Walk
from minios.session.frames import Code, CodeLine, SourceLine

_FUNCTION_LIMIT: Final = 4096  # bytes of a function that are decoded
_AHEAD: Final = 96  # bytes decoded after the next instruction
_BEFORE_SHOWN: Final = 12
_SOURCE_AROUND: Final = 8
_LINE_LIMIT: Final = 20_000  # instructions after which a source line is given up on
_FAULT_RECENT: Final = 8  # records


# ---- Going on a little.


def _source_line(lab: Lab) -> None:
    """Run until the next instruction belongs to another known line of source."""
    start = _line_of(lab)
    for _ in range(_LINE_LIMIT):
        lab.machine.step(1)
        now = _line_of(lab)
        if now and now != start:
            return


def _line_of(lab: Lab) -> str:
    rip = lab.machine.registers()["rip"]
    module = lab.module_at(rip)
    return _place(module, rip)[1]


def _any(_: object) -> bool:
    return True


STEPS: Final[dict[str, Callable[[Lab], object]]] = {
    "instruction": lambda lab: lab.machine.step(1),
    "line": _source_line,
    "crossing": lambda lab: lab.machine.run_until(
        _any, limit_ns=seconds(60), events=(RingCrossing,)
    ),
    "event": lambda lab: lab.run_while_waiting(_any, within=seconds(60)),
}


# ---- Looking.


class Walked(NamedTuple):
    """A page walk, and in words, of what. None if no page tables are in use."""

    walk: Walk | None
    of: str


def _place(module: Module | None, address: int) -> tuple[str, str]:
    """Function and offset, file and line, as far as they are known."""
    location = module.locate(address) if module else None
    if location is None:
        return "", ""
    source = f"{location.file}:{location.line}" if location.file else ""
    return f"{location.function}+{location.offset:#x}", source


def stands(lab: Lab, registers: Mapping[str, int], *, placed: bool) -> Code:
    """The module of the next instruction, and with `placed` the function, too.

    A goal may ask for the function. The first look into a module takes long.
    """
    module = lab.module_at(registers["rip"])
    place = _place(module, registers["rip"])[0] if placed else ""
    return Code(module=module.name if module else "?", place=place, is_read=False)


def code(lab: Lab, registers: Mapping[str, int]) -> Code:
    """The instructions and source lines near the next one."""
    rip = registers["rip"]
    module = lab.module_at(rip)
    place, source = _place(module, rip)
    file, _, line = source.rpartition(":")
    return Code(
        module=module.name if module else "?",
        place=place,
        file=file,
        lines=_code_lines(lab, module, rip),
        source=_source_lines(module, file, int(line)) if module and file else (),
    )


def _code_lines(lab: Lab, module: Module | None, rip: int) -> tuple[CodeLine, ...]:
    start = (module.function_start(rip) if module else None) or rip
    if not rip - _FUNCTION_LIMIT <= start <= rip:
        start = rip
    decoded = _decode(_read(lab, start, rip - start + _AHEAD), start)
    at = next((n for n, it in enumerate(decoded) if it.address == rip), None)
    if at is None:  # the bytes before do not lead to it: data between the functions
        decoded, at = _decode(_read(lab, rip, _AHEAD), rip), 0
    shown = decoded[max(0, at - _BEFORE_SHOWN) :]
    return tuple(
        CodeLine(it, _place(module, it.address)[1], it.address == rip) for it in shown
    )


def _read(lab: Lab, start: int, size: int) -> bytes:
    """The bytes, up to the first that is not mapped."""
    whole = lab.machine.read_virtual(start, size)
    if whole is not None:
        return whole
    left = 0x1000 - start % 0x1000
    return lab.machine.read_virtual(start, min(size, left)) or b""


@lru_cache(maxsize=256)
def _decode(data: bytes, start: int) -> tuple[Instruction, ...]:
    return disassembly.decode(data, start)


def _source_lines(module: Module, file: str, line: int) -> tuple[SourceLine, ...]:
    text = module.source_text(file)
    first = max(1, line - _SOURCE_AROUND)
    return tuple(
        SourceLine(number, text[number - 1], number == line)
        for number in range(first, min(len(text), line + _SOURCE_AROUND) + 1)
    )


def walk(lab: Lab, records: Sequence[Event]) -> Walked:
    """The page walk of the latest fault if it was recent, or of the next fetch."""
    for event in reversed(records[-_FAULT_RECENT:]):
        if isinstance(event, events.FaultRecord):
            taken = lab.picture_of(event)
            if taken is not None and taken.fault.walk is not None:
                return Walked(taken.fault.walk, f"the latest fault{_whose(event)}")
    rip = lab.machine.registers()["rip"]
    return Walked(lab.machine.walk(rip, access=Access.FETCH), "the next instruction")


def _whose(event: Event) -> str:
    if isinstance(event, events.DeathEvent):
        return f", in {event.name}"
    return "" if isinstance(event, events.Faulted) else ", in the kernel"
