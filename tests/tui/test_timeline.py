"""The timeline: what it lists, and which entry is meant."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from minios.lab import events, milliseconds
from minios.session import catalogue
from minios.session.orders import MarkHere, RunTo
from minios.session.session import Session
from minios.session.timeline import FILTERS, Entry, Filter, Timeline
from minios.tui.app import MiniosApp
from minios.tui.drawing.lines import plain
from minios.tui.drawing.timeline import Said, entry
from minios.tui.screens.why import WhyScreen
from minios.tui.widgets.fields import FindField
from tests.tui.stage import play_from, suffered, up
from tests.tui.walking import footer, lab_of, misfortune, shown, ticks, words

TWO = catalogue.find("two-worlds")
MAC = catalogue.find("macos")


def test_another_filter_lists_every_snapshot_again() -> None:
    """Round through all the filters and back: the same list as before."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space", "m")
        await pilot.pause()
        timeline = lab_of(app)._timeline.timeline
        entries = timeline.entries
        assert sum(it.is_mark for it in entries) == 4
        for _ in FILTERS:
            await pilot.press("f")
            await pilot.pause()
            assert shown(app).count("snapshot: marked") == 2
            assert sum(it.is_mark for it in timeline.entries) == 4
        assert timeline.entries == entries

    play_from(up, walk, card=TWO)


def test_a_step_back_keeps_power_on() -> None:
    """All that is listed afresh has its snapshots, too."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space", "N")
        await ticks(pilot, app, 1)
        marks = [it for it in lab_of(app)._timeline.timeline.entries if it.is_mark]
        assert [it.world for it in marks] == [0, 1]

    play_from(up, walk, card=TWO)


def test_the_chosen_entry_stays_chosen_when_others_come_before_it() -> None:
    """One machine is ahead; what the other does meanwhile goes in before."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space")
        lab_of(app).conductor.send(RunTo(milliseconds(120)), 0)
        await ticks(pilot, app, 1)
        await pilot.press("t")
        await pilot.pause()
        timeline = lab_of(app)._timeline
        chosen, cursor = timeline.chosen, timeline.cursor
        assert chosen is not None
        assert chosen.world == 0
        lab_of(app).conductor.send(RunTo(milliseconds(120)), 1)
        await ticks(pilot, app, 1)
        assert timeline.cursor != cursor
        assert timeline.chosen == chosen
        (row,) = (it for it in shown(app).splitlines() if "│▸" in it)
        assert f"▸{chosen.t / 1e9:.6f}s" in row.replace(" ", "")

    play_from(up, walk, card=TWO)


def test_escape_lets_go_of_the_chosen_entry() -> None:
    """Then w explains the latest crash again, and the list follows its end."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("t", "up")
        await pilot.pause()
        lab = lab_of(app)
        assert "esc follows the end" in shown(app)
        assert "Clear" in shown(app)
        await pilot.press("escape", "p", "enter")
        await pilot.pause()
        assert lab.focused is None
        assert lab._timeline.chosen is None
        await misfortune(pilot, app)
        assert "esc follows the end" not in shown(app)
        assert "Clear" not in shown(app)
        assert lab._timeline.scroll_offset.y == lab._timeline.max_scroll_y
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, WhyScreen)
        assert "In windows the machine stopped" in shown(app)

    play_from(up, walk, card=TWO)


def test_escape_works_wherever_one_has_gone_meanwhile() -> None:
    """Off the timeline by the console: the entry is still chosen, and let go of."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("t", "up", "c")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        timeline = lab_of(app)._timeline
        assert timeline.chosen is not None
        assert not timeline.has_focus
        await pilot.press("escape")
        await pilot.pause()
        assert timeline.chosen is None

    play_from(up, walk, card=TWO)


