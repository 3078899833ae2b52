"""Who gets the room: a page of the inspector that was asked for, before all else.

Deep: at each of 37 heights everything is laid out anew, twice. The usual tests take
the lowest, the highest, and the two between which the rules change, in the narrower
width. One machine alone is looked at in the smallest size, or in two sizes where it is
compared with all; notices and reasons in the smallest size and in the largest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest
from textual.pilot import Pilot
from textual.widgets._toast import Toast

from minios.lab.protection import Protection
from minios.session import catalogue
from minios.session.frames import Frame
from minios.session.orders import RunTo
from minios.session.session import Session
from minios.session.status import State
from minios.session.worker import InlinePlayer
from minios.tui.app import MiniosApp
from minios.tui.drawing.lines import plain
from minios.tui.drawing.status import title
from minios.tui.pages.clients import ClientsView
from minios.tui.pages.code import CodeView, Registers, WalkView
from minios.tui.pages.doors import DoorsView
from minios.tui.pages.kernel import PortsView, ThreadsView
from minios.tui.pages.lamps import LampsView
from minios.tui.pages.tables import DescriptorsView, MemoryView, PagesView
from minios.tui.screens.lab import SHORT_BELOW
from minios.tui.screens.why import WhyPane, WhyScreen
from minios.tui.widgets.guest_screen import GuestScreen
from minios.tui.widgets.key_bar import KeyBar
from minios.tui.widgets.machine_panel import MachinePanel
from minios.tui.widgets.pane import FramePane
from minios.tui.widgets.ring_view import RingView
from tests.tui import virtual_time
from tests.tui.stage import play_from, suffered, up
from tests.tui.walking import Size, lab_of, shown, ticks

TWO = catalogue.find("two-worlds")
FREE = catalogue.find("free-play")
PAGES: Final[tuple[tuple[type[FramePane], ...], ...]] = (
    (Registers, CodeView, WalkView),
    (PagesView, DescriptorsView, MemoryView),
    (ThreadsView, PortsView),
    (DoorsView,),
    (LampsView,),
    (ClientsView,),
)
# Rows of content that a pane has at least.
LEAST: Final[dict[type[FramePane], dict[Size, int]]] = {
    Registers: {(80, 24): 7, (120, 40): 7, (200, 60): 13},
    CodeView: {(80, 24): 14, (120, 40): 8, (200, 60): 24},
    WalkView: {(80, 24): 6, (120, 40): 6, (200, 60): 6},
    PagesView: {(80, 24): 7, (120, 40): 7, (200, 60): 14},
    DescriptorsView: {(80, 24): 7, (120, 40): 7, (200, 60): 14},
    MemoryView: {(80, 24): 5, (120, 40): 7, (200, 60): 10},
    ThreadsView: {(80, 24): 14, (120, 40): 20, (200, 60): 26},
    PortsView: {(80, 24): 14, (120, 40): 20, (200, 60): 26},
    DoorsView: {(80, 24): 14, (120, 40): 15, (200, 60): 15},
    LampsView: {(80, 24): 5, (120, 40): 5, (200, 60): 5},
    ClientsView: {(80, 24): 5, (120, 40): 5, (200, 60): 5},
}
# The same of the first page at every height: in a terminal that has two rows of keys,
# and in those that have not.
LEAST_ROWS: Final[dict[type[FramePane], int]] = {
    Registers: 4,
    CodeView: 6,
    WalkView: 5,
}
LEAST_IN_FEW_ROWS: Final[dict[type[FramePane], int]] = {
    Registers: 2,
    CodeView: 4,
    WalkView: 4,
}
SIZES: Final = [(80, 24), (120, 40), (200, 60)]
MORE_SIZES: Final = [*SIZES, (132, 43), (160, 45)]
DEEP: Final = [pytest.mark.deep]


def named(size: Size) -> str:
    """A size as the name of a test."""
    return f"{size[0]}x{size[1]}"


def rows_of(pane: FramePane) -> list[str]:
    """The rows with a text that can be seen: no pane lies behind an edge."""
    if not pane.region.area:
        return []
    assert pane.screen.find_widget(pane).visible_region == pane.region
    rows = [pane.render_line(y).text.rstrip() for y in range(pane.size.height)]
    return [row for row in rows if row]


def panels(app: MiniosApp) -> list[MachinePanel]:
    """Those of the machines that are shown."""
    return [it for it in app.screen.query(MachinePanel) if it.region.area]


async def inspect(
    pilot: Pilot[None], app: MiniosApp, *, alone: bool, pages: int = len(PAGES)
) -> list[dict[type[FramePane], list[str]]]:
    """The pages after a step, the rows of each pane; one dictionary a machine."""
    await pilot.press("space", "n")  # a step opens the first page
    if alone:
        await pilot.press("z")
    found: list[dict[type[FramePane], list[str]]] = [{} for _ in panels(app)]
    for number, page in enumerate(PAGES[:pages]):
        if number:
            await pilot.press("i")
        await ticks(pilot, app, 1)
        await pilot.pause()
        for rows, panel in zip(found, panels(app), strict=True):
            rows |= {kind: rows_of(panel.query_one(kind)) for kind in page}
    return found


# ---- The inspector.


def with_one_alone(sizes: Sequence[Size]) -> list[object]:
    """All machines, and one alone, in each of these sizes."""
    return [
        pytest.param(
            size,
            alone,
            id=f"{named(size)}-{'z' if alone else 'all'}",
            marks=DEEP * (size in MORE_SIZES[3:] or (alone and size != sizes[0])),
        )
        for size in sizes
        for alone in (False, True)
    ]


@pytest.mark.parametrize(("size", "alone"), with_one_alone(SIZES))
def test_every_pane_of_every_page_has_rows_of_content(size: Size, alone: bool) -> None:
    """As many as teach something; of every machine that is shown."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        found = await inspect(pilot, app, alone=alone)
        assert len(found) == (1 if alone or size[0] < 100 else 2)
        for rows in found:
            too_few = {
                kind.__name__: (len(rows[kind]), least[size])
                for kind, least in LEAST.items()
                if len(rows[kind]) < least[size]
            }
            assert not too_few

    play_from(up, walk, card=TWO, size=size)


