"""The rings as they are shown: doors by their gates, crossings, faults with no door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual.pilot import Pilot

from minios.abi import vectors
from minios.lab import content_files, milliseconds
from minios.lab.inputs import PressReset, Push
from minios.machine.events import Door
from minios.session import catalogue, doors
from minios.session.frames import Frame
from minios.session.orders import GoBack, RunTo, Step
from minios.session.session import Session
from minios.tui.app import MiniosApp
from minios.tui.drawing.building import building
from minios.tui.drawing.doors import ways
from minios.tui.drawing.lines import plain
from tests.tui.walking import lab_of, play, ticks, words

TWO = catalogue.find("two-worlds")


def session_on_bad_file(world: str) -> Session:
    """Up, with the bad file on its way."""
    session = Session(world)
    session.do(RunTo(milliseconds(20)))
    session.do(Push(content_files.find("channel-291-bad")))
    return session


def until_it_goes_wrong(session: Session) -> Frame:
    """Step from record to record up to the crash or the death."""
    for _ in range(200):
        frame = session.do(Step("event"))
        if frame.status.crashes + frame.status.deaths:
            return frame
    pytest.fail("nothing went wrong")


@pytest.fixture(scope="module")
def windows() -> Iterator[Frame]:
    """A machine whose ring 0 has just faulted."""
    session = session_on_bad_file("windows")
    yield until_it_goes_wrong(session)
    session.close()


@pytest.fixture(scope="module")
def macos() -> Iterator[Frame]:
    """A machine on which a program of ring 3 has just faulted."""
    session = session_on_bad_file("macos")
    yield until_it_goes_wrong(session)
    session.close()


def test_a_fault_of_ring_3_goes_through_the_gate_of_its_vector(macos: Frame) -> None:
    """And the picture says which gate that is."""
    assert doors.by_name(macos.crossings.counts, Door.EXCEPTION, 0) == {"#PF": 1}
    assert not macos.crossings.inside
    assert "↓ fault 1 (#PF 1)" in plain(building(macos, 120, 8))


def test_a_fault_of_ring_0_uses_no_door_and_stands_in_the_basement(
    windows: Frame,
) -> None:
    """No ring changes: the doors count none, the floor of the kernel has it."""
    assert doors.by_name(windows.crossings.counts, Door.EXCEPTION, 0) == {}
    assert windows.crossings.inside == {14: 1}
    drawn = plain(building(windows, 120, 8))
    assert "↓ fault 0" in drawn
    floor = next(row for row in drawn.splitlines() if "in here" in row)
    assert "kernel" in floor
    assert "✖ #PF in here" in floor


def test_system_calls_are_named_by_what_is_in_rax(macos: Frame) -> None:
    """The names of the contract, each with its count; the sum is that of the door."""
    calls = doors.by_name(macos.crossings.counts, Door.SYSCALL, 0)

    assert calls["port_receive"] > 0
    assert calls["spawn"] > 0
    text = plain(ways(macos, 160))
    assert f"↓ syscall {sum(calls.values())}" in text
    assert f"{calls['spawn']} spawn" in text


def test_crossings_are_shown_as_they_happen(macos: Frame) -> None:
    """The newest is the first of the line, and again the first of the list."""
    newest = doors.passed(macos.crossings.latest[-1].crossing)
    row = next(
        it for it in plain(building(macos, 160, 8)).splitlines() if "newest" in it
    )
    first = row.partition("newest first: ")[2].split("  ")[0]

    assert newest.door is Door.EXCEPTION
    assert first == "↓ #PF"
    listed = plain(ways(macos, 60)).partition("newest first\n")[2].splitlines()
    assert listed[0].endswith("↓ #PF")
    assert len(listed) == len(macos.crossings.latest)


def test_a_reset_begins_to_count_anew() -> None:
    """Another boot, another count; a way back in time brings the old one back."""
    session = Session("macos")
    before = session.do(RunTo(milliseconds(19)))
    session.do(RunTo(milliseconds(20)))
    session.do(PressReset())
    after = session.do(RunTo(milliseconds(20) + 10_000))
    again = session.do(GoBack(milliseconds(19)))
    session.close()

    assert sum(before.crossings.counts.values()) > 100
    assert sum(after.crossings.counts.values()) < 10
    assert again.crossings.counts == before.crossings.counts


def test_a_gate_is_named_by_its_device() -> None:
    """IRQ numbers mean nothing to a reader; what is not known stays a number."""
    assert doors.gate(vectors.IRQ_BASE + vectors.IRQ_CONSOLE) == "IRQ 4 console"
    assert doors.gate(14) == "#PF"
    assert doors.gate(0x80) == "INT 0x80"
    assert doors.call(1) == "exit"
    assert doors.call(1 << 40) == "call 0x10000000000"


@pytest.mark.parametrize("width", [40, 60, 80, 160])
def test_the_doors_fit_into_a_line_or_say_less(macos: Frame, width: int) -> None:
    """Gates lose their names first, then unused doors are left out; none is cut."""
    rows = plain(building(macos, width, 8)).splitlines()
    counted = [row for row in rows if row.startswith("╟ ↓ syscall")]

    assert len(counted) == 1
    assert "↓ fault 1" in counted[0] or width == 40


def test_d_shows_the_doors_and_hides_them_again() -> None:
    """For each machine, while it goes on."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await pilot.press("d")
        await ticks(pilot, app, 1)
        assert "doors between the rings" in words(app)
        assert "faults inside ring 0: 0" in words(app)
        await pilot.press("d")
        await ticks(pilot, app, 1)
        assert "doors between the rings" not in words(app)

    play(walk, card=TWO)


def test_z_gives_one_machine_all_the_room() -> None:
    """Eighty columns at a width that two machines cannot have, and back again."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        screens = app.screen.query("GuestScreen")
        assert [screen.size.width for screen in screens] == [60, 59]  # and a blank
        await pilot.press("2", "z")
        await pilot.pause()
        assert [bool(screen.region.area) for screen in screens] == [False, True]
        assert screens.last().size.width == 80
        await pilot.press("1")
        await pilot.pause()
        assert [bool(screen.region.area) for screen in screens] == [True, False]
        await pilot.press("z")
        await pilot.pause()
        assert [screen.size.width for screen in screens] == [60, 59]  # and a blank

    play(walk, card=TWO, size=(120, 40))


def test_four_machines_are_told_apart_in_why() -> None:
    """What is the very same of two machines stands once, under both names."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        lab_of(app).conductor.send(Push(content_files.find("channel-291-bad")))
        for _ in range(400):
            frames = lab_of(app).conductor.frames
            if all(it.status.crashes + it.status.deaths for it in frames):
                break
            await ticks(pilot, app, 1)
        await pilot.press("w")
        await pilot.pause()
        assert "In 1 windows and 3 windows" in words(app)
        assert "In 2 macos and 4 macos" in words(app)

    play(walk, card=catalogue.find("free-play"))
