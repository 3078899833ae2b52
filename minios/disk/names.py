"""File names: up to eight characters, a dot, and up to three characters.

Names are stored in upper case, and compared without regard to case, as FAT does. A name
that does not fit is refused with a reason, and never shortened. `CHANNEL-291.SYS` must
not silently become `CHANNE~1.SYS`, because the guest opens files by their exact name.
"""

from __future__ import annotations

import string
from typing import Final

from minios.disk.errors import NameRefusedError

STEM_SIZE: Final = 8
EXTENSION_SIZE: Final = 3
RAW_SIZE: Final = STEM_SIZE + EXTENSION_SIZE
ALLOWED: Final = frozenset(string.ascii_uppercase + string.digits + "!#$%&'()-@^_`{}~")


def split_path(path: str) -> tuple[str, ...]:
    """The names in an absolute path, in upper case; none for the root "/".

    Raises `NameRefusedError` if the path is not absolute or a name is not 8.3.
    """
    if not path.startswith("/"):
        raise NameRefusedError(
            "this is not an absolute path",
            where=repr(path),
            advice="Begin it with /, as in /SYSTEM/A.TXT",
        )
    names = tuple(name.upper() for name in path.strip("/").split("/") if name)
    for name in names:
        raw_name(name)
    return names


def raw_name(name: str) -> bytes:
    """The 11 bytes of a name in a directory entry: both parts, padded with spaces."""
    stem, dot, extension = name.partition(".")
    if not 1 <= len(stem) <= STEM_SIZE:
        raise _refused(name, f"{len(stem)} characters before the dot")
    if len(extension) > EXTENSION_SIZE:
        raise _refused(name, f"{len(extension)} characters after the dot")
    if dot and not extension:
        raise _refused(name, "nothing after the dot")
    for character in stem + extension:
        if character not in ALLOWED:
            raise _refused(name, f"the character {character!r}")
    return stem.encode().ljust(STEM_SIZE) + extension.encode().ljust(EXTENSION_SIZE)


def spoken_name(raw: bytes) -> str:
    """The name that the 11 bytes of a directory entry stand for."""
    stem = raw[:STEM_SIZE].decode("latin-1").rstrip(" ")
    extension = raw[STEM_SIZE:RAW_SIZE].decode("latin-1").rstrip(" ")
    return f"{stem}.{extension}" if extension else stem


def raw_label(label: str) -> bytes:
    """The 11 bytes of a volume label: upper case, padded with spaces."""
    upper = label.upper()
    if not 1 <= len(upper) <= RAW_SIZE or not set(upper) <= ALLOWED | {" "}:
        raise NameRefusedError(
            "this is not a volume label",
            where=repr(label),
            advice=f"Use 1 to {RAW_SIZE} letters, digits, spaces or signs",
        )
    return upper.encode().ljust(RAW_SIZE)


def _refused(name: str, why: str) -> NameRefusedError:
    return NameRefusedError(
        f"this is not an 8.3 name: {why}",
        where=repr(name),
        advice=f"Use at most {STEM_SIZE} letters, digits or signs, then at most "
        f"{EXTENSION_SIZE} after one dot",
    )
