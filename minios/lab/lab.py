"""A laboratory with one machine in it: boot it, push content, wait, look, go back.

    with Lab(model="macos") as lab:
        lab.boot()
        lab.push("channel-291-bad")
        death = lab.run_until(Death("sentinel.ext"), within=seconds(5))

What can be seen of it is in `view.py`, how it runs and waits in `running.py`; here it
is made, and told what comes from outside.

Invariants: nothing here knows a wall clock or prints; two labs made with the same
arguments and told the same things hold the same events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from minios import boards, paths
from minios.abi import boot_options, policies
from minios.closing import Closing
from minios.errors import ScenarioError, SnapshotError
from minios.image.plugins import BuiltPlugin
from minios.lab import content_files, events, fixes, own_plugins, sensors
from minios.lab.cloud import Cloud
from minios.lab.conditions import seconds
from minios.lab.content_files import ContentFile
from minios.lab.events import Event
from minios.lab.fixes import Fix
from minios.lab.inputs import (
    CutPower,
    Input,
    OfferFix,
    PressReset,
    Publish,
    Push,
    SetOptions,
    Type,
    Withdraw,
)
from minios.lab.mistakes import WrongTypeError, require_type, verb
from minios.lab.recorder import Recorder
from minios.lab.running import Running
from minios.lab.setup import Setup
from minios.lab.snapshots import LabSnapshot
from minios.lab.system_disk import disk_of
from minios.lab.waiting import Wait
from minios.machine import events as machine_events
from minios.machine.disk_image import DiskImage
from minios.machine.machine import Machine


class Lab(Running, Closing):
    """One machine, its console, its update link and its disk.

    Args:
        model: a name from `minios/abi/policies.py`: "windows" or "macos".
        content: the content file on the fresh disk: a shipped name, a path, or a file.
        seed: chooses the rhythm of the workload's pipe events.
        options: more words for the kernel's command line, such as
            `{"first_event_ms": "200"}` (all are in `minios/abi/boot_options.py`).
        plugins: more plugins: names of those that come with minios, folders of your
            own (they are built), or built ones. They start with the machine, beside
            the sensor. One called "sentinel" takes its place.
        services: when services start, where that differs from `user/services.ini`:
            `{"sentinel": "disabled"}`.
        sensor: which form of the sensor starts, for the model "linux": "module",
            "bpf-naive", "bpf-checked" or "bpf-collector" (`minios/lab/sensors.py`).
        disk: a disk image to boot from instead of a fresh one.

    Raises:
        ScenarioError: there is no such model, or no such boot option.
        ContentError: the content file cannot be used.
        DiskError: the disk image cannot be used.
        ImageError: the guest has not been built.
    """

    def __init__(  # noqa: PLR0913 - all by name, and each with a usual value
        self,
        model: str = "windows",
        *,
        content: str | Path | ContentFile = content_files.FACTORY,
        seed: int = 1,
        options: Mapping[str, str] | None = None,
        plugins: Sequence[str | Path | BuiltPlugin] = (),
        services: Mapping[str, str] | None = None,
        sensor: str = "",
        disk: bytes | None = None,
    ) -> None:
        require_type(model, str, 'Lab("windows")')
        require_type(seed, int, "seed=2")
        require_type(options or {}, Mapping, 'options={"recovery": "no"}')
        require_type(services or {}, Mapping, 'services={"sentinel": "disabled"}')
        require_type(plugins, list | tuple, 'plugins=["my-plugin"]')
        require_type(sensor, str, 'sensor="bpf-checked"')
        require_type(disk, bytes | None, 'disk=Path("disk.img").read_bytes()')
        if model not in policies.BY_NAME:
            raise ScenarioError(
                f"there is no model {model!r}",
                advice=f"Choose one of: {', '.join(policies.BY_NAME)}",
            )
        for own in {"model", "seed"} & set(options or {}):
            raise ScenarioError(f"{own} is an argument of its own", where="options")
        starts = sensors.services(model, sensor, services or {})
        if disk is not None and (starts or plugins or sensor):
            raise ScenarioError(
                "a disk of your own has its own plugins and service list",
                where="sensor" if sensor else "services" if starts else "plugins",
                advice="Leave out `disk`, or change what is on it",
            )
        file = _content_file(content)
        self.setup = Setup(
            model=model,
            seed=seed,
            options=dict(options or {}),
            content=file if disk is None else None,
            plugins=tuple(map(own_plugins.find, plugins)),
            services=starts,
            disk=disk,
        )
        command_line = _command_line(
            {"model": model, "seed": str(seed), **self.setup.options}
        )
        self._sit_down(Machine(boards.MICROVM))
        self.machine.power_on(
            paths.guest_file("kernel.elf").read_bytes(),
            command_line,
            DiskImage(disk_of(self.setup)),
        )

    @classmethod
    def of(cls, setup: Setup) -> Self:
        """A lab from the setup of another one. Raises the same errors as `Lab`."""
        return cls(
            model=setup.model,
            content=setup.content or content_files.FACTORY,
            seed=setup.seed,
            options=setup.options,
            plugins=setup.plugins,
            services=setup.services,
            disk=setup.disk,
        )

    @classmethod
    def at(
        cls, snapshot: LabSnapshot, setup: Setup, *, machine: Machine | None = None
    ) -> Self:
        """A new lab that stands at a snapshot of another one with this setup.

        Nothing that was done to the other lab can be seen here: there is no listener,
        and the cloud has the usual latency. It takes a machine that some lab has
        released, or else a new one.
        """
        lab = object.__new__(cls)
        lab.setup = setup
        lab._sit_down(machine or Machine(boards.MICROVM))
        lab.restore(snapshot)
        return lab

    def _sit_down(self, machine: Machine) -> None:
        """Take a machine that nobody listens to."""
        setup = self.setup
        self.model = setup.model
        self._countdown = countdown(setup.options)
        self._machine: Machine | None = machine
        self._recorder = Recorder(machine, setup.model, self._hear)
        self._recorder.memory.modules.plugins = setup.plugins
        self.cloud = Cloud(setup.seed)
        self._listeners: list[Callable[[Event], None]] = []
        self._wait: Wait[Any] | None = None
        machine.observe(machine_events.LinkOutput, self._on_link)
        machine.observe(machine_events.ResetHappened, self._on_reset)

    def release(self) -> Machine:
        """Close the lab, but hand out its machine, for `Lab.at`."""
        machine = self.machine
        machine.forget_listeners()
        self._machine = None
        return machine

    def close(self) -> None:
        """Give the host's memory back. The lab cannot be used afterwards."""
        if self._machine is not None:
            self._machine.close()

    @verb('lab.push("channel-291-bad")')
    def push(self, content: str | Path | ContentFile) -> events.Pushed:
        """Send a content file over the update link, as the vendor's cloud would.

        Returns at once: the file arrives while the machine runs. A machine that misses
        it because it resets gets it when its updater asks. Raises ContentError.
        """
        file = _content_file(content)
        self._note(Push(file))
        event = self._tell_pushed(file)
        self._uart("link").send(self.cloud.send(file))
        return event

    @verb('lab.publish("channel-291-bad")')
    def publish(self, content: str | Path | ContentFile) -> events.Pushed:
        """Like `push`, but send nothing: the updater gets it when it asks, at a start.

        How long that takes is `cloud.latency`. Raises ContentError.
        """
        file = _content_file(content)
        self._note(Publish(file))
        self.cloud.publish(file)
        return self._tell_pushed(file)

    def _tell_pushed(self, file: ContentFile) -> events.Pushed:
        event = events.Pushed(**self.stamp(), name=file.name, size=len(file.data))
        self._recorder.record(event)
        return event

    def withdraw(self) -> events.Withdrawn | None:
        """Take the published file back: no machine gets it any more.

        Those that have it keep it. None if there was nothing to take back.
        """
        self._note(Withdraw())
        file = self.cloud.withdraw()
        if file is None:
            return None
        event = events.Withdrawn(**self.stamp(), name=file.name)
        self._recorder.record(event)
        return event

    def offer_fix(self, fix: str | Path | Fix) -> events.FixOffered:
        """Let the cloud answer with this fix when the recovery environment asks.

        Takes the name of a shipped fix (`fixes.shipped()`), a path, or a fix. Raises
        ScenarioError.
        """
        found = fix if isinstance(fix, Fix) else fixes.find(fix)
        self._note(OfferFix(found.name, found.text))
        self.cloud.offer(found)
        event = events.FixOffered(**self.stamp(), name=found.name)
        self._recorder.record(event)
        return event

    def reset(self) -> None:
        """Press the reset button; the record is a `ResetEvent`.

        Raises MachineError if the machine is off: `cut_power` brings it back.
        """
        self.machine.reset()
        self._note(PressReset())

    def cut_power(self, kept_sectors: int | None = None) -> None:
        """Take the power away at this instruction, and give it back.

        Of a write to the disk that is in flight (`machine.disk.in_flight` sectors) only
        the first `kept_sectors` are kept, all if None; see `Machine.cut_power`. The
        record is a `ResetEvent` whose reason is "power cut".
        """
        require_type(kept_sectors, int | None, "lab.cut_power(kept_sectors=1)")
        self.machine.cut_power(kept_sectors)
        self._note(CutPower(kept_sectors))

    def set_options(self, options: Mapping[str, str]) -> None:
        """Change words of the kernel's command line: the next start reads them.

        `lab.set_options({"recovery": "no"})`. Raises ScenarioError for what is no boot
        option, and WrongTypeError for what is no dictionary.
        """
        require_type(options, Mapping, 'lab.set_options({"recovery": "no"})')
        for own in {"model", "seed"} & set(options):
            raise ScenarioError(
                f"{own} cannot be changed",
                where="options",
                advice="Make another lab",
            )
        self.machine.set_command_line(_command_line({**self._words, **options}))
        self._countdown = countdown(self._words)
        self._note(SetOptions(dict(options)))

    @property
    def _words(self) -> dict[str, str]:
        """The words of the kernel's command line."""
        words = (it.partition("=") for it in self.machine.command_line.split())
        return {name: value for name, _, value in words}

    def give(self, given: Input) -> None:
        """Do what an input says. Raises what its own method raises."""
        require_type(given, Input, "lab.give(inputs.PressReset())")
        match given:
            case Push():
                self.push(given.file)
            case Publish():
                self.publish(given.file)
            case Withdraw():
                self.withdraw()
            case OfferFix(text=""):
                self.offer_fix(given.name)
            case OfferFix():
                self.offer_fix(fixes.read(given.name, given.text))
            case Type():
                self.type(given.text)
            case PressReset():
                self.reset()
            case CutPower():
                self.cut_power(given.kept_sectors)
            case SetOptions():
                self.set_options(given.options)

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call a function with every record from now on, while the machine runs.

        It is called before a condition sees the record. It must not run the machine.
        Raises WrongTypeError if it is no function.
        """
        if not callable(listener):
            raise WrongTypeError(
                f"{listener!r} cannot be called with a record",
                advice="Give a function: lab.listen(print)",
            )
        self._listeners.append(listener)

    def record(self, event: Event) -> None:
        """Add a record of your own, such as the end of a demonstration.

        Raises WrongTypeError if it is no record.
        """
        require_type(event, Event, "lab.record(events.Typed(**lab.stamp(), text=...))")
        self._recorder.record(event)

    def snapshot(self) -> LabSnapshot:
        """The machine, its disk and what was recorded, to go back to with `restore`."""
        memory = self._recorder.memory.copy()
        return LabSnapshot(self.machine.snapshot(), memory, self.cloud.state)

    @verb("lab.restore(lab.snapshot())")
    def restore(self, snapshot: LabSnapshot) -> None:
        """Go back to a snapshot. What was recorded since is forgotten.

        Raises WrongTypeError if it is no `LabSnapshot`, and SnapshotError if it is of
        another model.
        """
        self._require_own(snapshot)
        self.machine.restore(snapshot.machine)
        self._countdown = countdown(self._words)
        self._recorder.memory = snapshot.memory.copy()
        self.cloud.state = snapshot.cloud

    def _require_own(self, snapshot: object) -> None:
        if not isinstance(snapshot, LabSnapshot):
            raise WrongTypeError(
                f"a {type(snapshot).__name__} is no snapshot of a lab",
                where=self.model,
                advice="Give what `lab.snapshot()` has returned",
            )
        words = snapshot.machine.command_line.split()
        if f"model={self.model}" not in words:
            raise SnapshotError(
                f"the snapshot is of a machine with {words[0]}",
                where=f"a lab with model={self.model}",
                advice="Restore it into a lab of the same model",
            )

    def forget(self, *, events: int, console: int, pictures: int) -> None:
        """Keep only so many of the latest records, bytes of console text, pictures.

        For those who run a machine for hours and keep by themselves what they need.
        """
        self._recorder.memory.forget(events, console, pictures)

    # ---- Inside.

    def _on_link(self, output: machine_events.LinkOutput) -> None:
        link = self._uart("link")
        for answer in self.cloud.hear(output.data, is_sending=link.is_sending):
            link.send(answer.data, at=self.machine.now + answer.latency)
            if answer.file is not None:
                self._recorder.record(
                    events.UpdateSent(
                        **self.stamp(),
                        name=answer.file.name,
                        size=len(answer.file.data),
                        again=answer.again,
                    )
                )

    def _on_reset(self, _reset: machine_events.ResetHappened) -> None:
        self.cloud.machine_was_reset()
        self._uart("link").hang_up()

    def _hear(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)
        if self._wait is not None:
            self._wait.hear(event)


def _content_file(content: str | Path | ContentFile) -> ContentFile:
    return content if isinstance(content, ContentFile) else content_files.find(content)


def _command_line(words: Mapping[str, str]) -> str:
    """The kernel's; the guest would leave a wrong word alone, and nobody would know."""
    for name, value in words.items():
        if trouble := boot_options.trouble(name, value):
            raise ScenarioError(trouble, where="options")
    line = " ".join(f"{name}={value}" for name, value in words.items())
    if len(line) >= boot_options.COMMAND_LINE_BYTES:
        raise ScenarioError(
            f"{len(line)} bytes are too many for a command line",
            where="options",
            advice=f"{boot_options.COMMAND_LINE_BYTES - 1} fit",
        )
    return line


def countdown(words: Mapping[str, str]) -> int:
    """How long the recovery environment waits for somebody before the start goes on."""
    told = words.get("recovery_s", "")
    wait = int(told) if told.isdecimal() else boot_options.RECOVERY_SECONDS
    return seconds(min(wait, boot_options.RECOVERY_SECONDS_AT_MOST))
