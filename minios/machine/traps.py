"""What the CPU does when a program may not go on: the way into ring 0.

On an exception, an interrupt or `int n` in 64-bit mode (Intel SDM vol. 3A, "Exception
and Interrupt Handling in 64-bit Mode"):

    1. find the gate in the IDT          bad, closed to this ring, not present -> fault
    2. find the code segment in the GDT  not 64-bit code, less privileged      -> fault
    3. choose a stack: IST, or RSP0 of the TSS when the ring changes, or the current one
    4. push SS, RSP, RFLAGS, CS, RIP, error code                               -> fault
    5. only then change the state: CPL, CS, SS, RSP, RIP, RFLAGS

A fault on the way is delivered instead, or becomes a double fault. A third fault shuts
the CPU down. This module does not know the engine: its functions work on any `CpuState`
and any memory.

Left out: delivery outside 64-bit mode (shuts down), task gates, shadow stacks, NMIs.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

from minios.abi.vectors import HAS_ERROR_CODE
from minios.machine import cpu_state as cpu
from minios.machine import paging, segments
from minios.machine.cpu_state import CpuState
from minios.machine.linear import Linear, PageFault
from minios.machine.routes import Route, Routes
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
_CONTRIBUTORY: Final = frozenset({DE, TS, NP, SS, GP})
_FIVE_WORDS: Final = struct.Struct("<5Q")
_SCE: Final = 1 << 0  # of EFER
_LMA: Final = 1 << 10
_CLEARED: Final = cpu.FLAG_TF | cpu.FLAG_NT | cpu.FLAG_RF | cpu.FLAG_VM
_CODE64: Final = segments.NOT_SYSTEM | segments.TYPE_CODE | segments.LONG
_CODE64_MASK: Final = _CODE64 | segments.DEFAULT_32
_TRAPS: Final = frozenset({DB, BP, 4})  # reported after the instruction


class Cause(enum.Enum):
    """What causes the delivery."""

    EXCEPTION = "exception"
    SOFTWARE = "int n"
    EXTERNAL = "interrupt"


class Delivery(NamedTuple):
    """What is to be delivered.

    Attributes:
        vector: 0 to 255.
        cause: what causes it.
        error_code: pushed if the vector has one.
        address: CR2 for a page fault.
    """

    vector: int
    cause: Cause
    error_code: int = 0
    address: int | None = None


def _selector_fault(vector: int, selector: int, delivery: Delivery) -> Delivery:
    code = segments.error_code(
        selector, idt=False, external=delivery.cause is not Cause.SOFTWARE
    )
    return Delivery(vector, Cause.EXCEPTION, code)


def _gate_fault(vector: int, delivery: Delivery) -> Delivery:
    code = segments.error_code(
        delivery.vector * 8, idt=True, external=delivery.cause is not Cause.SOFTWARE
    )
    return Delivery(vector, Cause.EXCEPTION, code)


def _page_fault(fault: PageFault) -> Delivery:
    return Delivery(PF, Cause.EXCEPTION, fault.error_code, fault.address)


def find_gate(state: CpuState, memory: Linear, delivery: Delivery) -> Gate | Delivery:
    """Step 1: the gate of a vector, and whether this ring may use it."""
    at = delivery.vector * segments.GATE_BYTES
    if at + segments.GATE_BYTES - 1 > state.d[cpu.LIMIT[cpu.IDTR]]:
        return _gate_fault(GP, delivery)
    at += state.q[cpu.BASE[cpu.IDTR]]
    words = memory.read_words(at, 2)
    if isinstance(words, PageFault):
        return _page_fault(words)
    gate = segments.decode_gate(*words)
    if gate.kind not in (segments.INTERRUPT_GATE, segments.TRAP_GATE):
        return _gate_fault(GP, delivery)
    if delivery.cause is Cause.SOFTWARE and gate.dpl < state.cpl:
        return _gate_fault(GP, delivery)
    return gate if gate.present else _gate_fault(NP, delivery)


def find_code(
    state: CpuState, memory: Linear, gate: Gate, delivery: Delivery
) -> int | Delivery:
    """Step 2: the descriptor of the handler's code segment."""
    selector = gate.selector
    table = cpu.LDTR if selector & 4 else cpu.GDTR
    at = selector & 0xFFF8
    if at == 0 or at + 7 > state.d[cpu.LIMIT[table]]:
        return _selector_fault(GP, selector, delivery)
    words = memory.read_words(state.q[cpu.BASE[table]] + at, 1)
    if isinstance(words, PageFault):
        return _page_fault(words)
    descriptor = words[0]
    high = descriptor >> 32
    if high & _CODE64_MASK != _CODE64 or high >> segments.DPL_SHIFT & 3 > state.cpl:
        return _selector_fault(GP, selector, delivery)
    if not high & segments.PRESENT:
        return _selector_fault(NP, selector, delivery)
    return descriptor


