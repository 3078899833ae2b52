"""The rings as they are shown: doors by their gates, crossings, faults with no door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from minios.abi import vectors
from minios.lab import content_files, milliseconds
from minios.lab.inputs import PressReset, Push
from minios.lab.quantities import seconds
from minios.machine.events import Door
from minios.session import catalogue, doors
from minios.session.frames import Frame
from minios.session.orders import GoBack, RunTo, Step
from minios.session.session import Session
from minios.session.status import State
from minios.tui.app import MiniosApp
from minios.tui.drawing.building import building, rows_of
from minios.tui.drawing.doors import ways
from minios.tui.drawing.lines import line, plain
from minios.tui.drawing.rooms import Box, Phrase, Style, walled
from tests.tui.stage import play_from, up
from tests.tui.walking import lab_of, shown, ticks, words

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
    drawn = plain(building(macos, 120, 15))
    assert "↓ page fault in sentinel.ext: the CPU enters the kernel" in drawn


def test_a_fault_of_ring_0_uses_no_door_and_stands_in_its_room(windows: Frame) -> None:
    """No ring changes: no crossing is shown for it, and the sensor's room has it."""
    assert doors.by_name(windows.crossings.counts, Door.EXCEPTION, 0) == {}
    assert windows.crossings.inside == {14: 1}
    rows = plain(building(windows, 120, 15)).splitlines()
    upstairs, basement = (
        next(n for n, row in enumerate(rows) if words in row)
        for words in ("ring 3, upstairs", "ring 0, basement")
    )
    at = next(n for n, row in enumerate(rows) if "✖ page fault here" in row)

    assert upstairs < basement < at
    assert "■ sentinel.sys ◆ sensor" in rows[at - 1]
    assert not any("page fault" in row for row in rows[:basement])


def test_what_is_cut_in_a_room_is_cut_after_a_word() -> None:
    """And not after a comma; a sign says that there is more. One word is cut itself."""
    phrase = Phrase("bad", ("✖ page fault, stopped",))
    box = Box("a", line("a"), "bad", (phrase,))

    def inside(width: int) -> str:
        drawn = walled([[box]], 0, width, Style(inside=1, is_closed=True))
        return plain(drawn.lines).splitlines()[1].strip("║")

    assert inside(24) == " ✖ page fault, stopped"
    assert inside(23).rstrip() == " ✖ page fault»"
    assert inside(16).rstrip() == " ✖ page»"
    assert inside(10).rstrip() == " ✖ page»"


@pytest.mark.parametrize(
    ("width", "height"), [(100, 15), (60, 14), (80, 9), (50, 12), (40, 9)]
)
def test_what_a_fault_takes_down_is_dark(
    windows: Frame, macos: Frame, width: int, height: int
) -> None:
    """A bugcheck every room, a death its own alone; at every size that is used."""
    stopped = plain(building(windows, width, height))
    assert "✖ page fault" in stopped
    assert "●" not in stopped.replace("\n", " ")
    assert "■ init" in stopped
    assert "■ kernel" in stopped

    alive = plain(building(macos, width, height))
    assert "✖ page fault" in alive
    assert "✖ sentinel.ext" in alive
    assert "● init" in alive
    assert "▶ kernel" in alive
    assert "■" not in alive


@pytest.mark.parametrize("size", [(120, 40), (200, 50)], ids=str)
@pytest.mark.parametrize("where", ["lab", "slow pass"])
def test_floors_of_machines_beside_each_other_are_on_the_same_rows(
    size: tuple[int, int], where: str
) -> None:
    """Though one has the sensor upstairs and the other has it in the basement."""

    def check(app: MiniosApp) -> None:
        rows = shown(app).splitlines()
        for name in ("ring 3, upstairs", "ring 0, basement"):
            (row,) = (it for it in rows if name in it)
            assert row.count(name) == len(TWO.worlds)

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        if where == "slow pass":
            await pilot.press("s", "n")
            await ticks(pilot, app, 1)
        for width in (size[0], size[0] - 6, size[0]):  # also while time is paused
            await pilot.resize_terminal(width, size[1])
            await pilot.pause()
            check(app)

    play_from(up, walk, card=TWO, size=size)


def test_a_floor_without_rooms_has_the_height_of_the_other_one(macos: Frame) -> None:
    """A machine that starts has no program yet, and nothing moves when it has."""
    bare = replace(macos, status=replace(macos.status, parts=()))
    rows = rows_of(macos, 60)
    places = set()
    for frame in (macos, bare):
        drawn = plain(building(frame, 60, 20, rows=rows)).splitlines()
        places.add(next(n for n, it in enumerate(drawn) if "ring 0, basement" in it))

    assert rows_of(bare, 60).up < rows.up
    assert len(places) == 1


def test_the_basement_stays_where_it_is_whatever_is_told_between(macos: Frame) -> None:
    """One crossing or many."""
    latest = macos.crossings.latest
    places = set()
    for number in range(len(latest) + 1):
        drawn = plain(building(macos, 100, 15, latest[:number])).splitlines()
        places.add(next(n for n, it in enumerate(drawn) if "ring 0, basement" in it))

    assert len(latest) > 1
    assert len(places) == 1


