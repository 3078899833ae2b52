"""The goals of the lab "Restart is not repair", and what it teaches.

Its four machines differ in their restart policy alone, in the order of the table
(`minios/abi/restart_policies.py`). `table.py` says how a goal is written.
"""

from __future__ import annotations

from typing import Final

from minios.abi.restart_policies import BY_NAME
from minios.lab import events
from minios.lab.conditions import Happened, seconds
from minios.session.goals import answers
from minios.session.goals.aims import Asked, Goal, GoalList, seen
from minios.session.goals.records import DEATH, HELP, PUSHED, RESTART, SENSOR_UP

POLICIES: Final = tuple(BY_NAME)
_ORDER: Final = ", ".join(f"{n} is {name}" for n, name in enumerate(POLICIES, 1))
_ALL_DIED: Final = "First push the bad file to all machines, and let each sensor die."
_GAVE_UP: Final = Happened(events.GaveUp)
_MANY: Final = 10

RESTARTS: Final = GoalList(
    (
        Goal(
            "again",
            "Push the bad file to all machines, and see a sensor die three times",
            "It is started again each time, and each time it reads the same file.",
            seen(PUSHED, DEATH, RESTART, DEATH, RESTART, DEATH),
        ),
        Goal(
            "fall-back",
            "Wait until a supervisor gives up, and puts the last good file back",
            "Two of the four policies have an end. In the console, `super` shows the "
            "policy, and `cat /SYSTEM/EPITAPHS/SENTINEL.005` the last death.",
            seen(
                PUSHED,
                _GAVE_UP,
                Happened(events.Quarantined),
                Happened(events.Restored),
                SENSOR_UP,
            ),
        ),
        Goal(
            "for-ever",
            f"See a sensor die {_MANY} times without anybody giving up",
            "Two of the four policies have no end. One of them is much faster.",
            seen(PUSHED, *[DEATH] * _MANY, unless=(_GAVE_UP,)),
        ),
        Goal(
            "unjudged",
            "Find out how often that sensor has detected something since the push",
            f"Machine {_ORDER}. Look at the timeline of machine {len(POLICIES)} alone.",
            Asked(
                f"How many detections has machine {len(POLICIES)} reported since its "
                "sensor died for the first time?",
                answers.detections_after_death(len(POLICIES) - 1),
                _ALL_DIED,
            ),
        ),
        Goal(
            "shortest",
            "Find out which policy leaves its machine without a sensor the shortest",
            f"Machine {_ORDER}. The time stands in the title of each machine; plain "
            "mode says it with the state. Let a minute pass: one of the times goes on "
            "growing.",
            Asked(
                "Which policy has left its machine without a sensor for the shortest "
                "time so far?",
                answers.least_unprotected(POLICIES),
                _ALL_DIED,
            ),
        ),
        Goal(
            "repair",
            "Repair a machine whose supervisor never gives up",
            "Somebody has to send a file that is good. The goal is reached when the "
            "sensor has run for five seconds without a death.",
            seen(
                DEATH,
                HELP,
                Happened(events.ContentLoaded),
                unless=(_GAVE_UP,),
                again=(DEATH,),
                given=1,
                calm=seconds(5),
            ),
        ),
    ),
    "A restart brings the process back, but the reason for its death is still on the "
    "disk. A sensor that is restarted fast runs nearly all the time, and still judges "
    "nothing: it dies of the very event that it should judge. What ends it is a "
    "decision: to give up, to move the file away, and to use the last good one.",
)
