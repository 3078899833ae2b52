"""However a run is cut into pieces, the guest and who watches it see the same.

The real kernel boots, takes interrupts, reads its disk, is sent a bad content file and
crashes; in one piece, in steps of any size, through snapshots, and stopped at events.

Deep: each way of cutting it once more, at other places.
"""

from __future__ import annotations

import hashlib
import random
import signal
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from minios import paths
from minios.image import symbols
from minios.lab.lab import Lab
from minios.machine import events, stops
from minios.machine.events import MachineEvent
from minios.machine.machine import Machine

END = 80_000_000  # ns: past the first crash
WATCHED = (
    events.InterruptDelivered,
    events.ConsoleOutput,
    events.BeaconRecord,
    events.SyscallEntered,
    events.FaultRaised,
    events.ResetHappened,
)
Way = Callable[[Machine, random.Random], None]


def in_one_piece(machine: Machine, _: random.Random) -> None:
    """The run that all others are compared with."""
    machine.run_until(None, limit_ns=END - machine.now)


def in_steps(machine: Machine, dice: random.Random) -> None:
    """Single instructions and thousands, and limits in time."""
    while machine.now < END:
        if dice.random() < 0.5:
            machine.step(dice.choice([1, 2, 7, 50, 1000, 30000]), limit_ns=END // 100)
        limit = dice.choice([10, 20, 50, 1000, 33_333, 1_234_567])
        machine.run_until(None, limit_ns=max(min(limit, END - machine.now), 0))


def through_snapshots(machine: Machine, dice: random.Random) -> None:
    """Saved and restored at any moment."""
    while machine.now < END:
        limit = min(dice.randrange(10, 3_000_000), END - machine.now)
        machine.run_until(None, limit_ns=limit)
        machine.restore(machine.snapshot())


def from_event_to_event(machine: Machine, dice: random.Random) -> None:
    """Stopped inside of accesses, system calls, faults and returns."""
    while machine.now < END:
        left = dice.randrange(1, 40)

        def enough(_: MachineEvent) -> bool:
            nonlocal left
            left -= 1
            return left <= 0

        machine.run_until(enough, limit_ns=END - machine.now)


def from_breakpoint_to_breakpoint(machine: Machine, dice: random.Random) -> None:
    """Stopped before instructions of the kernel, now at these, now at others."""
    kernel = symbols.load(paths.KERNEL)
    names = ("trap_return", "switch_to_next", "syscall_dispatch", "kernel_main")
    while machine.now < END:
        chosen = dice.sample(names, dice.randrange(1, len(names)))
        places = [kernel.address(name) for name in chosen]
        limit = min(dice.randrange(10, 3_000_000), END - machine.now)
        for _ in range(dice.randrange(1, 20)):
            machine.run_until(None, limit_ns=limit, breakpoints=places)


def with_looks(machine: Machine, dice: random.Random) -> None:
    """Now and then somebody looks at each instruction, and ends the run at one."""
    while machine.now < END:
        limit = min(dice.randrange(10, 3_000_000), END - machine.now)
        most, chance = dice.randrange(1, 3000), dice.choice([0, 0.001, 0.1])
        machine.step_until(lambda: dice.random() < chance, most=most, limit_ns=limit)  # noqa: B023
        limit = min(dice.randrange(10, 3_000_000), max(END - machine.now, 0))
        machine.run_until(None, limit_ns=limit)


def through_interrupts(machine: Machine, dice: random.Random) -> None:
    """Ctrl-C where any function of Python begins, those of the engine's callbacks too.

    Nobody but the default handler of Python is there, as in a notebook.
    """
    left = interrupts = 0

    def count(_frame: FrameType, event: str, _: object) -> None:
        nonlocal left
        left -= event == "call"
        if left == 0:
            signal.raise_signal(signal.SIGINT)

    while machine.now < END:
        left = dice.randrange(1, 3000)
        try:
            sys.setprofile(count)
            machine.run_until(None, limit_ns=END - machine.now)
        except KeyboardInterrupt:
            interrupts += 1
        finally:
            sys.setprofile(None)
    assert interrupts > 10


def trace(way: Way, seed: int) -> tuple[list[MachineEvent], str]:
    """What was watched up to the end, and all of RAM at the end."""
    heard: list[MachineEvent] = []
    with Lab(model="windows") as lab:
        for kind in WATCHED:
            lab.machine.observe(kind, heard.append)
        lab.push("channel-291-bad")
        way(lab.machine, random.Random(seed))  # noqa: S311  (dice, not secrets)
        lab.machine.run_until(None, limit_ns=max(2 * END - lab.machine.now, 0))
        return heard, hashlib.sha256(lab.machine.ram).hexdigest()


@pytest.fixture(scope="module")
def reference() -> tuple[list[MachineEvent], str]:
    """The run in one piece."""
    heard, ram = trace(in_one_piece, 0)
    assert any(isinstance(event, events.ResetHappened) for event in heard)
    return heard, ram


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.deep)])
@pytest.mark.parametrize(
    "way",
    [
        in_steps,
        through_snapshots,
        through_interrupts,
        from_event_to_event,
        from_breakpoint_to_breakpoint,
        with_looks,
    ],
)
def test_any_cut_is_the_same_run(
    way: Way, seed: int, reference: tuple[list[MachineEvent], str]
) -> None:
    """Every event at the same instruction, and the same RAM in the end."""
    heard, ram = trace(way, seed)

    differing = [
        pair for pair in zip(heard, reference[0], strict=False) if len(set(pair)) > 1
    ]
    assert differing[:1] == []
    assert (len(heard), ram) == (len(reference[0]), reference[1])


def hits(way: Callable[[Machine], int]) -> list[stops.BreakpointReached]:
    """Where a run of several pieces was stopped at a breakpoint."""
    kernel = symbols.load(paths.KERNEL)
    places = [kernel.address(name) for name in ("trap_return", "syscall_dispatch")]
    found = []
    with Lab(model="windows") as lab:
        while lab.machine.now < END // 4:
            limit = min(way(lab.machine), END // 4 - lab.machine.now)
            stop = lab.machine.run_until(None, limit_ns=limit, breakpoints=places)
            if isinstance(stop, stops.BreakpointReached):
                found.append(stop)
    return found


def test_breakpoints_are_the_same_however_the_run_is_cut() -> None:
    """None is missed and none is told of twice, whatever limit ended a piece."""
    dice = random.Random(5)  # noqa: S311

    whole = hits(lambda _: END)

    assert len(whole) > 100
    assert hits(lambda _: dice.choice([10, 20, 70, 1000, 33_333])) == whole
