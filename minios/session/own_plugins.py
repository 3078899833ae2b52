"""A lab with plugins of a learner in every machine, and the folders that are known.

A learner changes the C code in a folder, builds it, and watches what the machines do
with it, again and again. So a lab keeps the folders that its plugins were built from.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Final

from msgspec.structs import replace as changed

from minios.lab import own_plugins
from minios.lab.setup import Setup
from minios.session import catalogue, sensor_forms
from minios.session.catalogue import LabCard, OwnPlugins
from minios.session.kept import Kept

TITLE: Final = "Your own plugin"
WORDS: Final = "build your C code from a folder, and run it in the machines of a lab"
WAYS: Final = ("beside the sensor", "in place of the sensor")
_FILE: Final = "plugins.json"
_MOST: Final = 8  # folders that are remembered


def with_plugins(card: LabCard, own: OwnPlugins) -> LabCard:
    """The lab with these plugins, built now, in each of its machines.

    Raises ScenarioError if there is no such plugin, and ImageError, with file and line,
    if it cannot be built.
    """
    built = tuple(own_plugins.find(folder) for folder in own.folders)
    # One of its name has taken its place already, and is to run.
    others = own_plugins.sensors() - {it.name for it in built}
    services = dict.fromkeys(sorted(others) if own.instead else (), "disabled")

    def equipped(setup: Setup) -> Setup:
        return changed(
            setup,
            plugins=(*setup.plugins, *built),
            services=setup.services | services,
        )

    machines = tuple(map(equipped, card.machines))
    return replace(card, machines=machines, own_plugins=own)


def folder_of(typed: str) -> str:
    """What was typed; if it is a folder, its whole path, which is true from anywhere.

    The name of a plugin that comes with minios stays a name.
    """
    folder = os.path.expanduser(typed)  # noqa: PTH111 - never raises
    is_own = typed not in own_plugins.shipped() and os.path.isdir(folder)  # noqa: PTH112
    return os.path.abspath(folder) if is_own else typed  # noqa: PTH100


def built_again(card: LabCard) -> LabCard:
    """The same lab with its plugins as their folders are now. Raises as above."""
    assert card.own_plugins is not None
    fresh = sensor_forms.with_sensor(catalogue.find(card.name), card.sensor)
    return with_plugins(fresh, card.own_plugins)


class Folders:
    """The folders of plugins that a learner has named, the latest first."""

    def __init__(self, folder: Path | None) -> None:
        """Remember them in this folder of the host. None remembers nothing."""
        path = None if folder is None else folder / _FILE
        self._kept: Final = Kept[list[str]](path, list[str], "the list of your plugins")

    @property
    def known(self) -> tuple[str, ...]:
        """Those that were named."""
        return tuple((self._kept.read() or [])[:_MOST])

    @property
    def offered(self) -> tuple[str, ...]:
        """Those, and then the plugins that come with minios."""
        return tuple(dict.fromkeys((*self.known, *own_plugins.shipped())))

    def note(self, named: str) -> None:
        """Remember a folder whose plugin could be built."""
        if named not in own_plugins.shipped():
            known = [named, *(it for it in self.known if it != named)][:_MOST]
            self._kept.write(known)
