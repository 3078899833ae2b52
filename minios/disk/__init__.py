"""FAT16 disks from Python: make, read, write, list, delete, rename.

The guest's kernel has its own FAT driver, in C. This package is for people outside of
the guest: to build the disk from which a machine boots, to put a file on the disk of a
stopped machine, and to look at what a crash left there.

    image = make_image({"/SYSTEM/SERVICES.INI": b"..."})
    volume = Volume(SectorsOfBuffer(bytearray(image)))
    volume.read("/SYSTEM/SERVICES.INI")

Read in this order: `sectors.py`, `geometry.py`, `allocation.py`, `directory.py`,
`volume.py`. The format is Microsoft's "FAT: General Overview of On-Disk Format"
(version 1.03), called "fatgen" in the comments.

Left out: reading and giving long file names, FAT12 and FAT32, partitions, times of
access.
"""

from minios.disk.check import find_damage
from minios.disk.errors import (
    DamagedVolumeError,
    DiskError,
    DiskFullError,
    MissingFileError,
    NameRefusedError,
    NameTakenError,
    WrongKindError,
)
from minios.disk.image import make_image
from minios.disk.sectors import Sectors, SectorsOfBuffer, SparseSectors
from minios.disk.volume import Entry, Volume

__all__ = [
    "DamagedVolumeError",
    "DiskError",
    "DiskFullError",
    "Entry",
    "MissingFileError",
    "NameRefusedError",
    "NameTakenError",
    "Sectors",
    "SectorsOfBuffer",
    "SparseSectors",
    "Volume",
    "WrongKindError",
    "find_damage",
    "make_image",
]
