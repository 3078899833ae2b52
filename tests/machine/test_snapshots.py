"""A snapshot is the whole machine: going back and going on gives the same run again."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from minios.boards import MICROVM
from minios.errors import MachineError, SnapshotError
from minios.machine import events, memory, snapshot, stops
from minios.machine.device import Board
from minios.machine.disk_image import DiskImage
from minios.machine.machine import Machine

Start = Callable[..., Machine]
# mov edx, 0x3f8; mov bl, 'a'; again: mov al, bl; out dx, al; inc ebx; jmp again
COUNT = "baf8030000 b361 88d8 ee 43 ebfa"
HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage")
has_a_map_of_pages = pytest.mark.skipif(
    not os.access("/proc/self/pagemap", os.R_OK), reason="Linux alone has one"
)
DISK = bytes(range(256)) * 4


def output(machine: Machine, limit_ns: int) -> bytes:
    """What the console says within a time."""
    heard: list[bytes] = []
    with machine.observe(events.ConsoleOutput, lambda event: heard.append(event.data)):
        machine.run_until(None, limit_ns=limit_ns)
    return b"".join(heard)


def test_a_restored_machine_repeats_itself(start: Start) -> None:
    """Output, time and registers are those of the first run."""
    machine = start(COUNT)
    machine.run_until(None, limit_ns=333)
    saved = machine.snapshot()

    first = output(machine, 1000), machine.registers(), machine.now
    machine.restore(saved)
    second = output(machine, 1000), machine.registers(), machine.now

    assert first == second
    assert first[0].startswith(b"i")


def test_a_snapshot_travels(start: Start) -> None:
    """Pickled, and restored by a machine that was never switched on."""
    machine = start(COUNT, "words", DiskImage(DISK))
    machine.run_until(None, limit_ns=333)
    other = Machine(MICROVM)

    other.restore(pickle.loads(pickle.dumps(machine.snapshot())))  # noqa: S301

    assert output(other, 1000) == output(machine, 1000)
    assert other.disk is not None
    assert other.disk.contents() == DISK
    other.reset()
    assert output(other, 100) == b"ab"


def test_a_snapshot_is_not_changed_by_what_happens_later(start: Start) -> None:
    """RAM and disk of the snapshot stay as they were."""
    machine = start(COUNT, "", DiskImage(DISK))
    saved = machine.snapshot()
    assert machine.disk is not None

    machine.disk.write(0, bytes(512))
    machine.write_physical(0x200000, b"later")
    machine.restore(saved)

    assert machine.disk.contents() == DISK
    assert machine.ram[0x200000:0x200005].tobytes() == bytes(5)


def test_what_changed_in_code_is_translated_anew(start: Start) -> None:
    """Restoring another program over code that has run runs the other program."""
    machine = start(COUNT)
    saved = machine.snapshot()
    assert output(machine, 120) == b"abc"
    code = bytes.fromhex(COUNT.replace("b361", "b341"))  # 'A'
    machine.restore(saved)
    machine.write_physical(0x100000, code)
    changed = machine.snapshot()

    assert output(machine, 120) == b"ABC"
    machine.restore(saved)
    assert output(machine, 120) == b"abc"
    machine.restore(changed)
    assert output(machine, 120) == b"ABC"


def test_series_of_snapshots_share_what_did_not_change(start: Start) -> None:
    """Only the pages written in between are new."""
    machine = start(COUNT)
    first = machine.snapshot()
    machine.write_physical(0x200000, b"x")
    second = machine.snapshot()

    fresh = [a is not b for a, b in zip(first.pages, second.pages, strict=True)]

    assert fresh.count(True) == 1
    assert fresh[0x200]
    assert first.pages.count(snapshot.ZERO_PAGE) > 4000


def test_a_host_that_does_not_tell_what_it_provided_gives_the_same(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Snapshots, and what a restored machine does."""
    machine = start(COUNT)
    machine.write_physical(0x200000, b"x")
    told = machine.snapshot()
    monkeypatch.setattr(memory, "_host_tells", lambda: False)

    silent = machine.snapshot()

    assert silent.pages == told.pages
    assert silent.pages[0x200][:2] == b"x\0"
    machine.write_physical(0x300000, b"later")
    machine.restore(silent)
    assert machine.ram[0x300000:0x300005].tobytes() == bytes(5)
    assert output(machine, 120) == b"abc"


@has_a_map_of_pages
def test_what_was_never_touched_is_not_touched_by_a_snapshot(start: Start) -> None:
    """The host has to provide nothing for it, nor for going back."""
    machine = start(COUNT)
    before = machine._memory.provided()

    machine.restore(machine.snapshot())

    assert machine._memory.provided() == before
    assert before.count(0) > 4000


@has_a_map_of_pages
def test_one_byte_does_not_make_the_host_provide_much(start: Start) -> None:
    """It is asked for no huge pages: such a page would count as written as a whole."""
    ram = start(COUNT)._memory._address
    flags = [""]
    with Path("/proc/self/smaps").open(encoding="ascii", errors="replace") as table:
        for line in table:
            first, mark, last = line.split(" ", 1)[0].partition("-")
            if mark:
                is_ram = int(first, 16) <= ram < int(last, 16)
            elif is_ram and first == "VmFlags:":
                flags = line.split()

    assert "nh" in flags or not HUGE_PAGES.exists()


def test_a_snapshot_of_another_board_is_refused(start: Start) -> None:
    """The error names both."""
    machine = start(COUNT)
    saved = machine.snapshot()
    other = Machine(Board("other", MICROVM.slots, MICROVM.controller, MICROVM.cpu_pin))

    with pytest.raises(SnapshotError, match="microvm"):
        other.restore(saved)


def test_a_machine_that_was_off_is_off_again(start: Start) -> None:
    """Its snapshot neither runs on nor comes back by a reset."""
    machine = start("b003 e6f4 90 ebfe")  # mov al, 3; out 0xf4, al
    off = machine.run_until(None, limit_ns=1000)
    assert off == stops.PoweredOff(20, 2, 3)
    saved = pickle.loads(pickle.dumps(machine.snapshot()))  # noqa: S301
    other = start(COUNT)

    for it in (machine, other):
        it.restore(saved)
        assert it.run_until(None, limit_ns=1000) == off
        assert it.step() == off
        with pytest.raises(MachineError, match="off"):
            it.reset()
        assert it.now == 20


def test_a_machine_that_is_on_is_on_again(start: Start) -> None:
    """Though the machine that takes the snapshot is off by then."""
    machine = start("b003 e6f4 90 ebfe")
    saved = machine.snapshot()
    off = machine.run_until(None, limit_ns=1000)

    machine.restore(saved)

    assert machine.now == 0
    assert machine.run_until(None, limit_ns=1000) == off
