"""Play a recording of a session in a lab.

A recording that comes from a stranger says what its machines are made from, how long it
is, and what is done in that time. So a lab is made from the setup that is expected, and
another one is refused; and a lab should have an allowance before it is played.
"""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from minios.errors import ScenarioError
from minios.lab import Lab, content_files
from minios.lab.setup import Setup
from minios.session import recording
from minios.session.recording import Recording
from minios.testing.scenarios import times
from minios.testing.scenarios.base import LONGEST_BUDGET


def find(path: Path, expected: Setup) -> tuple[Recording, int]:
    """A recording, and which of its machines was made like this one, from 0.

    Raises ScenarioError if it is no recording, if no machine of it was made like this
    one, or if it is longer than any budget.
    """
    found = recording.load(path)
    keys = [_key(it) for it in found.machines]
    if _key(expected) not in keys:
        raise ScenarioError(
            f"the recording has no machine {expected.model!r} made as this test asks",
            where=path.name,
            advice="Record a session with a machine that has the same world, seed, "
            "content, options, plugins and services",
        )
    number = keys.index(_key(expected))
    if found.ends[number].t > LONGEST_BUDGET:
        raise ScenarioError(
            f"the recording is longer than {times.shown(LONGEST_BUDGET)}",
            where=path.name,
            advice="Record a shorter session",
        )
    return found, number


def _key(setup: Setup) -> object:
    """The same for setups of equal machines; a fresh disk has the factory's content."""
    if setup.disk is None and setup.content is None:
        setup = replace(setup, content=content_files.find(content_files.FACTORY))
    return setup.key


def play(lab: Lab, found: Recording, number: int, *, where: str) -> None:
    """Give a new lab what was given to a machine of the recording, up to its end.

    Args:
        lab: a lab made from the setup of that machine, before its first instruction.
        found: the recording.
        number: which of its machines it is, from 0.
        where: the name of its file, for messages.

    Raises ScenarioError if it does not end as it was recorded, and AllowanceError if
    the lab would do more than it may.
    """
    end = found.ends[number]
    for moment, given in found.inputs[number]:
        lab.run_for(moment - lab.now)
        lab.give(given)
    lab.run_for(end.t - lab.now)
    if recording.of_labs([lab]).ends[0] != end:
        raise ScenarioError(
            "the machine has not ended as it was recorded",
            where=where,
            advice="Record the session again",
        )
