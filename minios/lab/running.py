"""How a lab runs: until something happens, for a time, to a place, to a prompt."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final, overload

from minios.errors import ScenarioError
from minios.lab import events, places
from minios.lab.combining import Condition, Moment, R, condition_of
from minios.lab.conditions import Happened, Ready, seconds
from minios.lab.events import Event
from minios.lab.inputs import Input, Type
from minios.lab.mistakes import require_text, verb
from minios.lab.prompts import PROMPTS
from minios.lab.view import LabView
from minios.lab.waiting import (
    ConditionNotMetError,
    Wait,
    latest,
    require_time,
    words_for,
)
from minios.machine import costs
from minios.machine.breakpoints import Breakpoint
from minios.machine.events import ConsoleOutput
from minios.machine.machine import Machine
from minios.machine.stops import BreakpointReached, Deadlock
from minios.visible import visible

_BOOT_LIMIT: Final = seconds(5)
_CONSOLE_STEP: Final = seconds(0.02)


class Running(LabView):
    """The part of a lab that runs its machine and waits."""

    _countdown: int
    _wait: Wait[Any] | None

    @verb("lab.boot(within=seconds(5))")
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
    @verb("lab.come_up(Ready(), within=seconds(5))")
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

    @verb('lab.type("help\\r")')
    def type(self, text: str) -> None:
        r"""Type on the console; the guest sees it while the machine runs.

        `\r` is the enter key. Raises WrongTypeError if it is no text.
        """
        require_text(text, 'lab.type("help\\r")')
        self._note(Type(text))
        memory = self._recorder.memory
        memory.prompts.expect(memory.console, text)
        self._uart("console").send(text.encode(errors="replace"))

    @verb('lab.console("help")')
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

    @verb("lab.wait_for_prompt(within=seconds(5))")
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
    @verb("lab.run_until(Bugcheck(), within=seconds(5))")
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
    @verb('lab.expect(Death(), within=seconds(5), message="what should be")')
    def expect(self, condition: object, *, within: int, message: str) -> object:
        """Like `run_until`, but the error begins with a message of your own.

        `lab.expect(Death(), within=seconds(5), message="only the sensor should die")`.
        """
        return self._met(condition, within, message)

    def _met(self, condition: object, within: int, message: str) -> object:
        wait = self._waited(condition, within)
        if not wait.is_met:
            raise ConditionNotMetError(
                f"{message}: {wait.story()}" if message else wait.story(),
                where=self.model,
                advice=". ".join((latest(self.events), *self._shown(wait))),
            )
        return wait.value

    def _shown(self, wait: Wait[Any]) -> Iterator[str]:
        """What the console and the screen show, if a text was waited for there."""
        if ConsoleOutput in wait.hears:
            yield f"The console ends with: {visible(repr(self.console_text[-200:]))}"
        if Moment in wait.hears:
            lines = " / ".join(filter(None, self.screen))
            yield f"The screen shows: {visible(lines) or 'nothing'}"

    @overload
    def run_while_waiting(
        self, condition: Condition[R], *, within: int
    ) -> R | None: ...
    @overload
    def run_while_waiting(
        self, condition: Callable[[Event], bool], *, within: int
    ) -> Event | None: ...
    @verb("lab.run_while_waiting(Death(), within=seconds(5))")
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

    @verb("lab.run_for(seconds(5))")
    def run_for(self, time: int) -> None:
        """Run for so many virtual nanoseconds; less if the machine switches itself off.

        `seconds(2)` and `milliseconds(5)` make nanoseconds. Raises WrongTypeError or
        WrongValueError for what is no such time.
        """
        machine = self._standing()
        require_time(time, "time", or_none=True)
        machine.run_until(None, limit_ns=time)

    @verb('lab.run_to("kernel_main", within=seconds(5))')
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

    def _note(self, given: Input) -> None:
        self.machine.charge(costs.INPUT)
        self._recorder.memory.inputs.append((self.machine.now, given))
