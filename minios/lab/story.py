"""The demonstration: boot a world, push a content file, watch until all is calm.

The steps are the same for every model and every file. The machine decides what happens.
`tell` only watches and counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, get_args

from minios.lab import events, losses
from minios.lab.conditions import Happened, milliseconds, seconds
from minios.lab.content_files import ContentFile
from minios.lab.events import Decisive, Ended, Event
from minios.lab.explain import explain
from minios.lab.explanation import Explanation
from minios.lab.lab import Lab
from minios.lab.losses import Losses
from minios.lab.skipped import skipped
from minios.lab.waiting import ConditionNotMetError
from minios.machine.disk_image import DiskImage

_DECISIVE: Final = Happened(
    *get_args(Decisive),
    events.ResetEvent,
    events.RestartEvent,
    events.GaveUp,
    events.Restored,
    events.UpdateRefused,
    events.UpdateFailed,
)
_LAST_WORDS: Final = Happened(events.DumpWritten, events.ResetEvent)
_LOOK: Final = milliseconds(0.1)
_LOOKS: Final = 1000
_CALM: Final = seconds(35)
"""Longer than the supervisor ever waits (30 s), so nothing more will happen."""

_WATCHED: Final = seconds(600)
"""The longest time for which one boot is watched."""

_PROOF_OF_LIFE: Final = "alive"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to show: the file to push, and the circumstances.

    `content` is the name of a shipped file, the path of another, or the file itself.
    `reboots` is how many boots of a crash loop to watch, `seed` chooses the rhythm of
    the pipe events, `disk` is an image to boot from instead of a fresh one, `options`
    are words for the kernel's command line, `sensor` is the form of the sensor, "" for
    that of the model (`minios/lab/sensors.py`).
    """

    content: str | Path | ContentFile
    reboots: int = 3
    seed: int = 1
    disk: bytes | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    sensor: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """What happened in one world.

    `world` is the model, with the form of the sensor if one was named. `events` are all
    its records, the oldest first, and `end` is the last of them. `crash` is the first
    bugcheck, death or oops, but the bugcheck if oopses led to one; `why` is its
    explanation; both None in a world that was not harmed. `console` is what the shell
    answered at the end, "" if there was nobody to ask. `screen` is the text screen at
    the crash, or at the end. `disk` is the disk at the end. `refusal` is why the
    verifier has refused the sensor's programs, "" if not. `skipped` is why programs
    with a bounds check find nothing, "" if they skip nothing. `losses` is what
    it cost the machine.
    """

    world: str
    events: tuple[Event, ...]
    end: Ended
    crash: Decisive | None
    why: Explanation | None
    console: str
    screen: tuple[str, ...]
    disk: DiskImage
    refusal: str = ""
    skipped: str = ""
    losses: Losses = field(default_factory=Losses)


def tell(
    model: str, plan: Plan, *, listen: Callable[[Event], None] | None = None
) -> Story:
    """Run the demonstration in one world.

    A world that crashes is watched for `plan.reboots` boots. Any other is watched until
    nothing has happened for 35 virtual seconds, for 10 virtual minutes at most.
    `listen` is called with every record as it happens.

    Raises:
        ScenarioError: there is no such model, or no such sensor in it.
        ContentError: the content file cannot be used.
        DiskError: the disk image cannot be used.
        ImageError: the guest has not been built.
        ConditionNotMetError: the machine neither becomes ready nor resets itself.
    """
    with Lab(
        model=model,
        seed=plan.seed,
        disk=plan.disk,
        options=plan.options,
        sensor=plan.sensor,
    ) as lab:
        if listen is not None:
            lab.listen(listen)
        screen: tuple[str, ...] = ()
        if _comes_up(lab, plan.reboots):
            lab.push(plan.content)
            screen = _watch(lab, plan.reboots)
        crash = _crash(lab.events)
        cost = losses.measure(lab)
        console = _ask(lab)
        end = _end(lab, cost, console_alive=_PROOF_OF_LIFE in console)
        lab.record(end)
        return Story(
            world=world_of(model, plan.sensor),
            events=lab.events,
            end=end,
            crash=crash,
            why=explain(lab, crash) if crash else None,
            console=console,
            screen=screen or lab.screen,
            disk=lab.disk(),
            refusal=next((it.reason for it in lab.all(events.BpfRefused)), ""),
            skipped=skipped(lab.inputs, lab.events),
            losses=cost,
        )


