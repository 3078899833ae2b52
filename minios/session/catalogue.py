"""The table of labs that the start screen offers. A new lab is a new row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from minios.arguments import meant
from minios.errors import ScenarioError
from minios.lab.sensors import SENSORS
from minios.lab.setup import Setup
from minios.session.goals import table, table_alone, table_linux, table_restart
from minios.session.goals.aims import NO_GOAL_LIST, GoalList


def called(worlds: Sequence[str], machine: int) -> str:
    """The name of a machine: its model, numbered if there are two of that model."""
    world = worlds[machine]
    return f"{machine + 1} {world}" if worlds.count(world) > 1 else world


@dataclass(frozen=True, slots=True)
class OwnPlugins:
    """Plugins that a learner has added to a lab.

    `folders` are folders, or names of plugins that come with minios. `instead` is
    whether they take the place of the sensor, which then does not start.
    """

    folders: tuple[str, ...]
    instead: bool = False


@dataclass(frozen=True, slots=True)
class LabCard:
    """A lab: its name, what a student will see in it, and how many minutes it takes.

    `suggested` is the content file that the picker offers first. `own_plugins` is what
    a learner has added to it, so that it can be built again, and `sensor` is the form
    of the sensor that was chosen, "" for that of the lab. `waits` is whether time
    stops at the first crash or death of each machine, so that nobody misses it.
    `goal_list` has its goals.
    """

    name: str
    title: str
    will_see: str
    minutes: int
    machines: tuple[Setup, ...]
    suggested: str = "channel-291-bad"
    own_plugins: OwnPlugins | None = None
    sensor: str = ""
    waits: bool = False
    goal_list: GoalList = NO_GOAL_LIST

    @property
    def worlds(self) -> tuple[str, ...]:
        """The model of each machine."""
        return tuple(it.model for it in self.machines)

    def no_goals(self, *, is_scenario: bool) -> str:
        """Why it has no goals, if it has none."""
        if self.sensor:
            return (
                "This lab has no goals: they are about the usual form of its sensor, "
                "and here the sensor has another one"
            )
        what = "a scenario" if is_scenario else "a recording"
        return f"There are no goals: {what} shows what somebody else has done"

    def called(self, machine: int) -> str:
        """The name of a machine in this lab."""
        return called(self.worlds, machine)


def _machines(*models: str, **options: str) -> tuple[Setup, ...]:
    return tuple(Setup(model, options=options) for model in models)


_CRIMES: Final = {"recovery": "no", "event_ms": "1000", "protection": "off"}
"""So that one crime after the other can be committed, and little else happens.

