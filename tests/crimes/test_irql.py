"""IRQL is a number that the kernel really changes: in interrupts, in calls, and after.

Read from the kernel's own variable while the machine stands at an instruction, together
with the CPU's interrupt flag and ring, which the kernel cannot make up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import pytest

from minios import boards
from minios.abi import vectors
from minios.lab import Lab, gallery, seconds
from minios.lab.crimes import Scene

WITHIN: Final = seconds(1)
INTERRUPT_FLAG: Final = 1 << 9

PASSIVE, DISPATCH, DEVICE, CLOCK, HIGH = 0, 2, 3, 13, 15  # of x64 Windows
DISK_IRQ: Final = next(it.irq or 0 for it in boards.MICROVM.slots if it.name == "disk")
DOUBLE_FAULT: Final = 8


class Level(NamedTuple):
    """How urgent the kernel says it is, and whether the CPU takes interrupts."""

    irql: int
    interrupts_on: bool


def level_of(lab: Lab) -> Level:
    """What holds for the next instruction."""
    data = lab.machine.read_virtual(lab.address_of("current_irql"), 4)
    assert data is not None
    flags = lab.machine.registers()["rflags"]
    return Level(int.from_bytes(data, "little"), bool(flags & INTERRUPT_FLAG))


def level_at(lab: Lab, place: str) -> Level:
    """What holds when the CPU next comes to a place."""
    lab.run_to(place, within=WITHIN)
    return level_of(lab)


def levels_of_lines(lab: Lab) -> list[int]:
    """The level that the kernel has for each interrupt line."""
    table = lab.machine.read_virtual(lab.address_of("line_levels"), vectors.IRQ_COUNT)
    assert table is not None
    return list(table)


@pytest.fixture(name="lab")
def lab_with_villain() -> Iterator[Lab]:
    """A machine at its prompt, with the villain in ring 0."""
    disk = gallery.disk(Scene.DRIVER)
    with Lab(model="windows", options={"event_ms": "0"}, disk=disk) as lab:
        lab.boot()
        lab.console("echo")
        yield lab


def test_irql_rises_in_interrupts_and_calls_and_falls_after_them(lab: Lab) -> None:
    """0, a tick at 13, its deferred call at 2, a tick over that at 13, 2 again, 0."""
    lab.type("run commit isrspy\r")

    assert [
        level_at(lab, place)
        for place in (
            "villain.sys!crime_isrspy",  # on a thread
            "villain.sys!hear",  # the routine, called by a tick
            "villain.sys!think",  # the deferred call that it has asked for
            "villain.sys!hear",  # a tick that interrupts the deferred call
            "plugin_log",  # said by the deferred call after two such ticks
            "interrupt_disconnect",  # on the thread again
        )
    ] == [
        Level(PASSIVE, interrupts_on=True),
        Level(CLOCK, interrupts_on=False),
        Level(DISPATCH, interrupts_on=True),
        Level(CLOCK, interrupts_on=False),
        Level(DISPATCH, interrupts_on=True),
        Level(PASSIVE, interrupts_on=True),
    ]


def test_every_device_is_served_at_its_own_level(lab: Lab) -> None:
    """The clock at 13, the others below it, all with interrupts off."""
    lab.type("cat /SYSTEM/SERVICES.INI\r")

    levels = levels_of_lines(lab)
    assert level_at(lab, "serial_interrupt").irql == levels[vectors.IRQ_CONSOLE]
    assert level_at(lab, "block_interrupt").irql == levels[DISK_IRQ]
    assert level_at(lab, "thread_tick").irql == CLOCK
    assert level_at(lab, "thread_preempt") == Level(HIGH, interrupts_on=False)


def test_no_device_reaches_the_level_of_the_clock(lab: Lab) -> None:
    """Every line but the timer's has a level from 3 to 12."""
    levels = levels_of_lines(lab)

    assert levels.pop(vectors.IRQ_TIMER) == CLOCK
    assert set(levels) == set(range(DEVICE, CLOCK))


def test_a_routine_that_does_not_return_stays_at_device_level(lab: Lab) -> None:
    """No clock, so no watchdog: the time that deferred calls are given goes by."""
    lab.type("run commit isrloop\r")
    lab.run_to("villain.sys!act_loop", within=WITHIN)
    ticks = lab.machine.read_virtual(lab.address_of("ticks"), 8)

    lab.run_for(seconds(0.6))

    assert level_of(lab) == Level(CLOCK, interrupts_on=False)
    assert lab.machine.read_virtual(lab.address_of("ticks"), 8) == ticks
    assert "STOP" not in lab.console_text


def test_the_watchdog_counts_from_the_first_call_after_a_pause(lab: Lab) -> None:
    """Not from the start: a short deferred call is well a long time after it, too."""
    lab.run_for(seconds(1.5))
    lab.console("run commit isrspy")

    assert "has heard the clock" in lab.console_text
    assert "STOP" not in lab.console_text


def test_level_flag_and_ring_agree_wherever_the_machine_is_stopped() -> None:
    """Interrupts on: below device level. Ring 3: passive, with interrupts on."""
    seen: set[tuple[int, Level]] = set()
    disk = gallery.disk(Scene.DRIVER, commits=True)
    words = {"event_ms": "1", "crime": "isrspy"}
    with Lab(model="windows", options=words, disk=disk) as lab:
        lab.run_to("system_thread", within=WITHIN)
        # 977 instructions while it starts, when ring 3 has much to do, then 9777: no
        # divisors of a tick.
        for pause in [9_770] * 400 + [97_770] * 1500:
            lab.run_for(pause)
            seen.add((lab.machine.ring, level_of(lab)))

        assert "has heard the clock" in lab.console_text

    levels = {level for _, level in seen}
    assert {level.irql for level in levels if level.interrupts_on} == {
        PASSIVE,
        DISPATCH,
    }
    assert {level for ring, level in seen if ring == 3} == {
        Level(PASSIVE, interrupts_on=True)
    }
    assert any(level.irql >= DEVICE for level in levels)


def test_a_used_up_stack_is_told_of_on_another_one(lab: Lab) -> None:
    """The double fault comes on the stack that its gate names (IST 1)."""
    lab.type("run commit overflow\r")
    lab.run_to("villain.sys!crime_overflow", within=WITHIN)
    before = lab.machine.registers()["rsp"]

    lab.run_to("stop_for_fault", within=WITHIN)

    registers = lab.machine.registers()
    emergency = lab.address_of("double_fault_stack")
    vector = lab.machine.read_virtual(registers["rsi"] + 120, 8)  # in its trap frame
    assert vector == DOUBLE_FAULT.to_bytes(8, "little")
    assert emergency < registers["rsp"] <= emergency + 8192
    assert not emergency < before <= emergency + 8192
