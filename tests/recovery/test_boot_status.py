"""The boot status on the disk: what counts as a failed start, and what does not."""

from __future__ import annotations

import zlib

import pytest

from minios.abi import enumerations
from minios.abi.disk_layout import BOOT_STATUS_SECTOR, SECTOR_SIZE
from minios.abi.structures import BOOT_STATUS, BOOT_STATUS_MAGIC
from minios.lab import Happened, Lab, Ready, content_files, events, seconds
from minios.lab.system_disk import system_disk

STARTING = enumerations.BOOT_STATE["STARTING"]
SETTLED = enumerations.BOOT_STATE["SETTLED"]
_PLACE = slice(BOOT_STATUS_SECTOR * SECTOR_SIZE, (BOOT_STATUS_SECTOR + 1) * SECTOR_SIZE)


def status_of(lab: Lab) -> dict[str, object]:
    """The status as it is on the disk now."""
    return dict(BOOT_STATUS.unpack(lab.disk_image()[_PLACE]))


def with_status(**fields: int) -> bytes:
    """A fresh disk with this status."""
    disk = bytearray(system_disk(content_files.find("channel-291-factory").data))
    fields = {"magic": BOOT_STATUS_MAGIC, **fields}
    packed = BOOT_STATUS.pack(**fields)
    if "checksum" not in fields:
        checksum = zlib.crc32(packed[: BOOT_STATUS.offset("checksum")])
        packed = BOOT_STATUS.pack(**fields, checksum=checksum)
    start = _PLACE.start
    disk[start : start + len(packed)] = packed
    return bytes(disk)


def first_choice(disk: bytes) -> events.ModeChosen | events.RecoveryEntered:
    """How a machine starts from this disk."""
    with Lab(disk=disk) as lab:
        return lab.run_until(
            Happened(events.ModeChosen, events.RecoveryEntered), within=seconds(1)
        )


def test_a_start_is_marked_before_anything_from_outside_runs() -> None:
    """And settles two minutes after the machine was ready, not before."""
    with Lab() as lab:
        lab.run_until(Happened(events.ModuleLoaded), within=seconds(1))
        assert status_of(lab)["state"] == STARTING
        ready = lab.run_until(Ready(), within=seconds(5))
        lab.run_for(seconds(119))
        assert status_of(lab)["state"] == STARTING
        settled = lab.run_until(Happened(events.StartSettled), within=seconds(2))
        assert status_of(lab)["state"] == SETTLED
        assert status_of(lab)["starts"] == 1
        assert abs(settled.t - ready.t - seconds(120)) < seconds(0.02)  # two ticks


@pytest.mark.parametrize("how", ["reset", "cut_power"])
def test_a_start_that_is_cut_short_counts_and_two_of_them_lead_into_recovery(
    how: str,
) -> None:
    """The reset button and the plug: nobody has said that all was well."""
    with Lab() as lab:
        for expected in (0, 1):
            event = lab.run_until(Happened(events.ModeChosen), within=seconds(1))
            assert event.failed_starts == expected
            getattr(lab, how)()
        lab.run_until(Happened(events.RecoveryEntered), within=seconds(1))


def test_a_settled_start_forgets_the_failures_before_it(windows: Lab) -> None:
    """Two failures that are not in a row do not lead into recovery."""
    windows.reset()
    windows.run_until(Happened(events.StartSettled), within=seconds(130))
    assert status_of(windows)["failed_starts"] == 0
    windows.reset()
    event = windows.run_until(Happened(events.ModeChosen), within=seconds(1))
    assert event.failed_starts == 0


@pytest.mark.parametrize("command", ["reset", "off"])
def test_an_end_on_purpose_is_no_failure(windows: Lab, command: str) -> None:
    """However short the machine has been up."""
    windows.wait_for_prompt()
    windows.type(command + "\r")
    windows.run_until(Happened(events.ResetEvent, events.PoweredOff), within=seconds(1))
    assert status_of(windows)["state"] == SETTLED


def test_what_was_asked_of_a_start_is_asked_of_that_one_alone() -> None:
    """The request is taken off the disk when the start begins."""
    safe = enumerations.BOOT_MODE["SAFE"]
    with Lab(disk=with_status(next_mode=safe)) as lab:
        event = lab.run_until(Happened(events.ModeChosen), within=seconds(1))
        assert event.mode == "safe"
        assert status_of(lab)["next_mode"] == enumerations.BOOT_MODE["NORMAL"]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"failed_starts": 9, "checksum": 1}, id="checksum"),
        pytest.param({"failed_starts": 9, "magic": 1}, id="magic"),
        pytest.param({"next_mode": 77}, id="mode"),
    ],
)
def test_a_damaged_status_is_as_good_as_none(fields: dict[str, int]) -> None:
    """The machine starts as usual; nothing is believed."""
    event = first_choice(with_status(**fields))

    assert isinstance(event, events.ModeChosen)
    assert event.mode == "normal"
    assert event.failed_starts == 0


def test_failures_that_the_disk_tells_of_lead_into_recovery() -> None:
    """The status is the only thing that a start knows of the ones before it."""
    event = first_choice(with_status(failed_starts=1, state=STARTING))

    assert isinstance(event, events.RecoveryEntered)
    assert event.failed_starts == 2
