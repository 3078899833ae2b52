"""What a story has cost its machine: who ended, who came back, what stays held.

An oops ends one task and lets the machine go on, but not as it was. What is said here
is counted from the records, or read from the kernel's own memory at the end: nothing is
assumed.

    pipes     a pipe whose maker has gone, and to which no handle leads. The kernel
              keeps its name, so nobody can make this pipe again
    modules   a driver that counts threads which were ended in its code: it cannot be
              unloaded any more
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from minios.abi.enumerations import taint_letters
from minios.errors import ImageError
from minios.lab import events
from minios.lab.events import Event
from minios.lab.kernel_memory import KernelMemory
from minios.lab.kernel_view import look
from minios.lab.lab import Lab
from minios.visible import visible

_DRIVERS: Final = "plugins/driver.c"
_REFUSED: Final = "the name is taken"


@dataclass(frozen=True, slots=True)
class Losses:
    """What it cost one machine.

    Attributes:
        oopses: how often its kernel went on after a fault of ring 0.
        panics: how often it stopped in Linux' way.
        stopped: how many processes ran at each stop of the machine.
        tasks: the processes that a fault of ring 0 has ended, with how often.
        crashed: the processes that a fault of their own has ended, with how often.
        init_restarts: how often init has started one of `tasks` again.
        pipes: the names of pipes that stay taken.
        refused: how often a program was refused a pipe, because its name is taken.
        modules: the modules that count dead users, with how many.
        taint: the letters of the taint word at the last oops, "" without one.
    """

    oopses: int = 0
    panics: int = 0
    stopped: tuple[int, ...] = ()
    tasks: Counter[str] = field(default_factory=Counter)
    crashed: Counter[str] = field(default_factory=Counter)
    init_restarts: int = 0
    pipes: tuple[str, ...] = ()
    refused: int = 0
    modules: tuple[tuple[str, int], ...] = ()
    taint: str = ""

    @property
    def words(self) -> str:
        """All of it in one line, for a table."""
        parts = [*self._stops()]
        if self.tasks:
            parts.append(f"the kernel ended {_named(self.tasks)}{self._came_back()}")
        if self.crashed:
            parts.append(f"only the process {_named(self.crashed)}")
        if self.pipes:
            parts.append(
                f"{_several(len(self.pipes), 'pipe name')} taken until a reset"
            )
        parts += [f"{name} cannot be unloaded" for name, _ in self.modules]
        if self.taint:
            parts.append(f"tainted {self.taint}")
        return "; ".join(parts) or "nothing: no process ended"

    def _stops(self) -> Iterator[str]:
        if self.stopped:
            each = " and ".join(str(it) for it in dict.fromkeys(self.stopped))
            times = "" if len(self.stopped) == 1 else f", {len(self.stopped)} times"
            yield f"everything that ran: {each} processes{times}"

    def _came_back(self) -> str:
        if not self.init_restarts:
            return ""
        return f", and init started it again {_times(self.init_restarts)}"

    @property
    def sentences(self) -> tuple[str, ...]:
        """How a machine limps that went on after an oops.

        Empty if it does not: nothing was lost, or everything.
        """
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        if self.stopped or not self.tasks:
            return
        yield (
            f"The kernel ended {_named(self.tasks)}, for a fault that was not its own: "
            f"the module's code ran on its thread.{_again(self.init_restarts)}"
        )
        if self.pipes:
            yield (
                "Each ended while the kernel made a pipe for it. The pipe is there "
                "until the next reset, but nobody has a handle of it. So these names "
                f"stay taken: {', '.join(self.pipes)}."
            )
        if self.refused:
            yield (
                f"Since the first oops, a program was told {_times(self.refused)} that "
                "the name of its pipe is taken. Where no pipe is made, the module is "
                "not called. That is why there is no further oops: nothing is mended."
            )
        for name, dead in self.modules:
            yield (
                f"{name} counts {_several(dead, 'task')} that ended in its code. "
                "Nobody takes them back, so it cannot be unloaded before a reset."
            )
        if self.taint:
            yield f"The kernel is tainted: {self.taint}. Only a reset clears that."


def measure(lab: Lab) -> Losses:
    """What this machine has lost until now. Raises nothing for the guest's doing."""
    recorded = lab.events
    ended = [it for it in recorded if isinstance(it, events.ProcessExited)]
    tasks = Counter(it.name for it in ended if it.cause == "kernel_fault")
    deaths = [it for it in recorded if isinstance(it, events.DeathEvent)]
    reports = [it for it in recorded if isinstance(it, events.OopsReport)]
    oopses = sum(isinstance(it, events.Oops) for it in recorded)
    return Losses(
        oopses=oopses,
        panics=sum(isinstance(it, events.KernelPanic) for it in recorded),
        stopped=tuple(_running_at_stops(recorded)),
        tasks=tasks,
        crashed=Counter(it.name for it in deaths),
        init_restarts=_restarts(recorded),
        # Only an oops leaves something behind, and to look takes a second.
        pipes=_held_pipes(lab) if oopses else (),
        refused=_refused(lab) if tasks else 0,
        modules=_stuck_modules(lab) if oopses else (),
        taint=taint_letters(int(reports[-1].taint)) if reports else "",
    )


def _running_at_stops(recorded: Iterable[Event]) -> Iterator[int]:
    """How many processes ran when the machine stopped, for each stop."""
    running: set[int] = set()
    for it in recorded:
        match it:
            case events.ProcessStarted():
                running.add(it.process_id)
            case events.ProcessExited() | events.DeathEvent():
                running.discard(it.process_id)
            case events.BugcheckEvent():
                yield len(running)
            case events.Booted():
                running.clear()


def _restarts(recorded: Iterable[Event]) -> int:
    """How often a process started whose last one was ended by a fault of ring 0."""
    missing: Counter[str] = Counter()
    number = 0
    for it in recorded:
        if isinstance(it, events.Booted):
            missing.clear()
        if isinstance(it, events.ProcessExited) and it.cause == "kernel_fault":
            missing[it.name] += 1
        if isinstance(it, events.ProcessStarted) and missing[it.name]:
            missing[it.name] -= 1
            number += 1
    return number


def _held_pipes(lab: Lab) -> tuple[str, ...]:
    """Pipes that are nobody's: their maker has gone, and no handle leads there."""
    view = look(lab)
    handles = [handle for process in view.processes for handle in process.handles]
    alive = {f"{it.name} ({it.id})" for it in view.processes}
    return tuple(
        visible(it.name)
        for it in view.pipes
        if it.server not in alive
        and not any(h.endswith(f" {it.name}") for h in handles)
    )


def _refused(lab: Lab) -> int:
    return sum(it.endswith(_REFUSED) for it in lab.console_text.splitlines())


def _stuck_modules(lab: Lab) -> tuple[tuple[str, int], ...]:
    """Drivers that count threads which were ended in their code."""
    try:
        drivers = list(KernelMemory(lab).variable(_DRIVERS, "drivers").items())
        return tuple(
            (visible(it["name"].text), dead)
            for it in drivers
            if (dead := it["dead_callers"].number)
        )
    except (ImageError, KeyError):  # the machine has not come so far
        return ()


def _named(counted: Counter[str]) -> str:
    return " and ".join(
        visible(name) if number == 1 else f"{visible(name)} {_times(number)}"
        for name, number in counted.items()
    )


def _again(restarts: int) -> str:
    return f" Init started it again {_times(restarts)}." if restarts else ""


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _several(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
