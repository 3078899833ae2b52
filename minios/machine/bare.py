r"""A bare CPU in 64-bit mode, with page tables, GDT, IDT and TSS made in Python.

A test of privilege says "run these bytes in ring 3, and tell me what the CPU does". It
needs no kernel for this:

    bare = Bare()
    assert bare.attempt(b"\xfa", ring=3).rule is INTERRUPT_FLAG   # cli

Linear and physical addresses are the same, unless a test maps them differently:

    0x01000  page tables        0x05000  GDT, TSS       0x06000  IDT
    0x07000  a `hlt` for every vector, 16 bytes apart
    0x09000  ring-0 stack top   0x0b000  IST 1 top      0x0d000  ring-3 stack top
    0x10000  code of ring 0     0x11000  code of ring 3
    0x20000  frames for more tables

Left out: devices, and everything that a `Machine` adds.
"""

from __future__ import annotations

import struct
from typing import Final, cast

from minios.interrupts import undisturbed
from minios.machine import cpu_state as cpu
from minios.machine import diagnosis, paging, segments
from minios.machine.bus import Bus
from minios.machine.clock import Clock
from minios.machine.device import Board, Device, Host, Slot
from minios.machine.event_bus import EventBus
from minios.machine.events import FaultRaised
from minios.machine.faults import Fault
from minios.machine.memory import PhysicalMemory
from minios.machine.paging import Access, Controls, Walk
from minios.machine.processor import Processor
from minios.machine.segments import Gate

RAM_BYTES: Final = 2 << 20
PML4: Final = 0x1000
GDT: Final = 0x5000
TSS: Final = 0x5800
IDT: Final = 0x6000
HANDLERS: Final = 0x7000
HANDLER_BYTES: Final = 16
RING0_STACK: Final = 0x9000
IST1_STACK: Final = 0xB000
RING3_STACK: Final = 0xD000
CODE0: Final = 0x10000
CODE3: Final = 0x11000
_FRAMES: Final = 0x20000

KERNEL_CODE: Final = 0x08
KERNEL_DATA: Final = 0x10
USER_DATA: Final = 0x23
USER_CODE: Final = 0x2B
TASK_STATE: Final = 0x30
_DESCRIPTORS: Final = (
    0,
    0x00209B0000000000,
    0x0000930000000000,
    0,
    0x0000F30000000000,
    0x0020FB0000000000,
    0x0000890000000000 | 0x67 | TSS << 16,
    0,
)
_CODE64: Final = (0x00209B00, 0x0020FB00)
_OPEN: Final = paging.PRESENT | paging.WRITE | paging.USER
_SUPERVISOR: Final = paging.PRESENT | paging.WRITE
CONTROLS: Final = Controls(
    cr0=0x80010011,  # PG, WP, ET, PE
    cr3=PML4,
    cr4=1 << 5,  # PAE
    efer=0xD01,  # NXE, LMA, LME, SCE
)


class Pin:
    """The CPU's interrupt pin, controlled by the test.

    Attributes:
        waiting: the vectors that the CPU has not taken yet, with the next one first.
    """

    name = "pin"

    def __init__(self) -> None:
        self.waiting: list[int] = []

    def reset(self) -> None:
        """Drop all waiting vectors."""
        self.waiting.clear()

    def read(self, offset: int, size: int) -> int:
        """Always 0."""
        del offset
        return (1 << 8 * size) - 1

    def write(self, offset: int, size: int, value: int) -> None:
        """Ignored."""

    def next_deadline(self) -> int | None:
        """Never."""
        return None

    def advance(self, now: int) -> None:
        """Nothing depends on time."""

    def save(self) -> object:
        """The waiting vectors."""
        return tuple(self.waiting)

    def load(self, state: object) -> None:
        """Restore the waiting vectors."""
        assert isinstance(state, tuple)
        self.waiting[:] = state

    def is_pending(self) -> bool:
        """Whether the CPU's interrupt pin is high."""
        return bool(self.waiting)

    def acknowledge(self) -> int:
        """The CPU takes the next vector."""
        return self.waiting.pop(0)

    def set_line(self, irq: int, level: bool) -> None:
        """No wire leads to this pin."""
        raise AssertionError(f"IRQ {irq} {level}")


