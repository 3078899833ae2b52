"""What can go wrong with a disk, as a tree.

    MiniosError
    └── DiskError
        ├── NameRefusedError     not an 8.3 name, or not an absolute path
        ├── MissingFileError     no such file or directory
        ├── NameTakenError       something of that name is there already
        ├── WrongKindError       a directory where a file is needed, or the reverse
        ├── DiskFullError        no free cluster, or no free directory entry
        └── DamagedVolumeError   the structures on the disk contradict each other

Every message says what, where, and what to do next.
"""

from __future__ import annotations

from minios.errors import MiniosError


class DiskError(MiniosError):
    """A disk image, or a file in it, cannot be used."""


class NameRefusedError(DiskError):
    """FAT16 without long names cannot store this name."""


class MissingFileError(DiskError):
    """There is no file or directory with this path."""


class NameTakenError(DiskError):
    """The path is already in use."""


class WrongKindError(DiskError):
    """There is a directory where a file is needed, or the reverse."""


class DiskFullError(DiskError):
    """The disk or a directory has no room left."""


class DamagedVolumeError(DiskError):
    """The image is not a FAT16 volume, is cut short, or contradicts itself."""
