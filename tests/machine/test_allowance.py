"""An allowance ends what machines do at a moment that the guest alone decides."""

from __future__ import annotations

from contextlib import suppress

import pytest

from minios.lab import Lab, seconds
from minios.machine import costs
from minios.machine.allowance import Allowance, AllowanceError
from minios.machine.events import FaultRaised
from minios.machine.machine import Machine
from tests.machine.conftest import Start

BUSY = "ebfe"  # jmp to itself
IDLE = "f4"  # hlt, with interrupts off
PORTS = "66ba8000eeebfd"  # mov dx, 0x80; out dx, al, again and again
RECORDS = "66bae005b800001000efebfd"  # a record at 1 MiB, again and again
CRASH = "0f0b"  # ud2, and no table of handlers: the machine resets


def run_for_ever(machine: Machine, slice_ns: int) -> None:
    """Again and again, for so many virtual nanoseconds."""
    while True:
        machine.run_until(None, limit_ns=slice_ns)


@pytest.mark.parametrize("slice_ns", [10, 70, 4_000, 1_000_000])
def test_the_last_instruction_is_the_same_however_a_run_is_cut(
    start: Start, slice_ns: int
) -> None:
    """A thousand instructions are a thousand, in one run or in many."""
    machine = start(BUSY)
    machine.allowance = Allowance(1000)

    with pytest.raises(AllowanceError, match="allowance of 1,000 instructions"):
        run_for_ever(machine, slice_ns)

    assert (machine.instructions, machine.now) == (1000, 10_000)
    with pytest.raises(AllowanceError):
        machine.step()
    assert machine.instructions == 1000


def test_machines_share_instructions(start: Start) -> None:
    """What one has used is missing to the other."""
    one, other = start(BUSY), start(BUSY)
    one.allowance = other.allowance = Allowance(1000)
    one.step(600)

    with pytest.raises(AllowanceError):
        other.step(600)

    assert (one.instructions, other.instructions) == (600, 400)
    assert one.allowance.refused == "1,000 instructions"


def test_each_machine_has_the_virtual_time_for_itself(start: Start) -> None:
    """Two machines side by side live through the same second."""
    one, other = start(BUSY), start(BUSY)
    one.allowance = other.allowance = Allowance(10_000, 5_000)
    one.run_until(None, limit_ns=5_000)

    other.run_until(None, limit_ns=4_000)

    assert one.allowance.refused == ""
    with pytest.raises(AllowanceError, match="allowance of 5e-06 s of virtual time"):
        other.run_until(None, limit_ns=4_000)
    assert (one.now, other.now) == (5_000, 5_000)


def test_a_way_back_gives_nothing_back(start: Start) -> None:
    """Else a loop of snapshot and restore would have no end."""
    machine = start(BUSY)
    machine.allowance = Allowance(1000)
    before = machine.snapshot()
    machine.step(900)
    machine.restore(before)

    with pytest.raises(AllowanceError):
        machine.step(900)

    assert machine.instructions == 100


def test_a_run_that_needs_all_of_it_is_not_refused(start: Start) -> None:
    """It is refused only if it would have gone on."""
    machine = start(BUSY)
    machine.allowance = Allowance(1000, 10_000)

    machine.step(500)
    machine.run_until(None, limit_ns=5_000)

    assert (machine.instructions, machine.allowance.refused) == (1000, "")


def test_standing_still_uses_it_up_as_well(start: Start) -> None:
    """A loop that waits for a machine that has stopped for ever has to end."""
    machine = start(IDLE)
    machine.allowance = Allowance(1000)

    with pytest.raises(AllowanceError, match="100,000 runs in which no time passes"):
        run_for_ever(machine, 1_000)


@pytest.mark.parametrize(
    ("code", "allowed", "instructions"),
    [(PORTS, 98 + 49 * 100, 98), (RECORDS, 5 + 2 * 2_100, 5)],
)
@pytest.mark.parametrize("slice_ns", [10, 70, 1_000_000])
def test_what_the_host_does_for_a_guest_uses_it_up(
    start: Start, code: str, allowed: int, instructions: int, slice_ns: int
) -> None:
    """Two instructions can cost the host as much as thousands."""
    machine = start(code)
    machine.allowance = Allowance(allowed)

    with pytest.raises(AllowanceError):
        run_for_ever(machine, slice_ns)

    assert machine.instructions == instructions
    assert machine.allowance.instructions == allowed


def test_resets_use_it_up(start: Start) -> None:
    """A guest that crashes at once writes all of RAM with each instruction."""
    machine = start(CRASH)
    machine.allowance = Allowance(1_000_000)

    with pytest.raises(AllowanceError):
        machine.run_until(None, limit_ns=10**9)

    assert machine.resets == 10


def test_a_fault_of_which_there_is_a_picture_uses_it_up(start: Start) -> None:
    """Whoever listens takes a picture: that is more than a millisecond."""
    machine, faults = start(CRASH), list[FaultRaised]()
    machine.observe(FaultRaised, faults.append)
    machine.allowance = Allowance(1_000_000)

    with pytest.raises(AllowanceError):
        machine.run_until(None, limit_ns=10**9)

    resets, used = machine.resets * costs.RESET, machine.allowance.instructions
    assert 0 < used - resets - len(faults) * costs.FAULT < costs.FAULT


def test_what_comes_from_outside_uses_it_up(start: Start) -> None:
    """No time passes for it, but the host has to do it."""
    machine = start(BUSY)
    machine.allowance = Allowance(1_000_000)
    machine.run_until(None, limit_ns=0)
    for _ in range(10):
        machine.reset()
        machine.run_until(None, limit_ns=0)

    machine.reset()

    with pytest.raises(AllowanceError):
        machine.run_until(None, limit_ns=0)


def test_an_end_behind_any_event_changes_nothing_in_the_guest() -> None:
    """A run that went on behind each of them is the run that never ended."""
    with Lab() as whole, Lab() as cut:
        whole.run_for(seconds(0.1))
        while cut.now < seconds(0.1):
            cut.machine.allowance = Allowance(50)
            with suppress(AllowanceError):
                cut.run_for(seconds(0.1) - cut.now)

        assert (cut.events, cut.console_text) == (whole.events, whole.console_text)
        assert cut.machine.registers() == whole.machine.registers()
