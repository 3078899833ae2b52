"""The machines of a scenario: what they are made from, and what is played before."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from minios.errors import ScenarioError
from minios.lab import Lab, content_files
from minios.lab.disk_files import read_disk
from minios.lab.setup import Setup
from minios.session import recording as recordings
from minios.testing.loans import Labs
from minios.testing.replaying import play
from minios.testing.scenarios import times
from minios.testing.scenarios.base import LONGEST_BUDGET
from minios.testing.scenarios.model import Machine
from minios.testing.scenarios.sources import Sources


def of(name: str, machine: Machine, sources: Sources, labs: Labs) -> Setup:
    """What a machine is made from. Raises MiniosError for what cannot be used."""
    plugins = (labs.plugins.find(sources.plugin(it)) for it in machine.plugins)
    disk = machine.disk and read_disk(sources.path(machine.disk))
    return Setup(
        model=machine.world or name,
        seed=machine.seed,
        options={key: str(it) for key, it in machine.options.items()},
        content=None if disk else sources.content(machine.content),
        plugins=tuple(plugins),
        services=machine.services,
        disk=disk or None,
    )


def replayed(setup: Setup, path: Path, labs: Labs) -> Lab:
    """The machine of a recording, when that is over.

    Raises ScenarioError if the recording has no machine that was made like this one, or
    if it does not end as it was recorded.
    """
    found = recordings.load(path)
    keys = [_key(it) for it in found.machines]
    if _key(setup) not in keys:
        raise ScenarioError(
            "the recording has no machine that was made like this one",
            where=path.name,
            advice="Record a session with a machine that has the same world, seed, "
            "content, options, plugins and services",
        )
    number = keys.index(_key(setup))
    if found.ends[number].t > LONGEST_BUDGET:
        raise ScenarioError(
            f"the recording is longer than {times.shown(LONGEST_BUDGET)}",
            where=path.name,
            advice="Record a shorter session",
        )
    lab = labs.of(setup, cold=True)
    play(lab, found, number, where=path.name)
    return lab


def _key(setup: Setup) -> object:
    """The same for setups of equal machines; a fresh disk has the factory's content."""
    if setup.disk is None and setup.content is None:
        setup = replace(setup, content=content_files.find(content_files.FACTORY))
    return setup.key
