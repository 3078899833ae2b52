"""The ways out of a crash loop: try each as a person would, and see whether it helps.

    for way in WAYS:
        print(way.name, rescue(way).recovered)

A machine starts, gets the bad file, and crashes until it is in the recovery
environment. In the meantime the vendor has withdrawn the file. Then one way is tried,
key by key. The machine is watched until a start would count as good. The machine alone
decides whether a way helps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from minios.abi.disk_layout import CONTENT_PATH
from minios.lab import events, recovery
from minios.lab.conditions import Happened, Ready, milliseconds, seconds
from minios.lab.events import Event
from minios.lab.lab import Lab

_BAD: Final = "channel-291-bad"
_REPAIRED: Final = "channel-291-good"
_FIX: Final = "channel-291"
_MOMENT: Final = seconds(0.1)
_START: Final = seconds(10)
_WATCH: Final = seconds(130)
_PATIENCE: Final = seconds(900)  # about 30 starts, with the countdown before each


@dataclass(frozen=True, slots=True)
class Way:
    """One way out: its name, what a person does, and the function that does it.

    `model` is that of the machine. `options` make it a crash loop, where a fault alone
    does not stop the machine.
    """

    name: str
    words: str
    go: Callable[[Lab], None]
    model: str = "windows"
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RescuePlan:
    """The circumstances of a rescue.

    Args:
        seed: chooses how long the vendor takes to answer.
        first_event_ms: milliseconds from "ready" to the crash, at each start.
        latency_ms: the shortest and longest time that the vendor takes to answer.
    """

    seed: int = 1
    first_event_ms: int = 600
    latency_ms: tuple[int, int] = (300, 3000)


@dataclass(frozen=True, slots=True)
class Rescue:
    """The result of one way out.

    Attributes:
        way: what was tried.
        recovered: whether a start now counts as good.
        boots: the number of boots, with those before the rescue.
        seconds: virtual time since the push of the bad file.
        sensor: what the guest's shell says about the sensor; "" without a shell.
        stop: the last crash, "0x50 PAGE_FAULT_IN_NONPAGED_AREA" for example.
        console: all text of the console.
    """

    way: Way
    recovered: bool
    boots: int
    seconds: float
    sensor: str
    console: str
    stop: str = ""


def rescue(
    way: Way,
    plan: RescuePlan | None = None,
    *,
    listen: Callable[[Event], None] | None = None,
) -> Rescue:
    """Try one way out. `listen` gets every event, also for the keys that are typed."""
    plan = plan or RescuePlan()
    options = {"first_event_ms": str(plan.first_event_ms), **way.options}
    with Lab(model=way.model, seed=plan.seed, options=options) as lab:
        if listen is not None:
            lab.listen(listen)
        low, high = plan.latency_ms
        lab.cloud.latency = (milliseconds(low), milliseconds(high))
        lab.boot()
        pushed = lab.push(_BAD)
        two_crashes = milliseconds(2 * plan.first_event_ms) + _START
        lab.run_until(Happened(events.RecoveryEntered), within=two_crashes)
        lab.run_for(_MOMENT)
        lab.withdraw()
        way.go(lab)
        boots = lab.boots
        lab.run_for(_WATCH)
        recovered = lab.boots == boots and _has_settled(lab)
        done = events.Rescued(
            **lab.stamp(),
            way=way.name,
            recovered=recovered,
            outcome="recovered" if recovered else "still in the loop",
            boots=lab.boots,
        )
        lab.record(done)
        sensor = lab.console("sensor").strip() if recovered else ""
        return Rescue(
            way,
            recovered,
            lab.boots,
            (done.t - pushed.t) / 1e9,
            sensor.splitlines()[0] if sensor else "",
            lab.console_text,
            _last_stop(lab),
        )


def _last_stop(lab: Lab) -> str:
    stops = [it for it in lab.events if isinstance(it, events.BugcheckEvent)]
    return f"{stops[-1].code} {stops[-1].name}" if stops else ""


def _has_settled(lab: Lab) -> bool:
    """Whether the current start counts as good."""
    for event in reversed(lab.events):
        if isinstance(event, events.StartSettled):
            return True
        if isinstance(event, events.ResetEvent):
            return False
    return False


def _type(lab: Lab, line: str) -> None:
    """Type a line at the next prompt, and wait for the prompt after it."""
    lab.record(events.Typed(**lab.stamp(), text=line))
    lab.console(line)


def _choose(lab: Lab, choice: str) -> None:
    """Choose in the menu, and wait until the start goes on."""
    lab.record(events.Typed(**lab.stamp(), text=choice))
    recovery.choose(lab, choice)


def _by_shell(lab: Lab) -> None:
    for line in ("shell", "dump", f"rm {CONTENT_PATH}", "exit"):
        _type(lab, line)
    _choose(lab, "continue")


def _by_safe_mode(lab: Lab) -> None:
    _in_the_usual_shell(lab, "safe mode")


def _by_blocklist(lab: Lab) -> None:
    _in_the_usual_shell(lab, "blocklist")


def _in_the_usual_shell(lab: Lab, choice: str) -> None:
    """Start without what is to blame, delete the file, start again."""
    _choose(lab, choice)
    lab.run_until(Ready(), within=_START)
    lab.wait_for_prompt()
    _type(lab, f"rm {CONTENT_PATH}")
    lab.record(events.Typed(**lab.stamp(), text="reset"))
    lab.type("reset\r")
    lab.run_until(Ready(), within=_START)


def _by_last_known_good(lab: Lab) -> None:
    _choose(lab, "last known good")


def _by_fix(lab: Lab) -> None:
    lab.offer_fix(_FIX)
    _choose(lab, "fetch a fix")


def _by_race(lab: Lab) -> None:
    lab.publish(_REPAIRED)
    lab.run_while_waiting(Happened(events.UpdateStored), within=_PATIENCE)


WAYS: Final = (
    Way("shell", "delete the file in the recovery shell", _by_shell),
    Way("safe-mode", "delete the file in safe mode", _by_safe_mode),
    Way("last-good", "use the last good service list", _by_last_known_good),
    Way("fix", "fetch a fix over the update link", _by_fix),
    Way(
        "blocklist",
        "start without the module, delete the file",
        _by_blocklist,
        model="linux",
        options={"panic_on_oops": "1", "panic": "1"},
    ),
    Way("race", "wait until an update arrives before the crash", _by_race),
)
BY_NAME: Final = {way.name: way for way in WAYS}
