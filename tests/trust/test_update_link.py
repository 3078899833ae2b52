"""The updater finds the next good frame, whatever has been damaged on the way."""

from __future__ import annotations

import struct

import pytest

from minios.abi.content import MAXIMUM_FILE_SIZE
from minios.abi.disk_layout import CONTENT_PATH, UPDATE_MAGIC
from minios.devices.uart import Uart
from minios.lab import Happened, Lab, content_files, events, seconds
from minios.lab.update_frame import frame

GOOD = content_files.find("channel-291-good").data
OLD = content_files.find("channel-291-latent").data
NAME = "C-000291.SYS"
SIZES = {
    "a byte less": len(OLD) - 1,
    "a byte more": len(OLD) + 1,
    "nothing": 0,
    "as much as there may be": MAXIMUM_FILE_SIZE,
    "too much": MAXIMUM_FILE_SIZE + 1,
    "128 KiB": 131_072,
    "what is believed at most": 1 << 20,
    "4 GiB": 0xFFFF_FFFF,
}


def damaged(size: int) -> bytes:
    """A frame whose header names another size than it has."""
    whole = frame(UPDATE_MAGIC, NAME, OLD)
    return whole[:4] + struct.pack("<I", size) + whole[8:]


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_good_update_behind_a_damaged_one_arrives(size: int) -> None:
    """It is neither swallowed nor waited for."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        link = lab.machine.devices["link"]
        assert isinstance(link, Uart)
        link.send(damaged(size) + frame(UPDATE_MAGIC, NAME, GOOD))
        stored = lab.run_until(Happened(events.UpdateStored), within=seconds(2))

        assert stored.size == len(GOOD)
        assert lab.files().read(CONTENT_PATH) == GOOD


def test_a_file_that_is_too_large_is_refused_once() -> None:
    """Its bytes are passed over, and what comes behind it is stored."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        link = lab.machine.devices["link"]
        assert isinstance(link, Uart)
        link.send(frame(UPDATE_MAGIC, NAME, bytes(MAXIMUM_FILE_SIZE + 1)))
        link.send(frame(UPDATE_MAGIC, NAME, GOOD))
        lab.run_until(Happened(events.UpdateStored), within=seconds(20))
        refused = [it for it in lab.events if isinstance(it, events.UpdateRefused)]

        assert [it.reason for it in refused] == ["too_large"]
