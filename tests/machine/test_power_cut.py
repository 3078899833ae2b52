"""When the power is cut, only the disk remembers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from minios.errors import MachineError
from minios.lab import Lab, Ready, events, seconds
from minios.machine import events as machine_events
from minios.machine import stops
from minios.machine.disk_image import DiskImage
from minios.machine.events import ResetReason
from minios.machine.machine import Machine

Start = Callable[..., Machine]
ENTRY = 0x100000
SECOND = 1_000_000_000
OFF = "b003 e6f4"  # mov al, 3; out 0xf4, al
WITHIN = seconds(5)
NOTIFY = 0x050


def test_cpu_and_ram_begin_anew_and_time_goes_on(start: Start) -> None:
    """What was left in RAM is gone; the reset says why."""
    machine = start("40 ebfd")  # inc eax; jmp back
    heard: list[machine_events.ResetHappened] = []
    machine.observe(machine_events.ResetHappened, heard.append)
    machine.run_until(None, limit_ns=100)
    machine.write_physical(0x200000, b"left over")

    machine.cut_power()

    assert heard == [
        machine_events.ResetHappened(100, 10, ResetReason.POWER_CUT, 1),
    ]
    assert machine.registers()["rip"] == ENTRY
    assert machine.registers()["rax"] == 0
    assert machine.ram[0x200000:0x200009].tobytes() == bytes(9)
    assert machine.now == 100


def test_a_machine_that_is_off_is_on_again(start: Start) -> None:
    """Power that comes back starts it, as the board is built."""
    machine = start(OFF + "40 ebfd")
    assert isinstance(machine.run_until(None, limit_ns=SECOND), stops.PoweredOff)

    machine.cut_power()

    assert machine.step() == stops.LimitReached(30, 3)


def test_the_reset_button_of_a_machine_that_is_off_is_refused(start: Start) -> None:
    """As on a real one; what to do instead is said."""
    machine = start(OFF)
    machine.run_until(None, limit_ns=SECOND)

    with pytest.raises(MachineError, match=r"is off.*cut_power"):
        machine.reset()


def test_nothing_in_flight_nothing_torn(start: Start) -> None:
    """Any number of sectors may be asked for."""
    disk = DiskImage(bytes(1024))
    disk.write(0, b"\x11" * 512)
    machine = start("ebfe", "", disk)

    machine.cut_power(kept_sectors=0)

    assert disk.read(0) == b"\x11" * 512


def test_less_than_nothing_cannot_be_kept(start: Start) -> None:
    """The author's mistake."""
    with pytest.raises(MachineError, match="0 or more"):
        start("ebfe").cut_power(kept_sectors=-1)


def asks_the_disk(event: machine_events.MachineEvent) -> bool:
    """For `run_until`: the driver tells the disk of a request."""
    return (
        isinstance(event, machine_events.MmioAccess)
        and event.device == "disk"
        and event.is_write
        and event.address & 0x1FF == NOTIFY
    )


@pytest.fixture
def writing() -> Iterator[Lab]:
    """A lab whose kernel has just asked the disk to write four sectors.

    They are a piece of the file that the boot after a crash makes of the dump. Recovery
    is switched off, because the cut makes two failed starts in a row.
    """
    with Lab(model="windows", options={"recovery": "no"}) as lab:
        lab.push("channel-291-bad")
        disk = lab.machine.disk
        assert disk is not None
        while disk.in_flight != 4:
            stop = lab.machine.run_until(
                asks_the_disk, limit_ns=WITHIN, events=[machine_events.MmioAccess]
            )
            assert isinstance(stop, stops.ConditionMet)
        yield lab


def test_the_kernels_write_is_torn_where_it_is_said(writing: Lab) -> None:
    """From one snapshot, every number of sectors; the rest is as it was before."""
    snapshot = writing.snapshot()
    disk = writing.machine.disk
    assert disk is not None
    after = disk.copy()
    numbers = [number for number, _ in disk.replaced]
    before = DiskImage(*disk.parts())
    before.tear(0)

    for kept in range(len(numbers) + 1):
        writing.restore(snapshot)
        writing.cut_power(kept_sectors=kept)

        now = writing.disk()
        expected = before.copy()
        for number in numbers[:kept]:
            expected.write(number, after.read(number))
        assert now.contents() == expected.contents()
    assert before.contents() != after.contents()


def test_the_system_comes_up_after_a_power_cut(writing: Lab) -> None:
    """The record tells why it started again, and the next boot gets ready."""
    boots = writing.boots
    writing.cut_power(kept_sectors=1)

    ready = writing.run_until(Ready(), within=WITHIN)

    assert ready.boot == boots + 1
    reset = [it for it in writing.events if isinstance(it, events.ResetEvent)][-1]
    assert (reset.reason, reset.boot) == ("power cut", boots)


def test_once_the_driver_has_acknowledged_nothing_is_torn(writing: Lab) -> None:
    """Its interrupt handler runs a moment later."""
    after = writing.disk().contents()
    disk = writing.machine.disk
    assert disk is not None
    while disk.in_flight:
        writing.machine.step()

    writing.cut_power(kept_sectors=0)

    assert writing.disk_image() == after


def test_the_reset_button_tears_nothing(writing: Lab) -> None:
    """The disk has power all the time, and ends what it was told to do."""
    after = writing.disk().contents()

    writing.reset()
    writing.cut_power(kept_sectors=0)

    assert writing.disk_image() == after
    reasons = [it.reason for it in writing.events if isinstance(it, events.ResetEvent)]
    assert reasons[-2:] == ["asked for from outside", "power cut"]


def test_a_snapshot_knows_what_is_in_flight(writing: Lab) -> None:
    """Another machine tears the same write in the same place."""
    with Lab(model="windows") as other:
        other.restore(writing.snapshot())

        for lab in (writing, other):
            lab.cut_power(kept_sectors=1)

        assert other.disk_image() == writing.disk_image()
        here, there = (
            lab.run_until(Ready(), within=WITHIN) for lab in (writing, other)
        )
        assert here == there
