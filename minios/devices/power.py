"""Two ports by which the guest ends its own run.

    offset  write
    0       reset control (Intel PCH datasheet, RST_CNT): bit 2 resets the machine
    1       debug exit: switches the machine off with the value as its code

Reading gives 0. Left out: the difference between a reset of the CPU (0x04) and of the
system (0x06); both start the whole machine again.
"""

from __future__ import annotations

from typing import Final

from minios.abi.ports import RESET_CPU
from minios.devices.stateless import Stateless
from minios.machine.device import Host

RESET_CONTROL: Final = 0
DEBUG_EXIT: Final = 1


class Power(Stateless):
    """The ports for reset and power off."""

    name = "power"

    def __init__(self, host: Host) -> None:
        self._host = host

    def read(self, offset: int, size: int) -> int:
        """Always 0: there is nothing to read."""
        del offset, size
        return 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Reset or switch off, after this instruction."""
        del size
        if offset == DEBUG_EXIT:
            self._host.power_off(value)
        elif value & RESET_CPU:
            self._host.reset()
