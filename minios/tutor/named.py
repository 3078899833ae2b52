"""States and answers that a lesson can name, because no condition can say them.

A row here is the name that `lesson.toml` uses, and the function that looks at the
newest frames. `minios/session/goals/` has the functions, which the labs share. What
`see`, `shows`, `paused_at` or the fields of a record can say needs no name here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from minios.session.goals import answers, states
from minios.session.goals.aims import Frames
from minios.session.goals.answers import Read

Holds: TypeAlias = Callable[[Frames], int]

STATES: Final[Mapping[str, Holds]] = {
    "slow pass is over": states.pass_is_over,
    "unharmed again": states.unharmed_again,
    "one crime, two ends": states.one_crime_two_ends,
    "stopped by a file of your own": states.own_file_stops,
    "driver keeps others waiting": states.driver_keeps_waiting,
}
READS: Final[Mapping[str, Callable[..., Read]]] = {
    "time without protection": answers.unprotected,
    "address of the fault": answers.fault_address,
    "element of the array": answers.element,
    "entry that refuses": answers.refusing_entry,
    "interrupted instruction": answers.interrupted_at,
    "latest wait of the supervisor": answers.latest_wait,
    "latest wait for a verdict": answers.wait_for_verdict,
    "line that was refused": answers.refused_line,
    "time without a detection": answers.silence,
    "time from the command to the stop": answers.unnoticed,
}
"""Answers. Each function takes the models of the machines that are asked about."""
