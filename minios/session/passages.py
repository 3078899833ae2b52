"""Crossings of the rings, told: who went through which door, and what for.

The CPU's own record (`RingCrossing`) has addresses and numbers. Here the program in
whose address space the CPU was is added, and the text that a system call was given. So
a person can read:

    workload asks the kernel to create a pipe: lsass
    the timer interrupts workload
    page fault in sentinel.ext: the CPU enters the kernel
    the kernel returns to workload
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from minios.abi import vectors
from minios.abi.syscalls import SYSCALLS
from minios.lab import Lab
from minios.machine.events import Door, RingCrossing
from minios.session import doors
from minios.visible import visible

_TEXT: Final = "const char *"
_ARGUMENTS: Final = ("rdi", "rsi", "rdx", "r10", "r8", "r9")
_KEPT: Final = 32  # crossings
_LONGEST: Final = 48  # bytes of a text that are read


@dataclass(frozen=True, slots=True)
class Passage:
    """One crossing of the rings.

    `program` is the program in whose address space the CPU was, "" if it is not known.
    `about` is the first text among the arguments of a system call, "" if there is none.
    Both are safe to print.
    """

    crossing: RingCrossing
    program: str = ""
    about: str = ""

    @property
    def to_ring(self) -> int:
        """The ring in which the CPU goes on."""
        return self.crossing.to_ring

    @property
    def asks(self) -> str:
        """What a system call asks for: "create a pipe: lsass"; "" for other doors."""
        if self.crossing.door is not Door.SYSCALL:
            return ""
        about = f": {self.about}" if self.about else ""
        return f"{asked(self.crossing.rax or 0)}{about}"

    def __str__(self) -> str:
        """A sentence without a full stop, that begins in small letters."""
        who, way = self.program or "a program", self.crossing
        match way.door:
            case Door.SYSCALL:
                return f"{who} asks the kernel to {self.asks}"
            case Door.INTERRUPT:
                return f"{_device(way.vector)} interrupts {who}"
            case Door.EXCEPTION:
                return f"{_exception(way.vector)} in {who}: the CPU enters the kernel"
            case Door.SYSRETQ | Door.IRETQ:
                return f"the kernel returns to {who}"
        return f"{who} calls the kernel by {doors.passed(way).name or way.door.value}"


class Told(NamedTuple):
    """The latest crossings, the newest last.

    `by_program` has the newest of each program: who waits for the kernel is in it.
    `refused` are those up to the newest fault of a program, empty if there was none.
    """

    latest: tuple[Passage, ...] = ()
    by_program: Mapping[str, Passage] = MappingProxyType({})
    refused: tuple[Passage, ...] = ()


class Trail:
    """Keeps the latest crossings while a machine runs."""

    def __init__(self, told: Told = Told()) -> None:  # noqa: B008 - it never changes
        self._latest = deque(told.latest, maxlen=_KEPT)
        self._by_program = dict(told.by_program)
        self._refused = told.refused

    @property
    def told(self) -> Told:
        """What is kept now."""
        return Told(tuple(self._latest), dict(self._by_program), self._refused)

    def add(self, passage: Passage) -> None:
        """One more crossing."""
        self._latest.append(passage)
        self._by_program[passage.program] = passage
        if passage.crossing.door is Door.EXCEPTION:
            self._refused = tuple(self._latest)

    def lose_sight(self) -> None:
        """Crossings will be missed: who waits for the kernel is not known any more."""
        self._by_program.clear()


def passage(lab: Lab, crossing: RingCrossing) -> Passage:
    """Tell a crossing. To be called while the machine stands at it."""
    registers = lab.machine.registers()
    about = ""
    if crossing.door is Door.SYSCALL:
        about = _about(lab, crossing.rax or 0, registers)
    return Passage(crossing, visible(lab.program_of(registers["cr3"])), about)


def _about(lab: Lab, number: int, registers: dict[str, int]) -> str:
    """The first text that a system call was given, as far as it can be read."""
    if number >= len(SYSCALLS):
        return ""
    for argument, register in zip(SYSCALLS[number].arguments, _ARGUMENTS, strict=False):
        if argument.startswith(_TEXT):
            return visible(_text(lab, registers[register]))
    return ""


def _text(lab: Lab, address: int) -> str:
    """The bytes up to a zero, or up to the end of what is mapped."""
    page = 0x1000 - address % 0x1000
    read = lab.machine.read_virtual
    data = read(address, _LONGEST) or read(address, min(page, _LONGEST)) or b""
    return data.partition(b"\0")[0].decode(errors="replace")


def asked(number: int) -> str:
    """What a system call with this number asks for: "create a pipe"."""
    if number < len(SYSCALLS):
        return SYSCALLS[number].asks
    return f"do call {number:#x}, which does not exist"


def _device(vector: int | None) -> str:
    name = doors.device(vector)
    return f"the {name}" if name else "a device"


def _exception(vector: int | None) -> str:
    found = vectors.BY_NUMBER.get(-1 if vector is None else vector)
    return found.name if found else "exception"
