"""Run several machines on one virtual time, at a pace that a person can follow.

The interface ticks twenty times a second. At each tick every machine runs to the same
next moment. The pace (`paces.py`) says how much virtual time a tick is worth: it
changes when things are shown, never what happens. The slower paces wait a little at a
dump, because a blue screen stands for only two virtual milliseconds before the machine
resets.

Where time is to stop, it stops for all machines at one instant: that of the earliest
stop. The machines run at the same time, so some have run past that instant by then.
They go back (`Rejoin`): each machine keeps a snapshot of the beginning of such a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from minios.lab import events, quantities
from minios.lab.conditions import milliseconds, seconds
from minios.lab.inputs import LAST_MOMENT
from minios.machine.clock import NS_PER_INSTRUCTION
from minios.session.flat_out import AHEAD, FlatOut
from minios.session.orders import (
    RECORDS,
    GoBack,
    Mark,
    Rejoin,
    RunTo,
    Step,
    StepUnit,
)
from minios.session.paces import PACES, USUAL, Pace
from minios.session.pausing import Pausing
from minios.session.running import Stopped
from minios.session.script import Moment, Way
from minios.session.stopping import stepped
from minios.session.worker import Player

_DUMP: Final = "dump_written"
_SEARCH: Final = (milliseconds(100), seconds(2))
"""How long all machines look for a record at once: at first, and at most."""
_LONGEST_STEP: Final = seconds(60)
"""A step to the next event ends there, if none comes."""


class Conductor(Pausing):
    """Keeps the machines of one screen at the same virtual time."""

    def __init__(self, players: Sequence[Player]) -> None:
        super().__init__(players)
        self.pace_number = USUAL
        self.ways_back = 0  # how often somebody went back in time
        self._stepping: dict[int, int] = {}  # machine -> its time before the step
        self._searched: int | None = None  # virtual ns, of a step to the next event
        self._is_pausing = False
        self._asked: dict[int, int] = {}
        self._target = 0
        self._waited = 0
        self._linger = 0
        self._flat_out = FlatOut()
        self._way: Way | None = None

    @property
    def pace(self) -> Pace:
        """The current speed."""
        hurries = self.is_skipping or (self._way is not None and self._way.at_once)
        return PACES[-1] if hurries else PACES[self.pace_number]

    @property
    def is_following(self) -> bool:
        """Whether the machines are on their way to chosen moments."""
        return self._way is not None

    def faster(self, by: int = 1) -> None:
        """Choose the next faster or slower pace."""
        self.pace_number = max(0, min(len(PACES) - 1, self.pace_number + by))
        self._linger = 0

    def run_to(self, t: int) -> None:
        """Let every machine run to this moment, or to a stop."""
        self._target = max(self._target, t)
        self._run(range(len(self.players)), self._target)

    def step(self, unit: StepUnit, world: int) -> None:
        """One machine goes on a little, and the others come to the same moment.

        To the next event of any machine: what happens to the others on the way would
        pass unseen, so all look for it, and time stops at the earliest. Where this
        machine is off, it says so, and nobody moves.
        """
        self._hold(stepped(unit, self._called(world)))
        self._is_pausing, self._way = False, None
        frame = self.frames[world]
        self._stepping = {} if frame.status.off else {world: frame.t}
        self._searched = 0 if unit == "event" else None
        if self._goes_to_event:
            self._search()
        else:
            self.send(Step(unit), world)
        self.halt_at_stop()

    def slow_step(self) -> None:
        """Let each machine take the next step of its own slow pass.

        Until the pass is left, each machine has a time of its own.
        """
        self._hold("paused in the slow pass")
        self._is_pausing = False
        self._way, self._stepping = None, {}
        for number, frame in enumerate(self.frames):
            if frame.slow_pass is None or not frame.slow_pass.is_over:
                self.send(Step("pass"), number)

    def leave_slow_pass(self) -> None:
        """Bring all machines to one moment again, and pause there."""
        self._pass_is_left()
        for number, frame in enumerate(self.frames):
            self.send(Rejoin(frame.t), number)
        self.pause()

    def go_on(self) -> None:
        """Let time run, from a moment that all machines have reached."""
        self.stopped_by = ""
        self.running = True
        self.catch_up()

    def pause(self) -> None:
        """Let nobody go on; those behind come to the moment of the one in front."""
        self._hold("paused by you")
        self._is_pausing = True
        self.halt_at_stop()

    def skip(self) -> None:
        """Run as fast as possible to the next record of any machine, then as before."""
        self._begin_skip()
        self.go_on()

    def catch_up(self) -> None:
        """Bring all machines to the same moment after a step, or to an earlier stop."""
        self._is_pausing = False
        now = 0 if self.busy else self.now  # else frames may be of before a way back
        self._send_on(max(self._target, now), 0)

    def go_back(self, t: int, mark: Mark | None = None, words: str = "") -> None:
        """Take all machines back to this moment, and pause them.

        The machine to which the mark belongs becomes exactly what it was in the
        snapshot. From there time goes on at the usual pace at most: else what was gone
        back to would rush past again. `words` say where that is.
        """
        self.ways_back += 1
        self._hold(words or f"back at {quantities.seconds(t)}")
        self.pace_number = min(self.pace_number, USUAL)
        self._way = None
        self._target = t
        self._seen.clear()
        self._stepping, self._is_pausing = {}, False
        self._asked.clear()
        self.send(GoBack(t, mark))

    def go_back_before(self, t: int, words: str = "") -> None:
        """As an instruction before this moment."""
        self.go_back(max(0, t - NS_PER_INSTRUCTION), words=words)

    def follow(
        self, moments: Sequence[Moment], arrival: str, *, at_once: bool = False
    ) -> None:
        """Bring each machine to a moment of its own, and pause there.

        They go back for that if they must. Then they run at the chosen pace, or as
        fast as they can. `arrival` says where that is: "the end of the step".
        """
        self._hold("paused")
        self._way = Way(tuple(moments), arrival, at_once)

    def _set_out(self, way: Way) -> None:
        """Send everybody on the way, unless somebody still runs."""
        if self.busy or len(self.frames) < len(self.players):
            return
        for number, order in way.orders(self.frames):
            self.send(order, number)
        self._target, self._stepping, self._is_pausing = 0, {}, False
        self._asked.clear()
        way.has_begun = self.running = True

    def _has_arrived(self) -> bool:
        """Whether everybody stands at its moment; then time is paused."""
        way = self._way
        if way is None or self.busy or not way.is_over(self.frames):
            return False
        self._way = None
        self._hold(f"paused at {way.arrival}")
        self.stopped_by = way.arrival
        return True

    def _limit(self, world: int) -> int:
        """Where a machine is to pause."""
        return LAST_MOMENT if self._way is None else self._way.moments[world].t

    def _is_there(self, world: int) -> bool:
        return self.frames[world].t >= self._limit(world)

    def tick(self) -> None:
        """A twentieth of a second of the host has gone by."""
        if self._way is not None and not self._way.has_begun:
            self._set_out(self._way)
        if self.halt_at_stop() or not self.running or self._has_arrived():
            return
        waiting = max((player.waiting for player in self.players), default=0)
        if waiting >= (AHEAD if self._is_free else 1):
            self._flat_out.wait()
            return
        self._look_at_dumps()
        if self._linger > 0:
            self._linger -= 1
        elif self.pace.ticks_an_instruction:
            self._slowly()
        elif self.pace.slice:
            target = max(self._target, min(self._times())) + self.pace.slice
            self._send_on(target, 0)
        else:
            self._run_flat_out(is_idle=not waiting)
        self._flat_out.begin()

    @property
    def _is_free(self) -> bool:
        """Whether to run as fast as possible, because no stop can come on the way."""
        paced = self.pace.slice or self.pace.ticks_an_instruction
        return not (paced or self._may_stop)

    def _send_on(self, target: int, work: int) -> None:
        self._target = target
        lingers = frozenset({_DUMP} if self.pace.linger else ())
        self._run(range(len(self.players)), target, lingers, work)

    def _run(
        self,
        worlds: Iterable[int],
        target: int,
        lingers: frozenset[str] = frozenset(),
        work: int = 0,
    ) -> None:
        to_event = self._goes_to_event
        may_stop = to_event or self._may_stop
        for world in worlds:
            order = RunTo(
                min(target, self._limit(world)),
                RECORDS if to_event else self._kinds(world, lingers),
                () if to_event else self.places,
                work,
                in_company=may_stop and len(self.players) > 1,
            )
            self.send(order, world)

    def _run_flat_out(self, *, is_idle: bool) -> None:
        """Run as much as possible without making anybody wait."""
        slowest = min(self._times())
        is_behind = slowest < self._target - self._flat_out.slice
        more = self._flat_out.measure(is_idle=is_idle, is_behind=is_behind)
        self._send_on(max(self._target, slowest) + more, self._flat_out.work)

    def _times(self) -> list[int]:
        able = [
            frame.t
            for number, frame in enumerate(self.frames)
            if not frame.status.off and not self._is_there(number)
        ]
        return able or [self.now]

    def _slowly(self) -> None:
        self._waited += 1
        if self._waited >= self.pace.ticks_an_instruction:
            self._waited = 0
            for number, frame in enumerate(self.frames):
                if not frame.status.off and not self._is_there(number):
                    self.send(Step("instruction"), number)

    def halt_at_stop(self) -> bool:
        """Stand still, all at one instant, if a machine has come to a stop or a step.

        Whether that is so. While it is, the machines may still be on the way there.
        """
        while not self.busy and len(self.frames) == len(self.players):
            frames = enumerate(self.frames)
            stops = [
                (frame.t, number) for number, frame in frames if self._ends(number)
            ]
            if not stops and self._goes_to_event and not self._is_pausing:
                if self._search():
                    continue
                stops = [(self.now, world) for world in self._stepping]
            if not stops and not self._is_pausing:
                self._stepping = {}  # whoever could not make its step stays where it is
                return False
            t, world = min(stops, default=(self.now, None))
            self.running = False
            if not self._wait_for_those_behind(t):
                self._stand_at(t, world)
                return True
        return bool(self._stepping or self._asked or self._is_pausing)

    @property
    def _goes_to_event(self) -> bool:
        """Whether a step is under way that ends at the next record of any machine."""
        return self._searched is not None and bool(self._stepping)

    def _search(self) -> bool:
        """Let all machines look for a record for a while, longer than before.

        So a machine in which nothing happens is not far ahead when another one has
        something to tell, and a pause is not long in coming. Whether there is time.
        """
        searched = self._searched or 0
        more = min(max(searched, _SEARCH[0]), _SEARCH[1], _LONGEST_STEP - searched)
        self._searched = searched + more
        if more:
            self._run(range(len(self.players)), self.now + more)
        return bool(more)

    def _ends(self, world: int) -> bool:
        """Whether this machine stands where time is to stop, or has made its step."""
        frame = self.frames[world]
        if self._goes_to_event:
            return frame.stop is not None  # all have run since the step began
        return frame.t > self._stepping.get(world, frame.t) or self._has_stopped(world)

    def _wait_for_those_behind(self, t: int) -> bool:
        """Let them come; one of them may stop even earlier. Whether there are any."""
        behind = [
            world
            for world, frame in enumerate(self.frames)
            if frame.t < t and not frame.status.off and self._asked.get(world) != t
        ]
        self._asked.update(dict.fromkeys(behind, t))
        self._run(behind, t)
        return bool(behind)

    def _stand_at(self, t: int, world: int | None) -> None:
        """Take back those that ran ahead, and say who has stopped."""
        is_passing = self._goes_to_event  # what its user wants to stop at is no reason
        self._target, self._stepping, self._is_pausing = t, {}, False
        self._asked.clear()
        self.stopped_in = world
        wanted: dict[int, Stopped] = {}
        for number, frame in enumerate(self.frames):
            stop = frame.stop
            if frame.t - t >= NS_PER_INSTRUCTION:
                self.send(Rejoin(t), number)
            elif stop is not None and self._is_new(number, stop):
                self._look_at(number, stop)
                if not is_passing and self._is_wanted(number, stop):
                    wanted[number] = stop
        self._say_why(wanted)

    def _look_at_dumps(self) -> None:
        for number, frame in enumerate(self.frames):
            stop = frame.stop
            if isinstance(stop, events.DumpWritten) and self._is_new(number, stop):
                self._look_at(number, stop)
                self._linger = self.pace.linger
