"""Local APIC, power, beacon, screen; and the board that holds them together."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from minios.abi.structures import RECORD
from minios.boards import MICROVM
from minios.devices import local_apic
from minios.devices.beacon import Beacon
from minios.devices.local_apic import LocalApic
from minios.devices.pic import Pic
from minios.devices.power import DEBUG_EXIT, RESET_CONTROL, Power
from minios.devices.text_screen import COLUMNS, PALETTE, ROWS, TextScreen
from minios.errors import BoardError
from minios.machine.bus import Bus
from minios.machine.device import Board, Host, Slot, Untimed
from minios.machine.memory import PhysicalMemory

RAM = 1 << 20
ENABLED, EXT_INT = 0x1FF, 0x700


@pytest.fixture
def pic() -> Pic:
    """One with a request that nobody has masked."""
    it = Pic()
    it.write(1, 1, 0)
    it.set_line(0, level=True)
    return it


@pytest.mark.parametrize(
    ("writes", "is_open"),
    [
        ([], False),
        ([(local_apic.SPURIOUS, ENABLED)], False),
        ([(local_apic.LINT0, EXT_INT)], False),
        ([(local_apic.LINT0, EXT_INT), (local_apic.SPURIOUS, ENABLED)], False),
        ([(local_apic.SPURIOUS, ENABLED), (local_apic.LINT0, EXT_INT)], True),
        ([(local_apic.SPURIOUS, ENABLED), (local_apic.LINT0, 0x10700)], False),
        ([(local_apic.SPURIOUS, ENABLED), (local_apic.LINT0, 0)], False),
    ],
    ids=["reset", "enabled", "disabled", "wrong order", "right", "masked", "fixed"],
)
def test_the_8259_reaches_the_cpu_only_through_an_open_apic(
    pic: Pic, writes: list[tuple[int, int]], *, is_open: bool
) -> None:
    """Enabled first, then LINT0 unmasked as ExtINT."""
    apic = LocalApic(pic)
    for offset, value in writes:
        apic.write(offset, 4, value)

    assert pic.is_pending()
    assert apic.is_pending() is is_open


def test_disabling_the_apic_masks_everything(pic: Pic) -> None:
    """And enabling it again does not unmask."""
    apic = LocalApic(pic)
    for offset, value in (
        (0xF0, ENABLED),
        (0x350, EXT_INT),
        (0xF0, 0xFF),
        (0xF0, 0x1FF),
    ):
        apic.write(offset, 4, value)

    assert not apic.is_open()


@pytest.mark.parametrize(("value", "resets"), [(0x02, 0), (0x04, 1), (0x06, 1)])
def test_bit_2_of_the_reset_control_resets(value: int, resets: int) -> None:
    """RST_CNT."""
    heard: list[str] = []
    power = Power(Host(reset=lambda: heard.append("reset")))

    power.write(RESET_CONTROL, 1, value)

    assert len(heard) == resets


def test_the_debug_exit_gives_its_value() -> None:
    """As the code of the power off."""
    heard: list[int] = []
    Power(Host(power_off=heard.append)).write(DEBUG_EXIT, 4, 42)

    assert heard == [42]


def test_the_beacon_hands_out_the_record_at_an_address() -> None:
    """As the bytes are at that moment."""
    memory = PhysicalMemory(RAM)
    heard: list[bytes] = []
    beacon = Beacon(memory, Host(beacon=heard.append))
    record = RECORD.pack(kind=7, name="sensor")
    memory.write(0x1234, record)

    beacon.write(0, 4, 0x1234)

    assert heard == [record]


@pytest.mark.parametrize("address", [RAM - RECORD.size + 1, 0xFFFFFFFF])
def test_the_beacon_ignores_what_is_not_ram(address: int) -> None:
    """A wild pointer of the guest is the guest's problem."""
    heard: list[bytes] = []
    Beacon(PhysicalMemory(RAM), Host(beacon=heard.append)).write(0, 4, address)

    assert heard == []


def test_the_screen_shows_ram() -> None:
    """Characters and colours, blanks cut off."""
    memory = PhysicalMemory(RAM)
    screen = TextScreen(memory)
    assert screen.is_blank()

    memory.write(0xB8000 + 2 * COLUMNS, b"\x3a\x1f\x28\x1f")  # ":(" white on blue

    assert not screen.is_blank()
    assert screen.lines() == ("", ":(", *[""] * (ROWS - 2))
    cell = screen.picture().rows[1][0]
    assert (cell.character, PALETTE[cell.foreground]) == (":", (255, 255, 255))
    assert PALETTE[cell.background] == (0, 0, 0xAA)


@pytest.fixture
def bus() -> Bus:
    """The board's devices, without a CPU."""
    return Bus(MICROVM, PhysicalMemory(RAM), Host())


def test_every_device_survives_saving(bus: Bus) -> None:
    """Pickled and loaded, it saves the same again."""
    for device in bus.devices.values():
        saved = device.save()
        device.load(pickle.loads(pickle.dumps(saved)))  # noqa: S301
        assert device.save() == saved, device.name


def test_every_device_answers_everywhere(bus: Bus) -> None:
    """No offset and no size of an access raises, and reads fit their size."""
    for port, (device, offset) in bus.ports.items():
        for size in (1, 2, 4):
            assert 0 <= device.read(offset, size) < 1 << 32, hex(port)
    for base, length, device in bus.windows:
        for offset in range(0, min(length, 0x200), 4):
            assert 0 <= device.read(offset, 4) < 1 << 32, (device.name, hex(base))


def test_every_device_comes_back_from_a_reset(bus: Bus) -> None:
    """After writes everywhere, a reset gives the state of the beginning."""
    bus.reset()
    before = bus.save()
    for device, offset in bus.ports.values():
        device.write(offset, 1, 0x5A)
    for _, length, device in bus.windows:
        for offset in range(0, min(length, 0x200), 4):
            device.write(offset, 4, 0x5A)

    bus.reset()

    assert bus.save() == before


def test_the_disk_is_in_the_last_slot(bus: Bus) -> None:
    """Where QEMU puts the first disk of a microvm."""
    found = bus.at(0xFEB00E08)

    assert found is not None
    assert (found[0].name, found[1]) == ("disk", 8)
    assert bus.at(0xFEB01000) is None


def test_two_devices_cannot_share_a_port() -> None:
    """The board's author hears which one."""
    power = next(slot for slot in MICROVM.slots if slot.name == "power")
    twin = Slot("twin", power.build, ports=power.ports)
    board = Board("twins", (*MICROVM.slots, twin), "pic", "local_apic")

    with pytest.raises(BoardError, match="0xcf9 is taken"):
        Bus(board, PhysicalMemory(RAM), Host())


def test_a_board_needs_its_interrupt_controller() -> None:
    """By name."""
    with pytest.raises(BoardError, match="pic"):
        Board("empty", (), "pic", "pic")


@pytest.mark.parametrize("method", [Untimed.next_deadline, Untimed.advance])
def test_a_device_that_only_reacts_cannot_wait_for_a_time(
    method: Callable[..., object],
) -> None:
    """The bus would never call its method; a check of types refuses one."""
    assert getattr(method, "__final__", False)
