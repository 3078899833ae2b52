"""The next boot makes a file of the dump, and keeps no more than twenty."""

from __future__ import annotations

import pytest

from minios.abi import dump as abi
from minios.abi.disk_layout import CONTENT_PATH, DUMP_SECTOR, SECTOR_SIZE
from minios.disk import SectorsOfBuffer, Volume, find_damage
from minios.dump import parts, sealed
from minios.lab import Happened, Lab, content_files, events, milliseconds
from tests.dump.conftest import Crash

NEW = f"{abi.DUMPS_FOLDER}/MINI.NEW"


def volume_of(disk: bytes) -> tuple[bytearray, Volume]:
    """A disk that can be changed, and its files."""
    buffer = bytearray(disk)
    return buffer, Volume(SectorsOfBuffer(buffer))


def boot(disk: bytes) -> Lab:
    """A machine that has had time to take the dump over."""
    options = {"first_event_ms": "500", "recovery": "no"}
    lab = Lab(model="windows", disk=disk, options=options)
    lab.boot()
    lab.run_for(milliseconds(20))
    return lab


def dumps(lab: Lab) -> list[str]:
    """The names in the folder."""
    return sorted(entry.name for entry in lab.files().list(abi.DUMPS_FOLDER))


def saved(lab: Lab) -> list[str]:
    """The files that the kernel has reported."""
    return [it.path for it in lab.events if isinstance(it, events.DumpSaved)]


def test_the_file_holds_the_dump_and_the_reserve_is_marked(kernel_half: Crash) -> None:
    """The same parts; and a second boot takes nothing over again."""
    with boot(kernel_half.disk) as lab:
        assert saved(lab) == ["/SYSTEM/DUMPS/MINI0001.DMP"]
        assert dumps(lab) == ["MINI0001.DMP"]
        file = lab.files().read("/SYSTEM/DUMPS/MINI0001.DMP")
        disk = lab.disk_image()
        assert find_damage(SectorsOfBuffer(disk)) == ()
    kept, reserve = parts.parse(file), parts.parse(disk[DUMP_SECTOR * SECTOR_SIZE :])

    assert kept == reserve
    assert kept.stop == parts.parse(kernel_half.dump).stop
    assert kept.taken_over == 1
    assert not kept.missing
    assert len(file) < sealed.DUMP_BYTES
    with boot(disk) as lab:
        assert dumps(lab) == ["MINI0001.DMP"]
        assert saved(lab) == []


def test_at_most_twenty_are_kept_and_the_oldest_goes(kernel_half: Crash) -> None:
    """Other files in the folder are left alone and not counted."""
    buffer, volume = volume_of(kernel_half.disk)
    for number in range(3, 25):
        volume.write(f"{abi.DUMPS_FOLDER}/MINI{number:04}.DMP", b"old")
    volume.write(f"{abi.DUMPS_FOLDER}/MINIX.DMP", b"mine")
    volume.write(f"{abi.DUMPS_FOLDER}/NOTES.TXT", b"mine")
    with boot(bytes(buffer)) as lab:
        names = dumps(lab)

    numbers = [f"MINI{number:04}.DMP" for number in range(6, 26)]
    assert names == [*numbers, "MINIX.DMP", "NOTES.TXT"]
    assert len(numbers) == abi.DUMPS_KEPT


def test_what_an_interrupted_boot_left_is_replaced(kernel_half: Crash) -> None:
    """A machine in a loop may be stopped in the middle of it."""
    buffer, volume = volume_of(kernel_half.disk)
    volume.write(NEW, b"half a dump" * 9999)
    with boot(bytes(buffer)) as lab:
        assert dumps(lab) == ["MINI0001.DMP"]
        assert parts.parse(lab.files().read("/SYSTEM/DUMPS/MINI0001.DMP")).stop
        assert find_damage(SectorsOfBuffer(lab.disk_image())) == ()


def test_without_room_the_dump_stays_where_it_is(kernel_half: Crash) -> None:
    """A full disk: no file, no half of one, and the machine runs on."""
    buffer, volume = volume_of(kernel_half.disk)
    size = 8 << 20
    number = 0
    while size >= 2048:
        try:
            volume.write(f"/FULL{number}", bytes(size))
            number += 1
        except Exception:  # noqa: BLE001 - full: a smaller piece may fit
            size //= 2
    with boot(bytes(buffer)) as lab:
        assert dumps(lab) == []
        assert saved(lab) == []
        assert lab.console("echo alive").strip() == "alive"
        reserve = lab.disk_image()[DUMP_SECTOR * SECTOR_SIZE :]

    assert parts.parse(reserve).taken_over == 0


def test_a_damaged_dump_is_taken_over_as_it_is(kernel_half: Crash) -> None:
    """The kernel does not judge what it keeps: the reader does."""
    buffer = bytearray(kernel_half.disk)
    buffer[(DUMP_SECTOR + abi.DUMP_CODE_SECTOR) * SECTOR_SIZE + 40] ^= 1
    with boot(bytes(buffer)) as lab:
        kept = parts.parse(lab.files().read("/SYSTEM/DUMPS/MINI0001.DMP"))

    assert [it.part for it in kept.missing] == ["code"]


@pytest.mark.parametrize("first_event_ms", ["0", "1", "2", "3", "4"])
def test_a_crash_loop_stays_one_while_dumps_are_taken_over(
    first_event_ms: str,
) -> None:
    """Whenever the crash comes, also in the middle of it, the disk stays whole."""
    bad = content_files.find("channel-291-bad").data
    options = {"first_event_ms": first_event_ms, "recovery": "no"}
    with Lab(model="windows", options=options) as lab:
        volume = lab.files()
        volume.write(CONTENT_PATH, bad)
        for _ in range(4):
            lab.run_until(Happened(events.DumpWritten), within=milliseconds(500))
            lab.run_until(Happened(events.ResetEvent), within=milliseconds(50))
        stops = [it for it in lab.events if isinstance(it, events.BugcheckEvent)]
        damage = find_damage(SectorsOfBuffer(lab.disk_image()))
        names = dumps(lab)
        reserve = lab.disk_image()[DUMP_SECTOR * SECTOR_SIZE :]

    assert {stop.code for stop in stops} == {0x50}
    assert {name.partition(".")[2] for name in names} <= {"DMP", "NEW"}
    assert not [it for it in damage if "nobody" not in str(it)], damage
    assert parts.parse(reserve).missing == ()
