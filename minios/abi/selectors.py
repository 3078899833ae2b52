"""Segment selectors of the kernel's GDT (Intel SDM vol. 3A, "Segment Selectors").

     15                         3   2   1 0
    +----------------------------+----+-----+
    | index into the table       | TI | RPL |
    +----------------------------+----+-----+

The order is forced by `syscall` and `sysret`: STAR[47:32] names the kernel code
segment (its stack segment follows), STAR[63:48] a base from which `sysretq`
takes +8 for the user stack and +16 for the user code.
"""

from __future__ import annotations

from typing import Final

KERNEL_CODE: Final = 0x08
KERNEL_DATA: Final = 0x10
USER_CODE32: Final = 0x18 | 3  # never loaded: the place that sysret counts from
USER_DATA: Final = 0x20 | 3
USER_CODE: Final = 0x28 | 3
TASK_STATE: Final = 0x30

IST_DOUBLE_FAULT: Final = 1
IST_NMI: Final = 2