def _crash(recorded: Sequence[Event]) -> Decisive | None:
    """What decided the story: its first crash, or the stop to which oopses led."""
    decisive = [it for it in recorded if isinstance(it, Decisive)]
    if not decisive or not isinstance(decisive[0], events.Oops):
        return next(iter(decisive), None)
    stops = (it for it in decisive if isinstance(it, events.BugcheckEvent))
    return next(stops, decisive[0])


def world_of(model: str, sensor: str) -> str:
    """What a world is called: "linux", or "linux bpf-naive"."""
    return f"{model} {sensor}".rstrip()


def _comes_up(lab: Lab, reboots: int) -> bool:
    """Whether the machine becomes ready before it has reset itself too often.

    Raises ConditionNotMetError if it does neither.
    """
    first = Happened(events.ReadyEvent, events.ResetEvent)
    return any(
        isinstance(lab.come_up(first), events.ReadyEvent) for _ in range(reboots)
    )


def _watch(lab: Lab, reboots: int) -> tuple[str, ...]:
    """Watch until the last boot has ended, or all is calm. Returns the crash screen."""
    screen: tuple[str, ...] = ()
    end = lab.machine.now + _WATCHED
    while lab.machine.now < end:
        event = lab.run_while_waiting(_DECISIVE, within=_CALM)
        if event is None:
            break
        if isinstance(event, events.BugcheckEvent) and not screen:
            event, screen = _last_words(lab, event)
        if isinstance(event, events.ResetEvent):
            end = lab.machine.now + _WATCHED
            if _count(lab, events.ResetEvent) >= reboots:
                break
    return screen


def _last_words(lab: Lab, event: Event) -> tuple[Event, tuple[str, ...]]:
    """The last event of a dying kernel, or the reset, and the screen before it.

    The guest draws its screen after it has written to the beacon. It saves its dump
    after that, if there is room for one. After a reset nothing of the screen is left.
    """
    screen = lab.screen
    for _ in range(_LOOKS):
        last = lab.run_while_waiting(_LAST_WORDS, within=_LOOK)
        if isinstance(last, events.ResetEvent):
            return last, screen
        screen = lab.screen
        if last is not None:
            return last, screen
    return event, screen


def _ask(lab: Lab) -> str:
    """What the shell answers to a typed line; "" if it does not answer."""
    if isinstance(lab.events[-1], events.ResetEvent | events.PoweredOff):
        return ""
    try:
        return lab.console(f"echo {_PROOF_OF_LIFE}")
    except ConditionNotMetError:
        return ""


def _count(lab: Lab, kind: type) -> int:
    return sum(isinstance(event, kind) for event in lab.events)


_OUTCOMES: Final = (
    (events.BugcheckEvent, "crash"),
    (events.PoweredOff, "switched off"),
    (events.ResetEvent, "reset loop"),
    (events.Oops, "went on"),
    (events.DeathEvent, "isolated"),
    (events.BpfRefused, "never ran"),
    (events.UpdateRefused, "refused"),
    (events.UpdateStored, "unharmed"),
)
"""The first kind in this table of which there is an event decides the outcome."""


def _outcome(lab: Lab) -> str:
    if _count(lab, events.BugcheckEvent) > 1:
        return "crash loop"
    found = (words for kind, words in _OUTCOMES if _count(lab, kind))
    return next(found, "not updated")


def _end(lab: Lab, cost: Losses, *, console_alive: bool) -> events.Ended:
    loaded = [it for it in lab.events if isinstance(it, events.ContentLoaded)]
    return events.Ended(
        **lab.stamp(),
        outcome=_outcome(lab),
        boots=lab.boots,
        bugchecks=_count(lab, events.BugcheckEvent),
        deaths=_count(lab, events.DeathEvent),
        restarts=_count(lab, events.RestartEvent),
        oopses=cost.oopses,
        panics=cost.panics,
        tasks_ended=sum(cost.tasks.values()),
        init_restarts=cost.init_restarts,
        sensor_running=lab.is_protected(),
        console_alive=console_alive,
        content=f"{loaded[-1].file} version {loaded[-1].version}" if loaded else "",
    )
