"""A way into ring 0 that was gone before is gone again only while nothing has changed.

Each test bends one thing between two faults, and compares with a CPU on which there was
no fault before.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from minios.machine import cpu_state as cpu
from minios.machine import segments
from minios.machine.bare import (
    GDT,
    IDT,
    IST1_STACK,
    KERNEL_CODE,
    TSS,
    Bare,
)
from minios.machine.paging import PRESENT, WRITE
from minios.machine.segments import INTERRUPT_GATE, Gate

UD = 6
UNDEFINED = b"\x0f\x0b"  # ud2
_LIMIT_WITHOUT_UD = UD * segments.GATE_BYTES - 1


def other_handler(bare: Bare) -> None:
    """The gate leads elsewhere."""
    gate = Gate(bare.handler(7), KERNEL_CODE, 0, INTERRUPT_GATE, 0, True)
    bare.memory.write(IDT + UD * segments.GATE_BYTES, gate.encode())


def closed_gate(bare: Bare) -> None:
    """The gate is not present."""
    bare.set_gate(UD, present=False)


def other_stack(bare: Bare) -> None:
    """The TSS names another stack for ring 0."""
    bare.memory.write(TSS + 4, struct.pack("<Q", IST1_STACK))


def absent_code_segment(bare: Bare) -> None:
    """The code segment of ring 0 is not present."""
    at = GDT + KERNEL_CODE
    (descriptor,) = struct.unpack("<Q", bare.memory.read(at, 8))
    bare.memory.write(at, struct.pack("<Q", descriptor & ~(1 << 47)))


def absent_table(bare: Bare) -> None:
    """The page of the interrupt table is not mapped any more."""
    bare.memory.words[bare.entry_addresses(IDT)[3] >> 3] = 0


def other_table(bare: Bare) -> None:
    """IDTR leads to an interrupt table of another page, whose handlers are others."""
    page = bare.new_page()
    bare.map(page, page, PRESENT | WRITE)
    gate = Gate(bare.handler(9), KERNEL_CODE, 0, INTERRUPT_GATE, 0, True)
    bare.memory.write(page, gate.encode() * 256)
    bare.state.load_segment(cpu.IDTR, 0, page, 256 * segments.GATE_BYTES - 1, 0)


def shorter_table(bare: Bare) -> None:
    """IDTR's limit leaves the gate out."""
    bare.state.load_segment(cpu.IDTR, 0, IDT, _LIMIT_WITHOUT_UD, 0)


def other_task(bare: Bare) -> None:
    """TR leads to a TSS of another page, with another stack."""
    page = bare.new_page()
    bare.map(page, page, PRESENT | WRITE)
    bare.memory.write(page + 4, struct.pack("<Q", IST1_STACK))
    bare.state.load_segment(cpu.TR, 0x30, page, 0x67, segments.BUSY_TSS)


BENT = (
    other_handler,
    closed_gate,
    other_stack,
    absent_code_segment,
    absent_table,
    other_table,
    shorter_table,
    other_task,
)


def fault(bare: Bare, bend: Callable[[Bare], None]) -> tuple[object, ...]:
    """Bend something, execute `ud2` in ring 3; where that leads."""
    bare.put(UNDEFINED, 3)
    bare.enter(3)
    bend(bare)
    bare.run(1)
    state = bare.state
    return (
        [(it.vector, it.error_code) for it in bare.faults],
        (state.rip, state.rsp, state.selector(cpu.CS), state.cpl),
        bare.processor.triple_fault,
    )


@pytest.mark.parametrize("bend", BENT, ids=lambda it: it.__name__)
def test_a_way_that_has_been_bent_is_looked_up_again(
    bend: Callable[[Bare], None],
) -> None:
    """Whether a word of memory has changed or a register."""
    fresh, used = Bare(), Bare()
    straight = fault(used, lambda _bare: None)
    assert straight == fault(used, lambda _bare: None)  # by what is remembered

    after = fault(used, bend)

    assert after == fault(fresh, bend)
    assert after != straight
