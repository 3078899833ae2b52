"""Virtio block device (OASIS virtio 1.1, 5.2): the disk.

Configuration: offset 0, capacity in 512-byte sectors, 64 bits. A request is a chain:

    device reads    type u32, reserved u32, sector u64
    either          data, a multiple of 512 bytes (20 bytes for GET_ID)
    device writes   status: 0 OK, 1 IO error, 2 unsupported

Types: 0 IN (read), 1 OUT (write), 4 FLUSH, 8 GET_ID. A request takes no time.

After a power cut (`Machine.cut_power`), every sector has its old bytes or its new ones.
The OUT requests of the latest QueueNotify are in flight until the driver does one of
these:

    it writes InterruptACK with the bit for used buffers,
    it writes QueueNotify again, or
    it resets the device (Status = 0; the reset of the machine does this, too).

Until then a power cut may leave only the first sectors of these requests on the disk,
in the order of the requests. Everything older is safe, so FLUSH has nothing left to do.
A driver that polls the used ring sees that a request is done before the request is
safe. To be sure, it must acknowledge, or make another request.

Left out: discard, write zeroes, geometry, topology, more than one queue, a write cache.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

from minios.devices.virtio_mmio import Buffer
from minios.machine.disk_image import SECTOR_BYTES, DiskImage
from minios.machine.memory import PhysicalMemory

IN: Final = 0
OUT: Final = 1
FLUSH: Final = 4
GET_ID: Final = 8
OK: Final = 0
IO_ERROR: Final = 1
UNSUPPORTED: Final = 2
FEATURE_FLUSH: Final = 1 << 9
SERIAL: Final = b"minios-disk".ljust(20, b"\0")
_HEADER: Final = struct.Struct("<2IQ")


class Block:
    """The disk behind a transport."""

    features = FEATURE_FLUSH

    def __init__(self, disk: Callable[[], DiskImage | None]) -> None:
        self._disk = disk

    @property
    def device_id(self) -> int:
        """2, or 0 if there is no disk in the drive."""
        return 0 if self._disk() is None else 2

    def configuration(self) -> bytes:
        """The capacity of the disk."""
        disk = self._disk()
        return struct.pack("<Q", 0 if disk is None else disk.sectors).ljust(64, b"\0")

    def serve(self, memory: PhysicalMemory, chain: list[Buffer]) -> int | None:
        """Do one request. None if the chain is not header, data, status."""
        disk = self._disk()
        if disk is None or len(chain) < 2:
            return None
        header, *data, status = chain
        if header.device_writes or header.length < _HEADER.size:
            return None
        if not status.device_writes or status.length < 1:
            return None
        kind, _, sector = _HEADER.unpack(memory.read(header.address, _HEADER.size))
        code, written = self._do(disk, memory, kind, sector, data)
        memory.write(status.address, bytes((code,)))
        return written + 1

    def settle(self) -> None:
        """Make everything that was written safe from a power cut."""
        disk = self._disk()
        if disk is not None:
            disk.settle()

    def _do(
        self,
        disk: DiskImage,
        memory: PhysicalMemory,
        kind: int,
        sector: int,
        data: list[Buffer],
    ) -> tuple[int, int]:
        """Do a request.

        Returns its status, and how many bytes of data the guest got.
        """
        if kind == FLUSH:
            return OK, 0
        if kind == GET_ID:
            return self._identify(memory, data)
        if kind not in (IN, OUT):
            return UNSUPPORTED, 0
        total = sum(buffer.length for buffer in data)
        wrong_way = any(buffer.device_writes != (kind == IN) for buffer in data)
        beyond = sector + total // SECTOR_BYTES > disk.sectors
        if wrong_way or beyond or total % SECTOR_BYTES:
            return IO_ERROR, 0
        if kind == OUT:
            pieces = (memory.read(b.address, b.length) for b in data)
            disk.begin_write(sector, b"".join(pieces))
            return OK, 0
        contents = disk.read(sector, total // SECTOR_BYTES)
        done = 0
        for buffer in data:
            memory.write(buffer.address, contents[done : done + buffer.length])
            done += buffer.length
        return OK, total

    @staticmethod
    def _identify(memory: PhysicalMemory, data: list[Buffer]) -> tuple[int, int]:
        if len(data) != 1 or not data[0].device_writes:
            return IO_ERROR, 0
        identity = SERIAL[: data[0].length]
        memory.write(data[0].address, identity)
        return OK, len(identity)
