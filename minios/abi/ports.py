"""The I/O ports of the board, and the registers behind them.

The board is QEMU's `microvm` (8259 interrupt controllers, 8254 timer, 16550 serial
ports). It has more at ports that QEMU leaves unused: reset control and debug exit, the
beacon, and a bank of lamps.
"""

from __future__ import annotations

from typing import Final

from minios.abi.vectors import IRQ_LAMPS

PIC_MASTER: Final = 0x20
PIC_SLAVE: Final = 0xA0
PIT: Final = 0x40
CONSOLE_UART: Final = 0x3F8
LINK_UART: Final = 0x2F8
RESET_CONTROL: Final = 0xCF9
DEBUG_EXIT: Final = 0xF4
BEACON: Final = 0x5E0
LAMPS: Final = 0x5F0
LAMPS_COUNT: Final = 8
LAMPS_ID: Final = 0x4C  # what its first register reads

# The devices that a driver in ring 3 may have: (name, first port, how many, its line).
# The kernel grants nothing else, whatever a manifest says: with the ports of an
# interrupt controller or of the disk, a process could take the whole machine.
FOR_USER_DRIVERS: Final = (("lamps", LAMPS, LAMPS_COUNT, IRQ_LAMPS),)

PIT_HZ: Final = 1193182
TICK_HZ: Final = 100

# Reset control register (Intel PCH datasheet, "RST_CNT"): a full reset is 0x06.
RESET_SYSTEM: Final = 0x02
RESET_CPU: Final = 0x04
