"""The I/O ports of the board, and the registers behind them.

The board is QEMU's `microvm` (8259 interrupt controllers, 8254 timer, 16550 serial
ports). It has more at ports that QEMU leaves unused: reset control and debug exit, the
beacon, and a bank of lamps.
"""

from __future__ import annotations

from typing import Final

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

PIT_HZ: Final = 1193182
TICK_HZ: Final = 100

# Reset control register (Intel PCH datasheet, "RST_CNT"): a full reset is 0x06.
RESET_SYSTEM: Final = 0x02
RESET_CPU: Final = 0x04
