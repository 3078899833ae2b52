"""What a machine does while its power is cut: work that changes its disk.

An `Activity` is one machine and a list of `Work`. Each work has an input that begins
it, and a way to see that it is done. Between two works nothing is written. So the files
before and after each work are known. After a power cut in between, every file must be
one of these.

Input is given only where a run has stopped at an event or at the end of a time. So the
same work always runs in the same way, however often it is cut
(`minios/machine/machine.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from minios.lab import (
    Condition,
    Event,
    Happened,
    Lab,
    Ready,
    content_files,
    events,
    fixes,
    milliseconds,
    recovery,
    seconds,
)

Deed = Callable[[Lab], object]
_WITHIN: Final = seconds(60)
_QUIET: Final = {"recovery": "no", "first_event_ms": "600000"}
_LATE: Final = {"recovery": "no", "first_event_ms": "600"}
_BUSY: Final = {"recovery": "no", "first_event_ms": "100"}


@dataclass(frozen=True, slots=True)
class Work:
    """One change of the disk.

    Args:
        name: what it is, in a few words.
        act: the input that begins it.
        finish: runs the machine until the work is done.
        brings: bytes from outside that no file had before.
        prepare: brings the machine to where the power may be cut.
    """

    name: str
    act: Deed
    finish: Deed
    brings: bytes = b""
    prepare: Deed = lambda _: None


@dataclass(frozen=True, slots=True)
class Activity:
    """A machine, and the works that it does one after the other.

    Args:
        name: a short name, for the command line.
        about: what happens, for a person.
        model: the model of the machine.
        share: which part of the cuts it gets.
        work: what is done, in this order.
        options: words for the kernel's command line.
        begin: brings the machine to where the work can begin.
        is_update: whether the content file changes.
    """

    name: str
    about: str
    model: str
    share: float
    work: tuple[Work, ...]
    options: Mapping[str, str] = field(default_factory=lambda: _QUIET)
    begin: Deed = Lab.boot
    is_update: bool = True


def _nothing(_lab: Lab) -> None:
    """Do nothing: the machine does the work by itself."""


def _until(condition: Condition[Event], *, and_then: int = milliseconds(20)) -> Deed:
    def finish(lab: Lab) -> None:
        lab.run_until(condition, within=_WITHIN)
        lab.run_for(and_then)

    return finish


_ANSWERED: Final = _until(
    Happened(events.UpdateStored, events.UpdateRefused, events.UpdateFailed)
)


def _push(content: str) -> Work:
    file = content_files.find(content)
    return Work(f"push {content}", lambda lab: lab.push(file), _ANSWERED, file.data)


def _type(command: str) -> Work:
    return Work(
        command,
        lambda lab: lab.type(command + "\r"),
        lambda lab: lab.run_for(milliseconds(400)),
    )


def _ready_with(content: str) -> Deed:
    def begin(lab: Lab) -> None:
        lab.boot()
        lab.push(content)
        _ANSWERED(lab)

    return begin


def _is_over(lab: Lab) -> None:
    """Run until the machine is ready, and a moment longer."""
    lab.run_until(Ready(), within=_WITHIN)
    lab.run_for(milliseconds(200))


def _fix(name: str) -> Work:
    def act(lab: Lab) -> None:
        lab.offer_fix(name)
        lab.type("fetch a fix\r")

    return Work(f"the fix {name}", act, _is_over, prepare=recovery.enter)


def _choose(choice: str, *, prepare: Deed = recovery.enter) -> Work:
    return Work(choice, lambda lab: lab.type(choice + "\r"), _is_over, prepare=prepare)


def _enter_with_another_list(lab: Lab) -> None:
    lab.console("svc villain.ext disabled")
    recovery.enter(lab)


def _enter_the_shell(lab: Lab) -> None:
    recovery.enter(lab)
    lab.console("shell")


def _in_the_shell(command: str, *, prepare: Deed = _nothing) -> Work:
    return replace(_type(command), prepare=prepare)


def _reset(lab: Lab) -> None:
    lab.type("reset\r")
    lab.run_until(Ready(), within=_WITHIN)


def _crash(lab: Lab) -> None:
    lab.type("crash\r")
    lab.run_until(Happened(events.ResetEvent), within=_WITHIN)


def _crashed_of(content: str) -> Deed:
    """Crash with this content, so that a fix for the crashed module can be wanted."""

    def begin(lab: Lab) -> None:
        _ready_with(content)(lab)
        lab.run_until(Happened(events.ResetEvent), within=_WITHIN)

    return begin


def _boot_and_crash(lab: Lab) -> None:
    lab.boot()
    _crash(lab)


_UPDATES: Final = tuple(
    map(
        _push,
        (
            "channel-291-good",
            "channel-291-latent",
            "channel-291-bad",
            "channel-291-random",  # the sensor refuses it
            "channel-291-bad-user-half",
            "channel-291-truncated",  # and this
            "channel-291-factory",
        ),
    )
)
_CONTENT: Final = "/system/content/c-000291"
_SAVED: Final = _until(Happened(events.DumpSaved))

ACTIVITIES: Final = (
    Activity(
        "windows", "updates, a driver as sensor", "windows", share=0.3, work=_UPDATES
    ),
    Activity(
        "macos", "updates, an extension as sensor", "macos", share=0.3, work=_UPDATES
    ),
    Activity(
        "promotion",
        "good content becomes the last known good",
        "macos",
        share=0.2,
        work=(Work("promotion", _nothing, lambda lab: lab.run_for(seconds(45))),),
        options=_BUSY,
        begin=_ready_with("channel-291-good"),
    ),
    Activity(
        "quarantine",
        "bad content is put away, the last good one comes back",
        "macos",
        share=0.2,
        work=(Work("quarantine", _nothing, _until(Happened(events.Restored))),),
        options=_BUSY,
        begin=_ready_with("channel-291-bad"),
    ),
    Activity(
        "dumps",
        "a dump is written, and becomes a file",
        "windows",
        share=0.1,
        work=(
            Work("the first dump becomes a file", _nothing, _SAVED),
            Work(
                "a second crash, and its dump", lambda lab: lab.type("crash\r"), _SAVED
            ),
        ),
        begin=_boot_and_crash,
        is_update=False,
    ),
    Activity(
        "shell",
        "files are copied, renamed and deleted",
        "macos",
        share=0.2,
        work=tuple(
            map(
                _type,
                (
                    "cp /bin/shell /a.bin",  # a new file of many clusters: a clone
                    "cp /bin/init /a.bin",  # over a file: written anew
                    "cp /bin/init /system/b.bin",
                    "mv /a.bin /a2.bin",  # in its folder
                    "mv /a2.bin /system/content/c.bin",  # to another one
                    "mv /system/content/c.bin /system/b.bin",  # and over a file there
                    "cp /bin/shell /system/c.bin",
                    "mv /system/c.bin /system/b.bin",  # over a file in its folder
                    "attrib /system/b.bin +h",
                    "touch /system/b.bin 2000-02-29",
                    "rm /system/b.bin",
                    "touch /empty",
                ),
            )
        ),
        is_update=False,
    ),
    Activity(
        "fixes",
        "shipped fixes are applied in the recovery environment",
        "windows",
        share=0.3,
        work=tuple(map(_fix, fixes.shipped())),
        options=_LATE,
        begin=_crashed_of("channel-291-bad"),
        is_update=False,
    ),
    Activity(
        "recovery",
        "the choices of the recovery environment, and its shell",
        "windows",
        share=0.4,
        work=(
            _choose("continue"),
            _choose("safe mode"),
            _choose("last known good", prepare=_enter_with_another_list),
            _in_the_shell(f"cp {_CONTENT}.sys /bad.bin", prepare=_enter_the_shell),
            _in_the_shell(f"cp {_CONTENT}.lkg {_CONTENT}.sys"),
            _in_the_shell("mv /bad.bin /system/bad.bin"),
            _in_the_shell("svc sentinel.sys disabled"),
            _in_the_shell(f"rm {_CONTENT}.sys"),
        ),
        begin=_ready_with("channel-291-bad"),
        is_update=False,
    ),
    Activity(
        "services",
        "services are changed, and the list becomes the last good one",
        "macos",
        share=0.3,
        work=(
            _type("svc villain.ext disabled"),
            _type("svc updater demand"),
            _type("svc updater auto"),
            Work("the last good list", _reset, lambda lab: lab.run_for(seconds(12))),
            _type("svc villain.ext demand"),
        ),
        is_update=False,
    ),
)
BY_NAME: Final = {activity.name: activity for activity in ACTIVITIES}
