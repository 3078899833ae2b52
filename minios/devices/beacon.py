"""The beacon: a device through which the guest hands records to the outside.

    offset  write (32 bits)
    0       physical address of a `struct record`, which is read at once

A read gives the size of a record, so the guest can find out whether the beacon exists.
An address outside of RAM is ignored. Left out: any answer.
"""

from __future__ import annotations

from minios.abi.structures import RECORD
from minios.devices.stateless import Stateless
from minios.machine.device import Host
from minios.machine.memory import PhysicalMemory


class Beacon(Stateless):
    """Reads records from RAM."""

    name = "beacon"

    def __init__(self, memory: PhysicalMemory, host: Host) -> None:
        self._memory = memory
        self._host = host

    def read(self, offset: int, size: int) -> int:
        """The size of a record in bytes."""
        del offset, size
        return RECORD.size

    def write(self, offset: int, size: int, value: int) -> None:
        """Hand out the record at a physical address."""
        if offset == 0 and size == 4 and self._memory.contains(value, RECORD.size):
            self._host.beacon(self._memory.read(value, RECORD.size))
