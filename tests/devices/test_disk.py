"""The virtio block device, driven as a driver would: through registers and rings."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from minios.devices import block, virtio_mmio
from minios.devices.block import Block
from minios.devices.virtio_mmio import NoBackend, VirtioMmio
from minios.errors import MachineError
from minios.machine.device import IrqLine
from minios.machine.disk_image import DiskImage
from minios.machine.memory import PhysicalMemory

RAM = 0x10000
TABLE, AVAILABLE, USED, HEADER, DATA, STATUS = (
    0x1000,
    0x2000,
    0x3000,
    0x4000,
    0x5000,
    0x6000,
)
SIZE = 8
NEEDS_RESET = virtio_mmio.STATUS_NEEDS_RESET
IMAGE = b"".join(bytes((number,)) * 512 for number in range(16))


class Driver:
    """The guest's side."""

    def __init__(self) -> None:
        self.memory = PhysicalMemory(RAM)
        self.disk = DiskImage(IMAGE)
        self.irq = False
        self.slot = VirtioMmio(
            "disk", IrqLine(self.drive), self.memory, Block(lambda: self.disk)
        )
        self.requests = 0
        for status in (1, 3):
            self.set(0x070, status)
        self.set(0x024, 1)
        self.set(0x020, 1)  # VERSION_1
        self.set(0x070, 11)
        self.set(0x038, SIZE)
        for offset, address in ((0x080, TABLE), (0x090, AVAILABLE), (0x0A0, USED)):
            self.set(offset, address)
        self.set(0x044, 1)
        self.set(0x070, 15)

    def drive(self, level: bool) -> None:
        """The wire to the interrupt controller."""
        self.irq = level

    def set(self, offset: int, value: int) -> None:
        """Write a register."""
        self.slot.write(offset, 4, value)

    def get(self, offset: int) -> int:
        """Read a register."""
        return self.slot.read(offset, 4)

    def chain(self, *buffers: tuple[int, int, int]) -> None:
        """Descriptors 0, 1, ... of (address, length, flags), linked in order."""
        for number, (address, length, flags) in enumerate(buffers):
            more = virtio_mmio.NEXT if number + 1 < len(buffers) else 0
            raw = struct.pack("<QI2H", address, length, flags | more, number + 1)
            self.memory.write(TABLE + 16 * number, raw)

    def submit(self) -> None:
        """Make the chain at descriptor 0 available and notify."""
        slot = AVAILABLE + 4 + 2 * (self.requests % SIZE)
        self.memory.write(slot, struct.pack("<H", 0))
        self.requests += 1
        self.memory.write(AVAILABLE, struct.pack("<2H", 0, self.requests))
        self.set(0x050, 0)

    def request(self, kind: int, sector: int, length: int = 512) -> int:
        """One request; its status byte."""
        self.memory.write(HEADER, struct.pack("<2IQ", kind, 0, sector))
        self.memory.write(STATUS, b"\xff")
        writes = 0 if kind == block.OUT else virtio_mmio.DEVICE_WRITES
        data = [(DATA, length, writes)] if length else []
        self.chain((HEADER, 16, 0), *data, (STATUS, 1, virtio_mmio.DEVICE_WRITES))
        self.submit()
        return self.memory.read(STATUS, 1)[0]


@pytest.fixture
def driver() -> Driver:
    """A driver that has done its handshake."""
    return Driver()


def test_the_slot_identifies_itself(driver: Driver) -> None:
    """Magic, version 2, a block device, its capacity."""
    assert driver.get(0).to_bytes(4, "little") == b"virt"
    assert (driver.get(4), driver.get(8)) == (2, 2)
    assert driver.get(0x100) == 16


def test_a_sector_is_read_into_ram(driver: Driver) -> None:
    """Status OK, an interrupt, and the used ring tells the length."""
    assert driver.request(block.IN, 3) == block.OK

    assert driver.memory.read(DATA, 512) == b"\x03" * 512
    assert driver.memory.read(USED, 12) == struct.pack("<2H2I", 0, 1, 0, 513)
    assert driver.irq
    assert driver.get(0x060) == virtio_mmio.INTERRUPT_USED
    driver.set(0x064, 1)
    assert not driver.irq


