"""A picture of the machine at a fault: everything that `explain` needs to say why.

It is taken while the CPU is at the faulting instruction. A moment later the evidence is
lost: the pages of a process are freed, or a bugcheck resets the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.image.symbols import Location
from minios.lab import disassembly, origins
from minios.lab.disassembly import Instruction
from minios.lab.modules import Module, Modules
from minios.lab.origins import NOT_MAPPED, MemoryReader, Origin
from minios.machine.faults import Fault
from minios.machine.machine import Machine

_LONGEST_INSTRUCTION: Final = 15


@dataclass(frozen=True, slots=True)
class FaultPicture:
    """Everything about one fault.

    `is_delivered` is whether the CPU could call the handler.
    """

    fault: Fault
    registers: dict[str, int]
    module: Module | None
    location: Location | None
    instruction: Instruction | None
    before: tuple[Instruction, ...]  # of the same function, in order of address
    origin: Origin | None
    is_delivered: bool = True

    @property
    def module_name(self) -> str:
        """The module at fault; "?" if the address belongs to none."""
        return self.module.name if self.module else "?"

    @property
    def offset(self) -> int:
        """RIP minus the base of the module; RIP itself if there is no module."""
        return self.fault.rip - (self.module.base if self.module else 0)

    @property
    def source(self) -> str:
        """The place as file:line; "" if unknown."""
        if self.location is None or not self.location.file:
            return ""
        return f"{self.location.file}:{self.location.line}"

    @property
    def source_line(self) -> tuple[str, ...]:
        """The line of C code, without its indent; empty if it is not known."""
        if self.location is None or self.module is None:
            return ()
        number = self.location.line
        text = self.module.source_text(self.location.file)[: max(0, number)]
        return tuple(it.strip() for it in text[number - 1 :] if it.strip())


@dataclass(frozen=True, slots=True)
class _Live:
    """The current memory of a machine."""

    machine: Machine

    def read_virtual(self, address: int, size: int) -> bytes | None:
        """The bytes; None if a page is not mapped."""
        return self.machine.read_virtual(address, size)

    def absence(self, _address: int) -> str:
        """Memory that cannot be read does not exist."""
        return NOT_MAPPED


def take(machine: Machine, modules: Modules, fault: Fault) -> FaultPicture:
    """Take a picture of everything that may be lost in the next instruction."""
    registers = machine.registers()
    module = modules.find(fault.rip, registers["cr3"])
    return compose(_Live(machine), fault, registers, module)


def compose(
    memory: MemoryReader,
    fault: Fault,
    registers: dict[str, int],
    module: Module | None,
) -> FaultPicture:
    """Make a picture from a machine's memory, or from the memory in a dump."""
    code = memory.read_virtual(fault.rip, _LONGEST_INSTRUCTION) or _shorter(
        memory, fault.rip
    )
    decoded = disassembly.decode(code, fault.rip, count=1)
    instruction = decoded[0] if decoded else None
    before = _function_before(memory, module, fault.rip)
    return FaultPicture(
        fault=fault,
        registers=registers,
        module=module,
        location=module.locate(fault.rip) if module else None,
        instruction=instruction,
        before=before,
        origin=origins.find(memory, instruction, before, registers),
    )


def _shorter(memory: MemoryReader, rip: int) -> bytes:
    """The bytes up to the end of the page, if the next page is not mapped."""
    rest = 0x1000 - rip % 0x1000
    return memory.read_virtual(rip, min(rest, _LONGEST_INSTRUCTION)) or b""


def _function_before(
    memory: MemoryReader, module: Module | None, rip: int
) -> tuple[Instruction, ...]:
    start = module.function_start(rip) if module else None
    if start is None or start >= rip:
        return ()
    return disassembly.decode(memory.read_virtual(start, rip - start) or b"", start)
