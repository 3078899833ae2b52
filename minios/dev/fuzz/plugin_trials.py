"""One plugin image after the other: put on the disk, and loaded while a machine boots.

The machine stands at a snapshot, just before its kernel reads the disk. There the
plugin's file is replaced. What comes of it is one of these ends:

    refused     the loader refuses the image, or the plugin itself does not start
    harmless    it runs, and has seen events
    bugcheck    the kernel stopped (driver), wrote a dump, and reset the machine
    loop        the same, and the next start ended in the same way
    reset       the CPU was reset by a triple fault (driver)
    off         the machine was switched off (driver)
    stuck       the driver's own code never ends, within the budget of virtual time
    death       the extension's process ended, and the supervisor did what it must

Some of those that go on are loaded once more, by somebody at the console: the driver
with `unload` and `load`, the extension by ending its process.

A driver may do anything to its machine, once its code runs. Before that, the loader is
to blame for a fault. An extension may do nothing to the rest of its machine.
"""

from __future__ import annotations

from typing import Final

from minios.abi import policies
from minios.abi.plugins import Kind
from minios.dev.fuzz import judge
from minios.dev.fuzz.elf_facts import must_be_refused
from minios.dev.fuzz.plugin_cases import PluginCase
from minios.dev.fuzz.trials import Trial, from_power_on
from minios.image.plugins import PluginImage
from minios.lab import (
    Bugcheck,
    ConditionNotMetError,
    Event,
    Happened,
    Lab,
    LabSnapshot,
    Restart,
    events,
    milliseconds,
    own_plugins,
    seconds,
)
from minios.lab.setup import Setup

_OPTIONS: Final = {"first_event_ms": "5", "event_ms": "40", "protection": "off"}
_WATCHED: Final = milliseconds(65)  # at least one opening of a pipe
_FOLLOWED: Final = 20  # of so many cases, one is followed beyond its first crash
_BY_HAND: Final = 4  # of so many cases that go on, one is loaded once more
_STOPPED: Final = (events.BugcheckEvent, events.ResetEvent, events.PoweredOff)
_UP_OR_STOPPED: Final = Happened(events.ReadyEvent, *_STOPPED)
_ENDS: Final[dict[type[object], str]] = {
    events.PoweredOff: "off",
    events.ResetEvent: "reset",
    type(None): "stuck",
}
_CARED_FOR: Final = (events.RestartEvent, events.RestartPlanned, events.GaveUp)


