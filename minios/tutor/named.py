"""States and answers that a lesson can name, because no condition can say them.

A row here is the name that `lesson.toml` uses, and the function that looks at the
newest frames. `minios/session/goals/` has the functions, which the labs share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from minios.session.goals import answers, states
from minios.session.goals.aims import Frames
from minios.session.goals.answers import Read

Holds: TypeAlias = Callable[[Frames], int]

STATES: Final[Mapping[str, Holds]] = {
    "paused where the sensor compares": states.compares_a_pipe,
    "at the load of the bad pointer": states.at_the_load,
    "in the handler of the sensor's page fault": states.in_fault_handler,
    "slow pass is over": states.pass_is_over,
    "only windows has stopped": states.only_windows_stopped,
    "unharmed again": states.unharmed_again,
    "refused for two reasons": states.two_reasons,
    "stopped with three codes": states.three_codes,
    "one crime, two ends": states.one_crime_two_ends,
    "stopped by a file of your own": states.own_file_stops,
}
PAUSED: Final = frozenset(
    {
        "paused where the sensor compares",
        "at the load of the bad pointer",
        "in the handler of the sensor's page fault",
    }
)
"""States at which the machines must stand still."""
READS: Final[Mapping[str, Callable[..., Read]]] = {
    "ring of the fault": answers.rings,
    "time without protection": answers.unprotected,
    "address of the fault": answers.fault_address,
    "stop code": answers.stop_code,
    "element of the array": answers.element,
    "entry that refuses": answers.refusing_entry,
    "interrupted instruction": answers.interrupted_at,
    "latest wait of the supervisor": answers.latest_wait,
    "time without a detection": answers.silence,
    "time from the command to the stop": answers.unnoticed,
}
"""Answers. Each function takes the models of the machines that are asked about."""
