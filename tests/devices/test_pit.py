"""The 8254: a tick at the right virtual time, counted from its reload value."""

from __future__ import annotations

import pytest

from minios.abi.ports import PIT_HZ
from minios.devices.pit import Pit
from minios.machine.device import IrqLine

RELOAD = 11931  # 100 Hz, nearly
SECOND = 1_000_000_000


class Wire:
    """Counts rising edges."""

    def __init__(self) -> None:
        self.edges = 0
        self._high = False

    def drive(self, level: bool) -> None:
        """The device's end."""
        self.edges += level and not self._high
        self._high = level


def started(mode: int, reload: int = RELOAD) -> tuple[Pit, Wire]:
    """A timer that began at 0 and has not ticked yet."""
    wire = Wire()
    pit = Pit(IrqLine(wire.drive))
    pit.write(3, 1, 0x30 | mode << 1)
    pit.write(0, 1, reload & 0xFF)
    pit.write(0, 1, reload >> 8)
    wire.edges = 0
    return pit, wire


def test_a_timer_that_was_not_set_never_ticks() -> None:
    """No deadline, so a halted CPU is not woken."""
    assert Pit(IrqLine()).next_deadline() is None


@pytest.mark.parametrize("mode", [2, 3])
def test_it_ticks_once_a_period(mode: int) -> None:
    """Ten seconds, deadline by deadline: the ticks of the datasheet's frequency."""
    pit, wire = started(mode)
    while (deadline := pit.next_deadline()) is not None and deadline <= 10 * SECOND:
        pit.advance(deadline)

    assert wire.edges == 10 * PIT_HZ // RELOAD


def test_a_deadline_is_never_early() -> None:
    """At the nanosecond before it, the counter has not come around."""
    pit, wire = started(2)
    deadline = pit.next_deadline()
    assert deadline is not None

    pit.advance(deadline - 1)
    assert wire.edges == 0
    pit.advance(deadline)
    assert wire.edges == 1


def test_being_told_the_time_more_often_changes_nothing() -> None:
    """The state depends on the time alone."""
    often, _ = started(2)
    once, _ = started(2)
    for now in range(0, SECOND // 10, 777_777):
        often.advance(now)
    often.advance(SECOND // 10)
    once.advance(SECOND // 10)

    assert often.state == once.state


def test_mode_0_counts_once() -> None:
    """And then never again."""
    pit, wire = started(0)
    pit.advance(SECOND)

    assert wire.edges == 1
    assert pit.next_deadline() is None


def test_a_reload_value_of_0_is_65536() -> None:
    """The slowest tick: 18.2 Hz."""
    pit, _ = started(2, 0)

    assert pit.next_deadline() == -(-65536 * SECOND // PIT_HZ)


def test_the_latch_holds_the_count_while_it_goes_on() -> None:
    """Low and high byte belong together."""
    pit, _ = started(2)
    pit.advance(1_000_000)  # 1193 clock pulses
    pit.write(3, 1, 0)
    pit.advance(2_000_000)

    low, high = pit.read(0, 1), pit.read(0, 1)
    assert low | high << 8 == RELOAD - 1193


def test_the_count_is_read_low_byte_first() -> None:
    """Without a latch, as the control word says."""
    pit, _ = started(2)
    pit.advance(1_000_000)

    low, high = pit.read(0, 1), pit.read(0, 1)
    assert low | high << 8 == RELOAD - 1193


def test_other_channels_do_nothing() -> None:
    """The speaker's channel is left out."""
    pit, _ = started(2)
    before = pit.save()
    pit.write(3, 1, 0xB6)
    pit.write(2, 1, 1)

    assert pit.save() == before