def test_a_snapshot_is_the_same_one_when_others_go() -> None:
    """Of too many, older ones are given up: the numbers of the rest stay."""
    session = Session("macos")
    timeline = Timeline()
    for number in range(80):
        frame = session.do(MarkHere(f"mark {number}"))
    timeline.update([frame])

    marks = [it for it in timeline.entries if it.is_mark]
    assert len(marks) == len(frame.marks) < 80
    assert frame.mark(marks[-1].number).label == "mark 79"
    assert all(it.label.endswith(f" {it.number - 1}") for it in frame.marks[1:])
    assert timeline.nearest(marks[40]) == marks[40]
    session.close()


def test_of_an_entry_that_is_not_listed_the_next_one_is_meant() -> None:
    """Nothing, if there is none."""
    timeline = Timeline()
    timeline.entries = [Entry(1, 0, 0), Entry(5, 0, 1), Entry(5, 1, 0)]

    assert timeline.nearest(Entry(5, 0, 1)) == Entry(5, 0, 1)
    assert timeline.nearest(Entry(3, 1, 7)) == Entry(5, 0, 1)
    assert timeline.nearest(Entry(6, 0, 2)) is None


@pytest.mark.parametrize(
    ("t", "words"),
    [
        (372_000_001, "0.372000 s"),
        (99_999_999_000, "99.999999 s"),
        (271_185_124_000, "271.185124s"),
        (3_600_000_001_000, "3600.000001"),
        (86_400_000_001_000, "86400.00000"),
    ],
)
def test_a_late_moment_keeps_its_first_digit(t: int, words: str) -> None:
    """Chosen or not, in the same cells."""
    said = Said(t, "■", "bad", "it stopped", is_marked=True)
    rows = [
        plain([entry(said, 0, ("windows",), 40, selected=selected)])
        for selected in (False, True)
    ]

    assert rows[0] == f" {words:>11}◆■ it stopped"
    assert rows[1] == f"▸{words:>11}◆■ it stopped"


def test_what_is_typed_filters_the_timeline() -> None:
    """At every key; enter goes to what was found, escape lists all again."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space", "m")
        await pilot.pause()
        timeline = lab_of(app)._timeline
        before = list(timeline.timeline.entries)
        await pilot.press("slash")
        await pilot.pause()
        assert "search the timeline" in shown(app)
        await pilot.press(*"macos")
        await pilot.pause()
        assert {it.world for it in timeline.timeline.entries} == {1}
        await pilot.press("space", *"SNAP")
        await pilot.pause()
        found = timeline.timeline.entries
        assert [it.is_mark for it in found] == [True, False, True]
        assert all(timeline.timeline.is_marked(it) for it in found)
        assert "timeline: the story (f) with 'macos SNAP', 3 events" in shown(app)
        await pilot.press("enter")
        await pilot.pause()
        assert not app.screen.query_one(FindField).display
        assert timeline.has_focus
        assert timeline.chosen == timeline.timeline.entries[-1]
        await pilot.press("slash", "escape")
        await pilot.pause()
        assert app.focused is None
        assert timeline.timeline.entries == before
        assert "timeline: the story (f), " in shown(app)

    play_from(up, walk, card=TWO)


def test_what_comes_later_is_filtered_as_well() -> None:
    """Time goes on while somebody types."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("p", "enter", "slash", *"is pushed")
        await ticks(pilot, app, 20)
        timeline = lab_of(app)._timeline
        (only,) = timeline.timeline.entries
        assert isinstance(timeline.event(only), events.Pushed)

    play_from(up, walk, card=MAC)


def test_one_machine_alone_is_listed() -> None:
    """The first, the second, ..., then all: also two of a kind, and with a filter."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        timeline = lab_of(app)._timeline.timeline
        before = list(timeline.entries)
        for number, name in enumerate(("1 windows", "2 macos", "3 windows", "4 macos")):
            await pilot.press("F")
            await pilot.pause()
            assert timeline.entries == [it for it in before if it.world == number]
            assert f"timeline: the story (f) of {name}, " in shown(app)
        await pilot.press("f")
        await pilot.pause()
        assert f"timeline: {FILTERS[1][0]} (f) of 4 macos, " in shown(app)
        await pilot.press("F", *"f" * (len(FILTERS) - 1))
        await pilot.pause()
        assert timeline.entries == before

    play_from(up, walk, card=catalogue.find("free-play"))


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 60)])
def test_there_is_room_to_type_at_every_size(size: tuple[int, int]) -> None:
    """And the timeline is still there."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("slash", *"kernel")
        await pilot.pause()
        lab = lab_of(app)
        assert lab.query_one(FindField).region.height == 1
        assert lab._timeline.region.height > 0
        assert "the kernel start" in shown(app)

    play_from(up, walk, size=size, card=TWO)


