"""What is said of an oops and of a panic: how Linux takes a fault of its own kernel.

The records come from the guest, so each may be missing: a hostile driver can change all
of them, or keep the kernel from making them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Final

from minios.abi import vectors
from minios.abi.enumerations import TAINT, taint_letters
from minios.lab import events
from minios.lab.events import Event

_DOUBLE_FAULT: Final = 0x7F
_FAILED_CHECK: Final = 0x139
_INVALID_OPCODE: Final = 6
_PAGE_FAULT: Final = 14
_PAGE: Final = 0x1000
_UNABLE: Final = "unable to handle page fault for"
_NAMES: Final = {
    0: "divide error",
    6: "invalid opcode",
    8: "double fault",
    11: "segment not present",
    12: "stack segment",
    13: "general protection fault",
    17: "alignment check",
    vectors.FAIL_FAST_VECTOR: "kernel BUG",
}
"""What Linux calls the exceptions; `kernel/traps/report.c` prints the same."""

_WHY: Final = {
    "Fatal exception in interrupt": (
        "An interrupt belongs to no task: the one that was running is there by "
        "chance, so there was none to end."
    ),
    "Fatal exception": "With the boot option panic_on_oops=1, every oops is a panic.",
    "Attempted to kill the idle task!": (
        "The idle task runs if no other can, so it must never end."
    ),
    "Attempted to kill init!": (
        "Init has started everything else, and nothing runs without it."
    ),
    "Oopsed too often": (
        "Each oops leaves something behind. The boot option oops_limit says how many "
        "are too many."
    ),
}
"""By how the words of the panic begin; the first that fits."""


def why_panic(words: str, code: int) -> str:
    """Why the kernel could not go on, in a sentence; "" if its own words are all.

    `code` is the stop code that goes with the words.
    """
    if words == "Fatal exception" and code == _DOUBLE_FAULT:
        return "A double fault leaves no stack on which the kernel could go on."
    return next((why for start, why in _WHY.items() if words.startswith(start)), "")


def taint_lines(word: int) -> tuple[str, ...]:
    """What a taint word means: its letters, then a line for each; empty for 0."""
    if not word:
        return ()
    meant = [words for _, bit, words in TAINT.rows if word & bit]
    if not word & TAINT["PROPRIETARY_MODULE"]:
        meant.insert(0, "G: all modules are free software")
    return (f"The kernel is tainted ({taint_letters(word)}):", *meant)


def title(stop: events.BugcheckEvent, *, short: bool = False) -> str:
    """What a stop is called: "STOP 0x50 NAME", or "kernel panic" and why.

    `short` leaves out the name, or why.
    """
    if stop.panic:
        return "kernel panic" if short else f"kernel panic, {stop.panic}"
    return f"STOP {stop.code}" if short else f"STOP {stop.code} {stop.name}"


def is_failed_check(event: Event) -> bool:
    """Whether a check in the kernel's own code has failed (`kernel/base/stop.h`)."""
    return (
        isinstance(event, events.Oops | events.BugcheckEvent)
        and event.code == _FAILED_CHECK
        and event.vector == _INVALID_OPCODE
    )


def bug(event: events.FaultRecord) -> str:
    """A fault of ring 0 as Linux names it: the words of the kernel's own report."""
    if is_failed_check(event):
        return f"kernel BUG at {event.source}" if event.source else "kernel BUG"
    if event.vector == _PAGE_FAULT and event.address is not None:
        is_null = event.address < _PAGE
        what = "kernel NULL pointer dereference," if is_null else _UNABLE
        return f"BUG: {what} address: {event.address:016x}"
    return _NAMES.get(event.vector or 0, "trap")


def panic_of(
    recorded: Sequence[Event], stop: events.BugcheckEvent
) -> events.KernelPanic | None:
    """What the kernel has said of a stop in the way of Linux, None if it did not."""
    later = (it for it in recorded if it.instructions >= stop.instructions)
    same = takewhile(lambda it: not isinstance(it, events.Booted), later)
    return next((it for it in same if isinstance(it, events.KernelPanic)), None)


def report_of(
    recorded: Sequence[Event], event: events.Oops | events.BugcheckEvent
) -> events.OopsReport | None:
    """The report of the fault that led to an oops or a panic, None without one."""
    found = None
    for it in recorded:
        if isinstance(it, events.Booted):
            found = None
        if isinstance(it, events.OopsReport):
            found = it
        if it == event:
            return found
    return None


def oops_lines(report: events.OopsReport | None) -> Iterator[str]:
    """What a report says, and what stays held."""
    if report is None:
        return
    yield (
        f"It was oops #{report.number} of this start, in {report.symbol}, while the "
        f"task {report.task} was running."
    )
    if report.locks:
        locks = "lock" if report.locks == 1 else "locks"
        yield (
            f"The task held {report.locks} {locks} of the kernel. Nobody gives them "
            "back, so whoever needs one now waits for ever."
        )
    yield (
        "If the task was in the code of a module, the use count of the module stays "
        "up: it cannot be unloaded any more."
    )
    yield from taint_lines(report.taint)


def then_words(panic: events.KernelPanic) -> str:
    """What the machine does after a panic, as the boot option `panic` says."""
    match panic.then:
        case "reset_later":
            time = panic.seconds
            return f"It resets the machine after {time} s (panic={time})."
        case "reset_at_once":
            return "It resets the machine at once (panic=-1)."
    return (
        "The machine stands still now (panic=0): only the reset button or the power "
        "switch helps."
    )
