"""Make a `Fault` from an exception: which rule was broken, and by whom.

It uses the state before the delivery. It walks the page tables again, and reads the
bytes of the instruction, because the CPU itself reports only a vector and an error
code.
"""

from __future__ import annotations

import struct
from functools import partial

from minios.machine import cpu_state as cpu
from minios.machine import paging, protection, rules, segments
from minios.machine.cpu_state import CpuState
from minios.machine.faults import Fault
from minios.machine.paging import Access, Controls
from minios.machine.rules import Rule
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
    Delivery,
)


def controls_of(state: CpuState, rflags: int) -> Controls:
    """The current registers that decide about an access."""
    return Controls(state.cr(0), state.cr(3), state.cr(4), state.efer, rflags)


def bytes_at(state: CpuState, words: memoryview, address: int, size: int) -> bytes:
    """Bytes at a linear address, whoever may read them.

    Fewer if some are not mapped.
    """
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
    state: CpuState, words: memoryview, delivery: Delivery, rflags: int
) -> Rule:
    """The rule that a page fault broke, found by another page walk."""
    assert delivery.address is not None
    access = Access.READ
    if delivery.error_code & Access.FETCH.value:
        access = Access.FETCH
    elif delivery.error_code & Access.WRITE.value:
        access = Access.WRITE
    ring = 3 if delivery.error_code & 4 else 0
    seen = paging.walk(
        words, delivery.address, access, ring, controls_of(state, rflags)
    )
    return rules.STALE if seen.refusal is None else seen.refusal.rule


def _gate_rule(state: CpuState, words: memoryview, vector: int) -> Rule:
    """The rule that a gate of the IDT broke."""
    at = vector * segments.GATE_BYTES
    if at + segments.GATE_BYTES - 1 > state.limit(cpu.IDTR):
        return rules.IDT_LIMIT
    raw = bytes_at(state, words, state.base(cpu.IDTR) + at, segments.GATE_BYTES)
    if len(raw) < segments.GATE_BYTES:
        return rules.UNKNOWN
    gate = segments.decode_gate(*struct.unpack("<2Q", raw))
    if gate.kind not in (segments.INTERRUPT_GATE, segments.TRAP_GATE):
        return rules.GATE_KIND
    return rules.GATE_DPL


def rule_of(
    state: CpuState, words: memoryview, delivery: Delivery, rflags: int
) -> Rule:
    """The rule that was broken, for an exception."""
    if delivery.vector == PF:
        return _page_rule(state, words, delivery, rflags)
    if delivery.vector in (GP, NP) and delivery.error_code & ERROR_IDT:
        if delivery.vector == NP:
            return rules.GATE_ABSENT
        return _gate_rule(state, words, delivery.error_code >> 3)
    if delivery.vector == GP and not delivery.error_code:
        return protection.broken_rule(state, partial(bytes_at, state, words))
    simple = {
        DB: rules.DEBUG,
        DE: rules.DIVIDE,
        UD: rules.INVALID_OPCODE,
        DF: rules.DOUBLE,
        GP: rules.SELECTOR,
        TS: rules.SELECTOR,
        NP: rules.SELECTOR,
        SS: rules.SELECTOR,
    }
    return simple.get(delivery.vector, rules.OTHER)


def diagnose(
    state: CpuState, words: memoryview, delivery: Delivery, rflags: int, first: Delivery
) -> Fault:
    """Make the `Fault` of an exception, before or after its delivery.

    Args:
        state: the state before the delivery.
        words: physical memory.
        delivery: the exception.
        rflags: RFLAGS before the delivery.
        first: what was being delivered; `delivery` itself if nothing went wrong.
    """
    if delivery is not first:
        rflags &= ~cpu.FLAG_AC  # AC is no help to the CPU's own accesses
    return Fault(
        vector=delivery.vector,
        error_code=delivery.error_code if delivery.vector in HAS_ERROR_CODE else None,
        address=delivery.address,
        ring=state.cpl,
        rip=state.rip,
        rule=rule_of(state, words, delivery, rflags),
    )
