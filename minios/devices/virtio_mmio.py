"""Virtio transports over memory-mapped registers (OASIS virtio 1.1, 4.2.2), version 2.

    offset  name              R/W        offset  name              R/W
    0x000   MagicValue "virt" R          0x050   QueueNotify         W
    0x004   Version 2         R          0x060   InterruptStatus   R
    0x008   DeviceID          R          0x064   InterruptACK        W
    0x00c   VendorID          R          0x070   Status            R W
    0x010   DeviceFeatures    R          0x080   QueueDesc     lo    W  (0x084 high)
    0x014   ...FeaturesSel      W        0x090   QueueDriver   lo    W  (0x094 high)
    0x020   DriverFeatures      W        0x0a0   QueueDevice   lo    W  (0x0a4 high)
    0x024   ...FeaturesSel      W        0x0fc   ConfigGeneration  R
    0x030   QueueSel            W        0x100   configuration     R
    0x034   QueueNumMax       R
    0x038   QueueNum            W
    0x044   QueueReady        R W

Registers are 32 bits wide. Writing 0 to Status resets. A queue is a split ring (2.6):
descriptor table, available ring, used ring, all in the guest's RAM; every address is
checked, and a ring that lies outside of RAM, or a chain without an end, sets
DEVICE_NEEDS_RESET in Status instead of doing anything.

An empty slot answers with device 0. Left out: more than one queue, indirect
descriptors, event indices, packed rings, shared memory.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final, Protocol

from minios.devices.stateful import Stateful
from minios.machine.device import IrqLine, Untimed
from minios.machine.memory import PhysicalMemory

MAGIC: Final = 0x74726976
VERSION: Final = 2
VENDOR: Final = 0x4D494E49  # "MINI"
QUEUE_MAX: Final = 256
FEATURE_VERSION_1: Final = 1 << 32

STATUS_FEATURES_OK: Final = 8
STATUS_DRIVER_OK: Final = 4
STATUS_NEEDS_RESET: Final = 64
INTERRUPT_USED: Final = 1
INTERRUPT_CONFIG: Final = 2
AVAILABLE_NO_INTERRUPT: Final = 1
NEXT: Final = 1
DEVICE_WRITES: Final = 2


@dataclass(frozen=True, slots=True)
class Buffer:
    """One descriptor: a piece of RAM. It has been checked that it is RAM."""

    address: int
    length: int
    device_writes: bool


class Backend(Protocol):
    """The device behind a transport."""

    features: int

    @property
    def device_id(self) -> int:
        """The kind of device; 0 if there is none."""

    def configuration(self) -> bytes:
        """The configuration space."""

    def serve(self, memory: PhysicalMemory, chain: list[Buffer]) -> int | None:
        """Do one request.

        Returns how many bytes the guest got; None for a broken request.
        """

    def settle(self) -> None:
        """The driver has acknowledged what was done, or has given it up."""


class NoBackend:
    """An empty slot."""

    device_id = 0
    features = 0

    def configuration(self) -> bytes:
        """An empty slot has no configuration space."""
        return b""

    def serve(self, memory: PhysicalMemory, chain: list[Buffer]) -> int | None:
        """An empty slot serves no requests."""
        del memory, chain
        return None

    def settle(self) -> None:
        """An empty slot has served nothing."""


@dataclass(slots=True)
class TransportState:
    """The registers."""

    status: int = 0
    interrupts: int = 0
    device_features_sel: int = 0
    driver_features_sel: int = 0
    driver_features: int = 0
    queue_sel: int = 0
    queue_size: int = 0
    queue_ready: bool = False
    rings: dict[int, int] = field(default_factory=dict)  # register offset -> half
    next_available: int = 0


class VirtioMmio(Untimed, Stateful[TransportState]):
    """One slot: the transport, and the device behind it."""

    def __init__(
        self, name: str, irq: IrqLine, memory: PhysicalMemory, backend: Backend
    ) -> None:
        self.name = name
        self._irq = irq
        self._memory = memory
        self.backend = backend
        self.state = TransportState()

    def reset(self) -> None:
        """Reset, as after a write of 0 to Status."""
        self.backend.settle()
        self.state = TransportState()
        self._irq.lower()

    def read(self, offset: int, size: int) -> int:
        """Read a register. All but the configuration space are 32 bits wide."""
        if offset >= 0x100:
            raw = self.backend.configuration()[offset - 0x100 :][:size]
            return int.from_bytes(raw, "little")
        state = self.state
        selected = self.backend.features | FEATURE_VERSION_1
        shift = 32 * state.device_features_sel
        return {
            0x000: MAGIC,
            0x004: VERSION,
            0x008: self.backend.device_id,
            0x00C: VENDOR,
            0x010: selected >> shift & 0xFFFFFFFF if shift < 64 else 0,
            0x034: 0 if state.queue_sel else QUEUE_MAX,
            0x044: int(state.queue_ready and not state.queue_sel),
            0x060: state.interrupts,
            0x070: state.status,
        }.get(offset, 0)

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register."""
        if size != 4 or not self.backend.device_id:
            return
        state = self.state
        if offset == 0x050:
            self._notify(value)
        elif offset == 0x064:
            self._acknowledge(value)
        elif offset == 0x070:
            self._set_status(value)
        elif offset == 0x014:
            state.device_features_sel = value
        elif offset == 0x024:
            state.driver_features_sel = value
        elif offset == 0x020:
            self._set_features(value)
        elif offset == 0x030:
            state.queue_sel = value
        elif not state.queue_sel:
            self._set_queue(offset, value)

    def _acknowledge(self, value: int) -> None:
        if value & INTERRUPT_USED:
            self.backend.settle()
        self.state.interrupts &= ~value
        self._irq.set(bool(self.state.interrupts))

    def _set_status(self, value: int) -> None:
        if value == 0:
            self.reset()
            return
        offered = self.backend.features | FEATURE_VERSION_1
        accepted = self.state.driver_features
        if accepted & ~offered or not accepted & FEATURE_VERSION_1:
            value &= ~STATUS_FEATURES_OK
        self.state.status = value

    def _set_features(self, value: int) -> None:
        state = self.state
        if state.driver_features_sel < 2:
            shift = 32 * state.driver_features_sel
            kept = state.driver_features & ~(0xFFFFFFFF << shift)
            state.driver_features = kept | value << shift

    def _set_queue(self, offset: int, value: int) -> None:
        state = self.state
        if offset == 0x038 and value <= QUEUE_MAX and value & value - 1 == 0:
            state.queue_size = value
        elif offset == 0x044:
            state.queue_ready = bool(value & 1)
            state.next_available = 0
        elif 0x080 <= offset <= 0x0A4:
            state.rings[offset] = value

    def _ring(self, offset: int) -> int:
        rings = self.state.rings
        return rings.get(offset, 0) | rings.get(offset + 4, 0) << 32

    def _notify(self, queue: int) -> None:
        state = self.state
        ready = state.queue_ready and state.status & STATUS_DRIVER_OK
        if queue or not ready or state.status & STATUS_NEEDS_RESET:
            return
        self.backend.settle()
        if not self._serve_available():
            state.status |= STATUS_NEEDS_RESET
            self._interrupt(INTERRUPT_CONFIG)

    def _interrupt(self, cause: int) -> None:
        self.state.interrupts |= cause
        self._irq.raise_()

    def _serve_available(self) -> bool:
        """Serve all available chains. Returns False if a ring is broken."""
        state, memory = self.state, self._memory
        size = state.queue_size
        available, used = self._ring(0x090), self._ring(0x0A0)
        if not size or not (
            memory.contains(available, 6 + 2 * size)
            and memory.contains(used, 6 + 8 * size)
        ):
            return False
        flags, index = struct.unpack("<2H", memory.read(available, 4))
        served = False
        while state.next_available != index:
            slot = available + 4 + 2 * (state.next_available % size)
            (head,) = struct.unpack("<H", memory.read(slot, 2))
            chain = self._chain(head)
            written = None if chain is None else self.backend.serve(memory, chain)
            if written is None:
                return False
            entry = used + 4 + 8 * (state.next_available % size)
            memory.write(entry, struct.pack("<2I", head, written))
            state.next_available = (state.next_available + 1) & 0xFFFF
            memory.write(used + 2, struct.pack("<H", state.next_available))
            served = True
        if served and not flags & AVAILABLE_NO_INTERRUPT:
            self._interrupt(INTERRUPT_USED)
        return True

    def _chain(self, head: int) -> list[Buffer] | None:
        """The buffers of one request. None if the chain is broken."""
        size, table = self.state.queue_size, self._ring(0x080)
        if not self._memory.contains(table, 16 * size):
            return None
        chain: list[Buffer] = []
        number, more = head, True
        while more:
            if number >= size or len(chain) == size:
                return None
            address, length, flags, following = struct.unpack(
                "<QI2H", self._memory.read(table + 16 * number, 16)
            )
            if not self._memory.contains(address, length):
                return None
            chain.append(Buffer(address, length, bool(flags & DEVICE_WRITES)))
            number, more = following, bool(flags & NEXT)
        return chain
