"""What is drawn where there is little room: less, but nothing that reads wrong."""

from __future__ import annotations

import re
from itertools import pairwise
from operator import mul

import pytest
from textual.color import Color
from textual.pilot import Pilot

from minios.session import catalogue
from minios.session.frames import Frame
from minios.session.orders import RunTo
from minios.session.session import Session
from minios.session.status import MachinePart, State
from minios.tui import themes
from minios.tui.app import MiniosApp
from minios.tui.drawing.building import building
from minios.tui.drawing.lines import Line, length
from minios.tui.drawing.status import title
from minios.tui.drawing.timeline import Said, entry
from minios.tui.pages.tables import PagesView
from minios.tui.widgets.guest_screen import GuestScreen, first_row
from minios.tui.widgets.pane import Pane
from minios.tui.widgets.timeline_list import TimelineList
from tests.tui.stage import play_from, up
from tests.tui.walking import footer, play, shown, ticks

TWO = catalogue.find("two-worlds")


@pytest.fixture(scope="module")
def frame() -> Frame:
    """A machine that is up."""
    session = Session("windows")
    try:
        return session.do(RunTo(20_000_000))
    finally:
        session.close()


def text(drawn: Line) -> str:
    """Without roles."""
    return "".join(span.text for span in drawn)


@pytest.mark.parametrize("width", range(30, 120))
def test_a_title_leaves_out_what_does_not_fit(frame: Frame, width: int) -> None:
    """No number is cut off, and a blank stays free before the next machine."""
    (row,) = title(frame, 1, width, active=True)
    words = text(row)

    assert len(words) < max(width, 31)
    assert "protected" in words
    for name in ("crashes", "deaths", "boot", "ring"):
        if name in words:
            assert words.partition(name)[2].split()[0].isdigit()


def test_a_wide_title_says_all(frame: Frame) -> None:
    """In this order."""
    (row,) = title(frame, 1, 140, active=False)
    words = text(row)
    said = (
        "● protected",
        "sensor in ring 0",
        r"\d\.\d ms unprotected in all",
        "crashes 0",
    )
    more = ("boot 1", "deaths 0", r"up \d+\.\d ms", "content v1")

    assert re.search(".*".join((*said, *more)), words)


@pytest.mark.parametrize("height", range(2, 16))
def test_both_floors_stay_in_the_building(frame: Frame, height: int) -> None:
    """Walls and crossings go first; the kernel and the sensor are always there."""
    rows = [text(row) for row in building(frame, 40, height)]
    basement = next(n for n, row in enumerate(rows) if "ring 0, basement" in row)

    assert len(rows) <= height
    assert "kernel" in rows[basement + 1]
    if height >= 4:
        assert "ring 3, upstairs" in rows[0]
    if height >= 5:
        assert "sentinel.sys ◆ sensor" in " ".join(rows[basement:])
        assert "↓" in "".join(rows)


def test_the_theme_of_the_interface_is_one_of_its_names() -> None:
    """What `--theme` is checked against is what the application has."""
    assert set(themes.names()) <= set(MiniosApp(automatic=False).available_themes)


def _contrast(one: Color, other: Color) -> float:
    """The contrast ratio of WCAG 2.2: from 1 to 21."""
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    linear = (
        it / 12.92 if it <= 0.04045 else float(((it + 0.055) / 1.055) ** 2.4)
        for it in colour.normalized
    )
    return float(sum(map(mul, (0.2126, 0.7152, 0.0722), linear)))


@pytest.mark.parametrize("theme", themes.names())
def test_our_colours_can_be_read_in_every_theme(theme: str) -> None:
    """3 is the least contrast that WCAG 2.2 allows (1.4.11); ours have 4.5 (1.4.3)."""
    known = MiniosApp(automatic=False).available_themes[theme]
    of_terminal = ("#000000", "#000000") if known.dark else ("#ffffff", "#ffffff")
    system = known.to_color_system().generate()
    grounds = (system["background"], system["surface"])
    least = 4.5 if theme.startswith("minios") else 3

    for ground in of_terminal if theme.startswith("ansi") else grounds:
        for name, colour in (themes.variables_for(known) | known.variables).items():
            if name in themes.VARIABLES:
                ratio = _contrast(Color.parse(colour), Color.parse(ground))
                assert ratio >= least, (name, ground)


