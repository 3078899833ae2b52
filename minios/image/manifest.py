"""`plugin.toml`: the name of a plugin, what it is built as, and what it asks for.

    name = "sentinel"
    version = "1.0"
    license = "GPL-2.0-or-later"
    description = "watches named pipes"
    kinds = ["driver", "extension"]       # ring 0, ring 3, or both
    events = ["PIPE_OPEN"]                # EVENT_ names of minios/abi/enumerations.py
    rights = ["EVENTS", "REPORT"]         # RIGHT_ names of minios/abi/syscalls.py

`events` and `rights` are limits: they are copied into the plugin's image (manifest.c),
and the kernel refuses what they do not name. An extension also needs each right in the
service list. A driver could do everything without asking the kernel, because it runs in
ring 0.
"""

from __future__ import annotations

import enum
import re
from pathlib import Path
from typing import Final

import msgspec

from minios.abi import enumerations, syscalls
from minios.errors import ImageError

FILE_NAME: Final = "plugin.toml"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,7}")


class Kind(enum.Enum):
    """What a plugin can be built as."""

    DRIVER = "driver"
    EXTENSION = "extension"


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A checked plugin.toml: all names in it are known to exist."""

    name: str
    version: str
    license: str
    description: str
    kinds: tuple[Kind, ...]
    events: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()

    @property
    def event_mask(self) -> int:
        """The bit `1 << EVENT_` of each event in the manifest."""
        return sum(1 << enumerations.EVENT[name] for name in set(self.events))

    @property
    def right_mask(self) -> int:
        """The RIGHT_ bits of the rights in the manifest."""
        return sum(bit for name, bit, _ in syscalls.RIGHTS if name in self.rights)


def read(folder: Path) -> Manifest:
    """Read and check the manifest of a plugin's folder.

    Raises ImageError that names the file, the key and what is allowed there.
    """
    path = folder / FILE_NAME
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ImageError(
            f"the file cannot be read: {error.strerror}",
            where=str(path),
            advice=f"Write a {FILE_NAME} in the plugin's folder, with name, version, "
            "license, description and kinds",
        ) from error
    try:
        manifest = msgspec.toml.decode(content, type=Manifest)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ImageError(
            str(error),
            where=str(path),
            advice="Compare it with the example in minios/image/manifest.py",
        ) from error
    _check(manifest, path)
    return manifest


def _check(manifest: Manifest, path: Path) -> None:
    if not _NAME.fullmatch(manifest.name):
        raise ImageError(
            f"name {manifest.name!r} cannot be a file name on the guest's disk",
            where=str(path),
            advice="Use one to eight characters: a letter, then letters, digits or "
            "underscores, all in lower case",
        )
    if not manifest.kinds or len(set(manifest.kinds)) != len(manifest.kinds):
        allowed = " or ".join(f'"{kind.value}"' for kind in Kind)
        raise ImageError(
            "`kinds` is empty, or names a kind twice",
            where=str(path),
            advice=f"Name {allowed}, or both",
        )
    events = [name for name, _, _ in enumerations.EVENT.rows]
    rights = [name for name, bit, _ in syscalls.RIGHTS if bit]
    _check_names(manifest.events, events, f"{path}: events")
    _check_names(manifest.rights, rights, f"{path}: rights")


def _check_names(names: tuple[str, ...], allowed: list[str], where: str) -> None:
    for name in names:
        if name not in allowed:
            raise ImageError(
                f"there is no such name as {name!r}",
                where=where,
                advice=f"Choose from {', '.join(allowed)}",
            )
