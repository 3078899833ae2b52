"""One clock for several machines: whether it runs, where it is to stop, and why.

Waiting can be skipped: the machines run as fast as they can to the next record of any
of them. Then time goes on as before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from minios.lab.events import Decisive
from minios.session import decisive
from minios.session.frames import Reached
from minios.session.machines import Machines
from minios.session.orders import RECORDS, kind_of
from minios.session.running import Stopped
from minios.session.stopping import met
from minios.session.worker import Player


class Pausing(Machines):
    """Machines whose common time runs or is paused.

    Attributes:
        running: whether time runs.
        breaks: the kinds of records at which it is to stop.
        places: the places in the code at which it is to stop.
        awaited: the machines at whose first crash or death time is to stop.
        stopped_by: the event or place at which time has stopped; else "".
        stopped_in: the machine that has stopped it; whoever has shown it sets None.
        because: why time is paused, in words of several lengths, the longest first.
        decisive: a sentence about each awaited event at which time has just stopped;
            whoever has shown it sets it to "".
    """

    def __init__(self, players: Sequence[Player]) -> None:
        super().__init__(players)
        self.running = False
        self.breaks: frozenset[str] = frozenset()
        self.places: tuple[str, ...] = ()
        self.awaited: frozenset[int] = frozenset()
        self.stopped_by = ""
        self.stopped_in: int | None = None
        self.because: tuple[str, ...] = ("paused",)
        self.decisive = ""
        self._seen: dict[int, int] = {}
        self._runs_after_skip: bool | None = None  # None: nothing is skipped

    @property
    def is_skipping(self) -> bool:
        """Whether the machines hurry to the next record."""
        return self._runs_after_skip is not None

    def _begin_skip(self) -> None:
        """From here the next record of any machine ends the skip."""
        self._runs_after_skip = self.running
        self._look_at_all()

    def _hold(self, words: str) -> None:
        """Let time not run, and say why."""
        self.running, self._runs_after_skip = False, None
        self.stopped_by = ""
        self.because = (f"{words}; space goes on", words, "paused")

    # ---- Where time is to stop.

    @property
    def _may_stop(self) -> bool:
        """Whether something can come at which all machines are to stop."""
        wanted = self.breaks or self.places or self.awaited
        return bool(wanted) or self.is_skipping

    def _stops(self, world: int) -> frozenset[str]:
        """The kinds of records at which a machine is to stop for its user."""
        return self.breaks.union(decisive.STOPS if world in self.awaited else ())

    def _kinds(self, world: int, lingers: frozenset[str]) -> tuple[str, ...]:
        """All kinds of records at which its run is to end."""
        others = frozenset(RECORDS) if self.is_skipping else lingers
        return tuple(sorted(self._stops(world) | others))

    def _has_stopped(self, world: int) -> bool:
        """Whether this machine stands where time is to stop."""
        stop = self.frames[world].stop
        is_stop = self.is_skipping or self._is_wanted(world, stop)
        return is_stop and self._is_new(world, stop)

    def _is_wanted(self, world: int, stop: Stopped) -> bool:
        """Whether the user wants to stop there."""
        return isinstance(stop, Reached) or kind_of(stop) in self._stops(world)

    def _is_new(self, world: int, stop: Stopped) -> bool:
        """Whether this machine's stop has not been looked at yet."""
        return stop is not None and self._seen.get(world) != stop.instructions

    def _look_at(self, world: int, stop: Stopped) -> None:
        if stop is not None:
            self._seen[world] = stop.instructions

    def _look_at_all(self) -> None:
        """No stop so far is a new one."""
        for number, frame in enumerate(self.frames):
            self._look_at(number, frame.stop)

    # ---- Why it has stopped.

    def _say_why(self, wanted: Mapping[int, Stopped]) -> None:
        """Say at what time has stopped, or let it go on where waiting was skipped."""
        runs_on = self._runs_after_skip
        said = " and ".join(
            f"{stop.name if isinstance(stop, Reached) else met(kind_of(stop))} in "
            f"{self._called(number)}"
            for number, stop in wanted.items()
        )
        if wanted:
            self._hold(f"paused at {said}")
            self.stopped_by = said
        elif runs_on is not None:
            self._hold("paused after the waiting")
            self.running = runs_on
        self._say_decisive(wanted)

    def _say_decisive(self, wanted: Mapping[int, Stopped]) -> None:
        """Say what was awaited, and await it no more."""
        now = {
            number: stop
            for number, stop in wanted.items()
            if number in self.awaited and isinstance(stop, Decisive)
        }
        if now:
            self.awaited -= now.keys()
            happened = [(stop, self._called(number)) for number, stop in now.items()]
            self.decisive = decisive.notice(happened)
            self.because = (*decisive.clock_words(happened), *self.because[1:])

    def _pass_is_left(self) -> None:
        """Nobody waits for a crash or death that was seen in a slow pass."""
        self.awaited -= {
            number
            for number, frame in enumerate(self.frames)
            if decisive.was_in(frame.slow_pass, frame.log)
        }
