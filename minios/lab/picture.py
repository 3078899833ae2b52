"""A picture of the machine at the moment of a fault: what `explain` needs to say why.

Taken while the CPU is at the faulting instruction, because a moment later the evidence
is gone: a process's pages are freed, a bugcheck resets the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.image.symbols import Location
from minios.lab import disassembly
from minios.lab.disassembly import Instruction
from minios.lab.modules import Module, Modules
from minios.machine.faults import Fault
from minios.machine.machine import Machine
from minios.machine.paging import Access, Walk

_LONGEST_INSTRUCTION: Final = 15
_BEFORE: Final = 2  # array elements shown before the one that was loaded
_AFTER: Final = 1
_LONGEST_TEXT: Final = 64


@dataclass(frozen=True, slots=True)
class Slot:
    """One element of an array of pointers."""

    index: int
    address: int
    value: int
    words: str  # what it points to, when that can be read


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the pointer in a register came from: an element of an array."""

    instruction: Instruction
    register: str
    array: int
    index: int
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class FaultPicture:
    """Everything about one fault."""

    fault: Fault
    registers: dict[str, int]
    walk: Walk | None
    module: Module | None
    location: Location | None
    instruction: Instruction | None
    before: tuple[Instruction, ...]  # of the same function, in order of address
    origin: Origin | None

    @property
    def module_name(self) -> str:
        """The module at fault, "?" if the address belongs to none."""
        return self.module.name if self.module else "?"

    @property
    def offset(self) -> int:
        """RIP minus the base of the module, or RIP itself."""
        return self.fault.rip - (self.module.base if self.module else 0)

    @property
    def source(self) -> str:
        """file:line, or nothing."""
        if self.location is None or not self.location.file:
            return ""
        return f"{self.location.file}:{self.location.line}"


def take(machine: Machine, modules: Modules, fault: Fault) -> FaultPicture:
    """Look at everything that may be gone in the next instruction."""
    registers = machine.registers()
    module = modules.find(fault.rip, registers["cr3"])
    code = machine.read_virtual(fault.rip, _LONGEST_INSTRUCTION) or _shorter(
        machine, fault.rip
    )
    decoded = disassembly.decode(code, fault.rip, count=1)
    instruction = decoded[0] if decoded else None
    before = _function_before(machine, module, fault.rip)
    return FaultPicture(
        fault=fault,
        registers=registers,
        walk=_walk(machine, fault),
        module=module,
        location=module.locate(fault.rip) if module else None,
        instruction=instruction,
        before=before,
        origin=_origin(machine, instruction, before, registers),
    )


def _walk(machine: Machine, fault: Fault) -> Walk | None:
    """The page walk that the CPU made for the access that it refused."""
    if fault.address is None or fault.error_code is None:
        return None
    access = Access.READ
    if fault.error_code & Access.FETCH.value:
        access = Access.FETCH
    elif fault.error_code & Access.WRITE.value:
        access = Access.WRITE
    return machine.walk(fault.address, access=access, ring=fault.ring)


def _shorter(machine: Machine, rip: int) -> bytes:
    """The bytes up to the end of the page, where the next page is not mapped."""
    rest = 0x1000 - rip % 0x1000
    return machine.read_virtual(rip, min(rest, _LONGEST_INSTRUCTION)) or b""


def _function_before(
    machine: Machine, module: Module | None, rip: int
) -> tuple[Instruction, ...]:
    start = module.function_start(rip) if module else None
    if start is None or start >= rip:
        return ()
    return disassembly.decode(machine.read_virtual(start, rip - start) or b"", start)


def _origin(
    machine: Machine,
    faulting: Instruction | None,
    before: tuple[Instruction, ...],
    registers: dict[str, int],
) -> Origin | None:
    """The array element that the bad pointer was loaded from, if that can be proved.

    The last instruction that wrote the register must be a load from an indexed array,
    and the element must still hold the value that is in the register.
    """
    if faulting is None or faulting.memory is None or not faulting.memory.base:
        return None
    register = faulting.memory.base
    writer = disassembly.last_writer(before, register, faulting.address)
    if writer is None or writer.memory is None or not writer.memory.index:
        return None
    array = registers.get(writer.memory.base, 0) + writer.memory.displacement
    index = registers.get(writer.memory.index, 0)
    slots = tuple(
        _slot(machine, array, number)
        for number in range(max(0, index - _BEFORE), index + _AFTER + 1)
    )
    loaded = next((slot for slot in slots if slot.index == index), None)
    if writer.memory.scale != 8 or loaded is None:
        return None
    if loaded.value != registers[register]:
        return None
    return Origin(writer, register, array, index, slots)


def _slot(machine: Machine, array: int, index: int) -> Slot:
    address = array + 8 * index
    data = machine.read_virtual(address, 8)
    value = int.from_bytes(data or b"", "little")
    words = "not readable" if data is None else _pointed_at(machine, value)
    return Slot(index, address, value, words)


def _pointed_at(machine: Machine, pointer: int) -> str:
    """The text of a `struct input` (32-bit length, then characters), or why not."""
    head = machine.read_virtual(pointer, 4)
    if head is None:
        return "points nowhere: no page is mapped there"
    length = int.from_bytes(head, "little")
    text = machine.read_virtual(pointer + 4, min(length, _LONGEST_TEXT))
    if length > _LONGEST_TEXT or text is None or not text.isascii():
        return "points to memory that is not a text"
    return f'"{text.decode("ascii")}"'
