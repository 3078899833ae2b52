"""Whether a program may use an I/O port.

Source: Intel SDM vol. 1, "Protected-Mode I/O" and "I/O Permission Bit Map".

Code in a ring from 0 to IOPL may use any port. Other code may use a port only if the
I/O permission bitmap in the TSS has a zero for each byte-wide port of the access. A
bitmap outside of the TSS forbids all ports.
"""

from __future__ import annotations

from minios.machine import cpu_state as cpu
from minios.machine import segments
from minios.machine.cpu_state import CpuState
from minios.machine.linear import Linear, PageFault


def io_permitted(
    state: CpuState, memory: Linear, port: int, size: int
) -> bool | PageFault:
    """Whether it is allowed, or the page fault of reading the bitmap.

    The answer must be used.
    """
    if state.cpl <= state.system_flags >> 12 & 3:
        return True
    limit, base = state.limit(cpu.TR), state.base(cpu.TR)
    if limit < segments.TSS_IO_MAP_BASE + 1:
        return False
    raw = memory.read(base + segments.TSS_IO_MAP_BASE, 2)
    if isinstance(raw, PageFault):
        return raw
    at = int.from_bytes(raw, "little") + port // 8
    if at + 1 > limit:  # two bytes are read always: a port may straddle
        return False
    raw = memory.read(base + at, 2)
    if isinstance(raw, PageFault):
        return raw
    bits = int.from_bytes(raw, "little") >> port % 8
    return not bits & ((1 << size) - 1)
