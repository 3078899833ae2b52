"""Make a `Fault` from an exception: which rule was broken, and by whom.

It uses the state before the delivery. It walks the page tables, and reads the bytes of
the instruction, because the CPU itself reports only a vector and an error code. This
walk is the only one: whoever shows or explains a page fault reads it in the `Fault`.
"""

from __future__ import annotations

import struct

from minios.abi.vectors import HAS_ERROR_CODE
from minios.machine import cpu_state as cpu
from minios.machine import paging, protection, rules, segments
from minios.machine.cpu_state import CpuState
from minios.machine.faults import Fault
from minios.machine.linear import Linear
from minios.machine.paging import Controls, Walk
from minios.machine.rules import Rule
from minios.machine.segments import ERROR_IDT
from minios.machine.traps import GP, NP, SS, TS, Delivery


def controls_of(state: CpuState, rflags: int) -> Controls:
    """The current registers that decide about an access."""
    return Controls(state.cr(0), state.cr(3), state.cr(4), state.efer, rflags)


def _walk(
    state: CpuState, memory: Linear, delivery: Delivery, rflags: int
) -> Walk | None:
    """The walk that ended in a page fault; None for any other exception."""
    if delivery.address is None:
        return None
    controls = controls_of(state, rflags)
    found = paging.entries(memory.words, controls.cr3, delivery.address)
    return paging.walk_of_fault(found, delivery.address, delivery.error_code, controls)


def _gate_rule(state: CpuState, memory: Linear, vector: int) -> Rule:
    """The rule that a gate of the IDT broke."""
    at = vector * segments.GATE_BYTES
    if at + segments.GATE_BYTES - 1 > state.limit(cpu.IDTR):
        return rules.IDT_LIMIT
    raw = memory.bytes_at(state.base(cpu.IDTR) + at, segments.GATE_BYTES)
    if len(raw) < segments.GATE_BYTES:
        return rules.UNKNOWN
    gate = segments.decode_gate(*struct.unpack("<2Q", raw))
    if gate.kind not in (segments.INTERRUPT_GATE, segments.TRAP_GATE):
        return rules.GATE_KIND
    return rules.GATE_DPL


def _rule(
    state: CpuState, memory: Linear, delivery: Delivery, walk: Walk | None
) -> Rule:
    """The rule that was broken, for an exception."""
    if walk is not None:
        return rules.STALE if walk.refusal is None else walk.refusal.rule
    if delivery.vector in (GP, NP) and delivery.error_code & ERROR_IDT:
        if delivery.vector == NP:
            return rules.GATE_ABSENT
        return _gate_rule(state, memory, delivery.error_code >> 3)
    if delivery.vector == GP and not delivery.error_code:
        return protection.broken_rule(state, memory.bytes_at)
    if delivery.vector in (GP, TS, NP, SS):
        return rules.SELECTOR
    return rules.OF_VECTOR.get(delivery.vector, rules.OTHER)


def diagnose(
    state: CpuState,
    memory: Linear,
    delivery: Delivery,
    rflags: int,
    during: Delivery | None,
) -> Fault:
    """Make the `Fault` of an exception, before or after its delivery.

    Args:
        state: the state before the delivery.
        memory: what the page tables of this moment map.
        delivery: the exception.
        rflags: RFLAGS before the delivery.
        during: what was being delivered when this exception came; None if the CPU
            executed an instruction.
    """
    if during is not None:
        rflags &= ~cpu.FLAG_AC  # AC is no help to the CPU's own accesses
    walk = _walk(state, memory, delivery, rflags)
    return Fault(
        vector=delivery.vector,
        error_code=delivery.error_code if delivery.vector in HAS_ERROR_CODE else None,
        address=delivery.address,
        ring=state.cpl,
        rip=state.rip,
        rule=_rule(state, memory, delivery, walk),
        walk=walk,
        during=during,
    )
