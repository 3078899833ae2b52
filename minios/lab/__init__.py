"""The common vocabulary of tests, lessons, screen and commands.

    with Lab(model="windows") as lab:
        lab.boot()
        lab.push("channel-291-bad")
        stop = lab.run_until(Bugcheck(), within=seconds(5))
        assert stop.name == "PAGE_FAULT_IN_NONPAGED_AREA" and stop.ring == 0
        print(explain(lab, stop))

Everything here returns values and prints nothing. Time is virtual: no call waits for
the host. Reading order: `events.py`; `combining.py`, `conditions.py`, `sightings.py`
and `waiting.py`; `view.py`, `running.py`, `lab.py`; `recorder.py`, `explain.py`
(with `explanation.py`, `causes.py`, `reasons.py`, `evidence.py`, `verdict_words.py`),
`story.py`.
"""

from typing import TYPE_CHECKING, NoReturn

from minios.lab import events, recovery
from minios.lab.combining import Condition
from minios.lab.conditions import (
    Bugcheck,
    Death,
    Happened,
    Ready,
    RecordCondition,
    Reset,
    Restart,
    milliseconds,
    seconds,
)
from minios.lab.content_files import ContentFile, shipped
from minios.lab.events import Event, json_schema, to_json
from minios.lab.explain import explain
from minios.lab.explanation import Explanation
from minios.lab.lab import Lab
from minios.lab.mistakes import nearest, no_name
from minios.lab.sightings import (
    Console,
    DiskWrite,
    Not,
    Screen,
    TextSeen,
    TimePassed,
    WriteSeen,
)
from minios.lab.snapshots import LabSnapshot
from minios.lab.waiting import ConditionNotMetError

__all__ = [
    "Bugcheck",
    "Condition",
    "ConditionNotMetError",
    "Console",
    "ContentFile",
    "Death",
    "DiskWrite",
    "Event",
    "Explanation",
    "Happened",
    "Lab",
    "LabSnapshot",
    "Not",
    "Ready",
    "RecordCondition",
    "Reset",
    "Restart",
    "Screen",
    "TextSeen",
    "TimePassed",
    "WriteSeen",
    "events",
    "explain",
    "json_schema",
    "milliseconds",
    "recovery",
    "seconds",
    "shipped",
    "to_json",
]

if not TYPE_CHECKING:  # a checker knows the names, and shall not forget them

    def __getattr__(name: str) -> NoReturn:
        """Asked for what this package does not have: `Bugchecked`."""
        if name.startswith("_") or name.islower():  # a module of ours, not imported yet
            raise AttributeError(f"module {__name__} has no attribute {name!r}")
        is_kind = name in events.KINDS
        advice = f"Write events.{name}" if is_kind else nearest(name, __all__)
        raise no_name(name, where=__name__, advice=advice)
