"""A panic: a fault of ring 0 that cannot be charged to a task stops the machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from minios.lab import Happened, Lab, events, gallery, seconds
from minios.lab.crimes import Scene
from minios.lab.waiting import ConditionNotMetError

QUIET: Final = {"event_ms": "0"}


def panic_of(lab: Lab, crime: str) -> events.KernelPanic:
    """What the kernel says when the villain commits a crime."""
    lab.type(f"run commit {crime}\r")
    return lab.run_until(Happened(events.KernelPanic), within=seconds(2))


@pytest.mark.parametrize("crime", ["isrnull", "dpcnull"])
def test_a_fault_in_an_interrupt_is_charged_to_nobody(
    lab_with: Callable[..., Lab], crime: str
) -> None:
    """The task that was running is there by chance, in a deferred call as well."""
    lab = lab_with()

    assert panic_of(lab, crime).why == "Fatal exception in interrupt"
    assert not lab.all(events.Oops)
    assert len(lab.all(events.OopsReport)) == 1


def test_a_fault_of_the_idle_task_stops_the_machine(
    lab_with: Callable[..., Lab],
) -> None:
    """There is always something to run, and this is what runs if nothing else does."""
    lab = lab_with()
    at = lab.machine.walk(lab.address_of("ready_first")).physical
    assert at is not None
    assert lab.machine.is_halted
    lab.machine.write_physical(at, (0xFFFFDEAD00000000).to_bytes(8, "little"))

    stop = lab.run_until(Happened(events.KernelPanic), within=seconds(2))

    assert stop.why == "Attempted to kill the idle task!"
    assert lab.last(events.OopsReport).task == "swapper"


def test_a_fault_in_a_system_call_of_init_stops_the_machine() -> None:
    """A process with the right CRITICAL: nothing runs without it."""
    disk = gallery.disk(
        Scene.DRIVER,
        service="guilty program /BIN/COMMIT auto normal load_driver,critical",
    )
    with Lab("linux", options={**QUIET, "crime": "sysdiv"}, disk=disk) as lab:
        stop = lab.run_until(Happened(events.KernelPanic), within=seconds(2))

        assert stop.why == "Attempted to kill init! exitcode=0x0000000b"
        assert not lab.all(events.Oops)


def test_init_that_dies_in_ring_3_is_a_panic_too() -> None:
    """There the low byte of the exit code is the signal: 8 for a division by zero."""
    disk = gallery.disk(
        Scene.PROGRAM, service="guilty program /BIN/DIVIDE auto normal critical"
    )
    with Lab("linux", options=QUIET, disk=disk) as lab:
        stop = lab.run_until(Happened(events.KernelPanic), within=seconds(2))

        assert stop.why == "Attempted to kill init! exitcode=0x00000008"


def test_a_stack_that_is_used_up_stops_the_machine(
    lab_with: Callable[..., Lab],
) -> None:
    """The CPU reports a double fault: there is no stack on which to go on."""
    lab = lab_with()

    assert panic_of(lab, "overflow").why == "Fatal exception"
    assert "double fault" in lab.console_text


def test_by_default_a_machine_stands_still_after_a_panic(
    lab_with: Callable[..., Lab],
) -> None:
    """So that whoever comes by can still read the screen. The reset button works."""
    lab = lab_with()
    assert panic_of(lab, "isrnull").then == "stay"
    lab.run_for(seconds(1000))
    with pytest.raises(ConditionNotMetError, match="the machine stands still"):
        lab.run_until(Happened(events.ResetEvent), within=seconds(1))

    assert lab.boots == 1
    assert lab.machine.is_halted
    end = "---[ end Kernel panic - not syncing: Fatal exception in interrupt ]---"
    assert lab.console_text.splitlines()[-1] == end
    screen = "\n".join(lab.screen)
    assert "Kernel panic - not syncing: Fatal exception in interrupt" in screen
    assert ":(" not in screen

    lab.reset()
    saved = lab.run_until(Happened(events.DumpSaved), within=seconds(5))
    assert lab.boots == 2
    assert saved.path.endswith("0001.DMP")


@pytest.mark.parametrize("panic", ["1", "7"])
def test_after_a_panic_the_machine_can_reset_when_the_time_is_over(
    lab_with: Callable[..., Lab], panic: str
) -> None:
    """The seconds are those of the machine, also if it was in a deferred call."""
    lab = lab_with(panic=panic)
    stop = panic_of(lab, "dpcnull")
    assert (stop.then, stop.seconds) == ("reset_later", int(panic))

    reset = lab.run_until(Happened(events.ResetEvent), within=seconds(10))

    assert 0 <= reset.t - stop.t - seconds(int(panic)) < seconds(0.1)
    assert f"Rebooting in {panic} seconds.." in lab.console_text


def test_after_a_panic_the_machine_can_reset_at_once(
    lab_with: Callable[..., Lab],
) -> None:
    """A negative number asks for it."""
    lab = lab_with(panic="-1")
    stop = panic_of(lab, "isrnull")
    assert stop.then == "reset_at_once"

    reset = lab.run_until(Happened(events.ResetEvent), within=seconds(1))

    assert reset.t - stop.t < seconds(0.1)


def test_with_panic_on_oops_the_bad_file_makes_a_loop_of_starts() -> None:
    """This is what a distribution chooses that would rather be down than wrong."""
    words = {"first_event_ms": "0", "event_ms": "50", "recovery": "no"}
    words |= {"panic_on_oops": "1", "panic": "1"}
    with Lab("linux", content="channel-291-bad", options=words) as lab:
        lab.run_for(seconds(6))

        stops = lab.all(events.BugcheckEvent)
        assert [it.boot for it in stops[:4]] == [1, 2, 3, 4]
        assert {it.why for it in lab.all(events.KernelPanic)} == {"Fatal exception"}
        assert {it.module for it in stops} == {"sentinel.sys"}
        assert not lab.all(events.Oops)


def test_whoever_asks_for_a_crash_gets_a_panic(lab_with: Callable[..., Lab]) -> None:
    """Linux does this by a key, for people who want to see a dump."""
    lab = lab_with()
    lab.type("crash\r")

    stop = lab.run_until(Happened(events.KernelPanic), within=seconds(2))

    assert stop.why == "sysrq triggered crash"
