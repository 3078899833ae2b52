"""Where things are: physical and virtual addresses of the machine and its kernel.

    virtual                                what                        U  W  X
    0000000000400000  user image           program text and data       u  *  *
    0000000010000000  user heap            memory_map()                u  w  -
    00007fffffff0000  user stack (top)     grows down, guard below     u  w  -
    ---------------- the non-canonical hole: #GP, not #PF -------------------
    ffff800000000000  direct map           all physical memory         s  w  -
    ffff900000000000  kernel heap          guard page after each run   s  w  -
    ffffa00000000000  kernel stacks        guard page below each       s  w  -
    ffffa00040000000  counts of eBPF       one page for each object   s  w  -
    ffffffff80000000  kernel image         linked at +1 MiB            s  *  *
    ffffffffa0000000  drivers              ring-0 plugins              s  *  *
    ffffffffb0000000  device registers     local APIC, virtio-mmio     s  w  -

u user page, s supervisor page; every W^X: no page is both writable and executable.
"""

from __future__ import annotations

from typing import Final

PAGE_SIZE: Final = 0x1000
RAM_BYTES: Final = 16 << 20

SCREEN_PHYSICAL: Final = 0xB8000
KERNEL_PHYSICAL: Final = 0x100000
LOCAL_APIC_PHYSICAL: Final = 0xFEE00000
VIRTIO_MMIO_PHYSICAL: Final = 0xFEB00000
VIRTIO_MMIO_STRIDE: Final = 0x200
VIRTIO_MMIO_SLOTS: Final = 8

USER_IMAGE: Final = 0x0000000000400000
USER_HEAP: Final = 0x0000000010000000
USER_STACK_TOP: Final = 0x00007FFFFFFF0000
USER_STACK_PAGES: Final = 4
PROCESS_PAGES_LIMIT: Final = 512
"""How many pages of ring 3 one process may have, with the page tables that they need:
an eighth of all memory."""
USER_TOP: Final = 0x0000800000000000

DIRECT_MAP: Final = 0xFFFF800000000000
KERNEL_HEAP: Final = 0xFFFF900000000000
KERNEL_STACKS: Final = 0xFFFFA00000000000
BPF_STATISTICS: Final = 0xFFFFA00040000000
KERNEL_BASE: Final = 0xFFFFFFFF80000000
DRIVER_REGION: Final = 0xFFFFFFFFA0000000
DRIVER_REGION_END: Final = 0xFFFFFFFFB0000000
DEVICE_REGION: Final = 0xFFFFFFFFB0000000