@pytest.mark.parametrize(("size", "alone"), with_one_alone([*MORE_SIZES, (100, 30)]))
def test_the_first_page_says_where_the_cpu_is(size: Size, alone: bool) -> None:
    """What has changed, the next instruction with neighbours, its source, the walk."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        found = await inspect(pilot, app, alone=alone, pages=1)
        for panel, rows in zip(panels(app), found, strict=True):
            frame = lab_of(app).conductor.frames[panel.number]
            _check_registers(frame, rows[Registers])
            _check_code(frame, rows[CodeView])
            walked = rows[WalkView]
            assert walked[0].startswith("page walk of")
            assert any("PML4" in row for row in walked)
            assert "allowed" in walked[-1]

    play_from(up, walk, card=TWO, size=size)


def _check_registers(frame: Frame, rows: list[str]) -> None:
    seen = " ".join(rows)
    assert f"{frame.registers['rip']:016x}" in seen
    assert f"cs {frame.registers['cs']:#x} (ring 0)" in seen
    if frame.world != "windows":  # the one that has made the step
        return
    assert frame.changed
    for name in frame.changed - {"rflags"}:
        assert f"{name:3} {frame.registers[name]:016x}*" in seen


def _check_code(frame: Frame, rows: list[str]) -> None:
    at = [n for n, row in enumerate(rows) if row.startswith("→ ")]
    instruction, source = at
    assert f"→ {frame.registers['rip']:x} " in rows[instruction]
    mnemonic = next(it for it in frame.code.lines if it.is_next).instruction.text
    assert mnemonic.split()[0] in rows[instruction]
    for neighbour in (rows[instruction - 1], rows[instruction + 1]):
        assert neighbour.startswith("  ffffffff")
    next_line = next(it for it in frame.code.source if it.is_next)
    assert f"→ {next_line.number:4} " in rows[source]
    assert next_line.text.split()[0] in rows[source]


@pytest.mark.parametrize(
    ("size", "worlds"),
    [
        ((80, 24), "two-worlds"),
        ((120, 40), "two-worlds"),
        ((160, 45), "two-worlds"),
        ((200, 60), "two-worlds"),
        ((120, 40), "free-play"),
        ((200, 60), "free-play"),
    ],
)
def test_no_figure_is_missing_for_want_of_room(size: Size, worlds: str) -> None:
    """Of each machine in its title; of each that is shown, who runs in which room.

    Rooms with several rows also say what the sensor reads, and titles which boot it is.
    """

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.resize_terminal(*size)
        await pilot.pause()
        frames = lab_of(app).conductor.frames
        seen = shown(app)
        number = len(frames)
        for figure in ("crashes 0 ", "● protected  sensor in ring ", " ms unprotected"):
            assert seen.count(figure) == number, figure
        for panel in panels(app):
            parts = frames[panel.number].status.parts
            running = [it.name for it in parts if it.state is State.RUNNING]
            assert "init" in running
            drawn = " ".join(rows_of(panel.rings))
            missing = {it for it in running if not re.search(f"[●▶] {it}", drawn)}
            assert missing == set()
            assert "◆ sensor" in drawn
            if worlds == "two-worlds" and size != (80, 24):
                assert "reads C-000291.SYS" in drawn
                assert seen.count("boot 1 ") >= len(panels(app))

    play_from(up, walk, card=catalogue.find(worlds), size=SIZES[-1])


@pytest.mark.parametrize(
    "heights",
    [
        pytest.param((24, SHORT_BELOW - 1, SHORT_BELOW, 60), id="some"),
        pytest.param(range(24, 61), id="every", marks=pytest.mark.deep),
    ],
)
@pytest.mark.parametrize(
    ("card", "width"),
    [
        *((TWO, 120), (FREE, 120)),
        *(pytest.param(card, 200, marks=pytest.mark.deep) for card in (TWO, FREE)),
    ],
    ids=lambda it: getattr(it, "name", it),
)
def test_the_first_page_is_whole_at_every_height(
    card: catalogue.LabCard, width: int, heights: Sequence[int]
) -> None:
    """Whatever else there is: titles in one row or in four, the past, the keys."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space", "i")
        for height in heights:
            await pilot.resize_terminal(width, height)
            least = LEAST_ROWS if height >= SHORT_BELOW else LEAST_IN_FEW_ROWS
            for _ in ("all", "z"):
                await pilot.press("z")
                await pilot.pause()
                for panel in panels(app):
                    rows = {kind: whole_rows(panel, kind) for kind in PAGES[0]}
                    too_few = {it.__name__ for it in rows if rows[it] < least[it]}
                    assert not too_few, (height, rows)
                    whole_rows(panel, GuestScreen)
                    whole_rows(panel, RingView)

    play_from(up, walk, card=card, size=SIZES[-1])