def test_names_of_all_rooms_are_drawn_at_every_width(macos: Frame) -> None:
    """And no line is longer than the picture, except one that ends with a sign."""
    for width in range(40, 200, 3):
        for height in (9, 15, 30):
            lines = building(macos, width, height)
            drawn = plain(lines)
            assert len(lines) <= height
            for part in macos.status.parts:
                if part.state is not State.REFUSED:
                    assert part.name in drawn, (width, height)
            floors = [it for it in drawn.splitlines() if it[:1] in "┌│└╔║╚─═"]
            assert all(len(row) <= width for row in floors), (width, height)


def test_system_calls_are_named_by_what_is_in_rax(macos: Frame) -> None:
    """The names of the contract, each with its count; the sum is that of the door."""
    calls = doors.by_name(macos.crossings.counts, Door.SYSCALL, 0)

    assert calls["port_receive"] > 0
    assert calls["spawn"] > 0
    text = plain(ways(macos, 160))
    assert f"↓ syscall {sum(calls.values())}" in text
    assert f"{calls['spawn']} spawn" in text


def test_crossings_are_told_in_sentences_with_their_time(macos: Frame) -> None:
    """The newest alone in a row, then those before it; as a list on the doors' page."""
    newest, before = macos.crossings.latest[-1], macos.crossings.latest[-2]
    rows = plain(building(macos, 100, 15)).splitlines()
    at = next(n for n, row in enumerate(rows) if str(newest) in row)

    assert rows[at].endswith(f"{newest}  at {seconds(newest.crossing.now)}")
    assert rows[at + 1].startswith(f"before it:  ↑ {before}")
    listed = plain(ways(macos, 60)).partition("newest first\n")[2].splitlines()
    assert listed[0].endswith("↓ #PF")
    assert len(listed) == len(macos.crossings.latest)


def test_a_crossing_stands_below_the_room_it_comes_from(macos: Frame) -> None:
    """Where there is room for its words."""
    rows = plain(building(macos, 200, 15)).splitlines()
    arrow = next(row for row in rows if "↓ page fault" in row).index("↓")
    room = next(row for row in rows if "sentinel.ext ◆" in row)
    left = room.index("✖ sentinel.ext")

    assert left < arrow < room.index("┐", left)


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
    assert doors.gate(vectors.IRQ_BASE + vectors.IRQ_TIMER) == "IRQ 0 timer"
    assert doors.gate(14) == "#PF"
    assert doors.gate(0x80) == "INT 0x80"
    assert doors.call(1) == "exit"
    assert doors.call(1 << 40) == "call 0x10000000000"


def test_a_crossing_stays_to_be_read_while_time_runs_and_is_never_from_later() -> None:
    """With the time at which it was; the newest as soon as time stands still."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        rings = lab_of(app).panels[0].rings
        told = []
        for _ in range(60):
            await ticks(pilot, app, 1)
            assert rings.frame is not None
            newest = rings.told[-1]
            assert newest.crossing.now <= rings.frame.t
            assert seconds(newest.crossing.now) in words(app)
            told.append(newest)
        changes = [n for n in range(1, 60) if told[n] is not told[n - 1]]
        assert 1 <= len(changes) <= 2
        await pilot.press("space")
        await ticks(pilot, app, 3)
        assert rings.frame is not None
        assert rings.told == rings.frame.crossings.latest

    play_from(up, walk, card=TWO)


def test_a_fault_does_not_wait_to_be_shown() -> None:
    """It takes the place of what is shown, in the tick in which it happens."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab_of(app).conductor.send(Push(content_files.find("channel-291-bad")))
        rings = lab_of(app).panels[1].rings
        for _ in range(200):
            await ticks(pilot, app, 1)
            if rings.frame is not None and rings.frame.status.deaths:
                break
        assert rings.told[-1].crossing.door is Door.EXCEPTION
        assert "page fault in sentinel.ext: the CPU enters the kernel" in words(app)

    play_from(up, walk, card=TWO)


def test_d_shows_the_doors_and_hides_them_again() -> None:
    """For each machine, while it goes on."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("d")
        await ticks(pilot, app, 1)
        assert "doors between the rings" in words(app)
        assert "faults inside ring 0: 0" in words(app)
        await pilot.press("d")
        await ticks(pilot, app, 1)
        assert "doors between the rings" not in words(app)

    play_from(up, walk, card=TWO)


def test_z_gives_one_machine_all_the_room() -> None:
    """Eighty columns at a width that two machines cannot have, and back again."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
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

    play_from(up, walk, card=TWO, size=(120, 40))


def test_four_machines_are_told_apart_in_why() -> None:
    """What is the very same of two machines stands once, under both names."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab_of(app).conductor.send(Push(content_files.find("channel-291-bad")))
        for _ in range(400):
            frames = lab_of(app).conductor.frames
            if all(it.status.crashes + it.status.deaths for it in frames):
                break
            lab_of(app).tick()
        await pilot.pause()
        await pilot.press("w")
        await pilot.pause()
        assert "In 1 windows and 3 windows" in words(app)
        assert "In 2 macos and 4 macos" in words(app)

    play_from(up, walk, card=catalogue.find("free-play"))
