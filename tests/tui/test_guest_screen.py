"""The guest's own screen: its colours, and which part of it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.color import Color
from textual.pilot import Pilot

from minios.devices.text_screen import COLUMNS, PALETTE, ROWS
from minios.lab import content_files, milliseconds
from minios.lab.inputs import Push
from minios.session import catalogue
from minios.session.frames import Frame
from minios.session.orders import RunTo, Step
from minios.session.session import Session
from minios.tui.app import MiniosApp
from minios.tui.widgets.guest_screen import (
    GuestScreen,
    first_row,
    row_segments,
    used_rows,
)
from tests.tui.stage import play_from, up
from tests.tui.walking import Size, lab_of

TWO = catalogue.find("two-worlds")
STOP_CODE = b"Stop code:"


def cells(*runs: tuple[str, int]) -> bytes:
    """A row of text memory: texts with their attributes."""
    row = b"".join(
        bytes((code, attribute))
        for text, attribute in runs
        for code in text.encode("cp437")
    )
    return row + b" \x07" * (COLUMNS - len(row) // 2)


def screen_of(rows: dict[int, str]) -> bytes:
    """A screen with these rows, the others empty."""
    return b"".join(cells((rows.get(row, ""), 0x07)) for row in range(ROWS))


def pane_of(app: MiniosApp, number: int = 0) -> GuestScreen:
    """The screen of a machine."""
    return list(app.screen.query(GuestScreen))[number]


def rows_of(pane: GuestScreen) -> list[str]:
    """What can be seen of it."""
    return [pane.render_line(y).text for y in range(pane.size.height)]


@pytest.fixture(scope="module")
def stopped() -> Iterator[Frame]:
    """A machine with its blue screen."""
    session = Session("windows")
    session.do(RunTo(milliseconds(20)))
    session.do(Push(content_files.find("channel-291-bad")))
    for _ in range(200):
        frame = session.do(Step("event"))
        if frame.status.stopped:
            break
    yield session.do(Step("event"))
    session.close()


# ---- Colours.


@pytest.mark.parametrize("background", range(8))
@pytest.mark.parametrize("foreground", range(16))
def test_an_attribute_is_two_colours_of_the_palette(
    foreground: int, background: int
) -> None:
    """Low four bits in front, the next three behind; bit 7 would blink."""
    for blink in (0, 0x80):
        attribute = blink | background << 4 | foreground
        segment = row_segments(cells(("x" * COLUMNS, attribute)))[0]

        assert segment.style is not None
        assert segment.style.color == Color.from_rgb(*PALETTE[foreground])
        assert segment.style.bgcolor == Color.from_rgb(*PALETTE[background])


def test_neighbours_of_one_colour_are_one_piece() -> None:
    """And pieces change where the attribute does, though the text goes on."""
    row = cells(("minios", 0x1F), (" is", 0x1F), (" red", 0x4E), ("dy", 0x0A))
    pieces = row_segments(row)

    assert [it.text for it in pieces[:3]] == ["minios is", " red", "dy"]
    colours = [
        (it.style.color, it.style.bgcolor) for it in pieces[:3] if it.style is not None
    ]
    assert colours == [
        (Color.from_rgb(0xFF, 0xFF, 0xFF), Color.from_rgb(0x00, 0x00, 0xAA)),
        (Color.from_rgb(0xFF, 0xFF, 0x55), Color.from_rgb(0xAA, 0x00, 0x00)),
        (Color.from_rgb(0x55, 0xFF, 0x55), Color.from_rgb(0x00, 0x00, 0x00)),
    ]
    assert sum(len(it.text) for it in pieces) == COLUMNS


def test_characters_are_those_of_code_page_437() -> None:
    """Boxes stay boxes; what has no shape is a blank, one cell wide."""
    (piece, *_) = row_segments(cells(("╔═░é", 0x07)))

    assert piece.text.startswith("╔═░é")
    (piece,) = row_segments(bytes((0, 0x07)) * COLUMNS)
    assert piece.text == " " * COLUMNS


def test_the_colours_of_a_real_blue_screen_reach_the_pane(stopped: Frame) -> None:
    """White on blue, in every cell that is shown."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        pane = pane_of(app)
        pane.show(stopped)
        await pilot.pause()
        for y in range(pane.size.height):
            for piece in pane.render_line(y):
                assert piece.style is not None
                assert piece.style.bgcolor == Color.from_rgb(*PALETTE[1])
        text = "\n".join(rows_of(pane))
        assert "Stop code: 0x00000050" in text

    play_from(up, walk, card=TWO, size=(200, 50))


