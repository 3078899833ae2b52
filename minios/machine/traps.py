"""What the CPU does when a program may not go on: the way into ring 0.

On an exception, an interrupt or `int n` in 64-bit mode (Intel SDM vol. 3A, 6.12 to 6.14):

    1. find the gate in the IDT          bad, closed to this ring, not present -> fault
    2. find the code segment in the GDT  not 64-bit code, less privileged      -> fault
    3. choose a stack: IST, or RSP0 of the TSS when the ring changes, or the current one
    4. push SS, RSP, RFLAGS, CS, RIP, error code                               -> fault
    5. only then change the state: CPL, CS, SS, RSP, RIP, RFLAGS

A fault on the way is delivered instead, or becomes a double fault, or, as the third,
shuts the CPU down (table 6-5). Nothing here knows the engine: the functions work on any
`CpuState` and any memory.

Left out: delivery outside 64-bit mode (shuts down), task gates, shadow stacks, NMIs.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from minios.machine import cpu_state as cpu
from minios.machine import paging, segments
from minios.machine.cpu_state import CpuState
from minios.machine.paging import Access, Controls
from minios.machine.segments import Gate

DE: Final = 0
DB: Final = 1
BP: Final = 3
UD: Final = 6
DF: Final = 8
TS: Final = 10
NP: Final = 11
SS: Final = 12
GP: Final = 13
PF: Final = 14
HAS_ERROR_CODE: Final = frozenset({8, 10, 11, 12, 13, 14, 17, 21})
_CONTRIBUTORY: Final = frozenset({DE, TS, NP, SS, GP})
_TRAPS: Final = frozenset({DB, BP, 4})  # reported after the instruction


class Cause(enum.Enum):
    """What asks for the delivery."""

    EXCEPTION = "exception"
    SOFTWARE = "int n"
    EXTERNAL = "interrupt"


@dataclass(frozen=True, slots=True)
class Event:
    """What is to be delivered.

    Attributes:
        vector: 0 to 255.
        cause: who asks.
        error_code: pushed if the vector has one.
        address: CR2 for a page fault.
    """

    vector: int
    cause: Cause
    error_code: int = 0
    address: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of it.

    Attributes:
        last: the event that was delivered: the first, or what took its place.
        shutdown: a triple fault; the state is as it was.
    """

    last: Event
    shutdown: bool


class Linear:
    """Memory as ring 0 sees it while it delivers an event: through the page tables.

    These are implicit supervisor accesses: RFLAGS.AC does not help against SMAP
    (SDM vol. 3A, 4.6.1).
    """

    def __init__(self, state: CpuState, words: memoryview) -> None:
        self._state = state
        self._words = words
        self._bytes = words.cast("B")

    def _controls(self) -> Controls:
        state = self._state
        return Controls(state.cr(0), state.cr(3), state.cr(4), state.efer)

    def place(self, address: int, access: Access) -> int | Event:
        """The physical address, or the page fault."""
        state, words = self._state, self._words
        found = paging.entries(words, state.cr(3), address)
        refusal = paging.check(found, access, 0, self._controls())
        physical = -1 if refusal else paging.physical_address(found, address)
        if refusal:
            return Event(PF, Cause.EXCEPTION, refusal.error_code, address)
        self._mark(found, access)
        return physical

    def _mark(self, found: list[tuple[int, int]], access: Access) -> None:
        """Set the accessed and dirty bits, as the CPU does (SDM vol. 3A, 4.8)."""
        last = len(found) - 1
        for position, (at, entry) in enumerate(found):
            bits = paging.ACCESSED
            if position == last and access is Access.WRITE:
                bits |= paging.DIRTY
            if entry & bits != bits:
                self._words[at >> 3] = entry | bits

    def read(self, address: int, size: int) -> bytes | Event:
        """Bytes of a table, or the page fault."""
        data = b""
        while len(data) < size:
            at = (address + len(data)) & cpu.MASK64
            length = min(0x1000 - at % 0x1000, size - len(data))
            place = self.place(at, Access.READ)
            if isinstance(place, Event):
                return place
            piece = self._bytes[place : place + length].tobytes()
            data += piece.ljust(length, b"\xff")  # beyond RAM the bus reads ones
        return data

    def write(self, address: int, data: bytes) -> Event | None:
        """Push, or the page fault. Nothing is written if any byte is refused."""
        pieces = []
        done = 0
        while done < len(data):
            at = (address + done) & cpu.MASK64
            length = min(0x1000 - at % 0x1000, len(data) - done)
            place = self.place(at, Access.WRITE)
            if isinstance(place, Event):
                return place
            pieces.append((place, data[done : done + length]))
            done += length
        for place, piece in pieces:
            if place + len(piece) <= len(self._bytes):
                self._bytes[place : place + len(piece)] = piece
        return None


