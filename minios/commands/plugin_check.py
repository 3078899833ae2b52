"""Mistakes in a plugin that compiles, but would not do what its author wants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from minios.image.plugins import BuiltPlugin

_NEEDED: Final = {
    "plugin_subscribe": "EVENTS",
    "plugin_report": "REPORT",
    "plugin_report_value": "REPORT",
}
_NAMED: Final = re.compile(r'\.name\s*=\s*"([^"\n]*)"')


def mistakes(plugin: BuiltPlugin) -> tuple[str, ...]:
    """What is wrong, where, and what to write instead; empty if all is well."""
    return (*_missing_rights(plugin), *_missing_events(plugin), *_other_names(plugin))


def notes(plugin: BuiltPlugin, folder: Path) -> tuple[str, ...]:
    """What works, but may not be what is meant."""
    name = folder.resolve().name
    if name == plugin.name:
        return ()
    return (f"the folder is called {name!r}, but the plugin {plugin.name!r}",)


def _missing_rights(plugin: BuiltPlugin) -> Iterator[str]:
    rights = plugin.manifest.rights
    for function, right in _NEEDED.items():
        place = _called(plugin, function)
        if place and right not in rights:
            wanted = ", ".join(f'"{name}"' for name in (*rights, right))
            yield (
                f"plugin.toml: {place} calls {function}, which needs the right {right}."
                f" Write: rights = [{wanted}]"
            )


def _missing_events(plugin: BuiltPlugin) -> Iterator[str]:
    place = _called(plugin, "plugin_subscribe")
    if place and not plugin.manifest.events:
        yield (
            f"plugin.toml: {place} calls plugin_subscribe, but no event is allowed."
            ' Write the events that it wants: events = ["PIPE_OPEN"]'
        )


def _other_names(plugin: BuiltPlugin) -> Iterator[str]:
    for file, text in plugin.sources.items():
        for found in _NAMED.finditer(text):
            if found[1] != plugin.name and _defines_plugin(text, found.start()):
                yield (
                    f"{_place(file, text, found.start())}: .name is {found[1]!r}, but"
                    f' plugin.toml says {plugin.name!r}. Write: .name = "{plugin.name}"'
                )


def _defines_plugin(text: str, at: int) -> bool:
    """Whether the braces round this place are those of the plugin object."""
    return bool(re.search(r"struct\s+plugin\s+plugin\s*=\s*\{[^}]*$", text[:at]))


def _called(plugin: BuiltPlugin, function: str) -> str:
    """The place of the first call of a function; "" if it is not called."""
    for file, text in plugin.sources.items():
        found = re.search(rf"^(?!\s*//).*\b{function}\s*\(", text, re.MULTILINE)
        if found:
            return _place(file, text, found.start())
    return ""


def _place(file: str, text: str, at: int) -> str:
    name = file.split("/", 2)[-1]
    return f"{name}:{text.count(chr(10), 0, at) + 1}"
