"""What the machines of a scenario are made from."""

from __future__ import annotations

from minios.lab import sensors
from minios.lab.disk_files import read_disk
from minios.lab.setup import Setup
from minios.testing.loans import Labs
from minios.testing.scenarios.model import Machine
from minios.testing.scenarios.sources import Sources


def of(name: str, machine: Machine, sources: Sources, labs: Labs) -> Setup:
    """What a machine is made from. Raises MiniosError for what cannot be used."""
    world = machine.world or name
    plugins = (labs.plugins.find(sources.plugin(it)) for it in machine.plugins)
    disk = machine.disk and read_disk(sources.path(machine.disk))
    return Setup(
        model=world,
        seed=machine.seed,
        options={key: str(it) for key, it in machine.options.items()},
        content=None if disk else sources.content(machine.content),
        plugins=tuple(plugins),
        services=sensors.services(world, machine.sensor, machine.services),
        disk=disk or None,
    )
