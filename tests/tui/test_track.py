"""The past as one line for each machine: one scale, folds, zoom."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from minios.lab import content_files, events, milliseconds, seconds
from minios.lab.inputs import Push
from minios.session import catalogue
from minios.session.frames import Frame
from minios.session.orders import RunTo
from minios.session.session import Session
from minios.tui.app import MiniosApp
from minios.tui.drawing.lines import plain
from minios.tui.drawing.track import Scale, columns, span_words, tracks
from minios.tui.widgets.track_bar import TrackBar
from tests.tui.stage import play_from, up
from tests.tui.walking import lab_of, play, shown, ticks

TWO = catalogue.find("two-worlds")
WIDTH = 60


def lived(model: str, until: int) -> Frame:
    """A machine that got the bad file, at some moment."""
    session = Session(model)
    session.do(RunTo(milliseconds(120)))
    session.do(Push(content_files.find("channel-291-bad")))
    frame = session.do(RunTo(until))
    session.close()
    return frame


@pytest.mark.parametrize(
    ("used", "last", "expected"),
    [
        ([2], 5, [0, 1, 2, 3, 4, 5]),
        ([2], 12, [0, 1, 2, *[-3] * 6, 12]),
        ([2, 6], 90, [0, 1, 2, *[-3] * 2, 6, *[-7] * 2, 90]),
        ([], 1000, [0, *[-1] * 8, 1000]),
        ([3, 90, 92], 500, [0, -1, 3, -4, 90, 91, 92, -93, 500]),
    ],
    ids=["it fits", "the end", "two", "nothing", "too many"],
)
def test_the_longest_quiet_times_are_folded_and_no_more_than_must_be(
    used: list[int], last: int, expected: list[int]
) -> None:
    """What has happened keeps its columns, in order; they fill ten columns or so."""
    assert columns(used, last, 10) == expected


def test_after_a_long_run_what_has_happened_is_not_in_three_columns() -> None:
    """Ten minutes with one crash: its story of half a second has half of the row."""
    frame = lived("macos", seconds(1))
    late = replace(frame, t=seconds(600))
    scale = Scale(1)
    scale.update([late], WIDTH, None)
    (row,) = tracks([late], scale, WIDTH)
    signs = plain([row])[10:]

    assert [it for it in signs if it in "⇩✖"] == ["⇩", "✖", "✖"]
    assert signs.count("↻") <= 1  # a start has a cell of its own, or shares the death's
    assert signs.rindex("✖") > WIDTH // 2
    assert signs.rstrip("· 60.s").endswith("┄▸")


def test_all_machines_have_one_scale() -> None:
    """Also where one is ahead, or has not been given as much."""
    first, second = lived("windows", seconds(2)), lived("macos", milliseconds(400))
    scale = Scale(2)
    scale.update([first, second], WIDTH, None)
    rows = [
        plain([it])[10 : 10 + WIDTH] for it in tracks([first, second], scale, WIDTH)
    ]

    pushes = [row.index("⇩") for row in rows]
    assert pushes[0] == pushes[1]
    assert len(rows[1].rstrip("·")) < len(rows[0].rstrip("·"))


def test_a_zoom_has_the_chosen_moment_in_the_middle_and_says_its_span() -> None:
    """Smaller cells; out again, until all is there."""
    frame = lived("windows", seconds(2))
    crash = next(it for it in frame.log if isinstance(it, events.BugcheckEvent))
    scale = Scale(1)
    scale.update([frame], WIDTH, None)
    whole = scale.columns[:]
    scale.zoom(1)
    scale.update([frame], WIDTH, crash.t)

    begin, end = scale.span(WIDTH // 2) or (0, 0)
    assert begin <= crash.t < end
    row, label = tracks([frame], scale, WIDTH, (0, crash.t))
    assert [span.role for span in row if span.text == "■"].count("selected") == 1
    first, last = scale.span(0), scale.span(WIDTH - 1)
    assert first is not None
    assert last is not None
    assert plain([label]).startswith(
        f"one cell is {span_words(end - begin)}: {first[0] / 1e9:.6f} s to "
    )
    scale.zoom(-1)
    scale.update([frame], WIDTH, crash.t)
    assert scale.zoomed is None
    assert scale.columns == whole


def test_a_zoom_without_a_choice_follows_the_present() -> None:
    """And does not move at every tick."""
    frame = lived("macos", seconds(1))
    scale = Scale(1)
    scale.update([frame], WIDTH, None)
    scale.zoom(1)
    firsts = set()
    for step in range(40):
        later = replace(frame, t=seconds(1) + step * scale.cells.size)
        scale.update([later], WIDTH, None)
        assert later.t // scale.cells.size in scale.columns
        firsts.add(scale.columns[0])
    assert len(firsts) == 2


def test_new_events_are_added_as_if_all_were_drawn_at_once() -> None:
    """Event by event, in jumps, after going back: the same row."""
    session = Session("windows")
    session.do(RunTo(milliseconds(120)))
    session.do(Push(content_files.find("channel-291-bad")))
    grown = Scale(1)
    for step in range(3, 60):
        frame = session.do(RunTo(milliseconds(50 * step)))
        grown.update([frame], WIDTH, None)
    at_once = Scale(1)
    at_once.update([frame], WIDTH, None)
    session.close()

    assert tracks([frame], grown, WIDTH) == tracks([frame], at_once, WIDTH)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (1000, "1 us"),
        (15_625, "15.6 us"),
        (8_000_000, "8 ms"),
        (2_048_000_000, "2.05 s"),
    ],
)
def test_a_cell_is_told_in_three_digits(span: int, words: str) -> None:
    """In the largest unit that is not larger."""
    assert span_words(span) == words


def test_brackets_zoom_and_a_click_still_chooses() -> None:
    """A row more while a part is shown; the click meets the event below it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("p", "enter")
        await ticks(pilot, app, 20)
        lab = lab_of(app)
        bar = lab.query_one(TrackBar)
        assert bar.region.height == 2
        await pilot.press("t", "right_square_bracket")
        await pilot.pause()
        assert bar.region.height == 3
        assert "one cell is 250 us" in shown(app)
        await pilot.press("left_square_bracket", "escape")
        await pilot.pause()
        row = shown(app).splitlines()[bar.region.y]
        await pilot.click(TrackBar, offset=(row.index("⇩") - bar.region.x, 0))
        chosen = lab._timeline.chosen
        assert chosen is not None
        assert isinstance(lab._timeline.event(chosen), events.Pushed)
        assert bar.region.height == 2
        assert "one cell is" not in shown(app)

    play_from(up, walk, card=TWO)