def find_stack(
    state: CpuState, memory: Linear, gate: Gate, delivery: Delivery, ring: int
) -> int | Delivery | None:
    """Step 3: the RSP from the TSS; None to stay on the current stack.

    SDM vol. 3A, "Stack Switching in IA-32e Mode" and "Interrupt Stack Table".
    """
    if not gate.ist and ring == state.cpl:
        return None
    slot = segments.TSS_RSP0 + 8 * ring
    if gate.ist:
        slot = segments.TSS_IST1 + 8 * (gate.ist - 1)
    if slot + 7 > state.d[cpu.LIMIT[cpu.TR]]:
        return _selector_fault(TS, state.selector(cpu.TR), delivery)
    words = memory.read_words(state.q[cpu.BASE[cpu.TR]] + slot, 1)
    return _page_fault(words) if isinstance(words, PageFault) else words[0]


def _look_up(state: CpuState, memory: Linear, delivery: Delivery) -> Route | Delivery:
    """Steps 1 to 3, or the fault that came instead."""
    gate = find_gate(state, memory, delivery)
    if isinstance(gate, Delivery):
        return gate
    descriptor = find_code(state, memory, gate, delivery)
    if isinstance(descriptor, Delivery):
        return descriptor
    high = descriptor >> 32
    conforming = high & segments.TYPE_CONFORMING
    ring = state.cpl if conforming else high >> segments.DPL_SHIFT & 3
    stack = find_stack(state, memory, gate, delivery, ring)
    return (
        stack if isinstance(stack, Delivery) else Route(gate, descriptor, ring, stack)
    )


def find_route(routes: Routes, delivery: Delivery) -> Route | Delivery:
    """Steps 1 to 3, or their remembered result if nothing has changed since."""
    software = delivery.cause is Cause.SOFTWARE
    known = routes.recall(delivery.vector, software=software)
    if known is not None:
        return known
    memory = routes.memory
    memory.sources = []
    found = _look_up(routes.state, memory, delivery)
    sources, memory.sources = memory.sources, None
    if isinstance(found, Route):
        routes.remember(delivery.vector, found, sources, software=software)
    return found


def _frame(state: CpuState, delivery: Delivery, rflags: int) -> bytes:
    """The words to push, from the lowest address up.

    SDM vol. 3A, "64-Bit Mode Stack Frame".
    """
    error_code = b""
    if delivery.cause is Cause.EXCEPTION:
        if delivery.vector not in _TRAPS:
            # The instruction will run again (SDM vol. 3B, "Instruction-Breakpoint
            # Exception Condition").
            rflags |= cpu.FLAG_RF
        if delivery.vector in HAS_ERROR_CODE:
            error_code = delivery.error_code.to_bytes(8, "little")
    return error_code + _FIVE_WORDS.pack(
        state.rip,
        state.selector(cpu.CS),
        rflags,
        state.rsp,
        state.selector(cpu.SS),
    )


def _enter(routes: Routes, delivery: Delivery, rflags: int) -> Delivery | None:
    """Deliver once. Returns None when done, or the fault that came instead."""
    state = routes.state
    route = find_route(routes, delivery)
    if isinstance(route, Delivery):
        return route
    gate, descriptor, ring, stack = route
    rsp = state.rsp if stack is None else stack
    if not paging.is_canonical(rsp - 1 & cpu.MASK64):
        return _selector_fault(SS, 0, delivery)
    if not paging.is_canonical(gate.offset):
        return _selector_fault(GP, 0, delivery)
    frame = _frame(state, delivery, rflags)
    rsp = ((rsp & ~15) - len(frame)) & cpu.MASK64
    refused = routes.memory.write(rsp, frame)
    if refused is not None:
        return _page_fault(refused)
    if ring != state.cpl:
        state.load_segment(cpu.SS, ring, 0, 0xFFFFFFFF, segments.FLAT_DATA)
    hidden = segments.hidden_part(descriptor)
    state.enter_code64(ring, gate.selector & ~3 | ring, hidden)
    state.rsp = rsp
    state.rip = gate.offset
    cleared = (
        _CLEARED | cpu.FLAG_IF if gate.kind == segments.INTERRUPT_GATE else _CLEARED
    )
    state.write_rflags(rflags & ~cleared)
    return None


