"""One driver of a device, in both rings: it works, and it dies, and what follows.

Deep: a hundred crashes instead of two. The driver is started again after each.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

import pytest

from minios import boards
from minios.abi import vectors
from minios.abi.plugins import Kind
from minios.abi.ports import FOR_USER_DRIVERS
from minios.devices import lamps
from minios.devices.lamps import Lamps, LampsState
from minios.devices.pic import Pic
from minios.lab import (
    Bugcheck,
    Death,
    Happened,
    Lab,
    LabSnapshot,
    Restart,
    events,
    lamps_view,
    milliseconds,
    seconds,
)
from minios.machine.device import Board

WILD: Final = "run lamps show 90000000"
ALL: Final = 0xFF
_QUIET: Final = {"event_ms": "0", "recovery": "no"}
_UD2: Final = b"\x0f\x0b"
_DEATHS: Final = 4  # the supervisor gives up after the fifth death in a row


def state_of(lab: Lab) -> LampsState:
    """The device's own state, which no driver can forge."""
    device = lab.machine.devices["lamps"]
    assert isinstance(device, Lamps)
    return device.state


def upstairs() -> Lab:
    """A machine whose driver of the lamps runs in ring 3."""
    return Lab(model="macos", plugins=["lamps"], options=_QUIET)


def downstairs(**options: str) -> Lab:
    """A machine whose driver of the lamps runs in ring 0."""
    chosen = {**_QUIET, "plugins": "driver", **options}
    return Lab(model="windows", plugins=["lamps"], options=chosen)


@pytest.fixture(scope="module", name="booted")
def one_boot() -> Iterator[tuple[Lab, LabSnapshot]]:
    """A machine with the driver in ring 3 that has just become ready."""
    with upstairs() as lab:
        lab.boot()
        yield lab, lab.snapshot()


@pytest.fixture(name="lab")
def lab_that_is_ready(booted: tuple[Lab, LabSnapshot]) -> Lab:
    """The machine as it was after its boot."""
    lab, ready = booted
    lab.restore(ready)
    return lab


def others(lab: Lab) -> set[tuple[str, int]]:
    """Name and number of each process that lives, but for the driver and its client."""
    lives = {(it.name, it.process_id) for it in lab.all(events.ProcessStarted)}
    lives -= {(it.name, it.process_id) for it in lab.all(events.ProcessExited)}
    return {it for it in lives if not it[0].startswith("lamps")}


def test_no_system_call_is_made_for_a_port(lab: Lab) -> None:
    """The CPU looks the port up in the map of the process, and the ring stays 3."""
    lab.type("run lamps on 3\r")
    lab.run_to("lamps.drv!lamps_message", within=seconds(1))
    while state_of(lab).change_ends is None:
        assert lab.machine.ring == 3
        lab.machine.step()

    assert lab.machine.ring == 3
    assert state_of(lab).wanted == 1 << 3


def test_the_line_is_masked_until_the_driver_has_served_it(lab: Lab) -> None:
    """Otherwise a device that waits would keep its driver from running at all."""

    def is_masked() -> bool:
        pic = lab.machine.devices["pic"]
        assert isinstance(pic, Pic)
        return bool(pic.state.slave.imr & 1 << vectors.IRQ_LAMPS - 8)

    before = is_masked()
    lab.type("run lamps on 3\r")
    lab.run_to("lamps.drv!serve", within=seconds(1))
    meanwhile = is_masked()
    lab.run_for(milliseconds(1))

    assert (before, meanwhile, is_masked()) == (False, True, False)


def test_a_dead_driver_leaves_a_device_at_rest(lab: Lab) -> None:
    """Dark, silent, with its line masked; the client gets an error and no hang."""
    lab.console("run lamps all")
    lab.run_for(milliseconds(500))
    assert state_of(lab).glowing == ALL
    lab.type(WILD + "\r")
    rest = lab.run_until(Happened(events.DeviceQuiesced), within=seconds(1))
    at_once = state_of(lab)
    lab.run_until(Restart(1), within=seconds(1))

    assert (rest.name, rest.device) == ("lamps.drv", "lamps")
    assert (at_once.glowing, at_once.control, at_once.irq_high) == (0, 0, False)
    lab.run_for(milliseconds(200))
    assert "lamps: the other end is gone" in lab.console_text
    assert "glowing 0x20" in after_asking(lab, "run lamps on 5", "run lamps read")
    lab.run_for(seconds(60))
    assert state_of(lab).burnt == 0


def test_a_driver_that_is_killed_leaves_a_device_at_rest(lab: Lab) -> None:
    """It is the end that counts, not its reason."""
    driver = lamps_view.look(lab).process_id
    lab.console("run lamps on 3")
    lab.run_for(milliseconds(50))
    assert state_of(lab).glowing == 1 << 3
    lab.type(f"kill {driver}\r")
    lab.run_until(Happened(events.DeviceQuiesced), within=seconds(1))

    assert (state_of(lab).glowing, state_of(lab).control) == (0, 0)


def way_of_an_interrupt(lab: Lab, driver: str) -> int:
    """Instructions from the kernel's first look at it to the driver's routine."""
    lab.type("run lamps on 3\r")
    lab.run_to(f"{driver}!lamps_message", within=seconds(1))
    lab.run_to("interrupt_serve", within=seconds(1))
    while lab.machine.registers()["rdi"] != vectors.IRQ_LAMPS:
        lab.run_to("interrupt_serve", within=seconds(1))
    before = lab.machine.instructions
    lab.run_to(f"{driver}!serve", within=seconds(1))
    return lab.machine.instructions - before


