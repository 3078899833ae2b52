"""Where the parts of a FAT16 volume lie, and the boot sector that says so.

    sector 0             boot sector with the BIOS parameter block (BPB)
    .. reserved          out of the file system's reach (minios: the crash dump)
    first_fat            the FAT, then its copies if there are any (minios: none)
    first_root           the root directory, of fixed size
    first_data           cluster 2, cluster 3, ...

    boot sector (fatgen, "Boot Sector and BPB"), what is used of it:

    0      3         11        13           14        16    17        19
    +------+---------+---------+------------+---------+-----+---------+----------+
    | jump | maker   | sector  | sectors of | reserved| FATs| root    | sectors  |
    |      |         | size    | a cluster  | sectors |     | entries | (16 bit) |
    +------+---------+---------+------------+---------+-----+---------+----------+
    21      22         24            28       32         36          510
    +-------+----------+-------------+--------+----------+-----------+-----------+
    | media | sectors  | track and   | hidden | sectors  | extended  | 0x55 0xaa |
    |       | of a FAT | head counts |        | (32 bit) | (label)   |           |
    +-------+----------+-------------+--------+----------+-----------+-----------+

The type of a FAT follows from the number of clusters alone (fatgen, "FAT Type
Determination"): FAT16 has 4,085 to 65,524 of them. Anything else is refused.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from minios.abi import disk_layout
from minios.abi.disk_layout import SECTOR_SIZE
from minios.disk.errors import DamagedVolumeError

ENTRY_SIZE: Final = 32
FIRST_CLUSTER: Final = 2
FAT16_CLUSTERS: Final = range(4085, 65525)
MEDIA_FIXED: Final = 0xF8

_BOOT: Final = struct.Struct("<3s8sHBHBHHBHHHIIBBBI11s8s")
_SIGNATURE: Final = b"\x55\xaa"
_JUMP: Final = b"\xeb\x3c\x90"
_SERIAL_NUMBER: Final = 0x20240719
# No BIOS boots from this disk, but tools want a geometry that divides its size.
_SECTORS_OF_TRACK: Final = 32
_HEADS: Final = 16


@dataclass(frozen=True, slots=True)
class Geometry:
    """The numbers of the BPB.

    A value of this type is proved to describe a FAT16 volume.
    """

    sectors: int
    sectors_per_cluster: int
    reserved_sectors: int
    fats: int
    fat_sectors: int
    root_entries: int

    @property
    def first_root(self) -> int:
        """The first sector of the root directory."""
        return self.reserved_sectors + self.fats * self.fat_sectors

    @property
    def root_sectors(self) -> int:
        """How many sectors the root directory has."""
        return -(-self.root_entries * ENTRY_SIZE // SECTOR_SIZE)

    @property
    def first_data(self) -> int:
        """The first sector of cluster 2."""
        return self.first_root + self.root_sectors

    @property
    def clusters(self) -> int:
        """How many clusters the volume has. They are numbered from 2."""
        return (self.sectors - self.first_data) // self.sectors_per_cluster

    @property
    def cluster_bytes(self) -> int:
        """Size of a cluster in bytes."""
        return self.sectors_per_cluster * SECTOR_SIZE

    def holds(self, cluster: int) -> bool:
        """Whether the volume has a cluster with this number."""
        return FIRST_CLUSTER <= cluster < FIRST_CLUSTER + self.clusters

    def sectors_of(self, cluster: int) -> range:
        """The sectors of a cluster."""
        assert self.holds(cluster), cluster
        offset = (cluster - FIRST_CLUSTER) * self.sectors_per_cluster
        first = self.first_data + offset
        return range(first, first + self.sectors_per_cluster)


def _fat_sectors(sectors: int, fats: int, overhead: int, per_cluster: int) -> int:
    """The size of the smallest FAT with an entry for each cluster that still fits."""
    size = 1
    while True:
        clusters = (sectors - overhead - fats * size) // per_cluster
        if (clusters + FIRST_CLUSTER) * 2 <= size * SECTOR_SIZE:
            return size
        size += 1


def minios_geometry() -> Geometry:
    """The geometry that `minios/abi/disk_layout.py` defines."""
    root_sectors = disk_layout.ROOT_ENTRIES * ENTRY_SIZE // SECTOR_SIZE
    fats = 1  # two of them could differ after a power cut: minios/kernel/disk/update.c
    return Geometry(
        sectors=disk_layout.DISK_SECTORS,
        sectors_per_cluster=disk_layout.SECTORS_PER_CLUSTER,
        reserved_sectors=disk_layout.RESERVED_SECTORS,
        fats=fats,
        fat_sectors=_fat_sectors(
            disk_layout.DISK_SECTORS,
            fats,
            disk_layout.RESERVED_SECTORS + root_sectors,
            disk_layout.SECTORS_PER_CLUSTER,
        ),
        root_entries=disk_layout.ROOT_ENTRIES,
    )


def boot_sector(geometry: Geometry, label: bytes) -> bytes:
    """Sector 0 of a volume. `label` is the 11 bytes of the volume label."""
    small = geometry.sectors if geometry.sectors < 1 << 16 else 0
    head = _BOOT.pack(
        _JUMP,
        b"MINIOS  ",
        SECTOR_SIZE,
        geometry.sectors_per_cluster,
        geometry.reserved_sectors,
        geometry.fats,
        geometry.root_entries,
        small,
        MEDIA_FIXED,
        geometry.fat_sectors,
        _SECTORS_OF_TRACK,
        _HEADS,
        0,  # hidden sectors: there is no partition table before us
        0 if small else geometry.sectors,
        0x80,  # BIOS number of a fixed disk
        0,
        0x29,  # the three fields that follow are there
        _SERIAL_NUMBER,
        label,
        b"FAT16   ",
    )
    return head.ljust(SECTOR_SIZE - 2, b"\0") + _SIGNATURE


def read_boot_sector(sector: bytes) -> Geometry:
    """The geometry that sector 0 declares.

    Raises `DamagedVolumeError` if it is not the boot sector of a FAT16 volume.
    """
    if sector[-2:] != _SIGNATURE:
        raise _damaged(f"it ends in {sector[-2:].hex(' ')} instead of 55 aa")
    fields = _BOOT.unpack_from(sector)
    if fields[2] != SECTOR_SIZE:
        raise _damaged(f"it declares sectors of {fields[2]} bytes; only 512 are read")
    geometry = Geometry(
        sectors=fields[7] or fields[13],
        sectors_per_cluster=fields[3],
        reserved_sectors=fields[4],
        fats=fields[5],
        fat_sectors=fields[9],
        root_entries=fields[6],
    )
    _refuse_impossible(geometry)
    return geometry


def _refuse_impossible(geometry: Geometry) -> None:
    per_cluster = geometry.sectors_per_cluster
    if per_cluster == 0 or per_cluster & (per_cluster - 1):
        raise _damaged(f"a cluster of {per_cluster} sectors: not a power of two")
    if not (geometry.reserved_sectors and geometry.fats and geometry.root_entries):
        raise _damaged("it declares no reserved sector, no FAT or no root directory")
    if geometry.clusters not in FAT16_CLUSTERS:
        raise _damaged(
            f"{geometry.sectors} sectors make {geometry.clusters} clusters; FAT16 has "
            f"{FAT16_CLUSTERS.start} to {FAT16_CLUSTERS.stop - 1}"
        )
    needed = (geometry.clusters + FIRST_CLUSTER) * 2
    if geometry.fat_sectors * SECTOR_SIZE < needed:
        raise _damaged(
            f"a FAT of {geometry.fat_sectors} sectors is too small for "
            f"{geometry.clusters} clusters"
        )


def _damaged(why: str) -> DamagedVolumeError:
    return DamagedVolumeError(
        f"this is not the boot sector of a FAT16 volume: {why}",
        where="sector 0",
        advice="Check that this is a disk image; make it again if it is",
    )
