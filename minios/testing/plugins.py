"""Plugins for tests: built from a folder or from C text, once for equal sources.

Building takes a second or two, so what was built is kept: in memory for this process,
and in the cache of pytest for the next run and for the other workers. What cannot be
built is not tried again in this process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from copy import copy
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from minios import host_files
from minios.errors import ImageError
from minios.image import manifest, plugin_folder, plugins
from minios.image.plugins import BuiltPlugin
from minios.lab import build, own_plugins
from minios.lab.mistakes import Advised

_MOST_KEPT: Final = 64 << 20  # bytes of a built plugin

_MOST_BUILT: Final = 64  # plugins in memory: a grader builds one for each student
_built: Final[dict[str, BuiltPlugin | ImageError]] = {}


class PluginBuilder(Advised):
    """The fixture `plugin_builder`: builds plugins.

        plugin_builder("./my-plugin")
        plugin_builder.from_text(C_TEXT, events=["PIPE_OPEN"], rights=["EVENTS"])

    The result goes to `lab(plugins=[...])`.
    """

    def __init__(self, cache: Path | None) -> None:
        """`cache` is a folder that may keep what was built."""
        self._cache: Final = cache

    def __call__(self, folder: str | Path) -> BuiltPlugin:
        """The plugin in a folder with a plugin.toml and C sources.

        Raises ImageError with the file and line of the mistake.
        """
        place = Path(folder)
        digest = _digest(place)
        if digest not in _built:
            _built[digest] = self._kept(digest) or self._build(place, digest)
            if len(_built) > _MOST_BUILT:
                del _built[next(iter(_built))]
        found = _built[digest]
        if isinstance(found, ImageError):
            raise copy(found)
        return found

    def from_text(
        self,
        text: str,
        *,
        name: str = "mine",
        kinds: Sequence[str] = ("driver", "extension"),
        events: Sequence[str] = (),
        rights: Sequence[str] = (),
    ) -> BuiltPlugin:
        """The plugin whose only source is this C text.

        The other arguments are the keys of its plugin.toml. Raises ImageError.
        """
        table = {
            "name": name,
            "version": "1.0",
            "license": "MIT",
            "description": "made by a test",
            "kinds": kinds,
            "events": events,
            "rights": rights,
        }
        with host_files.temporary_folder("plugin") as folder:
            toml = "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())
            (folder / manifest.FILE_NAME).write_text(toml, encoding="utf-8")
            (folder / "plugin.c").write_text(text, encoding="utf-8")
            return self(folder)

    def find(self, plugin: str | Path | BuiltPlugin) -> BuiltPlugin:
        """A plugin as `Lab(plugins=[...])` takes it: shipped, in a folder, or built.

        Raises ScenarioError if there is none, and ImageError if it cannot be built.
        """
        is_shipped = str(plugin) in own_plugins.shipped()
        if isinstance(plugin, str | Path) and not is_shipped and Path(plugin).is_dir():
            return self(plugin)
        return own_plugins.find(plugin)

    def _build(self, folder: Path, digest: str) -> BuiltPlugin | ImageError:
        try:
            made = plugins.build(folder)
        except ImageError as error:
            return error
        if self._cache is not None:
            path = self._cache / digest
            host_files.write(path, msgspec.msgpack.encode(made), partial(_no, path))
        return made

    def _kept(self, digest: str) -> BuiltPlugin | None:
        path = self._cache and self._cache / digest
        if path is None or not path.exists():
            return None
        try:
            data = host_files.read(path, _MOST_KEPT, partial(_no, path))
            return msgspec.msgpack.decode(data, type=BuiltPlugin)
        except (ImageError, msgspec.MsgspecError):
            return None  # it is built again


def _digest(folder: Path) -> str:
    """Of all that a build of this folder reads, and of this minios.

    Raises ImageError if the folder is no plugin's.
    """
    parts = build.digest(), manifest.read(folder), plugin_folder.read(folder)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _toml(value: str | Sequence[str]) -> str:
    """A string, or a list of them: TOML writes both as JSON does."""
    return msgspec.json.encode(value).decode()


def _no(path: Path, what: str) -> ImageError:
    return ImageError(f"the file {what}", where=str(path))