class PluginWorld:
    """Machines of one world that are about to read their disk, one for each plugin."""

    def __init__(self, model: str) -> None:
        self._model: Final = model
        self._kinds: Final = policies.BY_NAME[model].kinds
        self._starts: dict[str, tuple[Lab, LabSnapshot]] = {}

    def run(self, case: PluginCase, number: int) -> Trial:
        """Load one image. The lab stands where the case has ended."""
        lab = self.place(case)
        first = len(lab.events)
        problems: list[str] = []
        name = self._image(case.plugin).name
        kind = self._image(case.plugin).kind
        ends = self._extension if kind.row.ring else self._driver
        end = ends(lab, name, number, problems)
        reason = must_be_refused(case.images[kind], kind)
        is_taken = _has(lab, events.ModuleLoaded, name) or not end.startswith("refused")
        if reason and is_taken:
            problems.append(f"it is loaded, though {reason}")
        problems += judge.problems(lab, first)
        return Trial(end, tuple(problems))

    def place(self, case: PluginCase) -> Lab:
        """The machine just before it reads its disk, on which the image is now."""
        if case.plugin not in self._starts:
            self._starts[case.plugin] = self._start(case.plugin)
        lab, snapshot = self._starts[case.plugin]
        lab.restore(snapshot)
        image = self._image(case.plugin)
        lab.files().write("/" + image.on_disk, case.images[image.kind])
        return lab

    def again(self, case: PluginCase) -> Lab:
        """A machine from power on: the same disk and inputs, until the same time."""
        lab, _ = self._starts[case.plugin]
        end, inputs = lab.machine.now, lab.inputs
        disk = self.place(case).disk_image()
        setup = Setup(self._model, options=_OPTIONS, disk=disk)
        return from_power_on(setup, inputs, end)

    def _start(self, plugin: str) -> tuple[Lab, LabSnapshot]:
        others = {it.name for it in own_plugins.find(plugin).images}
        others -= {self._image(plugin).name}
        alone = dict.fromkeys(own_plugins.sensors() - {plugin} | others, "disabled")
        lab = Lab(model=self._model, options=_OPTIONS, plugins=[plugin], services=alone)
        lab.run_until(Happened(events.Booted), within=seconds(1))
        return lab, lab.snapshot()

    def _image(self, plugin: str) -> PluginImage:
        """The image that this world takes: of the first kind, if there are several."""
        built = own_plugins.find(plugin)
        return next(it for kind in self._kinds if (it := built.image(kind)))

    # In ring 0.

    def _driver(self, lab: Lab, name: str, number: int, problems: list[str]) -> str:
        seen = lab.run_while_waiting(_UP_OR_STOPPED, within=milliseconds(300))
        is_loaded = _has(lab, events.ModuleLoaded, name)
        if isinstance(seen, events.ReadyEvent):
            seen = lab.run_while_waiting(Happened(*_STOPPED), within=_WATCHED)
            if seen is None:
                if number % _BY_HAND == 0:
                    _load_again(lab, name, is_loaded, problems)
                return _refusal(lab, name) or "harmless"
        if not is_loaded:
            problems.append(f"the loader itself has stopped the machine: {seen}")
        if not isinstance(seen, events.BugcheckEvent):
            return _ENDS[type(seen)]
        reset = lab.run_while_waiting(Happened(events.ResetEvent), within=seconds(1))
        if reset is None:
            return "bugcheck, no reset"
        is_followed = number % _FOLLOWED == 0
        if is_followed and lab.run_while_waiting(Bugcheck(), within=seconds(1)):
            return "bugcheck, loop"
        return "bugcheck"

    # In ring 3.

    def _extension(self, lab: Lab, name: str, number: int, problems: list[str]) -> str:
        seen = lab.run_while_waiting(_UP_OR_STOPPED, within=seconds(7))
        if not isinstance(seen, events.ReadyEvent):
            problems.append(f"the machine does not come up: {seen}")
            return "not up"
        lab.run_while_waiting(Happened(*_STOPPED), within=_WATCHED)
        if "alive" not in lab.console("echo alive", within=seconds(3)):
            problems.append("the machine does not answer")
        if refusal := _refusal(lab, name):
            return refusal
        how = "death" if _has(lab, events.DeathEvent, name) else "exit"
        if how == "exit" and not _has(lab, events.ProcessExited, name):
            if number % _BY_HAND == 0:
                _end_process(lab, name, problems)
            return "harmless"
        if not any(_has(lab, kind, name) for kind in _CARED_FOR):
            problems.append(f"the supervisor has not cared for the {how}")
        gave_up = Happened(events.GaveUp)
        if number % _FOLLOWED == 0 and lab.run_while_waiting(
            gave_up, within=seconds(60)
        ):
            how += ", given up"
        return how


def _load_again(lab: Lab, name: str, was_loaded: bool, problems: list[str]) -> None:
    """Unload a driver and load it again. A driver may stop the machine even now."""
    path = f"{Kind.DRIVER.row.folder}/{name.upper()}"
    try:
        lab.console(f"unload {name}", within=milliseconds(300))
        answer = lab.console(f"load {path}", within=milliseconds(300))
    except ConditionNotMetError as error:
        if not was_loaded:
            problems.append(f"the loader itself has stopped the machine: {error}")
        return
    is_loaded = len([it for it in lab.all(events.ModuleLoaded) if it.name == name]) > 1
    if is_loaded != was_loaded:
        problems.append(f"loaded at the start: {was_loaded}, later: {answer}")


def _end_process(lab: Lab, name: str, problems: list[str]) -> None:
    """End an extension's process, so that the supervisor loads the image again."""
    number = next(
        it.process_id for it in lab.all(events.ProcessStarted) if it.name == name
    )
    lab.type(f"kill {number}\r")
    if lab.run_while_waiting(Restart(), within=seconds(1)) is None:
        problems.append("the supervisor has not started it again")


def _has(lab: Lab, kind: type[Event], name: str) -> bool:
    return any(getattr(it, "name", "") == name for it in lab.all(kind))


def _refusal(lab: Lab, name: str) -> str:
    """Why the plugin was not started. Empty if it was."""
    failed = [it.error for it in lab.all(events.ServiceFailed) if it.name == name]
    return f"refused: {failed[0]}" if failed else ""
