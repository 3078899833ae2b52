"""Segment selectors of the kernel's GDT (Intel SDM vol. 3A, "Segment Selectors").

     15                         3   2   1 0
    +----------------------------+----+-----+
    | index into the table       | TI | RPL |
    +----------------------------+----+-----+

The instructions `syscall` and `sysret` force the order of the segments. STAR[47:32]
names the kernel code segment, and the kernel stack segment must follow it. STAR[63:48]
is a base: `sysretq` takes the user stack segment at +8 and the user code segment at
+16.
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
