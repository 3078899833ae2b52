"""The bank of lamps: its registers, its oddities, and what heat does to it."""

from __future__ import annotations

import pickle

import pytest

from minios.devices import lamps
from minios.devices.lamps import Lamps
from minios.machine.device import IrqLine

ALL = 0xFF
SECOND = 1_000_000_000
_BOTH = lamps.CONTROL_ON | lamps.CONTROL_INT


class Bench:
    """The device, its clock, and the levels that its interrupt line has had."""

    def __init__(self) -> None:
        self.levels: list[bool] = []
        self.device = Lamps(IrqLine(self.levels.append))
        self.now = 0

    def wait(self, nanoseconds: int) -> None:
        """Let time pass, with a stop at each deadline."""
        end = self.now + nanoseconds
        while (due := self.device.next_deadline()) is not None and due <= end:
            self.device.advance(due)
        self.now = end
        self.device.advance(end)

    def write(self, register: int, value: int) -> None:
        """Write a register now."""
        self.device.write(register, 1, value)

    def read(self, register: int) -> int:
        """Read a register now."""
        return self.device.read(register, 1)

    def light(self, pattern: int) -> None:
        """Change the lamps, and wait until that is done."""
        self.write(lamps.GLOWING, pattern)
        self.wait(lamps.CHANGE_NS)


@pytest.fixture
def bench() -> Bench:
    """One that has power and may interrupt."""
    it = Bench()
    it.write(lamps.CONTROL, _BOTH)
    it.levels.clear()
    return it


def test_a_change_takes_its_time_and_then_interrupts(bench: Bench) -> None:
    """BUSY for 2 ms with the old lamps, then DONE with the new ones."""
    bench.write(lamps.GLOWING, 0b101)
    bench.wait(lamps.CHANGE_NS - 1)
    before = bench.read(lamps.STATUS), bench.read(lamps.GLOWING), list(bench.levels)
    bench.wait(1)

    assert before == (lamps.STATUS_BUSY, 0, [])
    assert bench.read(lamps.STATUS) == lamps.STATUS_DONE
    assert bench.read(lamps.GLOWING) == 0b101
    assert bench.levels == [True]


@pytest.mark.parametrize("is_on", [True, False], ids=["busy", "without power"])
def test_a_change_at_the_wrong_time_is_an_error(bench: Bench, *, is_on: bool) -> None:
    """It changes nothing, and says ERROR."""
    bench.write(lamps.CONTROL, _BOTH if is_on else lamps.CONTROL_INT)
    bench.write(lamps.GLOWING, 1)
    bench.write(lamps.GLOWING, 2)
    failed = bench.read(lamps.STATUS) & lamps.STATUS_ERROR
    bench.wait(lamps.CHANGE_NS)

    assert failed == lamps.STATUS_ERROR
    assert bench.read(lamps.GLOWING) == int(is_on)


def test_what_is_left_in_status_makes_another_edge(bench: Bench) -> None:
    """A driver that clears one cause of two is called again."""
    bench.write(lamps.GLOWING, 1)
    bench.write(lamps.GLOWING, 2)
    bench.wait(lamps.CHANGE_NS)
    bench.levels.clear()
    bench.write(lamps.STATUS, lamps.STATUS_DONE)
    first = list(bench.levels)
    bench.write(lamps.STATUS, lamps.STATUS_ERROR)

    assert first == [False, True]
    assert bench.levels == [False, True, False]
    assert bench.read(lamps.STATUS) == 0


def test_without_int_the_line_stays_low(bench: Bench) -> None:
    """STATUS has the cause all the same."""
    bench.write(lamps.CONTROL, lamps.CONTROL_ON)
    bench.light(1)

    assert bench.read(lamps.STATUS) == lamps.STATUS_DONE
    assert True not in bench.levels