def whole_rows(panel: MachinePanel, kind: type[FramePane]) -> int:
    """The rows inside of a pane, which lies with its edges inside of its machine."""
    pane = panel.query_one(kind)
    if pane.region.area:
        assert panel.region.contains_region(pane.region), kind
        assert panel.screen.find_widget(pane).visible_region == pane.region, kind
    return pane.size.height if pane.region.area else 0


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param((SIZES[0], SIZES[-1]), id="some"),
        pytest.param(MORE_SIZES, id="more", marks=pytest.mark.deep),
    ],
)
def test_one_machine_alone_never_has_fewer_rows(sizes: Sequence[Size]) -> None:
    """Z is for more room: in every pane, at every size."""

    def heights(app: MiniosApp) -> dict[str, int]:
        panel = panels(app)[0]
        kinds: list[type[FramePane]] = [GuestScreen, *(it for p in PAGES for it in p)]
        panes = [panel.query_one(kind) for kind in kinds]
        return {type(it).__name__: it.size.height for it in panes if it.region.area}

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space")
        for size in sizes:
            await pilot.resize_terminal(*size)
            for number in range(1 + len(PAGES)):
                await pilot.pause()
                before = heights(app)
                await pilot.press("z")
                await pilot.pause()
                after = heights(app)
                fewer = {it for it, rows in before.items() if after.get(it, 0) < rows}
                assert not fewer, (number, size)
                await pilot.press("z", "i")
            while lab_of(app).page:
                await pilot.press("i")

    play_from(up, walk, card=TWO, size=SIZES[-1])