Some pipe events have to come: a slow pass follows one.
"""

_QUESTIONS: Final = {"event_ms": "200"}
"""So that a pipe is opened, and somebody has to wait, five times a second."""

LABS: Final = (
    LabCard(
        "two-worlds",
        "One fault, in two worlds",
        "the fault of 19 July 2024: one machine falls into a crash loop, one does not",
        5,
        _machines("windows", "macos"),
        waits=True,
        goal_list=table.TWO_WORLDS,
    ),
    LabCard(
        "latent",
        "A fault that sleeps",
        "the 21st field is a wildcard: nothing happens in either world",
        3,
        _machines("windows", "macos"),
        suggested="channel-291-latent",
        goal_list=table.LATENT,
    ),
    LabCard(
        "user-half",
        "The other stop code",
        "another pointer behind the array leads to stop code 0x7E, not 0x50",
        4,
        _machines("windows", "macos"),
        suggested="channel-291-bad-user-half",
        goal_list=table.USER_HALF,
    ),
    LabCard(
        "refused",
        "A file that is refused",
        "the file is noise: the sensor refuses it in both rings",
        3,
        _machines("windows", "macos"),
        suggested="channel-291-random",
        goal_list=table.REFUSED,
    ),
    LabCard(
        "windows",
        "Ring 0 alone",
        "the sensor is a driver: after two crashes the recovery environment asks you",
        5,
        _machines("windows"),
        goal_list=table_alone.WINDOWS,
    ),
    LabCard(
        "macos",
        "Ring 3 alone",
        "the sensor is a process: it dies and restarts, then gets a good file back",
        5,
        _machines("macos"),
        goal_list=table_alone.MACOS,
    ),
    LabCard(
        "restart",
        "Restart is not repair",
        "four supervisors restart the same dying sensor, and two of them never give up",
        8,
        tuple(Setup("macos", options={"restart": it}) for it in table_restart.POLICIES),
        goal_list=table_restart.RESTARTS,
    ),
    LabCard(
        "three-worlds",
        "One fault, in three worlds",
        "windows stops, macos loses a process, and linux ends whoever made a pipe",
        10,
        _machines("windows", "macos", "linux"),
        waits=True,
        goal_list=table_linux.THREE_WORLDS,
    ),
    LabCard(
        "linux",
        "A kernel that goes on",
        "the sensor is a module: the kernel survives its fault, and is not well",
        8,
        _machines("linux"),
        goal_list=table_linux.LINUX,
    ),
    LabCard(
        "guarded-window",
        "The guarded window",
        "four forms of one sensor on Linux: a module, and eBPF programs that the "
        "kernel verifies before they run",
        10,
        tuple(Setup("linux", services=dict(it.services)) for it in SENSORS),
        goal_list=table_linux.GUARDED,
    ),
    LabCard(
        "loop",
        "The endless crash loop",
        "without a recovery environment the machine crashes at every start, for ever",
        3,
        _machines("windows", recovery="no"),
        goal_list=table_alone.LOOP,
    ),
    LabCard(
        "deadlines",
        "Who waits for a verdict",
        "a sensor that is asked hangs: in ring 3 for a tenth of a second, in ring 0 "
        "for ever",
        10,
        (
            Setup("windows", options=_QUESTIONS, services={"gate.sys": "system"}),
            Setup("macos", options=_QUESTIONS, services={"gate.ext": "auto"}),
        ),
        goal_list=table_alone.DEADLINES,
    ),
    LabCard(
        "crimes",
        "What can go wrong",
        "break a rule of your choice, as a driver and as a process: compare the ends",
        10,
        (
            Setup("windows", options=_CRIMES, services={"villain.sys": "system"}),
            Setup("macos", options=_CRIMES, services={"villain.ext": "auto"}),
        ),
        goal_list=table_alone.CRIMES,
    ),
    LabCard(
        "upstairs",
        "A driver upstairs",
        "one driver of eight lamps in ring 0 and in ring 3: what each takes with it",
        8,
        (
            Setup("windows", options=_CRIMES, services={"lamps.sys": "system"}),
            Setup("macos", options=_CRIMES, services={"lamps.drv": "auto"}),
        ),
        goal_list=table_alone.UPSTAIRS,
    ),
    LabCard(
        "free-play",
        "Free play",
        "four machines, two of each kind, for your own experiments",
        10,
        _machines("windows", "macos", "windows", "macos"),
        goal_list=table_alone.FREE_PLAY,
    ),
)
BY_NAME: Final = {lab.name: lab for lab in LABS}


def find(name: str) -> LabCard:
    """The lab with this name.

    Raises ScenarioError, with all names, if there is none.
    """
    if name not in BY_NAME:
        raise ScenarioError(
            f"there is no lab {name!r}",
            advice=f"{meant(name, BY_NAME)}Choose one of: {', '.join(BY_NAME)}",
        )
    return BY_NAME[name]


def has_words(typed: str, *said: str) -> bool:
    """Whether every typed word occurs in what is said."""
    whole = " ".join(said).lower()
    return all(word in whole for word in typed.lower().split())


def matching(typed: str) -> tuple[LabCard, ...]:
    """The labs in whose texts every typed word occurs."""
    return tuple(
        lab for lab in LABS if has_words(typed, lab.name, lab.title, lab.will_see)
    )
