"""Plugins from any folder: built, and held in memory.

`build` makes a `BuiltPlugin` from a folder with a plugin.toml and C sources. A lab puts
its images on the guest's disk, and finds its symbols and its source text in it. It is a
plain value: it can be pickled, sent to another process, or written into a recording.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from minios.abi.plugins import Kind
from minios.errors import ImageError
from minios.host_files import temporary_folder
from minios.image import (
    elf,
    guest,
    manifest,
    plugin_folder,
    plugin_messages,
    sandbox,
)
from minios.image.manifest import Manifest
from minios.image.recipe import ROOT, Image, PluginSources, plugin_images


class PluginImage(msgspec.Struct, frozen=True):
    """A plugin, built as one kind."""

    kind: Kind
    name: str
    """What the guest calls it: "counter.sys" or "counter.ext"."""
    on_disk: str
    """Its path on the guest's volume: "SYSTEM/DRIVERS/COUNTER.SYS"."""
    bare: bytes
    """The file for the guest's disk: it has no debug information."""
    whole: bytes
    """The same image with debug information (see `minios.image.symbols.of`)."""


class BuiltPlugin(msgspec.Struct, frozen=True):
    """A plugin that has been built: all that a lab needs to load and to explain it."""

    manifest: Manifest
    """The checked plugin.toml."""
    images: tuple[PluginImage, ...]
    """One for each kind in the manifest, in that order."""
    sources: dict[str, str]
    """The text of its C files, by the path in the debug information
    ("drivers/counter/counter.c")."""
    warnings: tuple[str, ...] = ()
    """What the compiler warns of, line by line; safe to print."""

    @property
    def name(self) -> str:
        """The plugin's name, such as "counter"."""
        return self.manifest.name

    def image(self, kind: Kind) -> PluginImage | None:
        """The image of a kind. None if the plugin is not built as that kind."""
        return next((it for it in self.images if it.kind is kind), None)


def build(folder: Path, flags: tuple[str, ...] = ()) -> BuiltPlugin:
    """Build the plugin in a folder, which may be a stranger's.

    `flags` are more words for the compiler, such as macros of the sensor.

    Raises ImageError if the manifest is wrong, if the sources do not compile, or if
    they or the result are refused. The message names the file and the line.
    """
    plugin = manifest.read(folder)
    try:
        return _build(folder, plugin, flags)
    except ImageError as error:
        raise plugin_messages.explain(error, plugin.name) from error


def _build(folder: Path, plugin: Manifest, more: tuple[str, ...]) -> BuiltPlugin:
    texts = _texts(folder, plugin)
    with temporary_folder("plugin") as scratch:
        tree = scratch.resolve() / "tree"
        flags = (*more, *sandbox.lay_out(tree, texts, root=ROOT))
        files = tuple(Path(name) for name in texts if name.endswith(".c"))
        wanted = plugin_images(PluginSources(plugin, files, tree, flags))
        # The text is the same in both rings. For eBPF it is another file.
        units = dict.fromkeys(unit for image in wanted for unit in image.units)
        strange = list({it.source: it for it in units if it.folder}.values())
        sandbox.check(strange, scratch, root=ROOT)
        warnings: list[str] = []
        place = scratch / "made"
        made = guest.make(wanted, place, root=ROOT, warn=warnings.append)
        images = _images(plugin, made, place)
    said = plugin_messages.without_folders(
        "\n".join(dict.fromkeys(warnings)), plugin.name
    )
    return BuiltPlugin(plugin, images, texts, said)


def built(folder: Path, place: Path) -> BuiltPlugin:
    """The plugin of a folder whose images are in `place` already.

    Raises ImageError if the manifest is wrong, or an image or a source is missing.
    """
    plugin = manifest.read(folder)
    images = _images(plugin, plugin_images(PluginSources(plugin)), place)
    return BuiltPlugin(plugin, images, _texts(folder, plugin))


def _texts(folder: Path, plugin: Manifest) -> dict[str, str]:
    own = f"drivers/{plugin.name}/"
    return {own + name: text for name, text in plugin_folder.read(folder).items()}


def _images(
    plugin: Manifest, made: Iterable[Image], place: Path
) -> tuple[PluginImage, ...]:
    """What lies in a folder in which the images have been made."""
    return tuple(
        PluginImage(
            kind=kind,
            name=Path(image.name).name,
            on_disk=image.on_disk,
            bare=elf.read_bytes(place / "disk" / image.on_disk),
            whole=elf.read_bytes(place / image.name),
        )
        for kind, image in zip(plugin.kinds, made, strict=True)
    )
