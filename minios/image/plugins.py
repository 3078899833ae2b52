"""Plugins from any folder: built, and held in memory.

`build` makes a `BuiltPlugin` from a folder with a plugin.toml and C sources. A lab puts
its images on the guest's disk, and finds its symbols and its source text in it. It is a
plain value: it can be pickled, sent to another process, or written into a recording.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from minios.errors import ImageError
from minios.host_files import temporary_folder
from minios.image import guest, manifest
from minios.image.manifest import Kind, Manifest
from minios.image.recipe import plugin_images


class PluginImage(msgspec.Struct, frozen=True):
    """A plugin, built for one ring."""

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

    @property
    def name(self) -> str:
        """The plugin's name, such as "counter"."""
        return self.manifest.name

    def image(self, kind: Kind) -> PluginImage | None:
        """The image of a kind. None if the plugin is not built as that kind."""
        return next((it for it in self.images if it.kind is kind), None)


def build(folder: Path) -> BuiltPlugin:
    """Build the plugin in a folder.

    Raises ImageError if the manifest is wrong, if the sources do not compile, or if the
    result is refused. The message names the file and the line in the folder.
    """
    with temporary_folder("plugin") as place:
        guest.build_plugin(folder, place)
        return built(folder, place)


def built(folder: Path, place: Path) -> BuiltPlugin:
    """The plugin of a folder whose images are in `place` already.

    Raises ImageError if the manifest is wrong, or an image or a source is missing.
    """
    plugin = manifest.read(folder)
    images = tuple(
        PluginImage(
            kind=kind,
            name=Path(image.name).name,
            on_disk=image.on_disk,
            bare=_read(place / "disk" / image.on_disk),
            whole=_read(place / image.name),
        )
        for kind, image in zip(plugin.kinds, plugin_images(folder), strict=True)
    )
    return BuiltPlugin(plugin, images, _sources(folder, plugin.name))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(
            f"the image cannot be read: {error.strerror}",
            where=str(path),
            advice="Build it with `minios dev build`",
        ) from error


def _sources(folder: Path, name: str) -> dict[str, str]:
    found = sorted(it for it in folder.rglob("*") if it.suffix in {".c", ".h"})
    try:
        return {
            f"drivers/{name}/{path.relative_to(folder).as_posix()}": path.read_text(
                encoding="utf-8"
            )
            for path in found
        }
    except (OSError, UnicodeDecodeError) as error:
        raise ImageError(
            f"a source file cannot be read: {error}", where=str(folder)
        ) from error