# ---- Which rows.


@pytest.mark.parametrize("height", range(1, ROWS + 1))
def test_the_stop_code_is_in_view_at_every_height(stopped: Frame, height: int) -> None:
    """With the sentence above it from six rows on, and what fits of what follows."""
    code = next(
        row
        for row in range(ROWS)
        if STOP_CODE in stopped.screen[row * 160 : (row + 1) * 160 : 2]
    )
    top = first_row(stopped.screen, height)

    assert top <= code < top + height
    assert top + height <= ROWS
    said = "".join(
        chr(it) for it in stopped.screen[top * 160 : (top + height) * 160 : 2]
    )
    if height >= 6:
        assert "The kernel met a problem and stops the whole machine." in said
    if height >= 14:
        assert used_rows(stopped.screen)[-1] < top + height


def test_the_end_of_a_long_text_is_in_view() -> None:
    """Where nothing has stopped, what was said last matters most."""
    full = screen_of({row: f"row {row}" for row in range(20)})

    assert first_row(full, 6) == 14
    assert first_row(full, 25) == 0
    assert first_row(screen_of({}), 6) == 0
    assert first_row(screen_of({3: "a", 5: "b"}), 6) == 3


@pytest.mark.parametrize(
    ("size", "alone"), [((200, 50), True), ((200, 60), True), ((200, 60), False)]
)
def test_where_there_is_room_the_screen_is_whole(size: Size, alone: bool) -> None:
    """All 25 rows of 80 cells, and no sign that there would be more."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        if alone:
            await pilot.press("z")
            await pilot.pause()
        pane = pane_of(app)
        assert pane.size == (COLUMNS, ROWS)
        assert lab_of(app).region.contains_region(pane.region)
        lower = app.screen.query_one("#timeline").region.y
        assert pane.region.bottom <= lower
        assert pane.border_title == "screen"

    play_from(up, walk, card=TWO, size=size)


def test_the_arrows_show_the_other_rows() -> None:
    """To the first and to the last row; signs say where there is more; end follows."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        pane = pane_of(app)
        assert pane.frame is not None
        text = screen_of({row: f"row {row}" for row in range(20)})
        pane.show(replace(pane.frame, screen=text))
        height = pane.size.height
        assert 3 <= height < 20
        automatic = 20 - height

        def seen() -> tuple[str, str]:
            rows = rows_of(pane)
            return rows[0].split("  ")[0], rows[-1].split("  ")[0]

        assert seen() == (f"row {automatic}", "row 19")
        rows = rows_of(pane)
        assert rows[0].endswith("▲")
        assert not rows[-1].endswith("▼")
        first, last = automatic + 1, automatic + height
        assert pane.border_title == f"screen: rows {first} to {last} of 25"
        pane.focus()
        await pilot.press("up")
        assert seen() == (f"row {automatic - 1}", "row 18")
        assert rows_of(pane)[-1].endswith("▼")
        await pilot.press(*["up"] * 30)
        rows = rows_of(pane)
        assert seen()[0] == "row 0"
        assert not rows[0].endswith("▲")
        assert rows[-1].endswith("▼")
        assert pane.border_title == f"screen: rows 1 to {height} of 25"
        await pilot.press(*["down"] * 40)
        assert pane.border_title == f"screen: rows {26 - height} to 25 of 25"
        more = screen_of({row: f"row {row}" for row in range(22)})
        await pilot.press("end")
        pane.show(replace(pane.frame, screen=more))
        assert seen() == (f"row {22 - height}", "row 21")

    play_from(up, walk, card=TWO, size=(120, 40))


def test_what_was_scrolled_to_stays_while_the_guest_writes() -> None:
    """Only the text changes under the eyes of who reads."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        pane = pane_of(app)
        assert pane.frame is not None
        before = screen_of({row: f"row {row}" for row in range(20)})
        pane.show(replace(pane.frame, screen=before))
        pane.focus()
        await pilot.press("home")
        after = screen_of({row: f"new {row}" for row in range(24)})
        pane.show(replace(pane.frame, screen=after))
        await pilot.pause()
        assert rows_of(pane)[0].startswith("new 0 ")

    play_from(up, walk, card=TWO, size=(120, 40))
