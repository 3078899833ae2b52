"""A computer: a board, a CPU, RAM, and time that is counted.

    machine = Machine(MICROVM)
    machine.power_on(kernel, "model=windows", DiskImage(disk))
    stop = machine.run_until(lambda event: ..., limit_ns=5_000_000_000)

Invariants:
- the same kernel, disk and input give the same trace, however the run is cut into
  steps.
- nothing that the guest does raises a Python exception.
- a reset starts the same kernel again by itself; the disk keeps its content.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final, TypeVar

from minios.abi.memory_map import RAM_BYTES
from minios.errors import MachineError, SnapshotError
from minios.interrupts import let_through, undisturbed
from minios.machine import costs, diagnosis, events, paging, pvh, stops
from minios.machine import cpu_state as cpu
from minios.machine import snapshot as snap
from minios.machine.allowance import Allowance
from minios.machine.breakpoints import Breakpoint, BreakpointWatch
from minios.machine.bus import Bus
from minios.machine.clock import Clock
from minios.machine.device import Board, Device, Host
from minios.machine.disk_image import DiskImage
from minios.machine.event_bus import EVENT_TYPES, EventBus, Subscription
from minios.machine.events import MachineEvent, ResetReason
from minios.machine.looks import Looks
from minios.machine.memory import PAGE, PhysicalMemory
from minios.machine.paging import Access, Walk
from minios.machine.processor import Processor
from minios.machine.returns import ReturnWatch
from minios.machine.snapshot import Snapshot
from minios.machine.stops import Stop

E = TypeVar("E", bound=MachineEvent)
Predicate = Callable[[MachineEvent], bool]
_PHYSICAL_END: Final = 1 << paging.PHYSICAL_BITS
_STEP_LIMIT_NS: Final = 10_000_000_000
_LONGEST_SLICE: Final = 10_000_000  # a tenth of a second of the host: Ctrl-C waits
_NEVER: Final = 1 << 63  # more instructions than anybody can wait for


@lru_cache(maxsize=8)
def _loaded(
    kernel: bytes, command_line: str, ram_bytes: int
) -> tuple[pvh.Kernel, tuple[bytes, ...]]:
    """The kernel, and RAM as its loader leaves it. Many machines share one copy."""
    parsed = pvh.parse(kernel)
    pieces = pvh.load(parsed, command_line, ram_bytes)
    return parsed, snap.to_pages(pieces, ram_bytes)


class Machine:
    """One computer: a board, a CPU, RAM and a disk."""

    def __init__(self, board: Board, *, ram_bytes: int = RAM_BYTES) -> None:
        """Build the machine. It is off at first.

        Raises:
            EngineError: the installed Unicorn cannot be used.
            BoardError: the parts of the board's table contradict each other.
            MachineError: the amount of RAM is not a multiple of 2 MiB.
        """
        if ram_bytes <= 0 or ram_bytes % (2 << 20):
            raise MachineError(
                f"{ram_bytes} bytes of RAM are not possible",
                advice="Give a multiple of 2 MiB",
            )
        self.board = board
        self._memory = PhysicalMemory(ram_bytes)
        self._listeners = EventBus()
        self._clock = Clock()
        self._bus = Bus(board, self._memory, self._host())
        self._cpu = Processor(self._memory, self._bus, self._listeners, self._clock)
        self._map_registers()
        self._cold = self._cpu.engine.save()
        self._returns = ReturnWatch(self._cpu, self._listeners)
        self._breakpoints = BreakpointWatch(self._cpu)
        self._looks = Looks(self._cpu)
        self._kernel: bytes | None = None
        self._command_line = ""
        self._boot_pages: tuple[bytes, ...] = ()
        self._last_pages = (snap.ZERO_PAGE,) * (ram_bytes // PAGE)
        self._entry = 0
        self._reset_wanted: ResetReason | None = None
        self._off: int | None = None
        self._met: MachineEvent | None = None
        self.resets = 0
        self.is_closed = False
        self.allowance: Allowance | None = None

    # What it is.

    @property
    def devices(self) -> dict[str, Device]:
        """The devices, by their name on the board."""
        return self._bus.devices

    @property
    def disk(self) -> DiskImage | None:
        """The disk in the drive."""
        return self._bus.disk

    @property
    def ram(self) -> memoryview:
        """Physical memory, without a copy.

        Write data here, but code only through `write_physical`.
        """
        self._memory.is_blank = False
        return self._memory.bytes

    @property
    def instructions(self) -> int:
        """Instructions executed since power on. A reset does not set them back."""
        return self._cpu.instructions

    @property
    def now(self) -> int:
        """Virtual nanoseconds since power on, with idle time."""
        return self._cpu.now

    @property
    def ring(self) -> int:
        """The current privilege level."""
        return self._cpu.state.cpl

    @property
    def is_halted(self) -> bool:
        """Whether the CPU waits in `hlt`."""
        return self._cpu.halted

    @property
    def is_off(self) -> bool:
        """Whether the guest has switched the machine off: no time passes any more."""
        return self._off is not None

    def registers(self) -> dict[str, int]:
        """All registers, by the manual's names in lower case."""
        state = self._cpu.state
        values = {name: state.general(n) for n, name in enumerate(cpu.GENERAL)}
        values["rip"] = state.rip
        values["rflags"] = self._cpu.engine.rflags
        for number, name in enumerate(cpu.SEGMENTS[:8]):
            values[name] = state.selector(number)
        values["gdtr"] = state.base(cpu.GDTR)
        values["idtr"] = state.base(cpu.IDTR)
        values["fs_base"] = state.base(cpu.FS)
        values["gs_base"] = state.base(cpu.GS)
        for number in (0, 2, 3, 4):
            values[f"cr{number}"] = state.cr(number)
        values["efer"] = state.efer
        return values

    @property
    def pointers(self) -> tuple[int, int, int]:
        """RIP, RSP and CR3, for those who look at every instruction."""
        state = self._cpu.state
        return state.rip, state.rsp, state.cr(3)

    def walk(
        self, address: int, *, access: Access = Access.READ, ring: int | None = None
    ) -> Walk:
        """What the page tables say about an access, level by level."""
        controls = diagnosis.controls_of(self._cpu.state, self._cpu.engine.rflags)
        who = self.ring if ring is None else ring
        return paging.walk(self._memory.words, address, access, who, controls)

    def read_virtual(self, address: int, size: int) -> bytes | None:
        """Bytes at a linear address, whoever may read them. None if not mapped."""
        data = self._cpu.linear.bytes_at(address, size)
        return data if len(data) == size else None

    @undisturbed
    def write_physical(self, address: int, data: bytes) -> None:
        """Change RAM from outside. Translated code in it is dropped."""
        self._memory.write(address, data)

    def observe(self, kind: type[E], callback: Callable[[E], None]) -> Subscription:
        """Call back for every event of a type. Callbacks must not run the machine."""
        return self._listeners.subscribe(kind, callback)

    def forget_listeners(self) -> None:
        """Call nobody back any more, and let no allowance end a run."""
        self._listeners.clear()
        self.allowance = None

    def charge(self, cost: int) -> None:
        """Let something cost as much of the allowance as so many instructions."""
        self._cpu.charge(cost)

    # On, off and again.

    @undisturbed
    def power_on(
        self, kernel: bytes, command_line: str, disk: DiskImage | None
    ) -> None:
        """Load a PVH kernel, and stop before its first instruction.

        Raises:
            ImageError: the kernel cannot be loaded.
        """
        self._insert_kernel(kernel, command_line)
        self._bus.disk = disk
        self._clock.instructions = self._clock.skipped_ns = 0
        self.resets = 0
        self._off = None
        self._start()

    @property
    def command_line(self) -> str:
        """What the kernel finds at its next start."""
        return self._command_line

    @undisturbed
    def set_command_line(self, command_line: str) -> None:
        """Let the kernel find another command line at its next start.

        Raises:
            MachineError: the machine was never switched on.
        """
        self._require_power()
        assert self._kernel is not None
        self._clock.charged += costs.RESET
        self._insert_kernel(self._kernel, command_line)

    def _insert_kernel(self, kernel: bytes, command_line: str) -> None:
        if kernel == self._kernel and command_line == self._command_line:
            return
        parsed, self._boot_pages = _loaded(kernel, command_line, self._memory.size)
        for segment in parsed.segments:
            if segment.executable:
                end = segment.physical + segment.memory_size
                self._cpu.engine.expect_code(segment.physical, end)
        self._entry = parsed.entry
        self._kernel, self._command_line = kernel, command_line
        self._returns.kernel = parsed

    def _start(self) -> None:
        """Set RAM, devices and CPU as after power on. Time goes on."""
        self._bus.reset()
        self._bus.advance(self._clock.now)
        self._cpu.engine.load(self._cold)
        snap.put_pages(self._memory, self._boot_pages)
        self._cpu.reset(self._entry, pvh.START_INFO)
        self._reset_wanted = self._breakpoints.told = None

    @undisturbed
    def reset(self) -> None:
        """Press the reset button.

        Raises:
            MachineError: the machine is off.
        """
        self._require_power()
        if self._off is not None:
            raise MachineError(
                "the machine is off", advice="Call cut_power: the machine starts again"
            )
        self._reset(ResetReason.REQUESTED)

    @undisturbed
    def cut_power(self, kept_sectors: int | None = None) -> None:
        """Cut the power at this instruction, and switch it on again.

        CPU, devices and RAM start as after power on, with zeros in RAM. Bytes on the
        serial lines still arrive, and time goes on. The disk keeps what had reached it.
        Of a write in flight (`disk.in_flight`; the datasheet in `devices/block.py`
        explains it), the first `kept_sectors` have reached it, or all if that is None.

        Raises:
            MachineError: the number is negative, or the machine was never switched on.
        """
        self._require_power()
        if kept_sectors is not None and kept_sectors < 0:
            raise MachineError(
                f"{kept_sectors} sectors cannot be kept", advice="Give 0 or more"
            )
        if self.disk is not None and kept_sectors is not None:
            self.disk.tear(kept_sectors)
        self._off = None
        self._reset(ResetReason.POWER_CUT)

    def _reset(self, reason: ResetReason) -> None:
        self.resets += 1
        self._clock.charged += costs.RESET
        self._start()
        if self._listeners.wants[events.ResetHappened]:
            self._listeners.emit(
                events.ResetHappened(self.now, self.instructions, reason, self.resets)
            )

    def close(self) -> None:
        """Free the host's memory. The machine cannot be used afterwards."""
        if not self.is_closed:
            self.is_closed = True
            self._cpu.engine.close()

    # Running.

    @undisturbed
    def run_until(
        self,
        condition: Predicate | None,
        *,
        limit_ns: int,
        events: Iterable[type[MachineEvent]] | None = None,
        breakpoints: Collection[int | Breakpoint] = (),
    ) -> Stop:
        """Run until an event meets the condition, or the time is over.

        Ends with `BreakpointReached` before an instruction at a breakpoint is executed.
        The next run with the same breakpoint goes past it.

        Args:
            condition: asked about every event; None to run until the time is over.
            limit_ns: virtual time that may pass.
            events: the types that can meet the condition; None for all. A short list is
                faster.
            breakpoints: linear addresses in any address space; a `Breakpoint` can name
                one address space.

        Raises:
            MachineError: the machine was never switched on, or an address is too large.
            AllowanceError: the machine's allowance is used up.
        """
        self._require_power()
        self._looks.forget()
        self._breakpoints.arm(breakpoints)
        end = self.now + limit_ns
        kinds = EVENT_TYPES if events is None else tuple(events)
        with self._asking(condition, kinds):
            return self._run(end, None)

    @contextmanager
    def _asking(
        self, condition: Predicate | None, kinds: tuple[type[MachineEvent], ...]
    ) -> Iterator[None]:
        """Ask a condition about events, for the time of one run."""
        self._met = None

        def ask(event: MachineEvent) -> None:
            if self._met is None and condition is not None and condition(event):
                self._met = event
                self._cpu.stop()

        wanted = () if condition is None else kinds
        subscriptions = [self.observe(kind, ask) for kind in wanted]
        try:
            yield
        finally:
            for subscription in subscriptions:
                subscription.cancel()

    @undisturbed
    def step(self, count: int = 1, *, limit_ns: int = _STEP_LIMIT_NS) -> Stop:
        """Run `count` instructions. A halted CPU wakes at its next interrupt.

        Raises AllowanceError if the machine's allowance is used up.
        """
        self._require_power()
        self._breakpoints.ignore()
        return self._run(self.now + limit_ns, self.instructions + count)

    @undisturbed
    def step_until(
        self, is_there: Callable[[], bool], *, most: int, limit_ns: int
    ) -> Stop:
        """Step until something is so, asked behind each instruction.

        It is what `step` gives if one steps and asks again and again, but ten times
        faster: the machine stands still only at the end. It ends earlier where the CPU
        is halted, behind `most` instructions, or when the time is over.

        Args:
            is_there: reads registers and memory. It must change nothing, and must not
                ask for the time.
            most: instructions.
            limit_ns: virtual time that may pass, but for the wait of a halted CPU.

        Raises AllowanceError if the machine's allowance is used up.
        """
        if self.is_halted:
            stop = self.step()
            is_there()
            return stop
        self._require_power()
        self._breakpoints.ignore()
        with self._looks.at_each(is_there):
            return self._run(self.now + limit_ns, self.instructions + most)

    def _run(self, end: int, last: int | None) -> Stop:
        if self.allowance is None:
            return self._loop(end, last, _NEVER)
        with self.allowance.of_run(self._clock, end, last) as (until, work):
            return self._loop(until, last, work)

    def _loop(self, end: int, last: int | None, work: int) -> Stop:
        """The main loop: devices, interrupts, a slice of instructions, and again.

        Ends at a virtual time, behind an instruction, or when so much work is done.
        """
        last = _NEVER if last is None else last
        clock, processor, allowance = self._clock, self._cpu, self.allowance
        while True:
            let_through()
            stop = self._settle()
            if stop is not None:
                return stop
            deadline = self._serve_devices()
            if self._poll():
                continue
            left = min(last - clock.instructions, work - clock.work)
            is_ended = allowance is not None and allowance.is_ended
            is_ended |= self._looks.is_over
            if clock.now >= end or left <= 0 or is_ended:
                self._bus.advance(clock.now)
                return stops.LimitReached(clock.now, clock.instructions)
            if not processor.halted:
                count = self._slice(end, deadline, left)
                processor.most_charged = clock.charged + min(
                    work - clock.work - count, _LONGEST_SLICE
                )
                processor.run(count)
            elif deadline is not None:
                clock.skip_to(min(deadline, end))
                clock.charged += costs.TRAP * (deadline <= end)
            else:
                return stops.Deadlock(clock.now, clock.instructions)

    def _serve_devices(self) -> int | None:
        """Let devices do what is due. Returns when the next one needs attention."""
        bus, now = self._bus, self._clock.now
        deadline = bus.next_deadline()
        if deadline is not None and deadline <= now:
            bus.advance(now)
            self._cpu.look_at_pin()
            deadline = bus.next_deadline()
        return deadline

    def _poll(self) -> bool:
        """Take an interrupt if the CPU can.

        Returns whether something must be settled.
        """
        processor = self._cpu
        if not (processor.interrupt_pending and processor.poll()):
            return False
        return self._met is not None or processor.triple_fault

    def _slice(self, end: int, deadline: int | None, left: int) -> int:
        """How many instructions may run before something else must be done."""
        until = end if deadline is None else min(end, deadline)
        return max(min(self._clock.until(until), left, _LONGEST_SLICE), 1)

    def _settle(self) -> Stop | None:
        """Do what the last slice left to do. Returns whether to go on."""
        clock = self._clock
        if self._cpu.triple_fault:
            self._reset(ResetReason.TRIPLE_FAULT)
        elif self._reset_wanted is not None:
            self._reset(self._reset_wanted)
        if self._met is not None:
            met, self._met = self._met, None
            self._bus.advance(clock.now)
            return stops.ConditionMet(clock.now, clock.instructions, met)
        if self._off is not None:
            return stops.PoweredOff(clock.now, clock.instructions, self._off)
        reached = self._breakpoints.take()
        if reached is not None:
            self._bus.advance(clock.now)
            return stops.BreakpointReached(clock.now, clock.instructions, reached)
        return None

    def _require_power(self) -> None:
        if self._kernel is None:
            raise MachineError("the machine is off", advice="Call power_on first")

    # What the devices ask for.

    def _host(self) -> Host:
        return Host(
            console=lambda data: self._tell(events.ConsoleOutput, data),
            link=lambda data: self._tell(events.LinkOutput, data),
            beacon=lambda data: self._tell(events.BeaconRecord, data),
            reset=lambda: self._want_reset(ResetReason.RESET_CONTROL),
            power_off=self._want_power_off,
        )

    def _tell(
        self,
        kind: type[events.ConsoleOutput | events.LinkOutput | events.BeaconRecord],
        data: bytes,
    ) -> None:
        if kind is events.BeaconRecord:
            self._cpu.charge(costs.RECORD)
        if self._listeners.wants[kind]:
            self._listeners.emit(kind(self.now, self.instructions, data))

    def _want_reset(self, reason: ResetReason) -> None:
        self._reset_wanted = reason
        self._cpu.stop()

    def _want_power_off(self, code: int) -> None:
        self._off = code
        self._cpu.stop()
        if self._listeners.wants[events.PowerOffHappened]:
            self._listeners.emit(
                events.PowerOffHappened(self.now, self.instructions, code)
            )

    # Snapshots.

    @undisturbed
    def snapshot(self) -> Snapshot:
        """The machine as a value. Call it between runs."""
        self._require_power()
        assert self._kernel is not None
        disk = self._bus.disk
        self._last_pages = snap.take_pages(self._memory, self._last_pages)
        return Snapshot(
            board=self.board.name,
            cpu=self._cpu.engine.save(),
            pages=self._last_pages,
            devices=self._bus.save(),
            clock=(self._clock.instructions, self._clock.skipped_ns),
            processor=(self._cpu.halted, self._cpu.interrupt_pending),
            off=self._off,
            resets=self.resets,
            kernel=self._kernel,
            command_line=self._command_line,
            disk=None if disk is None else disk.parts(),
            told=self._breakpoints.told,
        )

    @undisturbed
    def restore(self, snapshot: Snapshot) -> None:
        """Become the machine of a snapshot. The listeners stay.

        Raises:
            SnapshotError: it belongs to another board, engine or amount of RAM.
        """
        if (
            snapshot.board != self.board.name
            or len(snapshot.pages) != len(self._last_pages)
            or len(snapshot.cpu) != len(self._cold)
        ):
            raise SnapshotError(
                f"the snapshot is from the board {snapshot.board!r} with "
                f"{len(snapshot.pages)} pages",
                where=f"board {self.board.name}",
                advice="Restore it on a machine of the same kind",
            )
        self._insert_kernel(snapshot.kernel, snapshot.command_line)
        disk = snapshot.disk
        self._bus.disk = None if disk is None else DiskImage(*disk)
        snap.put_pages(self._memory, snapshot.pages)
        self._cpu.engine.load(snapshot.cpu)
        self._bus.load(snapshot.devices)
        self._clock.instructions, self._clock.skipped_ns = snapshot.clock
        self._cpu.halted, self._cpu.interrupt_pending = snapshot.processor
        self._cpu.triple_fault = False
        self._reset_wanted = self._met = None
        self._off = snapshot.off
        self._breakpoints.told = snapshot.told
        self.resets = snapshot.resets
        self._last_pages = snapshot.pages

    def _map_registers(self) -> None:
        """Let the bus answer at all addresses without RAM."""
        processor = self._cpu
        at = self._memory.size
        for base, size in (*self._bus.pages(), (_PHYSICAL_END, 0)):
            for start, length in ((at, base - at), (base, size)):
                if length:
                    processor.engine.map_registers(
                        start, length, processor.on_load, processor.on_store
                    )
            at = base + size
