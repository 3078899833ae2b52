"""Bring a machine to where a slow pass begins: just before an event's system call.

Which system call will post an event is known only afterwards. So the machine runs until
somebody who watches has got one, or, if nobody watches, until the kernel has posted
one. Then it goes back to the last crossing into the kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from minios.lab import Lab, seconds
from minios.machine.clock import NS_PER_INSTRUCTION
from minios.machine.events import Door, RingCrossing
from minios.session.running import Stopped
from minios.session.slow_pass.kernel import KernelWords
from minios.session.status import Status

Run: TypeAlias = Callable[[int, tuple[str, ...]], Stopped]
"""Run to a virtual time, or to the first of these kinds; what it stopped at."""
_START: Final = seconds(10)  # of virtual time, to start
_WAIT: Final = seconds(10)  # for an event


def trouble_before(
    lab: Lab, status: Callable[[], Status], run: Run, go_back: Callable[[int], None]
) -> str:
    """Bring the machine there. Returns what is in the way, "" if nothing is.

    Args:
        lab: the machine.
        status: its newest status.
        run: runs it.
        go_back: takes it back to a virtual time.
    """
    if status().off:
        return "This machine is switched off. Switch it on first."
    if not _is_up(status()) and not status().recovering:
        run(lab.machine.now + _START, ("ready", "recovery"))
    asked = _asking(lab, run) if _is_up(status()) else None
    if asked is None:
        return _in_the_way(status())
    go_back(asked.now - NS_PER_INSTRUCTION)
    return ""


def _is_up(status: Status) -> bool:
    return status.ready and not status.stopped


def _in_the_way(status: Status) -> str:
    """Why there is no event to follow."""
    if status.recovering:
        return (
            "This machine waits in its recovery environment, where no sensor runs. "
            "Let it start first."
        )
    if status.stopped:
        return "The kernel has stopped this machine. Let it start again first."
    if not status.ready:
        return "This machine does not come up. Let it start first."
    return "No program has done anything that could be followed for 10 seconds."


def _asking(lab: Lab, run: Run) -> RingCrossing | None:
    """The system call that has posted an event.

    None if there was none in time, or if the machine has stopped before.
    """
    kernel = KernelWords(lab)
    end = lab.machine.now + _WAIT
    asked, posted, told = None, 0, _told(kernel)
    while lab.machine.now < end:
        stop = run(end, ("crossing", "bugcheck", "reset"))
        if not isinstance(stop, RingCrossing):
            return None
        before, told = told, _told(kernel)
        has_come = told != before or not told
        if asked and has_come and kernel.posted() > posted:
            return asked
        asked = stop if stop.door is Door.SYSCALL else None
        posted = kernel.posted()
    return None


def _told(kernel: KernelWords) -> tuple[tuple[str, int], ...]:
    """How many messages each watcher has got."""
    return tuple((it.name, it.told) for it in kernel.watchers())
