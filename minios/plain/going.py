"""Going on: run as long as the user says, and print events in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from minios.interrupts import first_is_noted
from minios.lab import milliseconds, quantities
from minios.lab.events import Decisive
from minios.lab.quantities import listed
from minios.plain import strides
from minios.plain.asking import Many
from minios.plain.stopping import Stopping
from minios.plain.strides import CALM, STRIDES, TO_THE_NEXT, Stride
from minios.session import decisive
from minios.session.orders import RECORDS, RunTo, Step
from minios.session.spoken import sentence

_APART: Final = milliseconds(5)  # how far one machine may be ahead of another
_SLICE: Final = 20_000_000  # instructions: a fifth of a second of the host
_LONGEST: Final = milliseconds(200)  # a machine that computes needs a slice for it
_NEWS: Final = 15  # slices from one word that the machines still run to the next


class Going(Stopping):
    """Let the machines run."""

    stride: Stride = STRIDES[0]
    awaited: frozenset[int] = frozenset()  # of these the first crash or death is told
    _stuck: frozenset[int] = frozenset()
    _is_interrupted: Callable[[], bool] = staticmethod(lambda: False)
    _worked: int = 0  # instructions of all machines in this run

    def go_on(self) -> None:
        """Run as long as choice 1 was set to, or to a pause."""
        self._go(self.stride)

    def go_for(self) -> None:
        """Run for a time, or for a number of instructions."""
        question = (
            "How long? (50 ms, 2 s, 300 instructions; a number alone is milliseconds; "
            "0 to cancel)"
        )
        while (found := strides.read(self.text(question))) is None:
            self.say(
                f"Please type at most {strides.LONGEST_WORDS} or "
                f"{strides.MOST_INSTRUCTIONS} instructions."
            )
        self._go(found)

    def choose_stride(self) -> None:
        """Set how long choice 1 runs."""
        self.say(f"Now choice 1 runs {self.stride.words}.")
        at = self.choose("How long should it run?", [it.words for it in STRIDES])
        self.stride = STRIDES[at]
        self.say(f"From now on choice 1 runs {self.stride.words}.")

    def skip(self) -> None:
        """Run to the next event of any machine, and say how long that was."""
        before = self.conductor.now
        self._go(TO_THE_NEXT)
        skipped = quantities.short(self.conductor.now - before)
        self.say(f"Skipped {skipped} of waiting.")

    def _go(self, stride: Stride) -> None:
        self._worked = 0
        with first_is_noted() as self._is_interrupted:
            self._run(stride)
        if self._is_interrupted():
            self.conductor.pause()
            self.tell_new()
            self.say(f"Paused by you at {quantities.seconds(self.conductor.now)}.")
        self._tell_decisive()

    def _tell_decisive(self) -> None:
        """Say what matters about a first crash or death, after its event was told."""
        before = self.awaited
        for world, frame in enumerate(self.conductor.frames):
            first = next((it for it in frame.log if isinstance(it, Decisive)), None)
            if world not in self.awaited or first is None:
                continue
            untold = self.untold(world)
            if not untold or first.t < untold[0].t:
                self.awaited -= {world}
                told = decisive.sentence(first, self.names[world])
                self.say(f"This is the decisive moment. {sentence(told)}")
        if self.awaited != before:
            self.say("Choose why to hear the reasons, or go on.")

    def _run(self, stride: Stride) -> None:
        self._stuck = frozenset()
        if stride.instructions:
            self._step_all(stride.instructions)
        elif stride.time:
            self._go_until(self.conductor.now + stride.time)
        else:
            self._go_to_events(stride)

    def _step_all(self, number: int) -> None:
        for _ in range(number):
            if self._is_interrupted():
                break
            self.conductor.send(Step("instruction"))
        self.tell_new()
        for world in range(len(self.names)):
            self.stands(world)

    def _go_until(self, end: int) -> None:
        """Run to a time. Runs are short if an event or a place could end them."""
        stops = self.conductor.breaks or self.conductor.places
        many = Many(self.say)
        while (world := self._advance(end, _APART if stops else CALM)) is not None:
            if self.stop_words(world):
                many.tell(self.fresh())
                many.end()
                self.tell_stop(world)
                return
            many.tell(self.fresh(self._reached()))
        many.tell(self.fresh())
        many.end()
        if not self._is_interrupted():
            self.say(f"It is {quantities.seconds(self.conductor.now)} now.")

    def _go_to_events(self, stride: Stride) -> None:
        told, end = 0, self.conductor.now + CALM
        while told < stride.events:
            world = self._advance(end, _APART)
            if world is None:
                if self._is_interrupted():
                    return
                if not told or stride.calm == CALM:
                    self.say(self._silence())
                return
            if self.tell_stop(world):
                return
            now = self._reached()
            fresh = self.tell_new(now)
            told += fresh
            if fresh:
                end = now + stride.calm

    def _silence(self) -> str:
        """Say why no event was printed."""
        frames = self.conductor.frames
        off = [self.names[n] for n, frame in enumerate(frames) if frame.status.off]
        if len(off) == len(frames):
            return f"Nothing can happen, because these are switched off: {listed(off)}."
        return "Nothing has happened for 35 seconds of virtual time."

    # ---- One machine after the other.

    def _advance(self, end: int, apart: int) -> int | None:
        """Run the machine that is furthest behind. Returns which one that was.

        It runs to its next event, to a pause, or to the time of an event of another
        machine that was not printed yet. So events are printed in order. Returns None
        if no machine can run before `end`, or if the user wants to pause.
        """
        frames = self.conductor.frames
        able = [number for number in self._able() if frames[number].t < end]
        if not able or self._is_interrupted():
            return None
        world = min(able, key=lambda number: frames[number].t)
        start = frames[world].t
        untold = [it.t for n in range(len(frames)) for it in self.untold(n)[:1]]
        most = _LONGEST if len(able) == 1 else min(apart, _LONGEST)
        target = min(end, start + most, *(t for t in untold if t > start))
        conductor = self.conductor
        stops = (*RECORDS, *conductor.breaks)
        may_stop = bool(conductor.breaks or conductor.places)
        has_company = may_stop and len(frames) > 1
        order = RunTo(target, stops, conductor.places, in_company=has_company)
        conductor.send(order, world)
        after = self.conductor.frames[world]
        self._tell_work(after.instructions - frames[world].instructions)
        if after.t == start and after.stop is None:
            self._stuck |= {world}
        self._notice_on_the_way()
        return world

    def _tell_work(self, instructions: int) -> None:
        """Say now and then that the machines still run.

        Instructions are counted, not seconds of the host, so it is the same each time.
        """
        before, self._worked = self._worked, self._worked + instructions
        for number in range(before // _SLICE + 1, self._worked // _SLICE + 1):
            if number == 1:
                self.say("The machines run. Ctrl-C pauses them.")
            elif number % _NEWS == 0:
                now = quantities.seconds(self._reached())
                self.say(f"They still run. It is {now} there.")

    def _notice_on_the_way(self) -> None:
        """What is to be seen while time is paused is not seen here."""
        self.conductor.running = True
        self.notice_goals()
        self.conductor.running = False

    def _able(self) -> list[int]:
        """The machines that can run."""
        frames = self.conductor.frames
        found = range(len(frames))
        return [n for n in found if n not in self._stuck and not frames[n].status.off]

    def _reached(self) -> int:
        """The time up to which all events are known."""
        able = self._able()
        frames = self.conductor.frames
        return min(frames[n].t for n in able) if able else self.conductor.now