def _selector_fault(vector: int, selector: int, event: Event) -> Event:
    code = segments.error_code(
        selector, idt=False, external=event.cause is not Cause.SOFTWARE
    )
    return Event(vector, Cause.EXCEPTION, code)


def _gate_fault(vector: int, event: Event) -> Event:
    code = segments.error_code(
        event.vector * 8, idt=True, external=event.cause is not Cause.SOFTWARE
    )
    return Event(vector, Cause.EXCEPTION, code)


def find_gate(state: CpuState, memory: Linear, event: Event) -> Gate | Event:
    """Step 1: the gate of a vector, and whether this ring may use it."""
    at = event.vector * segments.GATE_BYTES
    if at + segments.GATE_BYTES - 1 > state.limit(cpu.IDTR):
        return _gate_fault(GP, event)
    raw = memory.read(state.base(cpu.IDTR) + at, segments.GATE_BYTES)
    if isinstance(raw, Event):
        return raw
    gate = Gate.decode(*struct.unpack("<QQ", raw))
    if gate.kind not in (segments.INTERRUPT_GATE, segments.TRAP_GATE):
        return _gate_fault(GP, event)
    if event.cause is Cause.SOFTWARE and gate.dpl < state.cpl:
        return _gate_fault(GP, event)
    if not gate.present:
        return _gate_fault(NP, event)
    return gate


def find_code(state: CpuState, memory: Linear, gate: Gate, event: Event) -> int | Event:
    """Step 2: the descriptor of the handler's code segment."""
    selector = gate.selector
    if selector & 0xFFFC == 0:
        return _selector_fault(GP, 0, event)
    table = cpu.LDTR if selector & 4 else cpu.GDTR
    at = selector & 0xFFF8
    if at + 7 > state.limit(table):
        return _selector_fault(GP, selector, event)
    raw = memory.read(state.base(table) + at, 8)
    if isinstance(raw, Event):
        return raw
    descriptor = int.from_bytes(raw, "little")
    high = descriptor >> 32
    code = segments.NOT_SYSTEM | segments.TYPE_CODE
    if high & code != code or high >> segments.DPL_SHIFT & 3 > state.cpl:
        return _selector_fault(GP, selector, event)
    if not high & segments.LONG or high & segments.DEFAULT_32:
        return _selector_fault(GP, selector, event)
    if not high & segments.PRESENT:
        return _selector_fault(NP, selector, event)
    return descriptor


def find_stack(
    state: CpuState, memory: Linear, gate: Gate, event: Event, ring: int
) -> int | Event:
    """Step 3: the stack pointer before the first push (SDM vol. 3A, 6.14.4 and 6.14.5)."""
    if gate.ist == 0 and ring == state.cpl:
        rsp = state.rsp
    else:
        slot = segments.TSS_RSP0 + 8 * ring
        if gate.ist:
            slot = segments.TSS_IST1 + 8 * (gate.ist - 1)
        if slot + 7 > state.limit(cpu.TR):
            return _selector_fault(TS, state.selector(cpu.TR), event)
        raw = memory.read(state.base(cpu.TR) + slot, 8)
        if isinstance(raw, Event):
            return raw
        rsp = int.from_bytes(raw, "little")
    if not paging.is_canonical(rsp - 1 & cpu.MASK64):
        return _selector_fault(SS, 0, event)
    return rsp & ~15


def _enter(state: CpuState, memory: Linear, event: Event, rflags: int) -> Event | None:
    """Deliver one event: None when it is done, or the fault that came instead."""
    gate = find_gate(state, memory, event)
    if isinstance(gate, Event):
        return gate
    descriptor = find_code(state, memory, gate, event)
    if isinstance(descriptor, Event):
        return descriptor
    high = descriptor >> 32
    conforming = high & segments.TYPE_CONFORMING
    ring = state.cpl if conforming else high >> segments.DPL_SHIFT & 3
    rsp = find_stack(state, memory, gate, event, ring)
    if isinstance(rsp, Event):
        return rsp
    if not paging.is_canonical(gate.offset):
        return _selector_fault(GP, 0, event)
    pushed = rflags
    if event.cause is Cause.EXCEPTION and event.vector not in _TRAPS:
        pushed |= cpu.FLAG_RF  # a fault will run its instruction again (SDM 17.3.1.1)
    frame = struct.pack(
        "<5Q",
        state.rip,
        state.selector(cpu.CS),
        pushed,
        state.rsp,
        state.selector(cpu.SS),
    )
    if event.cause is Cause.EXCEPTION and event.vector in HAS_ERROR_CODE:
        frame = event.error_code.to_bytes(8, "little") + frame
    rsp = (rsp - len(frame)) & cpu.MASK64
    refused = memory.write(rsp, frame)
    if refused is not None:
        return refused
    _commit(state, gate, descriptor, ring, rsp)
    cleared = cpu.FLAG_TF | cpu.FLAG_NT | cpu.FLAG_RF | cpu.FLAG_VM
    if gate.kind == segments.INTERRUPT_GATE:
        cleared |= cpu.FLAG_IF
    state.write_rflags(rflags & ~cleared)
    return None