@pytest.mark.parametrize("page", range(len(PAGES)))
def test_a_page_has_content_on_forty_by_ten(page: int) -> None:
    """One machine at a time, without its timeline; at least a row in each pane."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space", *["i"] * (page + 1))
        await ticks(pilot, app, 1)
        await pilot.pause()
        (panel,) = panels(app)
        assert panel.size.height >= 7
        for kind in PAGES[page]:
            if kind is not WalkView:
                assert len(rows_of(panel.query_one(kind))) >= 2, kind
        if page == 0:
            code = rows_of(panel.query_one(CodeView))
            rip = lab_of(app).conductor.frames[0].registers["rip"]
            assert any(f"→ {rip:x}" in row for row in code)

    play_from(up, walk, card=TWO, size=(40, 10))


# ---- Titles and parts.


@pytest.fixture(scope="module")
def frame() -> Frame:
    """A machine that is up, in numbers that need room."""
    session = Session("windows")
    try:
        up = session.do(RunTo(20_000_000))
    finally:
        session.close()
    hard = replace(
        up.status,
        boot=13,
        crashes=12,
        deaths=11,
        mode="last good",
        protection=Protection(),
        content="C-000291.SYS version 3",
    )
    return replace(up, status=hard, t=up.status.booted_at + 95_400_000_000)


@pytest.mark.parametrize(
    ("width", "rows"), [(50, 2), (60, 2), (66, 2), (80, 1), (100, 1), (200, 1)]
)
def test_a_title_has_all_that_matters(frame: Frame, width: int, rows: int) -> None:
    """In every layout: the light, where the sensor is, for how long there was none."""
    drawn = title(frame, 2, width, active=True, rows=rows)
    words = plain(drawn)

    assert len(drawn) <= rows
    assert all(len(row) < width for row in words.splitlines())
    for said in ("windows", "UNPROTECTED for ", "sensor in ring 0", " in all"):
        assert said in words
    if rows > 1 or width > 80:
        assert "crashes 12" in words
    if width > (50 if rows > 1 else 100):
        assert " unprotected in all" in words


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.RUNNING, "sensor in ring 0  "),
        (State.DIED, "sensor in ring 0  "),  # the light says that nothing protects
        (State.GAVE_UP, "sensor in ring 0 given up  "),
        (State.ENDED, "sensor in ring 0 ended  "),
    ],
)
def test_a_sensor_that_is_not_started_again_is_not_said_to_be_there(
    frame: Frame, state: State, words: str, width: int
) -> None:
    """The title says what has become of it."""
    sensor = frame.status.sensor
    assert sensor is not None
    gone = replace(frame, status=frame.status.put(replace(sensor, state=state)))

    assert words in plain(title(gone, 1, width, active=True))


# ---- What lies over it.


@pytest.mark.parametrize("card", [TWO, FREE], ids=lambda card: card.name)
@pytest.mark.parametrize(
    "size",
    [SIZES[0], pytest.param(SIZES[1], marks=pytest.mark.deep), SIZES[2]],
    ids=named,
)
def test_a_notice_hides_neither_titles_nor_timeline_nor_keys(
    size: Size, card: catalogue.LabCard
) -> None:
    """It lies over the machines, which go on."""
    app = MiniosApp(card, automatic=False, factory=InlinePlayer)

    async def walk() -> None:
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            await ticks(pilot, app, 3)
            await pilot.press("w")
            for _ in range(3):
                await pilot.pause()
            notice = app.screen.query_one(Toast).region
            assert notice.area
            assert "Nothing has gone wrong yet" in shown(app)
            others = [*app.screen.query("TitleBar, #clock, #timeline, TrackBar")]
            others += [app.screen.query_one(KeyBar)]
            assert not any(notice.overlaps(it.region) for it in others)

    virtual_time.run(walk())


# ---- Why.


def roles_of(pane: WhyPane, role: str) -> list[str]:
    """The rows that begin with this role."""
    return [row[0].text for row in pane._lines if row and row[0].role == role]


@pytest.mark.parametrize(
    "size",
    [(200, 50), pytest.param((120, 40), marks=pytest.mark.deep), (80, 24)],
    ids=named,
)
def test_why_begins_with_the_answer_and_goes_deeper_by_a_key(size: Size) -> None:
    """The answer can be read without scrolling, alone where there is little room."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, WhyScreen)
        pane = app.screen.query_one(WhyPane)
        assert pane.max_scroll_y == 0
        text = " ".join(plain(pane._lines).split())
        assert "In windows the machine stopped, because the fault was in the ke" in text
        assert "so only that process ended." in text
        assert pane.shown == (1 if size == (80, 24) else 2)
        assert ("d Deeper" in shown(app), "Less" in shown(app)) == (
            True,
            pane.shown > 1,
        )
        while pane.shown < len(pane.depths):
            await pilot.press("d")
            await pilot.pause()
        assert "d Deeper" not in shown(app)
        assert plain(pane._lines).count("field 21 of a pipe event") == 1
        for key in ("left", "left"):
            await pilot.press(key)
            await pilot.pause()
        assert pane.shown == 1
        assert "field 21" not in shown(app)

    play_from(suffered, walk, card=TWO, size=size)


@pytest.mark.parametrize("size", [(200, 50), (80, 24)], ids=named)
def test_it_can_always_be_seen_whose_evidence_it_is(size: Size) -> None:
    """Each heading names the machine; there is a column for each if there is room."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("w", "d", "d")
        await pilot.pause()
        pane = app.screen.query_one(WhyPane)
        found = roles_of(pane, "heading")
        worlds = ("both worlds", "windows", "macos")
        assert all(it.rstrip().endswith(worlds) for it in found)
        rows = plain(pane._lines).splitlines()
        beside = [row for row in rows if row.count("What the kernel did") == 2]
        assert len(beside) == (size != (80, 24))

    play_from(suffered, walk, card=TWO, size=size)
