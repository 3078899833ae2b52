"""One lab that is told what to do by commands, and shows itself in frames.

Pure of threads and clocks: the same commands give the same frames, which is what makes
recordings and going back possible. Everything that comes from outside (pushes, keys,
resets) is kept with its virtual time; to go back to a moment, the newest snapshot
before it is restored and the inputs since are given again.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import Final, TypeAlias

from minios.abi import policies
from minios.devices.text_screen import TextScreen
from minios.errors import MiniosError
from minios.lab import (
    ContentFile,
    Event,
    Lab,
    LabSnapshot,
    events,
    explain,
    kernel_view,
)
from minios.machine import stops
from minios.machine.events import Event as MachineEvent
from minios.machine.events import RingCrossing
from minios.tui import looking, tables
from minios.tui.frames import Crossings, Frame, Log, Mark
from minios.tui.status import Status, after

_CONSOLE_SHOWN: Final = 8000
_CROSSINGS_SHOWN: Final = 32
_MARKS_KEPT: Final = 64
_EXPLAINED: Final = (events.Faulted, events.ProcessDied, events.Bugchecked)
_MARKED: Final = (events.Ready, events.Bugchecked, events.ProcessDied)


# ---- What a session can be told.


@dataclass(frozen=True, slots=True)
class RunTo:
    """Run to this virtual time; earlier, right after a record of one of these kinds."""

    t: int
    stops: tuple[type, ...] = ()


@dataclass(frozen=True, slots=True)
class Push:
    """Send a content file."""

    file: ContentFile


@dataclass(frozen=True, slots=True)
class Type:
    """Type on the console."""

    text: str


@dataclass(frozen=True, slots=True)
class Reset:
    """Press the reset button."""


Input: TypeAlias = Push | Type | Reset


@dataclass(frozen=True, slots=True)
class Step:
    """Go on a little: "instruction", "line", "crossing" or "event"."""

    unit: str


@dataclass(frozen=True, slots=True)
class MarkHere:
    """Take a snapshot."""

    label: str


@dataclass(frozen=True, slots=True)
class GoBack:
    """Be as at this virtual time; what came after is forgotten.

    With a snapshot's mark: exactly as in it, before any input of the same moment. A
    machine that has no such snapshot goes by the time.
    """

    t: int
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Give these inputs when their virtual time comes: a recording is played."""

    inputs: tuple[tuple[int, Input], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What to read for every frame beside the CPU: tables and memory, the kernel.

    `address` chooses the memory; None is the stack.
    """

    at_tables: bool = False
    address: int | None = None
    at_kernel: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    """Make a frame, nothing else."""


Command: TypeAlias = (
    RunTo | Push | Type | Reset | Step | MarkHere | GoBack | Plan | Look | Show
)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A snapshot and what the session itself knew then."""

    mark: Mark
    lab: LabSnapshot
    records: int
    inputs: int
    crossings: Counter[tuple[str, int]]


class Session:
    """One machine of a lab screen."""

    def __init__(self, model: str, *, seed: int = 1) -> None:
        """Switch a machine on. Raises the errors of `Lab`."""
        self.world: Final = model
        self.lab: Final = Lab(model=model, seed=seed)
        self.inputs: list[tuple[int, Input]] = []
        self._planned: deque[tuple[int, Input]] = deque()
        self._records: list[Event] = []
        self._explanations: dict[int, looking.Explanation] = {}
        self._status = Status()
        self._counts: Counter[tuple[str, int]] = Counter()
        self._latest: deque[RingCrossing] = deque(maxlen=_CROSSINGS_SHOWN)
        self._kept: list[_Kept] = []
        self._look = Look()
        self._tables: tables.Tables | None = None
        self._registers = self.lab.machine.registers()
        self._changed: frozenset[str] = frozenset()
        self._stop: Event | MachineEvent | None = None
        self._error = ""
        self.lab.listen(self._hear)
        self.lab.machine.observe(RingCrossing, self._cross)
        self._keep("power on")

    def close(self) -> None:
        """Give the machine's memory back."""
        self.lab.close()

    # ---- Doing.

    def do(self, command: Command) -> Frame:
        """Do what is asked for and show what came of it."""
        self._stop, self._error = None, ""
        before = self.lab.machine.instructions
        try:
            self._do(command)
        except MiniosError as error:
            self._error = str(error)
        if self.lab.machine.instructions != before:
            self._note_changes()
        return self.frame()

    def _do(self, command: Command) -> None:
        match command:
            case RunTo():
                self._run_to(command)
            case Push() | Type() | Reset():
                self._give(command)
            case Step():
                self._step(command.unit)
            case MarkHere():
                self._keep(command.label)
            case GoBack():
                self._go_back(command)
            case Plan():
                self._planned = deque(command.inputs)
            case Look():
                self._look = command
            case Show():
                pass

    def _give(self, given: Input) -> None:
        if isinstance(given, Push):
            self._keep(f"before {given.file.name}", at_record=True)
        self.inputs.append((self.lab.machine.now, given))
        match given:
            case Push():
                self.lab.push(given.file)
            case Type():
                self.lab.type(given.text)
            case Reset():
                self.lab.machine.reset()

    def _run_to(self, command: RunTo) -> None:
        """Run in pieces: planned inputs come at their own times."""
        while self._planned and self._planned[0][0] <= command.t:
            moment, given = self._planned[0]
            self._run_on(RunTo(moment, command.stops))
            if self._stop is not None:
                return
            self._planned.popleft()
            self._give(given)
        self._run_on(command)

    def _run_on(self, command: RunTo) -> None:
        """Run, and take a snapshot wherever something happened."""
        if RingCrossing in command.stops:
            self._run_to_crossing(command.t)
            return
        while self.lab.machine.now < command.t and not self._status.off:
            kinds = (*_MARKED, *command.stops)

            def wanted(event: Event, kinds: tuple[type, ...] = kinds) -> bool:
                return isinstance(event, kinds)

            left = command.t - self.lab.machine.now
            met = self.lab.run_while_waiting(wanted, within=left)
            if isinstance(met, _MARKED):
                self._keep(_label(met), at_record=True)
            if isinstance(met, command.stops):
                self._stop = met
                return
            if met is None:
                return

    def _run_to_crossing(self, t: int) -> None:
        machine = self.lab.machine
        crossed = self.lab.machine.run_until(
            lambda _: True, limit_ns=max(0, t - machine.now), events=(RingCrossing,)
        )
        if isinstance(crossed, stops.ConditionMet):
            self._stop = crossed.event

    def _step(self, unit: str) -> None:
        looking.STEPS[unit](self.lab)

    # ---- Going back.

    def _keep(self, label: str, *, at_record: bool = False) -> None:
        """A snapshot; of too many, every second of the older ones goes."""
        mark = Mark(self.lab.machine.now, label, at_record)
        if len(self._kept) >= _MARKS_KEPT:
            half = _MARKS_KEPT // 2
            self._kept[1:half] = self._kept[2:half:2]
        self._kept.append(
            _Kept(
                mark,
                self.lab.snapshot(),
                len(self._records),
                len(self.inputs),
                Counter(self._counts),
            )
        )

    def _go_back(self, command: GoBack) -> None:
        at = max(
            (n for n, kept in enumerate(self._kept) if kept.mark.t <= command.t),
            default=0,
        )
        exact = next(
            (n for n, kept in enumerate(self._kept) if kept.mark == command.mark), None
        )
        chosen = at if exact is None else exact
        kept = self._kept[chosen]
        later = self.inputs[kept.inputs :]
        self.inputs = self.inputs[: kept.inputs]
        self._restore(kept)
        del self._kept[chosen + 1 :]
        if exact is None:
            self._planned = deque(it for it in later if it[0] <= command.t)
            self._run_to(RunTo(command.t))
        else:
            self._planned.clear()

    def _restore(self, kept: _Kept) -> None:
        self.lab.restore(kept.lab)
        self._records = self._records[: kept.records]
        self._explanations = {
            at: why for at, why in self._explanations.items() if at < kept.records
        }
        self._status = Status()
        for event in self._records:
            self._status = after(self._status, event)
        self._counts = Counter(kept.crossings)
        self._latest.clear()

    # ---- Hearing.

    def _hear(self, event: Event) -> None:
        if isinstance(event, _EXPLAINED):
            self._explanations[len(self._records)] = explain(self.lab, event)
        self._records.append(event)
        self._status = after(self._status, event)

    def _cross(self, crossing: RingCrossing) -> None:
        self._counts[crossing.door.value, crossing.to_ring] += 1
        self._latest.append(crossing)

    def _note_changes(self) -> None:
        now = self.lab.machine.registers()
        self._changed = frozenset(
            name for name, value in now.items() if self._registers.get(name) != value
        )
        self._registers = now

    # ---- Showing.

    def frame(self) -> Frame:
        """What is there now."""
        machine = self.lab.machine
        screen = machine.devices["screen"]
        assert isinstance(screen, TextScreen)
        console = self.lab.console_text[-_CONSOLE_SHOWN:]
        look = self._look
        self._tables = (
            tables.look(self.lab, look.address, self._tables)
            if look.at_tables
            else None
        )
        return Frame(
            world=self.world,
            words=policies.BY_NAME[self.world].words,
            t=machine.now,
            instructions=machine.instructions,
            ring=machine.ring,
            halted=machine.is_halted,
            screen=screen.raw(),
            console=console,
            status=looking.with_delays(self._status, console),
            log=Log(self._records, len(self._records)),
            explanations=self._explanations,
            registers=self._registers,
            changed=self._changed,
            code=looking.code(self.lab, self._registers),
            walk=looking.walk(self.lab, self._records),
            crossings=Crossings(dict(self._counts), tuple(self._latest)),
            marks=tuple(kept.mark for kept in self._kept),
            inputs=tuple(self.inputs),
            tables=self._tables,
            kernel=kernel_view.look(self.lab) if look.at_kernel else None,
            stop=self._stop,
            error=self._error,
        )


def _label(event: Event) -> str:
    match event:
        case events.Ready():
            return f"boot {event.boot} is up"
        case events.Bugchecked():
            return f"STOP {event.code}"
        case events.ProcessDied():
            return f"{event.name} died"
    return type(event).__name__
