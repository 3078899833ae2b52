"""Kernels of a few bytes, for what a machine does around its CPU."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import pytest

from minios.boards import MICROVM
from minios.machine.disk_image import DiskImage
from minios.machine.machine import Machine

ENTRY = 0x100000
Start = Callable[..., Machine]


def tiny_kernel(code: bytes) -> bytes:
    """An ELF64 file with a PVH note, whose 32-bit entry is `code`."""
    note = struct.pack("<3I4sI", 4, 4, 18, b"Xen\0", ENTRY)
    header = struct.pack(
        "<16s2HI3QI6H",
        b"\x7fELF\x02\x01\x01",
        *(2, 62, 1, ENTRY, 64, 0, 0),
        *(64, 56, 2, 0, 0, 0),
    )
    at = 64 + 2 * 56
    load = (1, 5, at, ENTRY, ENTRY, len(code), len(code), 16)
    notes = (4, 4, at + len(code), 0, 0, len(note), len(note), 4)
    return header + struct.pack("<2I6Q2I6Q", *load, *notes) + code + note


@pytest.fixture
def start() -> Iterator[Start]:
    """Switch on a machine whose kernel is the given hexadecimal bytes."""
    machines: list[Machine] = []

    def power_on(
        code: str, command_line: str = "", disk: DiskImage | None = None
    ) -> Machine:
        machine = Machine(MICROVM)
        machines.append(machine)
        machine.power_on(tiny_kernel(bytes.fromhex(code)), command_line, disk)
        return machine

    yield power_on
    for machine in machines:
        machine.close()