def _commit(state: CpuState, gate: Gate, descriptor: int, ring: int, rsp: int) -> None:
    """Step 5: the state of the handler's first instruction."""
    if ring != state.cpl:
        state.load_segment(cpu.SS, ring, 0, 0xFFFFFFFF, segments.FLAT_DATA)
    state.load_segment(
        cpu.CS,
        gate.selector & ~3 | ring,
        segments.descriptor_base(descriptor),
        segments.descriptor_limit(descriptor),
        descriptor >> 32,
    )
    hflags = state.hflags & ~(cpu.HF_CPL | cpu.HF_INHIBIT_IRQ | cpu.HF_ADDSEG)
    state.hflags = hflags | cpu.HF_CS64 | cpu.HF_CS32 | cpu.HF_SS32 | ring
    state.rsp = rsp
    state.rip = gate.offset


def combine(first: int, second: int) -> int | None:
    """The vector to deliver when `second` occurs while `first` is delivered.

    SDM vol. 3A, table 6-5. None is a shutdown: the triple fault.
    """
    serious = second in _CONTRIBUTORY or second == PF
    if first == DF and serious:
        return None
    if first in _CONTRIBUTORY and second in _CONTRIBUTORY:
        return DF
    if first == PF and serious:
        return DF
    return second


def deliver(
    state: CpuState,
    memory: Linear,
    event: Event,
    rflags: int,
    on_fault: Callable[[Event], None],
) -> Delivery:
    """Deliver an event, and whatever goes wrong on the way.

    Args:
        state: changed only by a delivery that succeeds; and CR2 by page faults.
        memory: where tables and stacks are.
        event: what to deliver; RIP is what its frame must show.
        rflags: RFLAGS as a whole.
        on_fault: told of each fault that comes instead, while the state is as it was.
    """
    if not state.efer & 1 << 10:  # LMA
        return Delivery(event, shutdown=True)
    current = event
    while True:
        nested = _enter(state, memory, current, rflags)
        if nested is None:
            return Delivery(current, shutdown=False)
        if current.cause is Cause.SOFTWARE:
            length = int_length(state, memory, current.vector)
            state.rip = (state.rip - length) & cpu.MASK64
        if nested.address is not None:
            state.set_cr(2, nested.address)
        on_fault(nested)
        # Interrupts and `int n` are benign, whatever their vector.
        benign = current.cause is not Cause.EXCEPTION
        vector = nested.vector if benign else combine(current.vector, nested.vector)
        if vector is None:
            return Delivery(nested, shutdown=True)
        if vector != nested.vector:
            nested = Event(vector, Cause.EXCEPTION)
            on_fault(nested)
        current = nested


def int_length(state: CpuState, memory: Linear, vector: int) -> int:
    """Bytes of the `int` instruction that ends at RIP: a refused one is restarted."""
    last = memory.read(state.rip - 1 & cpu.MASK64, 1)
    short = {BP: b"\xcc", DB: b"\xf1"}.get(vector)
    return 1 if short is not None and last == short else 2


def enter_syscall(state: CpuState, rflags: int, length: int) -> Event | None:
    """`syscall` (SDM vol. 2B): no stack, no memory; RIP is at the instruction.

    Returns:
        None when done, or #UD if EFER.SCE is off.
    """
    if not state.efer & 1:
        return Event(UD, Cause.EXCEPTION)
    star = state.star >> 32
    state.set_general(cpu.RCX, state.rip + length)
    state.set_general(cpu.R11, rflags & ~cpu.FLAG_RF)
    state.load_segment(cpu.CS, star & 0xFFFC, 0, 0xFFFFFFFF, segments.FLAT_CODE64)
    state.load_segment(cpu.SS, (star & 0xFFFC) + 8, 0, 0xFFFFFFFF, segments.FLAT_DATA)
    hflags = state.hflags & ~(cpu.HF_CPL | cpu.HF_INHIBIT_IRQ | cpu.HF_ADDSEG)
    state.hflags = hflags | cpu.HF_CS64 | cpu.HF_CS32 | cpu.HF_SS32
    state.write_rflags(rflags & ~(state.fmask | cpu.FLAG_RF))
    state.rip = state.lstar
    return None
