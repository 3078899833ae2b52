"""`plugin.toml`: the name of a plugin, what it is built as, and what it asks for.

    name = "sentinel"
    version = "1.0"
    license = "GPL-2.0-or-later"
    description = "watches named pipes"
    kinds = ["driver", "extension"]       # ring 0, ring 3, or both
    events = ["PIPE_OPEN"]                # EVENT_ names of minios/abi/events.py
    rights = ["EVENTS", "REPORT"]         # RIGHT_ names of minios/abi/syscalls.py
    sensor = true                         # protects the machine; usually left out
    early = true                          # starts before other extensions; left out

A driver of a device names the device, too:

    ports = [0x5f0, 0x5f7]                # the first and the last
    interrupts = [14]                     # its lines
    quiesce = [0x5f2, 0x80]               # port and value: brings the device to rest

All but the last line of the first part are limits: they are copied into the plugin's
image (manifest.c), and the kernel refuses what they do not name. In ring 3 a plugin
also needs each right in the service list. A driver could do everything without asking
the kernel, because it runs in ring 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from minios import toml_text, toml_words
from minios.abi import plugins, ports, structures, syscalls
from minios.abi.plugins import Kind
from minios.abi.security_events import EVENT_TYPE
from minios.arguments import meant
from minios.errors import ImageError
from minios.image import plugin_folder
from minios.visible import visible

FILE_NAME: Final = plugin_folder.FILE_NAME
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,7}")
_LONGEST_TEXT: Final = 200
_LONGEST_FILE: Final = 16 << 10
_OWNER: Final = b"minios\0"
_EXAMPLE: Final = "`minios plugin new` writes an example"
_HOW_TO_WRITE: Final = (
    f"A plugin's folder needs a {FILE_NAME} with name, version, license, description"
    f" and kinds; {_EXAMPLE}"
)


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A checked plugin.toml: all names in it are known to exist."""

    name: str
    version: str
    license: str
    description: str
    kinds: tuple[Kind, ...]
    events: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    sensor: bool = False
    """Whether it protects the machine while it runs."""
    early: bool = False
    """Whether an extension starts before the other code of third parties."""

    @property
    def version_numbers(self) -> tuple[int, int]:
        """The first two numbers of the version, as the machine shows them.

        (0, 0) if it does not begin with two numbers below 256.
        """
        found = re.match(r"(\d{1,3})\.(\d{1,3})(?!\d)", self.version)
        numbers = (int(found[1]), int(found[2])) if found else (0, 0)
        return numbers if max(numbers) < 256 else (0, 0)

    @property
    def flags(self) -> int:
        """The PLUGIN_ flags of its image."""
        return structures.PLUGIN_EARLY if self.early else 0

    ports: tuple[int, int] | None = None
    """The first and the last port of its device. None if it drives none."""
    interrupts: tuple[int, ...] = ()
    """The interrupt lines of its device."""
    quiesce: tuple[int, int] | None = None
    """The port and the byte that bring the device to rest."""

    @property
    def event_words(self) -> tuple[int, ...]:
        """The words of a `struct event_set` with the events in the manifest."""
        bits = sum(1 << EVENT_TYPE[name] for name in set(self.events))
        words = range(structures.EVENT_SET_WORDS)
        return tuple(bits >> 64 * word & (1 << 64) - 1 for word in words)

    @property
    def right_mask(self) -> int:
        """The RIGHT_ bits of the rights in the manifest."""
        return sum(bit for name, bit, _ in syscalls.RIGHTS if name in self.rights)

    @property
    def kind_mask(self) -> int:
        """The bit `1 << SERVICE_` of each kind in the manifest."""
        return sum(1 << kind.row.number for kind in self.kinds)

    @property
    def device(self) -> dict[str, int]:
        """The members of the `struct device_grant` of its device, in their order."""
        first, last = self.ports or (0, -1)
        port, value = self.quiesce or (first, 0)
        return {
            "first_port": first,
            "lines": sum(1 << line for line in self.interrupts),
            "port_count": last - first + 1,
            "quiesce_port": port - first,
            "quiesce_value": value,
        }


def read(folder: Path) -> Manifest:
    """Read and check the manifest of a plugin's folder.

    Raises ImageError that names the file, the key and what is allowed there.
    """
    path = folder / FILE_NAME
    text = plugin_folder.read_file(path, visible(path), _HOW_TO_WRITE)
    if len(text) > _LONGEST_FILE:
        raise ImageError(
            f"the file is longer than {_LONGEST_FILE >> 10} KiB",
            where=visible(path),
            advice=_HOW_TO_WRITE,
        )
    table: dict[str, Any] = {}
    try:
        table = toml_text.loads(text)
        manifest = msgspec.convert(table, Manifest)
    except (msgspec.MsgspecError, ValueError) as error:
        what, advice = _in_words(str(error), table)
        raise ImageError(visible(what), where=visible(path), advice=advice) from error
    _check(manifest, visible(path))
    return manifest


