"""A new disk image with files on it. The same files always give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from minios.abi.disk_layout import VOLUME_LABEL
from minios.disk import directory
from minios.disk.allocation import AllocationTable
from minios.disk.geometry import Geometry, boot_sector, minios_geometry
from minios.disk.names import raw_label, split_path
from minios.disk.sectors import Sectors, SparseSectors
from minios.disk.volume import Volume


def format_volume(
    sectors: Sectors, *, label: str = VOLUME_LABEL, geometry: Geometry | None = None
) -> Volume:
    """Make an empty volume on a disk of zeros.

    The geometry is minios' if it is None.
    """
    geometry = geometry or minios_geometry()
    raw = raw_label(label)
    sectors.write(0, boot_sector(geometry, raw))
    table = AllocationTable(sectors, geometry)
    table.reset()
    table.store()
    entry = directory.pack_entry(raw, directory.ATTRIBUTE_VOLUME_LABEL, 0, 0)
    directory.put(sectors, directory.Slot(geometry.first_root, 0), entry)
    return Volume(sectors)


def make_image(
    files: Mapping[str, bytes],
    *,
    directories: Iterable[str] = (),
    label: str = VOLUME_LABEL,
) -> bytes:
    """A 16 MiB image with these files: path to contents.

    Missing directories are made. `directories` names more of them. Raises the errors of
    `minios/disk/errors.py`, most likely `NameRefusedError` or `DiskFullError`.
    """
    sectors = SparseSectors()
    volume = format_volume(sectors, label=label)
    for path in directories:
        _make_directories(volume, split_path(path))
    for path, data in files.items():
        _make_directories(volume, split_path(path)[:-1])
        volume.write(path, data)
    return sectors.to_bytes()


def _make_directories(volume: Volume, names: tuple[str, ...]) -> None:
    for end in range(1, len(names) + 1):
        path = "/" + "/".join(names[:end])
        if not volume.exists(path):
            volume.make_directory(path)