def test_in_a_low_terminal_the_past_is_shown_while_it_is_a_part() -> None:
    """The cells are a quarter of those that the whole past would have."""
    seen = []

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await pilot.press("p", "enter")
        await ticks(pilot, app, 20)
        lab = lab_of(app)
        bar = lab.query_one(TrackBar)
        assert bool(bar.region) == (app.size.height > 24)
        await pilot.press("right_square_bracket")
        await pilot.pause()
        assert bar.region.height == 3
        assert "one cell is " in shown(app)
        seen.append(bar._scale.cells.size)
        await pilot.press("left_square_bracket")
        await pilot.pause()
        assert bool(bar.region) == (app.size.height > 24)

    for height in (24, 50):
        play(walk, card=TWO, size=(80, height))
    assert seen[0] == seen[1]


def test_where_there_is_no_row_for_the_past_there_is_no_key_for_it() -> None:
    """Nor does it take any."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("right_square_bracket")
        await pilot.pause()
        lab = lab_of(app)
        assert not lab.query_one(TrackBar).region
        assert lab.check_action("zoom_past", (1,)) is False

    play_from(up, walk, card=TWO, size=(80, 15))


def test_a_lab_with_one_machine_shows_its_past() -> None:
    """In a row of its own, as labs with several machines do."""

    async def walk(_pilot: Pilot[None], app: MiniosApp) -> None:
        assert app.screen.query_one(TrackBar).region.height == 1
        assert "1 windows ◆" in shown(app)

    play_from(up, walk, card=catalogue.find("windows"))
