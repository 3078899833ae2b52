"""From an exception to a `Fault`: which rule was broken, and by whom.

Works on the state before the delivery. The page tables are walked again, and the bytes
of the instruction looked at, because the CPU itself reports no more than a vector and
an error code.
"""

from __future__ import annotations

from typing import Final

from minios.machine import cpu_state as cpu
from minios.machine import faults, paging
from minios.machine.cpu_state import CpuState
from minios.machine.faults import Blame, Fault, Rule, Source
from minios.machine.paging import Access, Controls
from minios.machine.segments import ERROR_IDT
from minios.machine.traps import (
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
    Event,
)

_USER_TOP: Final = 1 << 47
_PREFIXES: Final = frozenset(
    {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3}
)
_IO: Final = frozenset({*range(0x6C, 0x70), *range(0xE4, 0xE8), *range(0xEC, 0xF0)})
_IF: Final = frozenset({0xFA, 0xFB})
_PRIVILEGED: Final = frozenset({0xF4})
# After 0F: system tables, CLTS, cache control, MOV to and from CR and DR, MSRs, SYSRET.
_PRIVILEGED_0F: Final = frozenset(
    {0x00, 0x01, 0x06, 0x07, 0x08, 0x09, *range(0x20, 0x24), 0x30, 0x32, 0x33, 0x35}
)


def controls_of(state: CpuState, rflags: int) -> Controls:
    """The registers that decide about an access, as they are now."""
    return Controls(state.cr(0), state.cr(3), state.cr(4), state.efer, rflags)


def instruction_bytes(state: CpuState, words: memoryview, size: int = 15) -> bytes:
    """The bytes at RIP, fewer where the page is not mapped."""
    data = b""
    everything = words.cast("B")
    while len(data) < size:
        at = (state.rip + len(data)) & cpu.MASK64
        length = min(0x1000 - at % 0x1000, size - len(data))
        if not paging.is_canonical(at):
            break
        seen = paging.walk(words, at, Access.FETCH, 0, controls_of(state, 0))
        if seen.physical is None or seen.physical + length > len(everything):
            break
        data += everything[seen.physical : seen.physical + length].tobytes()
    return data


def _general_rule(code: bytes, ring: int) -> Rule:
    """Which rule a #GP(0) broke, from the instruction."""
    at = 0
    while at < len(code) and (code[at] in _PREFIXES or code[at] & 0xF0 == 0x40):
        at += 1
    opcode = code[at] if at < len(code) else 0
    second = code[at + 1] if at + 1 < len(code) else 0
    if opcode == 0x0F and second == 0x34:
        return faults.SYSENTER
    if ring:
        if opcode in _IO:
            return faults.IO_PRIVILEGE
        if opcode in _IF:
            return faults.INTERRUPT_FLAG
        if opcode in _PRIVILEGED or (opcode == 0x0F and second in _PRIVILEGED_0F):
            return faults.PRIVILEGED
    elif opcode == 0x0F and second in _PRIVILEGED_0F:
        return faults.GENERAL
    return faults.NOT_CANONICAL


def _page_rule(state: CpuState, words: memoryview, event: Event, rflags: int) -> Rule:
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


def rule_of(state: CpuState, words: memoryview, event: Event, rflags: int) -> Rule:
    """The broken rule behind an exception."""
    if event.vector == PF:
        return _page_rule(state, words, event, rflags)
    if event.vector == GP and event.error_code & ERROR_IDT:
        return faults.GATE_DPL
    if event.vector == GP and not event.error_code:
        return _general_rule(instruction_bytes(state, words), state.cpl)
    simple = {
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
    state: CpuState, words: memoryview, event: Event, rflags: int, first: Event
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