def test_an_interrupt_costs_more_on_its_way_to_ring_3(lab: Lab) -> None:
    """About forty instructions become about a thousand: what drivers/lamps says."""
    with downstairs() as other:
        other.boot()
        in_ring_0 = way_of_an_interrupt(other, "lamps.sys")
    in_ring_3 = way_of_an_interrupt(lab, "lamps.drv")

    assert 20 < in_ring_0 < 80
    assert 500 < in_ring_3 < 2000


def after_asking(lab: Lab, *commands: str) -> str:
    """What the console has shown of some commands."""
    before = len(lab.console_text)
    for command in commands:
        lab.console(command)
        lab.run_for(milliseconds(100))
    return lab.console_text[before:]


def test_in_ring_0_the_same_mistake_stops_the_machine() -> None:
    """The same instruction reads the same address, counted from the pictures."""
    with downstairs() as lab:
        lab.boot()
        lab.type(WILD + "\r")
        stop = lab.run_until(Bugcheck(), within=seconds(1))

        assert (stop.name, stop.ring) == ("PAGE_FAULT_IN_NONPAGED_AREA", 0)
        assert (stop.module, stop.function) == ("lamps.sys", "lamps_message")


def test_nobody_quiesces_for_a_driver_in_ring_0() -> None:
    """Even if the kernel goes on after the fault: the lamps glow, and nobody answers.

    In ring 0 a driver has no clear end: its interrupt routine is still called.
    """
    with downstairs(after_fault="end_plugin") as lab:
        lab.boot()
        lab.console("run lamps all")
        lab.run_for(milliseconds(500))
        lab.type(WILD + "\r")
        lab.run_until(Happened(events.Oops), within=seconds(1))
        lab.run_for(milliseconds(200))

        assert state_of(lab).glowing == ALL
        assert "glowing" not in after_asking(lab, "run lamps dark")
        lab.run_until(Happened(events.ValueReported, what="too hot"), within=seconds(3))
        assert not lab.all(events.DeviceQuiesced)


def instructions(lab: Lab) -> list[int]:
    """Where the driver's own code in ring 3 passes while it serves a request."""
    lab.type("run lamps on 3\r")
    lab.run_to("lamps.drv!lamps_message", within=seconds(1))
    cr3 = lab.machine.registers()["cr3"]
    found: dict[int, None] = {}
    while not lab.all(events.ValueReported):
        registers = lab.machine.registers()
        if lab.machine.ring == 3 and registers["cr3"] == cr3:
            found[registers["rip"]] = None
        lab.machine.step()
    return list(found)


def crash_at(lab: Lab, address: int) -> None:
    """Break the instruction at an address of the driver, in its memory alone."""
    lab.type("run lamps on 3\r")
    name = f"lamps.drv+{address - lab.address_of('lamps.drv+0'):#x}"
    lab.run_to(name, within=seconds(1))
    for offset, byte in enumerate(_UD2):
        physical = lab.machine.walk(address + offset).physical
        assert physical is not None
        lab.machine.write_physical(physical, bytes([byte]))


@pytest.mark.parametrize(
    ("lives", "deaths"),
    [(1, 2), pytest.param(25, _DEATHS, marks=pytest.mark.deep, id="hundred crashes")],
)
def test_each_crash_is_followed_by_a_restart(
    lab: Lab, booted: tuple[Lab, LabSnapshot], lives: int, deaths: int
) -> None:
    """At any instruction: it dies alone, the device rests, and serves again.

    The instructions are chosen by a seed from all that the driver executes in ring 3
    while it serves a request and the interrupt that follows.
    """
    _, ready = booted
    places = instructions(lab)
    assert len(places) > 200
    chance = random.Random(20240719)  # noqa: S311 - repeatable
    for _life in range(lives):
        lab.restore(ready)
        neighbours = others(lab)
        for death in range(1, deaths + 1):
            crash_at(lab, chance.choice(places))
            died = lab.run_until(Death("lamps.drv"), within=seconds(1))
            lab.run_until(Happened(events.DeviceQuiesced), within=milliseconds(10))
            rest = state_of(lab)
            assert (died.vector, rest.glowing, rest.control) == (6, 0, 0)
            lab.run_until(Restart(death), within=seconds(31))
            lab.run_for(milliseconds(50))
            lab.console("run lamps on 5")
            lab.run_for(milliseconds(50))
            assert (state_of(lab).glowing, state_of(lab).burnt) == (1 << 5, 0)
        assert others(lab) == neighbours
        assert len(lab.all(events.DeathEvent)) == deaths
    assert not lab.all(events.BugcheckEvent)


def test_a_board_without_lamps_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on QEMU: the driver looks for the device, and does not start without it."""
    whole = boards.MICROVM
    slots = tuple(slot for slot in whole.slots if slot.name != "lamps")
    bare = Board(whole.name, slots, whole.controller, whole.cpu_pin)
    monkeypatch.setattr(boards, "MICROVM", bare)
    with upstairs() as lab:
        lab.boot()
        lab.run_for(seconds(1))

        assert "lamps.drv: this board has no lamps" in lab.console_text
        assert "lamps: no such file, pipe, port" in after_asking(lab, "run lamps read")
        assert not lab.all(events.DeathEvent)


def test_the_device_of_the_manifest_is_the_device_of_the_board() -> None:
    """One table says what may be granted, another where the device is."""
    (slot,) = (it for it in boards.MICROVM.slots if it.name == "lamps")
    ((name, first, count, line),) = FOR_USER_DRIVERS
    assert (name, slot.ports, slot.irq) == ("lamps", ((first, count, 0),), line)
    assert count == lamps.BURNT + 1
    assert Kind.USER_DRIVER.path("lamps") == "/SYSTEM/USERDRV/LAMPS.DRV"
