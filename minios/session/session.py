"""One lab, controlled by orders and shown in frames.

A session uses no threads and no clocks: the same orders give the same frames. This
makes recordings and going back in time possible. Every input from outside (pushes,
keys, resets) is kept with its virtual time. To go back to a moment, the session
restores the newest snapshot before it, and gives the later inputs again.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from msgspec.structs import replace

from minios.abi import policies
from minios.devices.text_screen import TextScreen
from minios.errors import MiniosError, ScenarioError
from minios.lab import (
    Event,
    Happened,
    Lab,
    events,
    own_plugins,
    recovery,
)
from minios.lab.inputs import CutPower, Input, PressReset, Type
from minios.lab.setup import Setup
from minios.machine.clock import NS_PER_INSTRUCTION
from minios.session import labels, looking, panes
from minios.session.chronicle import Chronicle
from minios.session.counting import Counting
from minios.session.frames import Frame, Reached
from minios.session.history import KeptMoment, Past
from minios.session.orders import (
    BootInto,
    GoBack,
    Look,
    Mark,
    MarkHere,
    Order,
    Rejoin,
    Replay,
    RunTo,
    Show,
    Step,
    StepUnit,
    kind_of,
)
from minios.session.panes.cpu import CODE_READ
from minios.session.panes.pane import Moment, Reading
from minios.session.running import Runner, Stopped
from minios.session.slow_pass.passing import SlowPass
from minios.session.status import Status, after

_CONSOLE_SHOWN: Final = 8000
_SLOW_STEP: Final = Step("pass")
_RECORDS_OF_LAB: Final = 64
_PICTURES_OF_LAB: Final = 4
_MARKED: Final = (
    events.ReadyEvent,
    events.BugcheckEvent,
    events.DeathEvent,
    events.RecoveryEntered,
)


class Session:
    """The machine of one pane in a lab."""

    def __init__(self, setup: Setup | str) -> None:
        """Switch a machine on; a name is that of a model. Raises as `Lab` does."""
        setup = Setup(setup) if isinstance(setup, str) else setup
        self.world: Final = setup.model
        self.lab: Final = Lab.of(setup)
        self._planned: deque[tuple[int, Input]] = deque()
        self._played: set[int] = set()  # inputs with a time of their own
        self._is_played = False
        self._history: Final = Chronicle(self.lab)
        self._past = Past()
        self._runner = Runner(self.lab)
        self._status = Status(sensors=own_plugins.sensors(setup.plugins))
        self._address: int | None = None
        self._looks_at: tuple[Reading[Any], ...] = ()
        self._seen: dict[str, object] = {}
        self._look(Look())
        self._registers = self.lab.machine.registers()
        self._changed: frozenset[str] = frozenset()
        self._stop: Stopped = None
        self._has_stepped = False
        self._slow_pass: Final = SlowPass(
            self.lab,
            lambda: self._status,
            self._run_to_kinds,
            self._rejoin,
            self._give_what_is_due,
        )
        self._error = ""
        self._turns = 0
        self.lab.listen(self._hear)
        self._crossings: Final = Counting(self.lab, self._slow_pass.cross)
        self._keep("power on")

    def close(self) -> None:
        """Free the machine."""
        self.lab.close()

    # ---- Doing.

    def do(self, order: Order) -> Frame:
        """Do what an order says, and return the new frame."""
        self._error = ""
        if isinstance(order, RunTo | Step | GoBack | Rejoin | BootInto):
            self._stop = None  # time moves; any other order leaves it where it stands
            self._has_stepped = isinstance(order, Step)
        if not isinstance(order, MarkHere | Look | Show) and order != _SLOW_STEP:
            self._slow_pass.forget()
        before = self.lab.machine.instructions
        try:
            self._do(order)
        except MiniosError as error:
            self._error = str(error)
        if self.lab.machine.instructions != before:
            self._note_changes()
        self._forget()
        return self.frame()

    def _do(self, order: Order) -> None:
        if isinstance(order, RunTo | Step):
            self._crossings.watch(wanted=isinstance(order, Step) or not order.work)
        match order:
            case RunTo():
                self._run_to(order)
            case Step() | PressReset() if self._status.off and order != _SLOW_STEP:
                raise ScenarioError(
                    "this machine is switched off",
                    where=self.world,
                    advice="Press r: the machine starts when its power comes back",
                )
            case _ if isinstance(order, Input):
                self._give(order)
            case BootInto():
                self._boot_into(order.mode)
            case Step():
                self._step(order.unit)
            case GoBack():
                self._is_played = False
                self._go_back(order)
            case Rejoin():
                self._rejoin(order.t)
            case _:
                self._note(order)

    def _step(self, unit: StepUnit) -> None:
        if unit != "instruction":
            self._past.begin(self._kept("", at_record=False))
        if unit == "pass":
            self._slow_pass.step()
        else:
            looking.STEPS[unit](self.lab)
            self._give_what_is_planned()

    def _run_to_kinds(self, t: int, kinds: tuple[str, ...], work: int) -> Stopped:
        self._stop = None
        self._run_to(RunTo(t, kinds, work=work))
        stop, self._stop = self._stop, None
        return stop

    def _note(self, order: MarkHere | Replay | Look | Show) -> None:
        """Do an order that does not change the machine."""
        match order:
            case MarkHere():
                self._keep(order.label)
            case Replay():
                self._planned = deque(order.inputs)
                self._is_played = True
            case Look():
                self._look(order)

    def _look(self, order: Look) -> None:
        self._looks_at = tuple(map(panes.reading, order.at))
        self._address = order.address

    def _give(self, given: Input) -> None:
        if not isinstance(given, Type):
            self._keep(labels.before(given), at_record=True)
        self.lab.give(given)

    def _boot_into(self, mode: str) -> None:
        """Reset, hold F8 down, and answer the question of the recovery environment.

        These are inputs like any others, so recordings and going back in time include
        them.
        """
        self._give(CutPower() if self._status.off else PressReset())
        self._give(Type(recovery.F8 * recovery.KEY_PRESSES))
        entered = Happened(events.RecoveryEntered)
        seen = self.lab.run_until(entered, within=recovery.LIMIT)
        self.lab.wait_for_prompt(within=recovery.LIMIT)
        if mode in recovery.MODES:
            self._played.add(
                len(self.lab.inputs)
            )  # it belongs to this moment of the start
            self._give(Type(recovery.answer(seen, mode) + "\r"))

    def _run_to(self, order: RunTo) -> None:
        """Run in pieces: planned inputs come at their own times."""
        if order.in_company:
            self._past.begin(self._kept("", at_record=False))
        while self._planned and self._planned[0][0] <= order.t:
            moment, given = self._planned[0]
            self._run_on(replace(order, t=moment))
            if self._stop is not None or self.lab.machine.now < moment:
                return
            self._planned.popleft()
            self._played.add(len(self.lab.inputs))
            self._give(given)
        self._run_on(order)

    def _run_on(self, order: RunTo) -> None:
        """Run, and take a snapshot where something happened."""
        last = self.lab.machine.instructions + order.work
        while self.lab.machine.now < order.t and not self._status.off:
            met = self._runner.run(order, _MARKED)
            if isinstance(met, _MARKED) and self._past.wants(self.lab.machine.now):
                self._keep(labels.at_record(met), at_record=True)
            if not isinstance(met, _MARKED) or kind_of(met) in order.stops:
                self._stop = met
                return
            if order.work:
                left = last - self.lab.machine.instructions
                if left <= 0:
                    return
                order = replace(order, work=left)

    # ---- Going back.

    def _forget(self) -> None:
        """Drop old events from the lab, because every snapshot contains its events."""
        self.lab.forget(
            events=_RECORDS_OF_LAB, console=_CONSOLE_SHOWN, pictures=_PICTURES_OF_LAB
        )

    def _keep(self, label: str, *, at_record: bool = False) -> None:
        kept = self._kept(label, at_record=at_record)
        if kept.mark not in self._past.marks[-1:]:  # else: given again after going back
            self._past.keep(kept)

    def _kept(self, label: str, *, at_record: bool) -> KeptMoment:
        self._forget()
        mark = Mark(self.lab.machine.now, label, at_record, self._past.taken)
        return KeptMoment(
            mark,
            self.lab.snapshot(),
            self._history.total,
            self._history.explanations,
            len(self.lab.inputs),
            self._status,
            self._crossings.so_far,
        )

    def _go_back(self, order: GoBack) -> None:
        kept, is_exact = self._past.back_to(order.t, order.mark)
        later = self.lab.inputs[kept.inputs :]
        self._restore(kept)
        self._planned = deque(it for it in later if it[0] <= order.t)
        if is_exact:
            self._planned.clear()
        else:
            self._run_to(RunTo(order.t))

    def _rejoin(self, t: int) -> None:
        """Where it ran ahead, go back; what is still planned stays so."""
        if self.lab.machine.now > t:
            planned, given = list(self._planned), list(enumerate(self.lab.inputs))
            ahead = [(number, it) for number, it in given if it[0] > t]
            again = [it for number, it in ahead if number in self._played]
            own = [it for number, it in ahead if number not in self._played]
            self._go_back(GoBack(t))
            self._planned = deque([*again, *planned])
            for _, it in own:
                self._give(it)
        self._run_to(RunTo(t))

    def _give_what_is_planned(self) -> None:
        """After a step: it ends where an input of a recording is to be given."""
        now = self.lab.machine.now
        if self._planned and now > self._planned[0][0] + NS_PER_INSTRUCTION:
            self._rejoin(self._planned[0][0])
        else:
            self._run_to(RunTo(now))

    def _give_what_is_due(self) -> int | None:
        """Between two instructions of a slow pass. Returns when the next one is due."""
        now = self.lab.machine.now
        if self._planned and self._planned[0][0] <= now:
            self._run_to(RunTo(now))
        return self._planned[0][0] if self._planned else None

    def _restore(self, kept: KeptMoment) -> None:
        self._played = {number for number in self._played if number < kept.inputs}
        self.lab.restore(kept.lab)
        self._history.cut(kept.records, kept.explanations)
        self._status = kept.status
        self._crossings.restore(kept.crossings)
        self._turns += 1

    # ---- Hearing.

    def _hear(self, event: Event) -> None:
        self._history.hear(event)
        self._status = after(self._status, event)
        self._slow_pass.hear(event)
        match event:
            case events.ResetEvent():
                self._crossings.machine_was_reset()
            case events.Faulted(ring=0, vector=int() as vector):
                self._crossings.fault_inside(vector)

    def _note_changes(self) -> None:
        now = self.lab.machine.registers()
        self._changed = frozenset(
            name for name, value in now.items() if self._registers.get(name) != value
        )
        self._registers = now

    # ---- Showing.

    def frame(self) -> Frame:
        """The current state of the machine."""
        machine, log = self.lab.machine, self._history.log
        screen = machine.devices["screen"]
        assert isinstance(screen, TextScreen)
        console = self.lab.console_text[-_CONSOLE_SHOWN:]
        now = Moment(self.lab, self._registers, log, self._address)
        self._seen = {
            it.name: it.read(now._replace(before=self._seen.get(it.name)))
            for it in self._looks_at
        }
        is_placed = self._has_stepped or isinstance(self._stop, Reached)
        return Frame(
            world=self.world,
            words=policies.BY_NAME[self.world].words,
            plugin_kinds=self.lab.setup.plugin_kinds,
            t=machine.now,
            instructions=machine.instructions,
            ring=machine.ring,
            halted=machine.is_halted,
            screen=screen.raw(),
            console=console,
            status=self._status,
            log=log,
            explanations=self._history.explanations,
            registers=self._registers,
            changed=self._changed,
            code=CODE_READ.among(self._seen)
            or looking.stands(self.lab, self._registers, placed=is_placed),
            crossings=self._crossings.so_far,
            marks=self._past.marks,
            inputs=self.lab.inputs,
            seen=self._seen,
            stop=self._stop,
            error=self._error,
            origin=self._history.origin,
            past=self._turns,
            is_played=self._is_played,
            slow_pass=self._slow_pass.so_far,
            dumps=self._history.dumps,
        )
