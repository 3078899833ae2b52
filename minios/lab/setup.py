"""What a lab is made from, as a value: it can be compared, kept, and written as JSON.

Together with the inputs (`inputs.py`) it is all that a machine depends on. So it stands
at the head of a recording, and it is the name under which a booted machine is kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Hashable
from typing import Final

import msgspec
from msgspec.structs import replace

from minios.abi import disk_layout, policies
from minios.abi.plugins import Kind
from minios.errors import ScenarioError
from minios.image.plugins import BuiltPlugin
from minios.lab.content_files import ContentFile

_DISK_BYTES: Final = disk_layout.DISK_SECTORS * disk_layout.SECTOR_SIZE


class Setup(msgspec.Struct, frozen=True):
    """The arguments of `Lab`, found and checked.

    `content` is None for the content file of a fresh disk, `disk` for a fresh disk.
    """

    model: str = "windows"
    seed: int = 1
    options: dict[str, str] = {}
    content: ContentFile | None = None
    plugins: tuple[BuiltPlugin, ...] = ()
    services: dict[str, str] = {}
    disk: bytes | None = None

    @property
    def plugin_kinds(self) -> tuple[Kind, ...]:
        """The kinds of plugins that such a machine takes."""
        return policies.kinds_taken(self.model, self.options)

    @property
    def after_fault(self) -> policies.AfterFault:
        """What follows a fault of ring 0 on such a machine."""
        return policies.after_fault(self.model, self.options)

    @property
    def key(self) -> Hashable:
        """Equal for equal setups, as a key for dictionaries."""
        pairs = (tuple(sorted(it.items())) for it in (self.options, self.services))
        plugins = tuple((it.manifest, it.images) for it in self.plugins)
        return (self.model, self.seed, *pairs, self.content, plugins, self.disk)


def packed(setup: Setup) -> Setup:
    """The same with its disk compressed, to be written into a file."""
    disk = setup.disk
    return setup if disk is None else replace(setup, disk=zlib.compress(disk))


def unpacked(setup: Setup) -> Setup:
    """What was packed. Raises ScenarioError if it cannot be unpacked."""
    if setup.disk is None:
        return setup
    try:
        disk = zlib.decompressobj().decompress(setup.disk, _DISK_BYTES + 1)
    except zlib.error as error:
        raise ScenarioError(f"the disk cannot be unpacked: {error}") from error
    if len(disk) != _DISK_BYTES:
        raise ScenarioError(f"the disk does not have {_DISK_BYTES} bytes")
    return replace(setup, disk=disk)
