"""The plugin images for `minios dev fuzz plugins`.

Case number N of a seed is always the same, and can be made without the cases before it.
Each changes both images of a plugin that comes with minios, the driver and the
extension, in one or two of the ways of `elf_changes.py`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from minios.abi.plugins import Kind
from minios.dev.fuzz.elf_changes import CHANGES
from minios.lab import own_plugins

WHOLE_EVERY: Final = 20
"""Of so many cases, one changes the image with debug information, too."""
_WEIGHTS: Final = (10, 8, 20, 20, 5, 20, 12, 5)  # in the order of `CHANGES`
_TWICE: Final = 0.2


@dataclass(frozen=True, slots=True)
class PluginCase:
    """A plugin, what was done to its images, and the images by their kind."""

    plugin: str
    words: str
    images: Mapping[Kind, bytes]

    @property
    def files(self) -> Mapping[str, bytes]:
        """The changed images, by the ending of a file's name."""
        return {kind.value: data for kind, data in self.images.items()}


def case(seed: int, number: int) -> PluginCase:
    """The case with this number."""
    plugin = own_plugins.find(_chance(seed, number, "").choice(own_plugins.shipped()))
    words, images = [], {}
    for image in plugin.images:
        chance = _chance(seed, number, image.kind.value)
        done, images[image.kind] = _changed(chance, image.bare)
        words.append(f"{image.name}: {done}")
    return PluginCase(plugin.name, "; ".join(words), images)


def whole(seed: int, number: int, kind: Kind) -> bytes:
    """The image with debug information, changed: what a stranger's recording may hold.

    The guest never sees it. minios reads symbols and lines of source from it.
    """
    plugin = own_plugins.find(case(seed, number).plugin)
    image = plugin.image(kind)
    assert image is not None
    return _changed(_chance(seed, number, f"whole {kind.value}"), image.whole)[1]


def _chance(seed: int, number: int, what: str) -> random.Random:
    return random.Random(f"plugins {seed} {number} {what}")  # noqa: S311 - no secret


def _changed(chance: random.Random, data: bytes) -> tuple[str, bytes]:
    kind = chance.choices(tuple(CHANGES), _WEIGHTS)[0]
    words, changed = CHANGES[kind](chance, data)
    if kind != "size" and chance.random() < _TWICE:
        more, changed = CHANGES["bits"](chance, changed)
        words += f", then {more}"
    return words, changed
