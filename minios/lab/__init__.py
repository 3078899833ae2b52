"""The common vocabulary of tests, lessons, screen and commands.

    with Lab(model="windows") as lab:
        lab.boot()
        lab.push("channel-291-bad")
        stop = lab.run_until(Bugcheck(), within=seconds(5))
        assert stop.name == "PAGE_FAULT_IN_NONPAGED_AREA" and stop.ring == 0
        print(explain(lab, stop))

Everything here returns values and prints nothing. Time is virtual: no call waits for
the host. Reading order: `events.py`, `conditions.py`, `lab.py`, `recorder.py`,
`explain.py`, `story.py`.
"""

from minios.lab import events, recovery
from minios.lab.conditions import (
    Bugcheck,
    Condition,
    Death,
    Happened,
    Ready,
    Reset,
    Restart,
    milliseconds,
    seconds,
)
from minios.lab.content_files import ContentFile, shipped
from minios.lab.events import Event, json_schema, to_json
from minios.lab.explain import Explanation, explain
from minios.lab.lab import ConditionNotMetError, Lab
from minios.lab.snapshots import LabSnapshot

__all__ = [
    "Bugcheck",
    "Condition",
    "ConditionNotMetError",
    "ContentFile",
    "Death",
    "Event",
    "Explanation",
    "Happened",
    "Lab",
    "LabSnapshot",
    "Ready",
    "Reset",
    "Restart",
    "events",
    "explain",
    "json_schema",
    "milliseconds",
    "recovery",
    "seconds",
    "shipped",
    "to_json",
]