def test_several_sectors_are_one_request(driver: Driver) -> None:
    """Over the border between overlay and base."""
    driver.disk.write(5, b"\xaa" * 512)

    assert driver.request(block.IN, 4, 1536) == block.OK
    expected = b"\x04" * 512 + b"\xaa" * 512 + b"\x06" * 512
    assert driver.memory.read(DATA, 1536) == expected


def test_a_written_sector_goes_to_the_overlay(driver: Driver) -> None:
    """The base stays as it was."""
    driver.memory.write(DATA, b"\x77" * 512)

    assert driver.request(block.OUT, 2) == block.OK
    assert driver.disk.read(2) == b"\x77" * 512
    assert driver.disk.base == IMAGE
    assert list(driver.disk.written()) == [2]


def test_flush_and_identity(driver: Driver) -> None:
    """The two other requests."""
    assert driver.request(block.FLUSH, 0, 0) == block.OK
    assert driver.request(block.GET_ID, 0, 20) == block.OK
    assert driver.memory.read(DATA, 20) == block.SERIAL


def test_a_request_beyond_the_end_is_an_error(driver: Driver) -> None:
    """Nothing is transferred."""
    driver.memory.write(DATA, b"\x11" * 1024)

    assert driver.request(block.IN, 15, 1024) == block.IO_ERROR
    assert driver.request(block.OUT, 1 << 60) == block.IO_ERROR
    assert driver.memory.read(DATA, 1024) == b"\x11" * 1024
    assert list(driver.disk.written()) == []


def test_half_a_sector_is_an_error(driver: Driver) -> None:
    """Lengths are whole sectors."""
    assert driver.request(block.IN, 0, 100) == block.IO_ERROR


def test_an_unknown_request_is_unsupported(driver: Driver) -> None:
    """Discard is left out."""
    assert driver.request(11, 0) == block.UNSUPPORTED


def test_dma_outside_of_ram_stops_the_device(driver: Driver) -> None:
    """It does not wrap, and does not write: it asks for a reset."""
    driver.chain((HEADER, 16, 0), (RAM - 256, 512, 2), (STATUS, 1, 2))
    driver.submit()

    assert driver.get(0x070) & NEEDS_RESET
    assert driver.get(0x060) == virtio_mmio.INTERRUPT_CONFIG
    assert driver.memory.read(RAM - 256, 256) == bytes(256)


def test_a_chain_without_an_end_stops_the_device(driver: Driver) -> None:
    """A descriptor that names itself as the next."""
    raw = struct.pack("<QI2H", HEADER, 16, virtio_mmio.NEXT, 0)
    driver.memory.write(TABLE, raw)
    driver.submit()

    assert driver.get(0x070) & NEEDS_RESET


def test_rings_outside_of_ram_stop_the_device(driver: Driver) -> None:
    """The high half of an address counts, too."""
    driver.set(0x0A4, 1)
    driver.submit()

    assert driver.get(0x070) & NEEDS_RESET


def test_nothing_is_served_before_the_driver_is_ready() -> None:
    """A notification without DRIVER_OK is ignored."""
    driver = Driver()
    driver.set(0x070, 0)
    driver.submit()

    assert driver.get(0x070) == 0
    assert driver.memory.read(USED, 4) == bytes(4)


def test_a_driver_that_does_not_speak_version_1_is_refused() -> None:
    """FEATURES_OK does not stick."""
    driver = Driver()
    driver.set(0x070, 0)
    driver.set(0x020, 0)
    driver.set(0x070, 11)

    assert not driver.get(0x070) & virtio_mmio.STATUS_FEATURES_OK


def test_the_driver_can_ask_not_to_be_interrupted(driver: Driver) -> None:
    """Flag 1 of the available ring."""
    driver.memory.write(HEADER, struct.pack("<2IQ", block.FLUSH, 0, 0))
    driver.chain((HEADER, 16, 0), (STATUS, 1, 2))
    driver.memory.write(AVAILABLE, struct.pack("<3H", 1, 1, 0))
    driver.set(0x050, 0)

    assert driver.memory.read(USED, 4) == struct.pack("<2H", 0, 1)
    assert not driver.irq


