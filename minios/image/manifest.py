"""`plugin.toml`: what a plugin is called, what it is built as, what it asks for.

    name = "sentinel"
    version = "1.0"
    license = "GPL-2.0-or-later"
    description = "watches named pipes"
    kinds = ["driver", "extension"]       # ring 0, ring 3, or both
    events = ["PIPE_OPEN"]                # EVENT_ names of minios/abi/enumerations.py
    rights = ["EVENTS", "REPORT"]         # RIGHT_ names of minios/abi/syscalls.py

`events` and `rights` are what an extension may have. A driver gets everything whatever
its manifest says, for that is what ring 0 means.
"""

from __future__ import annotations

import enum
import re
from pathlib import Path
from typing import Final

import msgspec

from minios.abi import enumerations, syscalls
from minios.errors import MiniosError

FILE_NAME: Final = "plugin.toml"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,7}")


class Kind(enum.Enum):
    """What a plugin can be built as."""

    DRIVER = "driver"
    EXTENSION = "extension"


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One checked plugin.toml: holding one proves that all its names exist."""

    name: str
    version: str
    license: str
    description: str
    kinds: tuple[Kind, ...]
    events: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()


def read(folder: Path) -> Manifest:
    """Read and check the manifest of a plugin's folder.

    Raises MiniosError that names the file, the key and what is allowed there.
    """
    path = folder / FILE_NAME
    try:
        content = path.read_bytes()
    except OSError as error:
        message = (
            f"{path}: {error.strerror}; a plugin's folder needs a {FILE_NAME} "
            "with name, version, license, description and kinds"
        )
        raise MiniosError(message) from error
    try:
        manifest = msgspec.toml.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise MiniosError(f"{path}: {error}") from error
    _check(manifest, path)
    return manifest


def _check(manifest: Manifest, path: Path) -> None:
    if not _NAME.fullmatch(manifest.name):
        message = (
            f"{path}: name {manifest.name!r} cannot be a file name on the disk; use "
            "one to eight characters: a letter, then letters, digits, underscores, "
            "all in lower case"
        )
        raise MiniosError(message)
    if not manifest.kinds or len(set(manifest.kinds)) != len(manifest.kinds):
        allowed = " or ".join(f'"{kind.value}"' for kind in Kind)
        message = f"{path}: kinds must name {allowed}, or both, each once"
        raise MiniosError(message)
    events = [name for name, _, _ in enumerations.EVENT.rows]
    rights = [name for name, bit, _ in syscalls.RIGHTS if bit]
    _check_names(manifest.events, events, f"{path}: events")
    _check_names(manifest.rights, rights, f"{path}: rights")


def _check_names(names: tuple[str, ...], allowed: list[str], where: str) -> None:
    for name in names:
        if name not in allowed:
            message = (
                f"{where}: no such name {name!r}; choose from {', '.join(allowed)}"
            )
            raise MiniosError(message)
