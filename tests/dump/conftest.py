"""Disks after a crash, made once a session."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from minios.abi.disk_layout import DUMP_SECTOR, DUMP_SECTORS, SECTOR_SIZE
from minios.lab import Bugcheck, Happened, Lab, events, milliseconds, seconds
from minios.lab.origins import Origin


@dataclass(frozen=True)
class Crash:
    """What the lab saw of a crash, and the disk that it left."""

    stop: events.BugcheckEvent
    origin: Origin | None
    disk: bytes

    @property
    def dump(self) -> bytes:
        """The reserved sectors."""
        start = DUMP_SECTOR * SECTOR_SIZE
        return self.disk[start : start + DUMP_SECTORS * SECTOR_SIZE]


def crash(content: str) -> Crash:
    """Push a content file into the windows world and wait for the dump."""
    with Lab(model="windows", options={"first_event_ms": "20"}) as lab:
        lab.boot()
        lab.push(content)
        stop = lab.run_until(Bugcheck(), within=seconds(5))
        picture = lab.picture_of(stop)
        lab.run_until(Happened(events.DumpWritten), within=milliseconds(100))
        return Crash(stop, picture.origin if picture else None, lab.disk_image())


@pytest.fixture(scope="session")
def kernel_half() -> Crash:
    """Garbage from the kernel's half: 0x50."""
    return crash("channel-291-bad")


@pytest.fixture(scope="session")
def user_half() -> Crash:
    """Garbage from the user's half: 0x7E."""
    return crash("channel-291-bad-user-half")
