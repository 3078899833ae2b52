"""The layout of the disk, and of the frame in which updates arrive.

The disk is one FAT16 volume. The file system does not use its reserved sectors
(BPB_RsvdSecCnt). The crash dump is there, so the kernel can write it without a file
system.

    sector 0        boot sector with the BPB, the parameters of the volume
    sector 2        boot status: how the last starts went (struct boot_status)
    sector 8-135    crash dump (64 KiB)
    sector 136      the first FAT
"""

from __future__ import annotations

from typing import Final

SECTOR_SIZE: Final = 512
DISK_SECTORS: Final = 32768
SECTORS_PER_CLUSTER: Final = 4
RESERVED_SECTORS: Final = 136
ROOT_ENTRIES: Final = 512
BOOT_STATUS_SECTOR: Final = 2
DUMP_SECTOR: Final = 8
DUMP_SECTORS: Final = 128
VOLUME_LABEL: Final = "MINIOS"
FILE_DATE: Final = (2024 - 1980) << 9 | 7 << 5 | 19
"""The date of every file, as FAT writes it: the board has no clock.

See option `date`.
"""
FILE_TIME: Final = 4 << 11 | 9 << 5

SERVICES_PATH: Final = "/SYSTEM/SERVICES.INI"
SERVICES_GOOD_PATH: Final = "/SYSTEM/SERVICES.LKG"
SERVICES_NEW_PATH: Final = "/SYSTEM/SERVICES.NEW"
SERVICES_BYTES: Final = 4096  # a longer list cannot be used
SERVICES_LIMIT: Final = 20  # lines that name a service; the kernel ignores more
BOOT_MENU_PATH: Final = "/SYSTEM/BOOT.CFG"  # command lines, in the model linux
BOOT_MENU_NEW_PATH: Final = "/SYSTEM/BOOT.NEW"
BOOT_MENU_BYTES: Final = 2048  # a longer file cannot be used
KERNEL_MAP_PATH: Final = "/SYSTEM/KERNEL.MAP"  # names of its functions, for an oops
APPROVALS_PATH: Final = "/SYSTEM/APPROVED.DAT"  # which plugins the user has approved
APPROVALS_NEW_PATH: Final = "/SYSTEM/APPROVED.NEW"
SUPERVISOR_PATH: Final = "/SYSTEM/SUPERVIS.MEM"  # what it knows of the extensions
SUPERVISOR_NEW_PATH: Final = "/SYSTEM/SUPERVIS.NEW"
EPITAPHS_FOLDER: Final = "/SYSTEM/EPITAPHS"  # a file for each death of an extension
CONTENT_PATH: Final = "/SYSTEM/CONTENT/C-000291.SYS"
CONTENT_NEW_PATH: Final = "/SYSTEM/CONTENT/C-000291.NEW"
CONTENT_GOOD_PATH: Final = "/SYSTEM/CONTENT/C-000291.LKG"
CONTENT_BAD_PATH: Final = "/SYSTEM/CONTENT/C-000291.BAD"

# A file pushed over the link: header, then `size` bytes. The updater answers with one
# line of text: "stored NAME", "refused REASON" or "error TEXT".
#
#     0        4      8      12        16
#     +--------+------+------+---------+------------------+
#     | "MUPD" | size | crc  | reserved| name, 16 bytes   |
#     +--------+------+------+---------+------------------+
#
# The updater asks when it has come up: "update? NAME checksum=0x1234abcd", the checksum
# of the content it has. The recovery environment asks "fix? stop=0x50 module=NAME" and
# gets a frame of the same shape with the magic "MFIX": the text of a fix, or nothing.
UPDATE_MAGIC: Final = b"MUPD"
FIX_MAGIC: Final = b"MFIX"
FIX_BYTES: Final = 2048
UPDATE_NAME_SIZE: Final = 16
