"""A laboratory with one machine in it: boot it, push content, wait, look, go back.

    with Lab(model="macos") as lab:
        lab.boot()
        lab.push("channel-291-bad")
        death = lab.run_until(Death("sentinel.ext"), within=seconds(5))

Invariants: nothing here knows a wall clock or prints; two labs made with the same
arguments and told the same things hold the same events.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, TypeVar, overload

from minios import boards, paths
from minios.abi import boot_options, policies
from minios.devices.text_screen import TextScreen
from minios.devices.uart import Uart
from minios.disk import Volume
from minios.disk.errors import DiskError
from minios.errors import ScenarioError, SnapshotError
from minios.image.plugins import BuiltPlugin
from minios.lab import (
    content_files,
    events,
    fixes,
    own_plugins,
    places,
    protection,
    services,
)
from minios.lab.cloud import Cloud
from minios.lab.combining import Condition, R, condition_of
from minios.lab.conditions import Happened, Ready, RecordCondition, seconds
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
    Type,
    Withdraw,
)
from minios.lab.mistakes import (
    NotFoundError,
    WrongTypeError,
    WrongValueError,
    require_text,
)
from minios.lab.modules import Module
from minios.lab.picture import FaultPicture
from minios.lab.places import Place
from minios.lab.prompts import PROMPTS
from minios.lab.recorder import Recorder
from minios.lab.services import Services
from minios.lab.setup import Setup
from minios.lab.snapshots import LabSnapshot
from minios.lab.system_disk import disk_of
from minios.lab.waiting import (
    ConditionNotMetError,
    Wait,
    failure,
    require_time,
    words_for,
)
from minios.machine import events as machine_events
from minios.machine.breakpoints import Breakpoint
from minios.machine.disk_image import DiskImage
from minios.machine.machine import Machine
from minios.machine.stops import BreakpointReached, Deadlock

K = TypeVar("K", bound=Event)
Kind: TypeAlias = type[K]
_BOOT_LIMIT: Final = seconds(5)


class Lab:
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
        disk: a disk image to boot from instead of a fresh one.

    Raises:
        ScenarioError: there is no such model, or no such boot option.
        ContentError: the content file cannot be used.
        DiskError: the disk image cannot be used.
        ImageError: the guest has not been built.
    """

    def __init__(  # noqa: PLR0913 - all by name, and each with a usual value
        self,
        *,
        model: str = "windows",
        content: str | Path | ContentFile = content_files.FACTORY,
        seed: int = 1,
        options: Mapping[str, str] | None = None,
        plugins: Sequence[str | Path | BuiltPlugin] = (),
        services: Mapping[str, str] | None = None,
        disk: bytes | None = None,
    ) -> None:
        if model not in policies.BY_NAME:
            raise ScenarioError(
                f"there is no model {model!r}",
                advice=f"Choose one of: {', '.join(policies.BY_NAME)}",
            )
        for own in {"model", "seed"} & set(options or {}):
            raise ScenarioError(f"{own} is an argument of its own", where="options")
        if disk is not None and (services or plugins):
            raise ScenarioError(
                "a disk of your own has its own plugins and service list",
                where="services" if services else "plugins",
                advice="Leave out `disk`, or change what is on it",
            )
        file = _content_file(content)
        self.setup = Setup(
            model=model,
            seed=seed,
            options=dict(options or {}),
            content=file if disk is None else None,
            plugins=tuple(map(own_plugins.find, plugins)),
            services=dict(services or {}),
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
        self._countdown = _countdown(setup.options)
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the host's memory back. The lab cannot be used afterwards."""
        if self._machine is not None:
            self._machine.close()

    @property
    def is_closed(self) -> bool:
        """Whether it has no machine any more."""
        return self._machine is None or self._machine.is_closed

    @property
    def machine(self) -> Machine:
        """The machine itself. Raises ScenarioError if the lab is closed."""
        if self._machine is None or self._machine.is_closed:
            raise ScenarioError(
                "the lab is closed",
                where=self.model,
                advice="Use it inside of its `with`: only its records are left now",
            )
        return self._machine

    # ---- What can be done.

    def boot(self, *, within: int = _BOOT_LIMIT) -> events.ReadyEvent:
        """Run until every automatic service is up; returns the record of that.

        `within` is virtual time in nanoseconds, five seconds if it is left out. If the
        recovery environment comes up, its countdown is added. Raises
        ConditionNotMetError if the machine is not ready in this time.
        """
        return self.come_up(Ready(), within=within)

    @overload
    def come_up(self, condition: Condition[R], *, within: int = _BOOT_LIMIT) -> R: ...
    @overload
    def come_up(
        self, condition: Callable[[Event], bool], *, within: int = _BOOT_LIMIT
    ) -> Event: ...
    def come_up(self, condition: object, *, within: int = _BOOT_LIMIT) -> object:
        """Like `run_until`, for what comes of a start: `Ready()`, or a reset.

        `within` is virtual time in nanoseconds, five seconds if it is left out. If the
        recovery environment comes up, its countdown is added. Raises
        ConditionNotMetError when this time is over.
        """
        recovering, wanted = Happened(events.RecoveryEntered), condition_of(condition)
        seen = self.run_until(recovering | wanted, within=within)
        if not isinstance(seen, events.RecoveryEntered):
            return seen
        return self.run_until(wanted, within=within + self._countdown)

    def push(self, content: str | Path | ContentFile) -> events.Pushed:
        """Send a content file over the update link, as the vendor's cloud would.

        Returns at once: the file arrives while the machine runs. A machine that misses
        it because it resets gets it when its updater asks. Raises ContentError.
        """
        file = _content_file(content)
        self._note(Push(file))
        event = self._tell_pushed(file)
        self._uart("link").send(self.cloud.publish(file))
        return event

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

    def type(self, text: str) -> None:
        r"""Type on the console; the guest sees it while the machine runs.

        `\r` is the enter key. Raises WrongTypeError if it is no text.
        """
        require_text(text, 'lab.type("help\\r")')
        self._note(Type(text))
        memory = self._recorder.memory
        memory.prompts.expect(memory.console, text)
        self._uart("console").send(text.encode(errors="replace"))

    def console(self, command: str, *, within: int = seconds(5)) -> str:
        """Type a command to the shell, here or in recovery; return what it says.

        If others write to the console meanwhile, their lines are part of the answer.
        `within` is virtual time in nanoseconds. Raises ConditionNotMetError if no
        prompt comes back in this time or the machine is off; WrongTypeError or
        WrongValueError if the command is no text of one line.
        """
        require_text(command, 'lab.console("help")', one_line=True)
        self._require_power()
        self.type(command + "\r")
        self.wait_for_prompt(within=within)
        memory = self._recorder.memory
        return memory.prompts.answer(memory.console, command)

    def wait_for_prompt(self, *, within: int = seconds(5)) -> None:
        """Run until a prompt answers the latest line, as if somebody waited to type.

        `within` is virtual time in nanoseconds. Raises ConditionNotMetError if no
        prompt comes in this time, at once if the machine is off or has stopped for
        ever.
        """
        machine, memory = self._standing(), self._recorder.memory
        deadline = machine.now + require_time(within)
        count = 0  # of prompts that have others' lines behind them already
        self._require_power()
        while True:
            prompts = memory.prompts.found(memory.console)
            if len(prompts) >= memory.prompts.owed and (
                len(prompts) == count or self.console_text.endswith(PROMPTS)
            ):
                return
            count, rest = len(prompts), deadline - machine.now
            stop = machine.run_until(None, limit_ns=min(_CONSOLE_STEP, rest))
            self._require_power()
            if rest <= 0 or isinstance(stop, Deadlock):
                raise ConditionNotMetError(
                    "the machine has stopped for ever"
                    if rest > 0
                    else f"no prompt has come in {words_for(within)}",
                    where=self.model,
                    advice=f"The console ends with: {self.console_text[-200:]!r}",
                )

    def _require_power(self) -> None:
        if self.machine.is_off:
            raise ConditionNotMetError(
                "the machine is off, and nobody answers",
                where=self.model,
                advice="Call lab.cut_power(): it gives the power back",
            )

    @overload
    def run_until(self, condition: Condition[R], *, within: int) -> R: ...
    @overload
    def run_until(
        self, condition: Callable[[Event], bool], *, within: int
    ) -> Event: ...
    def run_until(self, condition: object, *, within: int) -> object:
        """Run until the condition is met; for a record, at that very instruction.

        Returns what the condition promises: a record, or what was seen. `within` is
        virtual time in nanoseconds (`seconds(5)`), at least a microsecond. Raises
        ConditionNotMetError, with the latest records, when the time is over or the
        machine is off or has stopped for ever; WrongTypeError or WrongValueError for
        what can never be met.
        """
        return self._met(condition, within, "")

    @overload
    def expect(self, condition: Condition[R], *, within: int, message: str) -> R: ...
    @overload
    def expect(
        self, condition: Callable[[Event], bool], *, within: int, message: str
    ) -> Event: ...
    def expect(self, condition: object, *, within: int, message: str) -> object:
        """Like `run_until`, but the error begins with a message of your own.

        `lab.expect(Death(), within=seconds(5), message="only the sensor should die")`.
        """
        return self._met(condition, within, message)

    def _met(self, condition: object, within: int, message: str) -> object:
        wait = self._waited(condition, within)
        if not wait.is_met:
            raise failure(wait, message, self.model, self.events)
        return wait.value

    @overload
    def run_while_waiting(
        self, condition: Condition[R], *, within: int
    ) -> R | None: ...
    @overload
    def run_while_waiting(
        self, condition: Callable[[Event], bool], *, within: int
    ) -> Event | None: ...
    def run_while_waiting(self, condition: object, *, within: int) -> object:
        """Like `run_until`, but None when the condition was not met."""
        return self._waited(condition, within).value

    def _waited(self, condition: object, within: int) -> Wait[Any]:
        """A wait that has ended."""
        self._standing()
        wait = Wait(self, condition_of(condition), require_time(within))
        self._wait = wait
        try:
            wait.run()
        finally:
            self._wait = None
        return wait

    def _standing(self) -> Machine:
        """The machine, which may be run. Raises ScenarioError if it runs already."""
        machine = self.machine
        if self._wait is not None:
            raise ScenarioError(
                "a condition has asked the lab to run the machine, which runs already",
                where=self.model,
                advice="Let it only look at its record, and run the machine afterwards",
            )
        return machine

    def run_for(self, time: int) -> None:
        """Run for so many virtual nanoseconds; less if the machine switches itself off.

        `seconds(2)` and `milliseconds(5)` make nanoseconds. Raises WrongTypeError or
        WrongValueError for what is no such time.
        """
        machine = self._standing()
        require_time(time, "time", or_none=True)
        machine.run_until(None, limit_ns=time)

    def run_to(
        self, names: places.Name | Collection[places.Name], *, within: int
    ) -> BreakpointReached:
        """Run until the CPU is about to execute the instruction at one of these places.

        A place is a name that `address_of` takes, an address, or a `Breakpoint`. A
        place in a program counts only in a process of that program. Called again at a
        place that was reached, it runs on to the next. `within` is virtual time in
        nanoseconds.

        Raises ScenarioError if no such place is loaded now or `within` is no such time,
        and ConditionNotMetError when the time is over or the machine has stopped for
        ever.
        """
        machine = self._standing()
        require_time(within)
        if isinstance(names, str | int | Breakpoint):
            names = (names,)
        wanted = [self.place_of(name) for name in names]
        end = machine.now + within
        while True:
            stop = machine.run_until(
                None,
                limit_ns=end - machine.now,
                breakpoints=[place.breakpoint for place in wanted],
            )
            if not isinstance(stop, BreakpointReached):
                raise ConditionNotMetError(
                    f"{names!r} has not been reached within {words_for(within)}",
                    where=self.model,
                    advice=f"The machine says: {stop}",
                )
            if any(self.stands_at(place) for place in wanted):
                return stop

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
        self.machine.cut_power(kept_sectors)
        self._note(CutPower(kept_sectors))

    def give(self, given: Input) -> None:
        """Do what an input says. Raises what its own method raises."""
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

    def _note(self, given: Input) -> None:
        self._recorder.memory.inputs.append((self.machine.now, given))

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
        """Add a record of your own, such as the end of a demonstration."""
        self._recorder.record(event)

    def stamp(self) -> dict[str, Any]:
        """The fields that every record has, as of now, for a record of your own."""
        _ = self.machine  # raises if the lab is closed
        return self._recorder.stamp()

    def snapshot(self) -> LabSnapshot:
        """The machine, its disk and what was recorded, to go back to with `restore`."""
        memory = self._recorder.memory.copy()
        return LabSnapshot(self.machine.snapshot(), memory, self.cloud.state)

    def restore(self, snapshot: LabSnapshot) -> None:
        """Go back to a snapshot. What was recorded since is forgotten.

        Raises WrongTypeError if it is no `LabSnapshot`, and SnapshotError if it is of
        another model.
        """
        self._require_own(snapshot)
        self.machine.restore(snapshot.machine)
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

    # ---- What can be seen.

    @property
    def now(self) -> int:
        """Virtual nanoseconds since power on."""
        return self.machine.now

    def is_protected(self) -> bool:
        """Whether a sensor sees events now; `minios/lab/protection.py` says when."""
        return protection.now(self.events)

    def unprotected_time(self, *, since: int = 0, until: int | None = None) -> int:
        """Virtual nanoseconds in which no sensor saw events, between two moments.

        From power on until now, if they are left out. The start of the machine counts:
        `since=lab.boot().t` leaves it out. Raises WrongValueError if `until` is before
        `since`, or has not come yet.
        """
        end = self.now if until is None else until
        if not 0 <= since <= end <= self.now:
            raise WrongValueError(
                f"from {since} to {end} is no time that has passed: it is {self.now}",
                where=self.model,
                advice="Give moments such as `lab.now` or the `t` of a record",
            )
        return protection.unprotected_time(self.events, since, end)

    def all(self, what: Kind[K] | RecordCondition[K]) -> tuple[K, ...]:
        """All records of a kind, or that meet a condition, the oldest first.

        `lab.all(events.BugcheckEvent)`, `lab.all(Death("sentinel"))`. Raises
        WrongTypeError for anything else.
        """
        wanted: RecordCondition[K]
        wanted = what if isinstance(what, RecordCondition) else Happened(what)
        return tuple(filter(wanted, self.events))

    def last(self, what: Kind[K] | RecordCondition[K]) -> K:
        """The latest record of a kind, or that meets a condition.

        Raises NotFoundError if there is none (`lab.all` is empty then), and
        WrongTypeError for what is no kind.
        """
        found = self.all(what)
        if not found:
            name = what.__name__ if isinstance(what, type) else repr(what)
            raise NotFoundError(
                f"no {name} has been recorded",
                where=self.model,
                advice="Wait for one with `run_until`, or ask `lab.all` whether it is "
                "empty",
            )
        return found[-1]

    @property
    def services(self) -> Services:
        """The service list as it is on the disk now, by name, and which of them run.

        `lab.services["updater"].runs`. Raises DiskError if it cannot be read.
        """
        return services.read(self.files(), self.events)

    @property
    def process_names(self) -> frozenset[str]:
        """The names that a process can have here; none if the disk is damaged."""
        started = {it.name for it in self.all(events.ProcessStarted)}
        try:
            return services.programs(self.files()) | started
        except DiskError:
            return frozenset()

    @property
    def events(self) -> tuple[Event, ...]:
        """All records since power on, oldest first; over all resets."""
        return tuple(self._recorder.memory.events)

    @property
    def inputs(self) -> tuple[tuple[int, Input], ...]:
        """What came from outside since power on, with its virtual time in ns.

        Together with `setup` this is all that the machine's story depends on.
        """
        return tuple(self._recorder.memory.inputs)

    @property
    def records(self) -> int:
        """How many records there were since power on, forgotten ones included."""
        return self._recorder.memory.records

    @property
    def boots(self) -> int:
        """How often the kernel has started since power on."""
        return self._recorder.memory.boot

    @property
    def console_text(self) -> str:
        """All that came out of the console since power on, over all resets."""
        return self._recorder.memory.console.decode("latin-1")

    @property
    def screen(self) -> tuple[str, ...]:
        """The 25 lines of the text screen, as the guest's memory has them now."""
        screen = self.machine.devices["screen"]
        assert isinstance(screen, TextScreen)
        return screen.lines()

    def picture_of(self, event: Event) -> FaultPicture | None:
        """Registers, page walk and code at the fault that a record tells of.

        None if no fault led to the record, or if its picture was forgotten.
        """
        return self._recorder.picture_of(event)

    def module_at(self, address: int, *, cr3: int | None = None) -> Module | None:
        """Whose code lies at an address; None if nobody's is known.

        `cr3` chooses the page tables, those in force if it is left out.
        """
        table = self.machine.registers()["cr3"] if cr3 is None else cr3
        return self._recorder.memory.modules.find(address, table)

    def address_of(self, name: str) -> int:
        """The address of "kernel_main", "sentinel.sys!interpreter_matches", "0x4010".

        All forms are in `minios/lab/places.py`. Raises ScenarioError, with names that
        are near, if nothing that is loaded now is called so.
        """
        return self.place_of(name).breakpoint.address

    def place_of(self, name: places.Name) -> Place:
        """Like `address_of`, with the program that the address belongs to.

        Raises ScenarioError if nothing that is loaded now is called so.
        """
        return places.find(name, self._recorder.memory.modules)

    def stands_at(self, place: Place) -> bool:
        """Whether the CPU is about to execute the instruction at a place.

        A place in a program counts only in a process of that program.
        """
        registers = self.machine.registers()
        program = self._recorder.memory.modules.programs.get(registers["cr3"])
        return (
            registers["rip"] == place.breakpoint.address
            and place.breakpoint.cr3 in (None, registers["cr3"])
            and place.program in ("", program.name if program else "")
        )

    def files(self) -> Volume:
        """The guest's disk as a volume, as it is now.

        Raises DiskError if the guest has damaged it.
        """
        assert self.machine.disk is not None
        return Volume(self.machine.disk)

    def disk(self) -> DiskImage:
        """A copy of the disk as it is now; only what was written is copied."""
        assert self.machine.disk is not None
        return self.machine.disk.copy()

    def disk_image(self) -> bytes:
        """The whole disk as it is now, as `Lab(disk=...)` and `--disk` take it."""
        return self.disk().contents()

    # ---- Inside.

    def _uart(self, name: str) -> Uart:
        uart = self.machine.devices[name]
        assert isinstance(uart, Uart)
        return uart

    def _on_link(self, output: machine_events.LinkOutput) -> None:
        link = self._uart("link")
        for answer in self.cloud.hear(output.data, is_sending=link.is_sending):
            link.send(answer.data, at=self.machine.now + answer.latency)

    def _on_reset(self, _reset: machine_events.ResetHappened) -> None:
        self.cloud.machine_was_reset()
        self._uart("link").hang_up()

    def _hear(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)
        if self._wait is not None:
            self._wait.hear(event)


_CONSOLE_STEP: Final = seconds(0.02)


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


def _countdown(words: Mapping[str, str]) -> int:
    """How long the recovery environment waits for somebody before the start goes on."""
    told = words.get("recovery_s", "")
    wait = int(told) if told.isdecimal() else boot_options.RECOVERY_SECONDS
    return seconds(min(wait, boot_options.RECOVERY_SECONDS_AT_MOST))