def combine(first: int, second: int) -> int | None:
    """The vector to deliver when `second` occurs while `first` is delivered.

    None is a shutdown: the triple fault. SDM vol. 3A, "Conditions for Generating a
    Double Fault".
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
    routes: Routes,
    delivery: Delivery,
    rflags: int,
    on_fault: Callable[[Delivery, Delivery], None],
) -> Delivery | None:
    """Deliver what is asked for, and whatever goes wrong on the way.

    Args:
        routes: the CPU's state, changed only by a delivery that succeeds (and CR2 by
            page faults), and where tables and stacks are.
        delivery: what to deliver; RIP is what its frame must show.
        rflags: RFLAGS as a whole.
        on_fault: told of each fault that comes instead, and instead of what, while the
            state is as it was.

    Returns:
        What was delivered in the end, None for a shutdown (triple fault).
    """
    state = routes.state
    if not state.efer & _LMA:
        return None
    while True:
        nested = _enter(routes, delivery, rflags)
        if nested is None:
            return delivery
        if delivery.cause is Cause.SOFTWARE:
            length = int_length(state, routes.memory, delivery.vector)
            state.rip = (state.rip - length) & cpu.MASK64
        if nested.address is not None:
            state.set_cr(2, nested.address)
        on_fault(nested, delivery)
        # Interrupts and `int n` are benign, whatever their vector.
        benign = delivery.cause is not Cause.EXCEPTION
        vector = nested.vector if benign else combine(delivery.vector, nested.vector)
        if vector is None:
            return None
        if vector != nested.vector:
            nested = Delivery(vector, Cause.EXCEPTION)
            on_fault(nested, delivery)
        delivery = nested


def int_length(state: CpuState, memory: Linear, vector: int) -> int:
    """The length of the `int` that ends at RIP. A refused one is executed again."""
    last = memory.read(state.rip - 1 & cpu.MASK64, 1)
    short = {BP: b"\xcc", DB: b"\xf1"}.get(vector)
    return 1 if short is not None and last == short else 2


def undo_return(state: CpuState, memory: Linear) -> None:
    """Go back to ring 0, if a return has loaded an RIP that is not canonical.

    Intel's CPUs check the target before they leave ring 0, so the #GP(0) is one of ring
    0 (SDM vol. 2, IRET and SYSRET). The engine leaves first, and then finds no code
    there. The frame at the top of the kernel's stack shows that it was a return: it
    contains the values that are now in RIP, CS, RSP and SS, and no program could have
    put them there.
    """
    slot = state.base(cpu.TR) + segments.TSS_RSP0
    top = memory.read(slot, 8)
    gate = find_gate(state, memory, Delivery(GP, Cause.EXCEPTION))
    if not state.cpl or isinstance(top, PageFault) or isinstance(gate, Delivery):
        return
    rsp = int.from_bytes(top, "little") - _FIVE_WORDS.size & cpu.MASK64
    frame = memory.read(rsp, _FIVE_WORDS.size)
    if isinstance(frame, PageFault):
        return
    rip, cs, _, old_rsp, ss = _FIVE_WORDS.unpack(frame)
    now = state.rip, state.selector(cpu.CS), state.rsp, state.selector(cpu.SS)
    if (rip, cs, old_rsp, ss) == now:
        state.rsp = rsp
        _enter_flat_code(state, gate.selector)


def enter_syscall(state: CpuState, rflags: int, length: int) -> Delivery | None:
    """`syscall` (SDM vol. 2B, SYSCALL): no stack, no memory; RIP is at the instruction.

    Returns:
        None when done, or #UD if EFER.SCE is off or the code is not 64-bit code.
    """
    if not (state.efer & _SCE and state.hflags & cpu.HF_CS64):
        return Delivery(UD, Cause.EXCEPTION)
    state.set_general(cpu.RCX, state.rip + length)
    state.set_general(cpu.R11, rflags & ~cpu.FLAG_RF)
    _enter_flat_code(state, state.star >> 32)
    state.write_rflags(rflags & ~(state.fmask | cpu.FLAG_RF))
    state.rip = state.lstar
    return None


class SysenterTarget(NamedTuple):
    """IA32_SYSENTER_CS, _EIP and _ESP."""

    selector: int
    rip: int
    rsp: int


def enter_sysenter(
    state: CpuState, rflags: int, target: SysenterTarget
) -> Delivery | None:
    """`sysenter` (SDM vol. 2B): saves nothing, not even the return address.

    Returns:
        None when done, or #GP(0) if IA32_SYSENTER_CS is null.
    """
    if not target.selector & 0xFFFC or not state.efer & _LMA:
        return Delivery(GP, Cause.EXCEPTION)
    _enter_flat_code(state, target.selector)
    state.write_rflags(rflags & ~(cpu.FLAG_IF | cpu.FLAG_VM))
    state.rip, state.rsp = target.rip, target.rsp
    return None


def _enter_flat_code(state: CpuState, selector: int) -> None:
    """Enter ring 0 with flat segments, without reading a table: SS follows CS."""
    code = selector & 0xFFFC
    state.load_segment(cpu.SS, code + 8, 0, 0xFFFFFFFF, segments.FLAT_DATA)
    state.enter_code64(0, code, (0, 0xFFFFFFFF, segments.FLAT_CODE64))
