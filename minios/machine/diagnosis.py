"""From an exception to a `Fault`: which rule was broken, and by whom.

Works on the state before the delivery. The page tables are walked again, and the bytes
of the instruction looked at, because the CPU itself reports no more than a vector and
an error code.
"""

from __future__ import annotations

import struct
from functools import partial
from typing import Final

from minios.machine import cpu_state as cpu
from minios.machine import faults, paging, protection, segments
from minios.machine.cpu_state import CpuState
from minios.machine.faults import Blame, Fault, Rule, Source
from minios.machine.paging import Access, Controls
from minios.machine.segments import ERROR_IDT
from minios.machine.traps import (
    DB,
    DE,
    DF,
    GP,
    HAS_ERROR_CODE,
    NP,
    PF,
    SS,
    TS,
    UD,
    Cause,
    Delivery,
)

_USER_TOP: Final = 1 << 47


def controls_of(state: CpuState, rflags: int) -> Controls:
    """The registers that decide about an access, as they are now."""
    return Controls(state.cr(0), state.cr(3), state.cr(4), state.efer, rflags)


def bytes_at(state: CpuState, words: memoryview, address: int, size: int) -> bytes:
    """Bytes at a linear address, whoever may read them; fewer where none are mapped."""
    data = b""
    everything = words.cast("B")
    while len(data) < size:
        at = (address + len(data)) & cpu.MASK64
        length = min(0x1000 - at % 0x1000, size - len(data))
        if not paging.is_canonical(at):
            break
        seen = paging.walk(words, at, Access.FETCH, 0, controls_of(state, 0))
        if seen.physical is None or seen.physical + length > len(everything):
            break
        data += everything[seen.physical : seen.physical + length].tobytes()
    return data


def _page_rule(
    state: CpuState, words: memoryview, event: Delivery, rflags: int
) -> Rule:
    """Which rule a page fault broke, by walking again."""
    assert event.address is not None
    access = Access.READ
    if event.error_code & Access.FETCH.value:
        access = Access.FETCH
    elif event.error_code & Access.WRITE.value:
        access = Access.WRITE
    ring = 3 if event.error_code & 4 else 0
    seen = paging.walk(words, event.address, access, ring, controls_of(state, rflags))
    return faults.STALE if seen.refusal is None else seen.refusal.rule


def _gate_rule(state: CpuState, words: memoryview, vector: int) -> Rule:
    """Which rule a gate of the IDT broke."""
    at = vector * segments.GATE_BYTES
    if at + segments.GATE_BYTES - 1 > state.limit(cpu.IDTR):
        return faults.IDT_LIMIT
    raw = bytes_at(state, words, state.base(cpu.IDTR) + at, segments.GATE_BYTES)
    if len(raw) < segments.GATE_BYTES:
        return faults.UNKNOWN
    gate = segments.decode_gate(*struct.unpack("<2Q", raw))
    if gate.kind not in (segments.INTERRUPT_GATE, segments.TRAP_GATE):
        return faults.GATE_KIND
    return faults.GATE_DPL


def rule_of(state: CpuState, words: memoryview, event: Delivery, rflags: int) -> Rule:
    """The broken rule behind an exception."""
    if event.vector == PF:
        return _page_rule(state, words, event, rflags)
    if event.vector in (GP, NP) and event.error_code & ERROR_IDT:
        if event.vector == NP:
            return faults.GATE_ABSENT
        return _gate_rule(state, words, event.error_code >> 3)
    if event.vector == GP and not event.error_code:
        return protection.broken_rule(state, partial(bytes_at, state, words))
    simple = {
        DB: faults.DEBUG,
        DE: faults.DIVIDE,
        UD: faults.INVALID_OPCODE,
        DF: faults.DOUBLE,
        GP: faults.SELECTOR,
        TS: faults.SELECTOR,
        NP: faults.SELECTOR,
        SS: faults.SELECTOR,
    }
    return simple.get(event.vector, faults.OTHER)


def diagnose(
    state: CpuState, words: memoryview, event: Delivery, rflags: int, first: Delivery
) -> Fault:
    """The `Fault` of an exception that is about to be, or was, delivered.

    Args:
        state: before the delivery.
        words: physical memory.
        event: the exception.
        rflags: RFLAGS before the delivery.
        first: what was being delivered; `event` itself if nothing went wrong.
    """
    ring = state.cpl
    if event is not first:
        rflags &= ~cpu.FLAG_AC  # AC is no help to the CPU's own accesses
    source = Source.INSTRUCTION
    if event is not first and first.cause is not Cause.SOFTWARE:
        source = Source.DELIVERY
    elif ring == 0 and event.address is not None and event.address < _USER_TOP:
        source = Source.KERNEL_ON_BEHALF
    return Fault(
        vector=event.vector,
        error_code=event.error_code if event.vector in HAS_ERROR_CODE else None,
        address=event.address,
        ring=ring,
        rip=state.rip,
        source=source,
        blame=Blame.USER if ring == 3 else Blame.KERNEL,
        rule=rule_of(state, words, event, rflags),
    )
