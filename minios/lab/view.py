"""What can be seen of a lab: its time, its records, its files, its screen.

Nothing here runs the machine or changes it.
"""

from __future__ import annotations

from typing import Any, TypeVar

from minios.devices.text_screen import TextScreen
from minios.devices.uart import Uart
from minios.disk import Volume
from minios.disk.errors import DiskError
from minios.errors import ScenarioError
from minios.lab import events, places, protection, services
from minios.lab.conditions import Happened, RecordCondition
from minios.lab.events import Event
from minios.lab.inputs import Input, Type
from minios.lab.mistakes import (
    Advised,
    NoRecordError,
    WrongValueError,
    require_type,
)
from minios.lab.modules import Module
from minios.lab.picture import FaultPicture
from minios.lab.places import Place
from minios.lab.recorder import Recorder
from minios.lab.services import Services
from minios.lab.setup import Setup
from minios.machine.disk_image import DiskImage
from minios.machine.machine import Machine

K = TypeVar("K", bound=Event)


class LabView(Advised):
    """The part of a lab that looks.

    Attributes:
        setup: all that the lab was made from.
        model: the name of the model, "windows" or "macos".
    """

    setup: Setup
    model: str
    _machine: Machine | None
    _recorder: Recorder

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
                advice="A lab ends with its `with`, that of a fixture with its test. "
                "Only its records are left now",
            )
        return self._machine

    def stamp(self) -> dict[str, Any]:
        """The fields that every record has, as of now, for a record of your own."""
        _ = self.machine  # raises if the lab is closed
        return self._recorder.stamp()

    @property
    def now(self) -> int:
        """Virtual nanoseconds since power on."""
        return self.machine.now

    def is_protected(self) -> bool:
        """Whether a sensor sees events now; `minios/lab/protection.py` says when."""
        return protection.after_all(self.events).holds

    def unprotected_time(self, *, since: int = 0, until: int | None = None) -> int:
        """Virtual nanoseconds in which no sensor saw events, between two moments.

        From power on until now, if they are left out. The start of the machine counts:
        `since=lab.boot().t` leaves it out. Raises WrongValueError if `until` is before
        `since`, or has not come yet.
        """
        require_type(since, int, "since=record.t")
        require_type(until, int | None, "until=record.t")
        end = self.now if until is None else until
        if not 0 <= since <= end <= self.now:
            raise WrongValueError(
                f"from {since} to {end} is no time that has passed: it is {self.now}",
                where=self.model,
                advice="Give moments such as `lab.now` or the `t` of a record",
            )
        return protection.unprotected_time(self.events, since, end)

    def all(self, what: type[K] | RecordCondition[K]) -> tuple[K, ...]:
        """All records of a kind, or that meet a condition, the oldest first.

        `lab.all(events.BugcheckEvent)`, `lab.all(Death("sentinel"))`. Raises
        WrongTypeError for anything else.
        """
        wanted: RecordCondition[K]
        wanted = what if isinstance(what, RecordCondition) else Happened(what)
        return tuple(filter(wanted, self.events))

    def last(self, what: type[K] | RecordCondition[K]) -> K:
        """The latest record of a kind, or that meets a condition.

        Raises NoRecordError if there is none (`lab.all` is empty then), and
        WrongTypeError for what is no kind.
        """
        found = self.all(what)
        if not found:
            name = what.__name__ if isinstance(what, type) else repr(what)
            raise NoRecordError(
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
    def refused_names(self) -> frozenset[str]:
        """The plugins on the disk that would be processes, but are not taken here.

        Those that somebody has typed are left out: a shell runs any program.
        """
        typed = "".join(
            it.text.lower() for _, it in self.inputs if isinstance(it, Type)
        )
        try:
            names = services.refused(self.files(), self.setup.plugin_kinds)
        except DiskError:
            return frozenset()
        return frozenset(name for name in names if name not in typed)

    @property
    def events(self) -> tuple[Event, ...]:
        """All records since power on, oldest first; over all resets.

        Of a machine that makes more than 100,000, the oldest are forgotten; at least
        the latest 50,000 are here. `records` counts all.
        """
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
        """All that came out of the console since power on, over all resets.

        Of more than 2 MiB, the oldest text is forgotten; the latest 1 MiB is here.
        """
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

    def program_of(self, cr3: int) -> str:
        """The program that runs with these page tables, "" if none is known."""
        program = self._recorder.memory.modules.programs.get(cr3)
        return program.name if program else ""

    def page_tables_of(self, program: str) -> tuple[int, ...]:
        """The top page tables of the processes that run this program: CR3 there."""
        known = self._recorder.memory.modules.programs
        return tuple(cr3 for cr3, module in known.items() if module.name == program)

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
        return (
            registers["rip"] == place.breakpoint.address
            and place.breakpoint.cr3 in (None, registers["cr3"])
            and place.program in ("", self.program_of(registers["cr3"]))
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

    def _uart(self, name: str) -> Uart:
        uart = self.machine.devices[name]
        assert isinstance(uart, Uart)
        return uart