def test_lamps_become_hot_and_say_so_before_they_burn(bench: Bench) -> None:
    """All eight reach the limit in under two seconds; the deadline is the interrupt."""
    bench.light(ALL)
    bench.write(lamps.STATUS, ALL)
    bench.levels.clear()
    bench.wait(SECOND)
    cool = bench.read(lamps.STATUS)
    bench.wait(SECOND)

    assert cool == 0
    assert bench.read(lamps.STATUS) == lamps.STATUS_HOT
    assert bench.levels == [True]
    assert bench.read(lamps.BURNT) == 0
    tenths = bench.read(lamps.HEAT_LOW) | bench.read(lamps.HEAT_HIGH) << 8
    assert 800 <= tenths < 1000


def test_lamps_burn_if_nobody_switches_them_off(bench: Bench) -> None:
    """Then they glow no more, and no write changes that. A reset replaces them."""
    bench.light(0x7F)
    bench.wait(60 * SECOND)
    burnt = bench.read(lamps.BURNT), bench.read(lamps.GLOWING)
    bench.light(ALL)

    assert burnt == (0x7F, 0)
    assert bench.read(lamps.GLOWING) == 0x80
    bench.device.reset()
    assert bench.read(lamps.BURNT) == 0


def test_quiesce_brings_it_to_rest_in_any_state(bench: Bench) -> None:
    """In the middle of a change, with the line high, and hot."""
    bench.light(ALL)
    bench.wait(2 * SECOND)
    bench.write(lamps.LIMIT, 50)
    bench.write(lamps.GLOWING, 1)
    bench.write(lamps.CONTROL, lamps.CONTROL_QUIESCE | _BOTH)
    rest = [bench.read(it) for it in (lamps.STATUS, lamps.CONTROL, lamps.GLOWING)]
    bench.wait(60 * SECOND)

    assert rest == [0, 0, 0]
    assert bench.levels[-1] is False
    assert bench.read(lamps.GLOWING) == bench.read(lamps.BURNT) == 0
    assert bench.read(lamps.LIMIT) == 80
    assert bench.device.degrees < 21
    assert bench.device.next_deadline() is None


def test_it_asks_for_no_time_while_nothing_can_happen(bench: Bench) -> None:
    """Five lamps stay below the limit for ever."""
    bench.light(0b11111)
    bench.write(lamps.STATUS, ALL)

    assert bench.device.next_deadline() is None
    bench.wait(600 * SECOND)
    assert bench.read(lamps.STATUS) == 0
    assert 79 < bench.device.degrees < 80


@pytest.mark.parametrize("parts", [1, 7, 400], ids="{} parts".format)
def test_how_often_it_is_asked_changes_nothing(bench: Bench, parts: int) -> None:
    """The readings happen at their times, also if nobody looks at them."""
    bench.write(lamps.GLOWING, ALL)
    for _ in range(parts):
        bench.now += 2 * SECOND // parts
        bench.device.advance(bench.now)
    bench.device.advance(2 * SECOND)

    assert bench.device.degrees == pytest.approx(116 - 96 * (15 / 16) ** 20, abs=0.01)


def test_a_saved_state_is_a_whole_state(bench: Bench) -> None:
    """It can travel, and goes on as the one from which it was taken."""
    bench.light(0xF0)
    bench.wait(SECOND)
    bench.write(lamps.GLOWING, 0xFF)
    other = Bench()
    other.device.load(pickle.loads(pickle.dumps(bench.device.save())))  # noqa: S301
    other.now = bench.now
    for it in (bench, other):
        it.wait(3 * SECOND)

    assert other.device.state == bench.device.state


def test_registers_of_the_wrong_kind_do_no_harm(bench: Bench) -> None:
    """Writes to what can only be read, and words where bytes are expected."""
    for register in (lamps.ID, lamps.HEAT_LOW, lamps.HEAT_HIGH, lamps.BURNT):
        bench.write(register, ALL)
    bench.device.write(lamps.LIMIT, 2, 0x1234)

    assert bench.read(lamps.ID) == 0x4C
    assert bench.read(lamps.LIMIT) == 0x34
    assert bench.read(lamps.BURNT) == 0
