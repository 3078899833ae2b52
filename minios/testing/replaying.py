"""Play a recording of a session in a lab.

A recording that comes from a stranger says how long it is, and what its machines do in
that time is up to its author. So a lab should have an allowance before it is played.
"""

from __future__ import annotations

from minios.errors import ScenarioError
from minios.lab import Lab
from minios.session import recording
from minios.session.recording import Recording


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
