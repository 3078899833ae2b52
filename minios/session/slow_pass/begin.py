"""Bring a machine to where a slow pass begins: just before an event's system call.

Which system call will post an event is known only afterwards. So the machine runs until
somebody who watches has got one, or, if nobody watches, until the kernel has posted
one. Then it goes back to the last crossing into the kernel. If there is no event, it
goes back to where it was asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from minios.abi.syscalls import BY_NAME
from minios.lab import Lab, seconds
from minios.machine.clock import NS_PER_INSTRUCTION
from minios.machine.events import Door, RingCrossing
from minios.session.running import Stopped
from minios.session.slow_pass.kernel import KernelWords
from minios.session.status import Status

Run: TypeAlias = Callable[[int, tuple[str, ...], int], Stopped]
"""Run to a virtual time, to the first of these kinds, or for so many instructions.

Returns what it stopped at.
"""
_START: Final = seconds(10)  # of virtual time, to start
_PIPE_OPEN: Final = BY_NAME["pipe_open"].number
_WAIT: Final = seconds(10)  # for an event
_WORK: Final = 60_000_000
"""Instructions to wait: a machine that hangs must not keep a person waiting.

An idle machine takes nearly none.
"""
_START_WORK: Final = 200_000_000
"""Instructions to start. Half a million do, but a verifier of eBPF takes 85 million."""


def trouble_before(
    lab: Lab, status: Callable[[], Status], run: Run, go_back: Callable[[int], None]
) -> str:
    """Bring the machine there. Returns what is in the way, "" if nothing is.

    If something is, the machine is again where it was.

    Args:
        lab: the machine.
        status: its newest status.
        run: runs it.
        go_back: takes it back to a virtual time.
    """
    if trouble := _in_the_way_at_once(status()):
        return trouble
    began = lab.machine.now
    if not _is_up(status()):
        run(began + _START, ("ready", "recovery"), _START_WORK)
    asked = _asking(lab, run) if _is_up(status()) else None
    if asked is not None:
        go_back(asked.now - NS_PER_INSTRUCTION)
        return ""
    is_busy = lab.machine.now < began + _WAIT
    trouble = _in_the_way(status(), is_busy=is_busy)
    go_back(began)
    return trouble


def _is_up(status: Status) -> bool:
    return status.ready and not status.stopped


def _in_the_way_at_once(status: Status) -> str:
    """Why there is no event to look for."""
    if status.off:
        return "This machine is switched off. Switch it on first."
    if status.recovering:
        return (
            "This machine waits in its recovery environment, where no sensor runs. "
            "Let it start first."
        )
    return ""


def _in_the_way(status: Status, *, is_busy: bool) -> str:
    """Why no event was found, told where the machine is back at its old moment."""
    if status.off:
        return "This machine switches itself off before there is an event to follow."
    if status.recovering:
        return (
            "This machine comes to its recovery environment before there is an event "
            "to follow, and no sensor runs there. Let it start first."
        )
    if status.stopped:
        return (
            "The kernel stops this machine before there is an event to follow. Let it "
            "start again first."
        )
    if not status.ready:
        return "This machine does not come up. Let it start first."
    if is_busy:
        return (
            "This machine executes instructions without a pause, but no program does "
            "anything that could be followed. If it hangs, only a reset helps."
        )
    return "No program does anything that could be followed in the next 10 seconds."


def _asking(lab: Lab, run: Run) -> RingCrossing | None:
    """The system call that has posted an event.

    If nobody wants events, the kernel does not even count them. Then it is the next
    call that opens a pipe. None if there was none in time, or if the machine has
    stopped before.
    """
    kernel = KernelWords(lab)
    machine = lab.machine
    end, last = machine.now + _WAIT, machine.instructions + _WORK
    asked, posted, told = None, 0, kernel.heard()
    while machine.now < end and machine.instructions < last:
        left = last - machine.instructions
        stop = run(end, ("crossing", "bugcheck", "reset"), left)
        if not isinstance(stop, RingCrossing):
            return None
        before, told = told, kernel.heard()
        is_posted = told != before and kernel.posted() > posted
        if asked and (is_posted if told else asked.rax == _PIPE_OPEN):
            return asked
        asked = stop if stop.door is Door.SYSCALL else None
        posted = kernel.posted()
    return None