def test_what_is_looked_for_is_no_markup() -> None:
    """A bracket is a bracket, also where it closes nothing."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab_of(app).query_one(FindField).open()
        await pilot.pause()
        lab_of(app).query_one(FindField).value = "[/bold] [red]"
        await pilot.pause()
        assert "[/bold] [red]" in shown(app)

    play_from(up, walk, size=(200, 60), card=TWO)


def test_another_filter_keeps_the_chosen_entry_while_it_is_listed() -> None:
    """Kinds, machines and words; when it goes, the footer does not speak of it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        timeline = lab_of(app)._timeline
        await pilot.press("space", *"fff", "t", "home")  # of everything
        while (chosen := timeline.chosen) is None or (
            chosen.is_mark or not isinstance(timeline.event(chosen), events.Booted)
        ):
            await pilot.press("down")
        assert chosen.world == 1
        await pilot.press("f")  # back to the story
        await pilot.pause()
        assert timeline.chosen == chosen
        await pilot.press("slash", *"kernel", "enter")
        await pilot.pause()
        assert timeline.chosen == chosen
        assert {"enter", "escape"} <= {it.binding.key for it in footer(app)}
        await pilot.press("F")  # the other machine alone
        await pilot.pause()
        assert lab_of(app)._timeline.chosen is None
        assert "Explain" not in shown(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "Clear" not in shown(app)

    play_from(up, walk, card=TWO)


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 50)])
def test_a_list_of_nothing_says_why(size: tuple[int, int]) -> None:
    """And which key lists more; what a search found is told without a border, too."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space", "F", "slash", *"quarant")
        await pilot.pause()
        app.clear_notifications()
        await pilot.pause()
        assert "nothing matches 'quarant' of windows; / then esc lists all" in words(
            app
        )
        await pilot.press("enter")
        await pilot.pause()
        told = [it.message for it in app._notifications]
        has_border = lab_of(app)._timeline.gutter.top > 0
        wanted = "timeline: the story (f) of windows with 'quarant', 0 events"
        assert told == ([] if has_border else [wanted])

    play_from(up, walk, card=TWO, size=size)


def test_what_hides_everything_is_named_with_its_keys() -> None:
    """Kind, machine and words; without a filter there is nothing to say."""
    names = ("windows", "macos")

    assert not Filter().nothing_words(names)
    assert Filter(2, 1).nothing_words(names) == (
        "nothing of macos among content; f and F list other events"
    )
    assert Filter(1).nothing_words(names) == (
        "nothing among faults and restarts; f lists other events"
    )
    assert Filter(2, text="x").nothing_words(names) == (
        "nothing matches 'x' among content; / then esc lists all"
    )


def test_snapshots_on_the_lines_of_records_are_found_as_well() -> None:
    """As many signs as without the search, of the records that are listed."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space", "m")
        await pilot.pause()
        timeline = lab_of(app)._timeline.timeline
        before = [it for it in timeline.entries if timeline.is_marked(it)]
        assert any(not it.is_mark for it in before)
        await pilot.press("slash", *"snapshot")
        await pilot.pause()
        assert timeline.entries == before

    play_from(suffered, walk, card=TWO)


def test_one_entry_is_counted_as_one() -> None:
    """In words that are right."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("F", "slash", *"kernel starts")
        await pilot.pause()
        assert "'kernel starts', 1 event" in shown(app)

    play_from(up, walk, card=TWO)