def _pin(_: object) -> Device:
    return Pin()


class Bare:
    """A CPU, 2 MiB of RAM, and tables that a test can change."""

    def __init__(self) -> None:
        self.memory = PhysicalMemory(RAM_BYTES)
        self.listeners = EventBus()
        self.clock = Clock()
        board = Board("bare", (Slot("pin", _pin),), "pin", "pin")
        self.bus = Bus(board, self.memory, Host())
        self.pin = cast("Pin", self.bus.devices["pin"])
        self.processor = Processor(self.memory, self.bus, self.listeners, self.clock)
        self.processor.engine.map_registers(
            RAM_BYTES,
            (1 << paging.PHYSICAL_BITS) - RAM_BYTES,
            self.processor.on_load,
            self.processor.on_store,
        )
        self.state = self.processor.state
        self.faults: list[Fault] = []
        self.hearing = self.listeners.subscribe(
            FaultRaised, lambda e: self.faults.append(e.fault)
        )
        self._next_frame = _FRAMES
        self._build()

    def _build(self) -> None:
        """Identity-map the first 128 KiB and fill the tables."""
        for page in range(0, _FRAMES, 0x1000):
            is_user = page in (CODE3, RING3_STACK - 0x1000)
            self.map(page, page, _OPEN if is_user else _SUPERVISOR)
        self.memory.write(GDT, struct.pack(f"<{len(_DESCRIPTORS)}Q", *_DESCRIPTORS))
        tss = struct.pack("<I3QQ7Q", 0, RING0_STACK, 0, 0, 0, IST1_STACK, *[0] * 6)
        self.memory.write(TSS, tss.ljust(segments.TSS_IO_MAP_BASE, b"\0"))
        self.set_io_bitmap(None)
        for vector in range(256):
            self.set_gate(vector)
        handlers = b"\xf4".ljust(HANDLER_BYTES, b"\xf4") * 256
        self.memory.write(HANDLERS, handlers[:0x1000])

    def set_gate(
        self,
        vector: int,
        *,
        dpl: int = 0,
        ist: int = 0,
        kind: int = segments.INTERRUPT_GATE,
        present: bool = True,
    ) -> None:
        """Change one entry of the IDT. Its handler is a `hlt` (see `handler`)."""
        gate = Gate(self.handler(vector), KERNEL_CODE, ist, kind, dpl, present)
        self.memory.write(IDT + vector * segments.GATE_BYTES, gate.encode())

    @staticmethod
    def handler(vector: int) -> int:
        """The address of the handler for a vector."""
        return HANDLERS + vector * HANDLER_BYTES

    def set_io_bitmap(self, allowed: tuple[int, ...] | None) -> None:
        """Open single ports to ring 3, or remove the bitmap with None.

        The bitmap has room for ports below 0x400.
        """
        base = 0x68
        if allowed is None:
            self._io_limit = 0x67
            bitmap = b""
        else:
            bits = bytearray(b"\xff" * 0x81)
            for port in allowed:
                bits[port // 8] &= ~(1 << port % 8)
            bitmap = bytes(bits)
            self._io_limit = base + len(bitmap) - 1
        self.memory.write(
            TSS + segments.TSS_IO_MAP_BASE, struct.pack("<H", base) + bitmap
        )

    # Paging.

    def _frame(self) -> int:
        frame = self._next_frame
        self._next_frame += 0x1000
        return frame

    def entry_addresses(self, address: int) -> tuple[int, int, int, int]:
        """The addresses of the four page-table entries for an address.

        Makes missing tables.
        """
        table = PML4
        found = []
        for shift in (39, 30, 21, 12):
            at = table + (address >> shift & 511) * 8
            found.append(at)
            entry = self.memory.words[at >> 3]
            if shift != 12 and not entry & ~0xFFF:
                entry = (
                    self._frame() if table != PML4 or at != PML4 else 0x2000
                ) | _OPEN
                self.memory.words[at >> 3] = entry
            table = entry & ((1 << paging.PHYSICAL_BITS) - 0x1000)
        first, second, third, fourth = found
        return first, second, third, fourth

    def map(
        self,
        address: int,
        frame: int,
        rights: int,
        *,
        upper: tuple[int, int, int] | None = None,
    ) -> None:
        """Map a page with these bits. `upper` are the bits of the levels above."""
        places = self.entry_addresses(address)
        self.memory.words[places[3] >> 3] = frame | rights
        for at, bits in zip(places[:3], upper or (), strict=False):
            entry = self.memory.words[at >> 3]
            kept = entry & ((1 << paging.PHYSICAL_BITS) - 0x1000)
            self.memory.words[at >> 3] = kept | bits

    def new_page(self) -> int:
        """A physical page that is not in use."""
        return self._frame()

    # Running.

    def enter(
        self, ring: int, *, rip: int | None = None, controls: Controls = CONTROLS
    ) -> None:
        """Set the CPU to a ring of 64-bit mode, before its first instruction."""
        processor, state = self.processor, self.state
        processor.reset(CODE3 if ring else CODE0, 0)
        data, code = (USER_DATA, USER_CODE) if ring else (KERNEL_DATA, KERNEL_CODE)
        high = _CODE64[ring == 3]
        state.load_segment(cpu.CS, code, 0, 0, high)
        state.load_segment(cpu.SS, data, 0, 0xFFFFFFFF, segments.FLAT_DATA | ring << 13)
        state.load_segment(cpu.TR, TASK_STATE, TSS, self._io_limit, segments.BUSY_TSS)
        state.load_segment(cpu.GDTR, 0, GDT, len(_DESCRIPTORS) * 8 - 1, 0)
        state.load_segment(cpu.IDTR, 0, IDT, 256 * segments.GATE_BYTES - 1, 0)
        for number, value in ((0, controls.cr0), (3, controls.cr3), (4, controls.cr4)):
            state.set_cr(number, value)
        state.efer = controls.efer
        hflags = cpu.HF_PE | cpu.HF_CS32 | cpu.HF_SS32 | cpu.HF_CS64 | cpu.HF_LMA | ring
        smap = cpu.HF_SMAP if controls.cr4 & paging.CR4_SMAP else 0
        state.hflags = hflags | smap
        state.write_rflags(controls.rflags | 2)
        state.rsp = RING3_STACK if ring else RING0_STACK
        if rip is not None:
            state.rip = rip
        self.faults.clear()

    def put(self, code: bytes, ring: int) -> None:
        """Write code to the place where `enter` starts."""
        self.memory.write(CODE3 if ring else CODE0, code)

    @undisturbed
    def run(self, instructions: int) -> Fault | None:
        """Run a number of instructions. Returns the first fault, or None."""
        processor, end = self.processor, self.clock.instructions + instructions
        while not processor.triple_fault:
            if processor.interrupt_pending and processor.poll():
                continue
            if self.clock.instructions >= end or processor.halted:
                break
            processor.run(end - self.clock.instructions)
        return self.faults[0] if self.faults else None

    def interrupt(self, vector: int) -> None:
        """Raise the interrupt pin. The CPU takes the vector when its flags allow it."""
        self.pin.waiting.append(vector)
        self.processor.look_at_pin()

    @undisturbed
    def attempt(
        self, code: bytes, ring: int, *, controls: Controls = CONTROLS
    ) -> Fault | None:
        """Run one instruction in a ring.

        Returns its fault, or None if the CPU allowed it.
        """
        self.put(code, ring)
        self.enter(ring, controls=controls)
        return self.run(1)

    def walk(self, address: int, access: Access, ring: int) -> Walk:
        """What the page tables say about an access, with the current controls."""
        controls = diagnosis.controls_of(self.state, self.processor.engine.rflags)
        return paging.walk(self.memory.words, address, access, ring, controls)