def test_a_saved_device_goes_on(driver: Driver) -> None:
    """Rings and indices travel."""
    driver.request(block.IN, 1)
    state = driver.slot.save()
    driver.slot.reset()
    driver.slot.load(state)

    assert driver.request(block.IN, 2) == block.OK
    assert driver.memory.read(DATA, 1) == b"\x02"


def test_an_empty_slot_is_device_0() -> None:
    """And takes no notice of writes."""
    slot = VirtioMmio("virtio0", IrqLine(), PhysicalMemory(RAM), NoBackend())
    slot.write(0x070, 4, 1)

    assert (slot.read(0, 4), slot.read(8, 4)) == (virtio_mmio.MAGIC, 0)
    assert slot.read(0x070, 4) == 0


def test_a_disk_is_whole_sectors() -> None:
    """The error says what to do."""
    with pytest.raises(MachineError, match="Pad the image with zeros"):
        DiskImage(bytes(100))


def pattern(driver: Driver, sector: int, value: int, sectors: int = 3) -> None:
    """Write so many sectors of one byte; nothing is acknowledged."""
    driver.memory.write(DATA, bytes((value,)) * 512 * sectors)
    assert driver.request(block.OUT, sector, 512 * sectors) == block.OK


def first_bytes(disk: DiskImage, sector: int, count: int = 3) -> list[int]:
    """What a few sectors begin with."""
    return [disk.read(number)[0] for number in range(sector, sector + count)]


@pytest.mark.parametrize("kept", range(5))
def test_a_write_in_flight_is_torn_between_sectors(driver: Driver, kept: int) -> None:
    """The first are new, the rest as they were: of the base, or written before."""
    pattern(driver, 5, 0x55, sectors=1)
    pattern(driver, 4, 0x77)
    assert driver.disk.in_flight == 3

    driver.disk.tear(kept)

    expected = [0x77, 0x77, 0x77][:kept] + [0x04, 0x55, 0x06][kept:]
    assert first_bytes(driver.disk, 4) == expected
    assert driver.disk.in_flight == 0


def acknowledge(driver: Driver) -> None:
    """The driver's interrupt handler."""
    driver.set(0x064, virtio_mmio.INTERRUPT_USED)


def ask_again(driver: Driver) -> None:
    """Any other request."""
    driver.request(block.IN, 0)


def give_up(driver: Driver) -> None:
    """The driver resets the device."""
    driver.set(0x070, 0)


@pytest.mark.parametrize("settle", [acknowledge, ask_again, give_up])
def test_what_is_settled_cannot_be_torn(
    driver: Driver, settle: Callable[[Driver], None]
) -> None:
    """The three ways of the datasheet."""
    pattern(driver, 4, 0x77)

    settle(driver)
    driver.disk.tear(0)

    assert first_bytes(driver.disk, 4) == [0x77] * 3


def test_another_interrupt_settles_nothing(driver: Driver) -> None:
    """Only the bit for used buffers says that the driver has seen the request."""
    pattern(driver, 4, 0x77)
    driver.set(0x064, virtio_mmio.INTERRUPT_CONFIG)

    driver.disk.tear(0)

    assert first_bytes(driver.disk, 4) == [4, 5, 6]


def test_a_sector_written_twice_in_one_notification_goes_all_the_way_back(
    driver: Driver,
) -> None:
    """Requests of one notification are one write in flight, in their order."""
    driver.disk.begin_write(4, b"\x11" * 1024)
    driver.disk.begin_write(4, b"\x22" * 1024)
    torn = [DiskImage(*driver.disk.parts()) for _ in range(5)]

    for kept, disk in enumerate(torn):
        disk.tear(kept)

    assert [first_bytes(disk, 4, 2) for disk in torn] == [
        [0x04, 0x05],
        [0x11, 0x05],
        [0x11, 0x11],
        [0x22, 0x11],
        [0x22, 0x22],
    ]


def test_what_the_host_writes_is_there_for_good(driver: Driver) -> None:
    """And settles what was in flight."""
    pattern(driver, 4, 0x77)

    driver.disk.write(9, b"\x99" * 512)
    driver.disk.tear(0)

    assert first_bytes(driver.disk, 4) == [0x77] * 3
    assert first_bytes(driver.disk, 9, 1) == [0x99]