def sensors(drivers: Path) -> tuple[Path, ...]:
    """The folders of those plugins that are sensors, out of a folder of plugins.

    Raises ImageError as `read` does.
    """
    folders = (path.parent for path in sorted(drivers.glob(f"*/{FILE_NAME}")))
    return tuple(folder for folder in folders if read(folder).sensor)


def note(manifest: Manifest) -> bytes:
    """What manifest.c makes of a manifest: the contents of the image's note."""
    layout = structures.PLUGIN_MANIFEST
    return layout.pack(
        owner_size=len(_OWNER),
        value_size=layout.size - layout.offset("rights"),
        type=structures.PLUGIN_MANIFEST_TYPE,
        owner=_OWNER,
        rights=manifest.right_mask,
        kinds=manifest.kind_mask,
        major=manifest.version_numbers[0],
        minor=manifest.version_numbers[1],
        flags=manifest.flags,
        device=structures.DEVICE_GRANT.pack(**manifest.device),
        events=structures.EVENT_SET.pack(words=manifest.event_words),
    )


def _in_words(said: str, table: Mapping[str, object]) -> tuple[str, str]:
    """What is wrong, in the words of whoever writes a manifest, and advice."""
    if missing := re.search(r"missing required field `(.*)`", said):
        return f"the key `{missing[1]}` is missing", _EXAMPLE
    if strange := re.search(r"unknown field `(.*)`|enum value '(.*)'", said):
        key, kind = strange.groups()
        known = Manifest.__struct_fields__ if key else plugins.NAMES
        what = f"key `{key}`" if key else f"kind of plugins {kind!r}"
        advice = f"{meant(key or kind, known)}Choose from {', '.join(known)}"
        return f"there is no {what}", advice
    what, advice = toml_words.in_table(said, table)
    return what, advice or _EXAMPLE


def require_name(name: str, where: str) -> None:
    """Raise ImageError unless a plugin can have this name."""
    if not _NAME.fullmatch(name):
        shown = visible(repr(name[:40]))
        raise ImageError(
            f"name {shown} cannot be a file name on the guest's disk",
            where=where,
            advice="Use one to eight characters: a letter, then letters, digits or "
            "underscores, all in lower case",
        )


def _check(manifest: Manifest, path: str) -> None:
    require_name(manifest.name, path)
    for key in ("version", "license", "description"):
        value: str = getattr(manifest, key)
        if len(value) > _LONGEST_TEXT or not value.isprintable():
            raise ImageError(
                f"`{key}` is too long, or has characters that cannot be printed",
                where=path,
                advice=f"Write one line of at most {_LONGEST_TEXT} characters",
            )
    if not manifest.kinds or len(set(manifest.kinds)) != len(manifest.kinds):
        allowed = " or ".join(f'"{name}"' for name in plugins.NAMES)
        raise ImageError(
            "`kinds` is empty, or names a kind twice",
            where=path,
            advice=f"Name {allowed}, or several of them",
        )
    events = [name for name, _, _ in EVENT_TYPE.rows]
    rights = [name for name, bit, _ in syscalls.RIGHTS if bit]
    _check_names(manifest.events, events, f"{path}: events")
    _check_names(manifest.rights, rights, f"{path}: rights")
    _check_device(manifest, path)


def _check_device(manifest: Manifest, path: str) -> None:
    """Raise ImageError unless it names a whole device of the board, or none."""
    named = (manifest.ports, manifest.quiesce)
    is_driver = manifest.ports is not None
    if None in named and (is_driver or manifest.quiesce or manifest.interrupts):
        raise ImageError(
            "a driver of a device needs both `ports` and `quiesce`",
            where=path,
            advice="Write `ports = [first, last]` and `quiesce = [port, value]`: what "
            "to write so that the device comes to rest if the driver has died",
        )
    for kind in manifest.kinds:
        if kind.row.has_device and not is_driver:
            raise ImageError(
                f'a "{kind.value}" has a device, and the manifest names none',
                where=path,
                advice='Write `ports` and `quiesce`, or choose the kind "extension"',
            )
    if not is_driver or any(_is_device(manifest, *it) for it in ports.FOR_USER_DRIVERS):
        return
    known = "; ".join(
        f"{name}: ports {first:#x} to {first + count - 1:#x}, line {line}"
        for name, first, count, line in ports.FOR_USER_DRIVERS
    )
    raise ImageError(
        "`ports`, `interrupts` and `quiesce` do not lie in one device for drivers",
        where=path,
        advice=f"These devices are for drivers: {known}. A value has one byte",
    )


def _is_device(
    manifest: Manifest, _name: str, start: int, count: int, line: int
) -> bool:
    """Whether all that the manifest names belongs to this device."""
    first, last = manifest.ports or (0, 0)
    port, value = manifest.quiesce or (0, 0)
    return (
        start <= first <= port <= last < start + count
        and set(manifest.interrupts) <= {line}
        and 0 <= value <= 0xFF
    )


def _check_names(names: tuple[str, ...], allowed: list[str], where: str) -> None:
    for name in names:
        if name not in allowed:
            raise ImageError(
                f"there is no such name as {visible(repr(name[:40]))}",
                where=where,
                advice=f"{meant(name, allowed)}`minios plugin new --help` lists all",
            )
