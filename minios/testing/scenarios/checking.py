"""Look for names in a scenario that nobody knows, before a machine is made.

Files of a submission are not looked for: they come later, and may be missing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Any

from minios.abi import boot_options, policies
from minios.lab import sensors, service_list
from minios.lab.mistakes import nearest
from minios.lab.system_disk import service_lines
from minios.testing.scenarios import claims, records, steps, times, waiting
from minios.testing.scenarios.keys import KEYS
from minios.testing.scenarios.model import MOST_SNAPSHOTS, Machine
from minios.testing.scenarios.positions import Place
from minios.testing.scenarios.sources import SUBMISSION, Sources
from minios.testing.scenarios.steps import Step
from minios.testing.scenarios.tables import Tables


@dataclass(slots=True)
class Checker:
    """Looks at the parts of one scenario, in their order.

    Each method raises ScenarioFileError.
    """

    file: Tables
    sources: Sources
    budget: int
    machines: Collection[str]
    services: Collection[str] = ()
    """What every machine has; nothing if that is not known before it is made."""
    snapshots: set[tuple[str, str]] = field(default_factory=set)

    def machine(self, name: str, machine: Machine, place: Place) -> None:
        """Refuse names of worlds, options, services and files that do not exist."""
        if not machine.world and name not in policies.BY_NAME:
            what = f"the machine {name!r} does not say its world"
            near = get_close_matches(name, policies.BY_NAME, 1) or policies.BY_NAME
            advice = " or ".join(f'world = "{it}"' for it in near)
            raise self.file.refuse(place, what, f"Write {advice}")
        world = machine.world or name
        self.known(world, policies.BY_NAME, "world", (*place, "world"))
        self.options(machine.options, (*place, "options"))
        if machine.services and not machine.plugins:  # plugins bring services along
            names = [*shipped_services(world)]
            names += [it.partition(".")[0] for it in names]
            for service, start in machine.services.items():
                at = (*place, "services", service)
                self.known(service, names, "service", at)
                self.known(start, service_list.STARTS, "start type", at)
        if machine.sensor:
            with self.file.told((*place, "sensor")):
                sensors.services(world, machine.sensor, {})
        self.content(machine.content, (*place, "content"))
        for number, plugin in enumerate(machine.plugins):
            if not _is_submitted(plugin):
                with self.file.told((*place, "plugins", number)):
                    self.sources.plugin(plugin)
        for path in filter(None, (machine.disk, machine.recording)):
            if not _is_submitted(path):
                with self.file.told(place):
                    self.sources.path(path)

    def options(self, options: Mapping[str, object], place: Place) -> None:
        """Refuse what is no boot option, and values that it cannot have."""
        for key, value in options.items():
            self.option(key, str(value), (*place, key))

    def option(self, name: str, value: str, place: Place) -> None:
        """The same for one of them."""
        if name in ("model", "seed"):
            own = "world" if name == "model" else name
            advice = f"Write {own} = ... beside options"
            raise self.file.refuse(place, f"{name} is not among the options", advice)
        known = [it.name for it in boot_options.BOOT_OPTIONS]
        self.known(name, known, "boot option", place)
        if trouble := boot_options.trouble(name, value):
            raise self.file.refuse(place, trouble, "Change the value")

    def step(self, step: Step, place: Place) -> None:
        """Refuse what the step cannot mean."""
        if step.on is not None:
            self.known(step.on, self.machines, "machine", (*place, "on"))
        for key in ("within", "advance"):
            self.time(getattr(step, key, 0), (*place, key))
        self._verb(step, place)

    def _verb(self, step: Step, place: Place) -> None:
        match step:
            case steps.Push():
                self.content(step.push, (*place, "push"))
            case steps.Publish():
                self.content(step.publish, (*place, "publish"))
            case steps.OfferFix() if not _is_submitted(step.offer_fix):
                with self.file.told((*place, "offer_fix")):
                    self.sources.fix(step.offer_fix)
            case steps.Press():
                self.known(step.press, KEYS, "key", (*place, "press"))
            case steps.WaitFor():
                with self.file.told((*place, "wait_for")):
                    waiting.condition(step.wait_for)
            case steps.SetOption():
                self.options(step.set_option, (*place, "set_option"))
            case steps.Snapshot() | steps.Restore():
                self.snapshot(step, (*place, "restore"))
            case steps.Assert():
                self.claim(step.assert_, (*place, "assert"))
            case steps.Answer():
                self.answer(step, place)

    def claim(self, claim: claims.Claim, place: Place) -> None:
        """Refuse names of files and services that do not exist."""
        match claim:
            case claims.FileIs(same_as=content) if content:
                self.content(content, (*place, "same_as"))
            case claims.ServiceIs() if self.services:
                at = (*place, "service")
                self.known(claim.service, self.services, "service", at)

    def snapshot(self, step: steps.Snapshot | steps.Restore, place: Place) -> None:
        """Refuse to restore what was not taken before."""
        for machine in [step.on] if step.on else self.machines:
            if isinstance(step, steps.Snapshot):
                self.snapshots.add((machine, step.snapshot))
                if len(self.snapshots) > MOST_SNAPSHOTS:
                    what = f"there are more than {MOST_SNAPSHOTS} snapshots"
                    raise self.file.refuse(place, what, "Use a name again")
            elif (machine, step.restore) not in self.snapshots:
                taken = [name for owner, name in self.snapshots if owner == machine]
                take = f'Write snapshot = "{step.restore}" in a step above'
                advice = nearest(step.restore, taken) if taken else take
                what = f"{machine} has no snapshot {step.restore!r} yet"
                raise self.file.refuse(place, what, advice)

    def answer(self, step: steps.Answer, place: Place) -> None:
        """Refuse an answer that is compared with nothing, or with two things."""
        ways = (step.equals, step.event, step.address_of)
        if sum(it is not None for it in ways) != 1:
            what = f"the answer {step.answer!r} must be compared with one thing"
            advice = "Write equals = ..., or event and field, or address_of"
            raise self.file.refuse((*place, "answer"), what, advice)
        if (step.event is None) != (step.field is None):
            what = "event and field belong together"
            advice = 'Write event = "bugcheck" and field = "address"'
            raise self.file.refuse((*place, "answer"), what, advice)
        if step.event is not None and step.field is not None:
            self.known(step.event, records.KINDS, "event", (*place, "event"))
            fields = records.fields_of(step.event)
            self.known(step.field, fields, f"field of {step.event}", (*place, "field"))

    def content(self, content: str | dict[str, Any], place: Place) -> None:
        """Refuse a content file that does not exist, or cannot be made."""
        if isinstance(content, dict) or not _is_submitted(content):
            with self.file.told(place):
                self.sources.content(content)

    def time(self, span: int, place: Place) -> None:
        """Refuse a time that is longer than the budget."""
        if span > self.budget:
            budget = times.shown(self.budget)
            what = f"{times.shown(span)} is more than the budget, which is {budget}"
            raise self.file.refuse(place, what, 'Write budget = "..." below the title')

    def known(self, name: str, known: Collection[str], kind: str, place: Place) -> None:
        """Refuse a name that is none of these."""
        if name not in known:
            what = f"there is no {kind} {name!r}"
            raise self.file.refuse(place, what, nearest(name, known))


@cache
def shipped_services(world: str) -> tuple[str, ...]:
    """The services of a machine of this world without plugins of one's own."""
    return tuple(it.name for it in service_list.read(service_lines(world)))


def _is_submitted(path: str) -> bool:
    return path.startswith(SUBMISSION)
