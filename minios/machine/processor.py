"""The CPU: the engine, and everything that the engine leaves to us.

Exceptions, `syscall`, interrupts and the right to use ports pass through this module.
So a change of the ring is seen here. Some things must wait for the end of the current
instruction: a reset, an interrupt, a refused port. They are noted, and the run is
stopped. Then `run`, `poll` and the machine do them outside of the engine.

Invariant: the reason for which a run stops depends only on the guest and its devices,
or does not change what the guest will see.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final, cast

from minios.machine import costs, diagnosis, paging, segments, traps
from minios.machine import cpu_state as cpu
from minios.machine.bus import Bus, ones
from minios.machine.clock import NS_PER_INSTRUCTION, Clock
from minios.machine.device import Device, InterruptController
from minios.machine.doors import SHORT, ShortDoors
from minios.machine.engine import Engine
from minios.machine.event_bus import EventBus
from minios.machine.events import (
    Door,
    FaultRaised,
    InterruptDelivered,
    MmioAccess,
    PortAccess,
    RingCrossing,
    SyscallEntered,
)
from minios.machine.instruction import (
    LOCK,
    LONGEST,
    OPERAND_SIZE,
    decode,
    prefixes_of,
)
from minios.machine.io_permission import io_permitted
from minios.machine.linear import Linear, PageFault
from minios.machine.memory import PhysicalMemory
from minios.machine.paging import Access
from minios.machine.routes import Routes
from minios.machine.traps import Cause, Delivery

CR0_PROTECTED: Final = 0x11  # PE, and ET, which is always 1
_DOORS: Final = {
    Cause.EXCEPTION: Door.EXCEPTION,
    Cause.SOFTWARE: Door.SOFTWARE,
    Cause.EXTERNAL: Door.INTERRUPT,
}
_BEFORE_SYSCALL: Final = frozenset({LOCK})  # prefixes that make it #UD
_BEFORE_SYSENTER: Final = frozenset({LOCK, OPERAND_SIZE})
_SYSENTER_MSRS: Final = (0x174, 0x176, 0x175)  # CS, EIP, ESP
_MANY: Final = 5  # prefixes
_INT1: Final = 0xF1
_RDPMC: Final = 0x0F33
_WRITE_OR_FETCH: Final = Access.WRITE.value | Access.FETCH.value
_NO_END: Final = 1 << 63
_SYSCALL_ARGUMENTS: Final = (cpu.RDI, cpu.RSI, cpu.RDX, cpu.R10, cpu.R8, cpu.R9)


def _unheard(_fault: Delivery, _during: Delivery | None) -> None:
    """Drop a fault, because nobody listens."""


def _write_bit(code: bytes) -> int:
    """W of the error code, if an instruction reads in order to write."""
    return Access.WRITE.value if decode(code).is_read_modify_write else 0


@lru_cache(maxsize=1024)
def _write_bit_of(first: int, second: int, at: int) -> int | None:
    """The same for an instruction in two words. None if these are not enough.

    At least nine bytes are there; prefixes, opcode and ModR/M decide.
    """
    code = (first | second << 64).to_bytes(16, "little")[at:]
    return None if len(prefixes_of(code)) > _MANY else _write_bit(code)


class Processor:
    """One CPU on a bus."""

    def __init__(
        self, memory: PhysicalMemory, bus: Bus, listeners: EventBus, clock: Clock
    ) -> None:
        self._bus = bus
        self._listeners = listeners
        self._wants = listeners.wants
        self.clock = clock
        self.engine = Engine(memory.map, self)
        memory.attach(self.engine.write_memory, self.engine.code_pages)
        self.state = self.engine.state
        self.linear = Linear(self.state, memory)
        self._routes = Routes(self.state, self.linear)
        self.at_short_door = ShortDoors(self.state, memory.words).is_here
        self._words = memory.words
        pin = bus.devices[bus.board.cpu_pin]
        self._pin = cast("InterruptController", pin)
        self.halted = False
        self.running = False
        self.triple_fault = False
        self.interrupt_pending = False
        self.slice_end = 0
        self.most_charged = _NO_END  # `clock.charged` at which the run has to end
        self._refused: tuple[bytes, Delivery] | None = None

    @property
    def instructions(self) -> int:
        """Instructions executed since power on, with the current one."""
        done = self.clock.instructions
        return done + self.engine.executed if self.running else done

    @property
    def now(self) -> int:
        """Virtual nanoseconds since power on."""
        return self.instructions * NS_PER_INSTRUCTION + self.clock.skipped_ns

    def stop(self) -> None:
        """End the run after the current instruction, if there is one."""
        if self.running:
            self.engine.stop()

    def charge(self, cost: int) -> None:
        """Count what the host does; end the run where it was too much."""
        clock = self.clock
        clock.charged += cost
        if clock.charged >= self.most_charged:
            self.stop()

    # Handlers: called by the engine in the middle of a run.

    def code(self) -> bytes:
        """The bytes of the instruction at RIP."""
        state = self.state
        is_long = state.hflags & cpu.HF_CS64
        base = 0 if is_long else state.base(cpu.CS)
        return self.linear.bytes_at((base + state.rip) & cpu.MASK64, LONGEST)

    def code_place(self, address: int) -> int | None:
        """The place in RAM of the byte at a linear address."""
        return self.linear.code_place(address & cpu.MASK64)

    def on_exception(self, vector: int) -> None:
        """An exception, or `int n`."""
        state = self.state
        software = state.exception_is_int
        error_code, address = state.error_code, None
        if vector == traps.PF and not software:
            address = state.cr(2)
            error_code |= self._write_intended(error_code, address)
        elif vector == traps.GP and not paging.is_canonical(state.rip):
            traps.undo_return(state, self.linear)
        cause = Cause.SOFTWARE if software else Cause.EXCEPTION
        state.forget_exception()
        self.deliver(Delivery(vector, cause, error_code, address))

    def _write_intended(self, error_code: int, address: int) -> int:
        """W for the load of an instruction that reads in order to write.

        The CPU asks for the right to write at once (SDM vol. 3A, "Page-Fault
        Exceptions": W/R is the cause of the access); the engine loads first.
        """
        rip = self.state.rip
        if error_code & _WRITE_OR_FETCH or 0 <= address - rip < LONGEST:
            return 0
        # The bytes are known by the words in which they stand, without a copy.
        place, bit = self.linear.code_place(rip), None
        if place is not None and place & 0xFF8 != 0xFF8:
            word = place >> 3
            bit = _write_bit_of(self._words[word], self._words[word + 1], rip & 7)
        return _write_bit(self.code()) if bit is None else bit

    def on_invalid_opcode(self) -> None:
        """#UD, `int 6`, or one of two instructions that the engine does not know."""
        state = self.state
        software = state.exception_is_int
        state.forget_exception()
        if software:
            self.deliver(Delivery(traps.UD, Cause.SOFTWARE))
            return
        it, vector = decode(self.code()), traps.UD
        if it.opcode == _INT1 and LOCK not in it.prefixes:
            state.rip += it.length
            vector = traps.DB
        elif it.opcode == _RDPMC and LOCK not in it.prefixes:
            vector = traps.GP  # in every ring: CPUID offers no counter to read
        self.deliver(Delivery(vector, Cause.EXCEPTION))

    def on_syscall(self, length: int) -> bool:
        """`syscall`."""
        self.charge(costs.TRAP)
        state = self.state
        rip, ring = state.rip, state.cpl
        if length != SHORT and self._is_barred(_BEFORE_SYSCALL):
            refused: Delivery | None = Delivery(traps.UD, Cause.EXCEPTION)
        else:
            refused = traps.enter_syscall(state, self.engine.rflags, length)
        if refused is None and self._wants[SyscallEntered]:
            arguments = tuple(state.general(n) for n in _SYSCALL_ARGUMENTS)
            self._listeners.emit(
                SyscallEntered(
                    self.now,
                    self.instructions,
                    state.general(cpu.RAX),
                    arguments,  # type: ignore[arg-type]  # six of them
                    rip,
                )
            )
        if refused is None and not self._wants[RingCrossing]:
            return True
        return self._entered(refused, ring, Door.SYSCALL, rip)

    def on_sysenter(self, length: int) -> bool:
        """`sysenter`."""
        self.charge(costs.TRAP)
        state = self.state
        rip, ring = state.rip, state.cpl
        if length != SHORT and self._is_barred(_BEFORE_SYSENTER):
            refused: Delivery | None = Delivery(traps.UD, Cause.EXCEPTION)
        else:
            target = traps.SysenterTarget(*map(self.engine.read_msr, _SYSENTER_MSRS))
            refused = traps.enter_sysenter(state, self.engine.rflags, target)
        return self._entered(refused, ring, Door.SYSENTER, rip)

    def _is_barred(self, barred: frozenset[int]) -> bool:
        """Whether a prefix of this instruction forbids it. VEX always does."""
        it = decode(self.code())
        return it.opcode < 0 or not barred.isdisjoint(it.prefixes)

    def _entered(
        self, refused: Delivery | None, ring: int, door: Door, rip: int
    ) -> bool:
        """The work after an entry to the kernel. Returns whether it was allowed."""
        if refused is not None:
            self.deliver(refused)
        elif ring and self._wants[RingCrossing]:
            self._crossed(ring, door, rip, None, self.state.general(cpu.RAX))
        return refused is None

    def on_in(self, port: int, size: int) -> int:
        """`in` and `ins`."""
        self.charge(costs.TRAP)
        if self.state.cpl and self._refuse(port, size):
            return 0
        device, offset = self._bus.ports.get(port, (None, 0))
        if device is None:
            value = ones(size)
        else:
            device.advance(self.now)
            value = device.read(offset, size)
            self._touched(device)
        if self._wants[PortAccess]:
            self._port_event(device, port, size, value, is_write=False)
        return value

    def on_out(self, port: int, size: int, value: int) -> None:
        """`out` and `outs`."""
        self.charge(costs.TRAP)
        if self.state.cpl and self._refuse(port, size):
            return
        device, offset = self._bus.ports.get(port, (None, 0))
        if self._wants[PortAccess]:
            self._port_event(device, port, size, value, is_write=True)
        if device is not None:
            device.advance(self.now)
            device.write(offset, size, value)
            self._touched(device)

    def on_timestamp(self) -> int:
        """RDTSC counts nanoseconds of virtual time."""
        self.charge(costs.TRAP)
        return self.now

    def on_load(self, address: int, size: int) -> int:
        """A load from a physical address that is not RAM."""
        self.charge(costs.TRAP)
        found = self._bus.at(address)
        if found is None:
            return ones(size)
        device, offset = found
        device.advance(self.now)
        value = device.read(offset, size)
        self._touched(device)
        if self._wants[MmioAccess]:
            self._mmio_event(device, address, size, value, is_write=False)
        return value

    def on_store(self, address: int, size: int, value: int) -> None:
        """A store to a physical address that is not RAM."""
        self.charge(costs.TRAP)
        found = self._bus.at(address)
        if found is None:
            return
        device, offset = found
        if self._wants[MmioAccess]:
            self._mmio_event(device, address, size, value, is_write=True)
        device.advance(self.now)
        device.write(offset, size, value)
        self._touched(device)

    # What the handlers share.

    def _touched(self, device: Device) -> None:
        """After an access: end the run if something is now due earlier than planned."""
        deadline = device.next_deadline()
        if deadline is not None and deadline <= self.slice_end - NS_PER_INSTRUCTION:
            self.stop()
        self.look_at_pin()

    def look_at_pin(self) -> None:
        """Note an interrupt that has just become pending."""
        if not self.interrupt_pending and self._pin.is_pending():
            self.interrupt_pending = True
            self.stop()

    def _refuse(self, port: int, size: int) -> bool:
        """Whether ring 3 may not use a port. Then the instruction must not count."""
        answer = io_permitted(self.state, self.linear, port, size)
        if answer is True:
            return False
        fault = Delivery(traps.GP, Cause.EXCEPTION)
        if isinstance(answer, PageFault):
            fault = Delivery(
                traps.PF, Cause.EXCEPTION, answer.error_code, answer.address
            )
        self._refused = self.engine.save(), fault
        self.stop()
        return True

    def deliver(self, delivery: Delivery) -> None:
        """Deliver an exception or an interrupt now; note a triple fault."""
        self.charge(costs.TRAP)
        state = self.state
        rflags = self.engine.rflags
        ring, rip = state.cpl, state.rip
        on_fault: Callable[[Delivery, Delivery | None], None] = _unheard
        if self._wants[FaultRaised]:
            on_fault = partial(self._report, rflags=rflags)
            if delivery.cause is Cause.EXCEPTION:
                on_fault(delivery, None)
        done = traps.deliver(self._routes, delivery, rflags, on_fault)
        if done is None:
            self.triple_fault = True
            self.stop()
        elif state.cpl != ring and self._wants[RingCrossing]:
            self._crossed(ring, _DOORS[done.cause], rip, done.vector)

    def _report(self, fault: Delivery, during: Delivery | None, rflags: int) -> None:
        self.charge(costs.FAULT)
        seen = diagnosis.diagnose(self.state, self.linear, fault, rflags, during)
        self._listeners.emit(FaultRaised(self.now, self.instructions, seen))

    def _crossed(
        self,
        ring: int,
        door: Door,
        rip: int,
        vector: int | None,
        rax: int | None = None,
    ) -> None:
        to_ring = self.state.cpl
        self._listeners.emit(
            RingCrossing(
                self.now, self.instructions, ring, to_ring, door, rip, vector, rax
            )
        )

    def _port_event(
        self, device: Device | None, port: int, size: int, value: int, *, is_write: bool
    ) -> None:
        name = "" if device is None else device.name
        self._listeners.emit(
            PortAccess(self.now, self.instructions, name, port, size, value, is_write)
        )

    def _mmio_event(
        self, device: Device, address: int, size: int, value: int, *, is_write: bool
    ) -> None:
        self._listeners.emit(
            MmioAccess(
                self.now,
                self.instructions,
                device.name,
                address,
                size,
                value,
                is_write,
            )
        )

    # Between runs.

    def run(self, count: int) -> None:
        """Run a slice, and do what it has left to do.

        While an interrupt waits, the slice ends where the guest may have enabled
        interrupts.
        """
        if self.interrupt_pending and self.state.system_flags & cpu.FLAG_IF:
            count = 1  # in the shadow of one instruction
        self.slice_end = self.clock.now + count * NS_PER_INSTRUCTION
        self.running = True
        try:
            left = self.engine.run(count, to_window=self.interrupt_pending)
        finally:
            self.running = False
        self.clock.instructions += left.executed
        if self._refused is not None:
            saved, fault = self._refused
            self._refused = None
            self.engine.undo(saved)
            self.deliver(fault)
        elif left.error:
            # Code was to be fetched where no memory is: the bus reads all ones, and
            # FF FF is no instruction. It counts as one, as each that faults.
            self.clock.instructions += 1
            self.on_invalid_opcode()
        elif left.halted:
            self.halted = True

    def reset(self, entry: int, start_info: int) -> None:
        """Set the state that the PVH boot ABI promises.

        The rest is as after power on.
        """
        state = self.state
        for number in range(len(cpu.GENERAL)):
            state.set_general(number, 0)
        state.set_general(cpu.RBX, start_info)
        for segment in (cpu.ES, cpu.SS, cpu.DS, cpu.FS, cpu.GS):
            state.load_segment(segment, 0, 0, 0xFFFFFFFF, segments.FLAT_DATA)
        state.load_segment(cpu.CS, 0, 0, 0xFFFFFFFF, segments.FLAT_CODE32)
        state.load_segment(cpu.TR, 0, 0, 0x67, segments.BUSY_TSS)
        for table in (cpu.LDTR, cpu.GDTR, cpu.IDTR):
            state.load_segment(table, 0, 0, 0, 0)
        for number, value in enumerate((CR0_PROTECTED, 0, 0, 0, 0)):
            state.set_cr(number, value)
        state.efer = 0
        state.hflags = cpu.HF_PE | cpu.HF_CS32 | cpu.HF_SS32
        state.write_rflags(2)
        state.forget_exception()
        state.rip = entry
        self.halted = self.triple_fault = False
        self.interrupt_pending = False
        self.engine.flush_tlb()

    @property
    def is_masked(self) -> bool:
        """Whether the guest allows no interrupt at this instruction boundary."""
        if not self.state.system_flags & cpu.FLAG_IF:
            return True
        in_shadow = self.state.hflags & cpu.HF_INHIBIT_IRQ
        return bool(in_shadow) and not self.halted

    def poll(self) -> bool:
        """Take a pending interrupt if the guest allows it here.

        Returns whether it was taken.
        """
        self.interrupt_pending = self._pin.is_pending()
        if not self.interrupt_pending or self.is_masked:
            return False
        vector = self._pin.acknowledge()
        self.halted = False
        self.interrupt_pending = self._pin.is_pending()
        if self._wants[InterruptDelivered]:
            self._listeners.emit(
                InterruptDelivered(
                    self.now,
                    self.clock.instructions,
                    vector,
                    self.state.cpl,
                    self.state.rip,
                )
            )
        self.deliver(Delivery(vector, Cause.EXTERNAL))
        return True