def test_a_light_theme_of_textual_has_our_light_colours() -> None:
    """Chosen while the lab is open; then a dark one again."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        for theme, own in (("textual-light", "minios-light"), ("nord", "minios")):
            app.theme = theme
            await pilot.pause()
            expected = app.available_themes[own].variables
            assert expected.items() <= app.theme_variables.items()

    play(walk)


@pytest.mark.parametrize("width", [14, 16, 18, 30])
def test_a_restart_is_told_in_words_that_fit(width: int) -> None:
    """Fewer words where it is narrow; the seconds are never lost."""
    part = MachinePart(
        "sentinel.ext", 3, State.DIED, since=0, until=16_000_000_000, starts=3
    )

    words = part.words(0, width)

    assert words.endswith("in 16 s")
    assert len(words) <= width


def test_a_row_of_the_guest_that_goes_on_to_the_right_is_marked() -> None:
    """At sixty columns its long lines end in a sign, the short ones do not."""

    async def walk(_pilot: Pilot[None], app: MiniosApp) -> None:
        screen = app.screen.query(GuestScreen).first()
        rows = [screen.render_line(y).text for y in range(screen.size.height)]
        memory = screen.frame.screen if screen.frame else b""
        top = first_row(memory, screen.size.height)
        cut = [
            bool(memory[(top + y) * 160 + 120 : (top + y + 1) * 160 : 2].strip(b"\0 "))
            for y in range(len(rows))
        ]
        assert any(cut)
        assert not all(cut)
        assert [row.endswith("»") for row in rows] == cut

    play_from(up, walk, card=TWO, size=(120, 40))


def test_a_line_that_is_too_long_is_marked_and_can_be_followed() -> None:
    """The arrows move along it to its end, and the sign goes."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space", "i", "i")
        await ticks(pilot, app, 1)
        pane = app.screen.query(PagesView).first()
        long = [row for row, it in enumerate(pane._lines) if length(it) > pane.cells]
        assert long
        y = long[0]
        assert pane.render_line(y).text.endswith("»")
        pane.focus()
        for _ in range(10):
            await pilot.press("right")
        widest = max(map(length, pane._lines))
        assert pane.left == widest - pane.cells
        assert not any(pane.render_line(n).text.endswith("»") for n in range(7))
        for _ in range(10):
            await pilot.press("left")
        assert pane.left == 0

    play_from(up, walk, card=TWO, size=(80, 24))


@pytest.mark.parametrize(
    "size", [(40, 10), (80, 24), (120, 40), (200, 50)], ids=lambda size: f"{size[0]}"
)
def test_no_line_is_cut_without_a_sign(size: tuple[int, int]) -> None:
    """Nor hidden behind a scroll bar: a number without its end reads as another one."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space")
        for _ in range(5):
            rows = shown(app).splitlines()
            for pane in app.screen.query(Pane):
                if pane.region.area and not isinstance(pane, GuestScreen):
                    _check_cuts(pane, rows)
            await pilot.press("i")
            await ticks(pilot, app, 1)
            await pilot.pause()

    play_from(up, walk, card=TWO, size=size)


def _check_cuts(pane: Pane, rows: list[str]) -> None:
    inside = pane.scrollable_content_region
    top = pane.scroll_offset.y
    for y in range(inside.height):
        if isinstance(pane, TimelineList):
            if top + y >= len(pane.timeline.entries):
                break
            drawn = text(pane.draw_entry(top + y, inside.width))
        elif top + y < len(pane._lines):
            drawn = text(pane._lines[top + y])
        else:
            break
        seen = rows[inside.y + y][inside.x : inside.right]
        if len(drawn) > inside.width:
            assert seen == f"{drawn[: inside.width - 1]}»", pane
        else:
            assert seen.rstrip() == drawn.rstrip(), pane


def test_the_words_of_a_lane_end_in_a_sign() -> None:
    """Where the lane is narrower than they are."""
    said = Said(1, "■", "bad", "it stopped, and said why in very many words" * 3, True)

    row = text(entry(said, 0, ("windows", "macos"), 140, selected=False))

    assert row[: len(row) // 2 + 10].rstrip(" │").endswith("»")


def test_a_line_of_the_timeline_can_be_followed_to_its_end() -> None:
    """As in any other pane."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space")
        timeline = app.screen.query_one(TimelineList)
        timeline.focus()
        cut = [
            y
            for y in range(timeline.size.height)
            if timeline.render_line(y).text.endswith("»")
        ]
        assert cut
        for _ in range(20):
            await pilot.press("right")
        rows = [timeline.render_line(y).text for y in range(timeline.size.height)]
        assert not any(row.endswith("»") for row in rows)
        assert max(len(row.rstrip()) for row in rows) == timeline.cells

    play_from(up, walk, card=TWO, size=(60, 24))


def test_the_chosen_event_stays_in_view_in_a_lower_terminal() -> None:
    """It is what the explanation and the way back are about."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space", "t")
        timeline = app.screen.query_one(TimelineList)
        assert timeline.cursor is not None
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert timeline.cursor >= timeline.size.height
        assert 0 <= timeline.cursor - timeline.scroll_offset.y < timeline.size.height

    play_from(up, walk, card=TWO)


@pytest.mark.parametrize(
    ("name", "size"), [("two-worlds", (120, 40)), ("free-play", (200, 50))]
)
def test_screens_beside_each_other_do_not_run_into_each_other(
    name: str, size: tuple[int, int]
) -> None:
    """A blank between their rows, and between their titles."""

    async def walk(_pilot: Pilot[None], app: MiniosApp) -> None:
        rows = shown(app).splitlines()
        screens = [*app.screen.query(GuestScreen)]
        for left, right in pairwise(screens):
            assert left.region.right < right.region.x
            for y in range(left.region.y, left.region.bottom):
                assert not rows[y][left.region.right : right.region.x].strip()

    play_from(up, walk, card=catalogue.find(name), size=size)


def test_forty_columns_have_the_keys_for_help_and_to_leave() -> None:
    """Whoever knows these two finds all others."""

    async def walk(_pilot: Pilot[None], app: MiniosApp) -> None:
        keys = [place.binding.key for place in footer(app)]
        assert keys == ["p", "w", "question_mark", "q"]

    play_from(up, walk, card=TWO, size=(40, 10))
