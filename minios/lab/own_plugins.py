"""Plugins by name or by folder, as `Lab(plugins=[...])` takes them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from minios import paths
from minios.arguments import meant
from minios.errors import ScenarioError
from minios.image import manifest, plugins
from minios.image.plugins import BuiltPlugin
from minios.lab.mistakes import require_type


def shipped() -> tuple[str, ...]:
    """The names of the plugins that come with minios."""
    found = paths.DRIVERS.glob(f"*/{manifest.FILE_NAME}")
    return tuple(sorted(path.parent.name for path in found))


def sensors(more: Iterable[BuiltPlugin] = ()) -> frozenset[str]:
    """The names of the sensors on a disk: those of minios, and of more plugins."""
    return _shipped_sensors() | {it.name for it in more if it.manifest.sensor}


def find(plugin: str | Path | BuiltPlugin) -> BuiltPlugin:
    """A plugin that comes with minios by its name, or any by its folder, built now.

    Raises ScenarioError if there is none, and ImageError if it cannot be built.
    """
    require_type(plugin, str | Path | BuiltPlugin, 'plugins=["my-plugin"]')
    if isinstance(plugin, BuiltPlugin):
        return plugin
    if str(plugin) in shipped():
        return _shipped(str(plugin))
    folder = Path(plugin)
    if not folder.is_dir():
        asked = meant(str(plugin), shipped())
        raise ScenarioError(
            f"there is no plugin {str(plugin)!r}",
            where="plugins",
            advice=f"{asked}Give a folder with a {manifest.FILE_NAME}, or one of: "
            f"{', '.join(shipped())}",
        )
    return plugins.build(folder)


@lru_cache
def _shipped_sensors() -> frozenset[str]:
    return frozenset(folder.name for folder in manifest.sensors(paths.DRIVERS))


@lru_cache
def _shipped(name: str) -> BuiltPlugin:
    return plugins.built(paths.DRIVERS / name, paths.GUEST)
