"""Tables, memory, breakpoints, palette and progress."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from minios.errors import ScenarioError
from minios.lab import milliseconds
from minios.lab.events import DeathEvent
from minios.session import catalogue
from minios.session.addresses import address_of
from minios.session.files import Files, Progress
from minios.session.orders import Look, RunTo
from minios.session.panes.tables import TABLES_READ
from minios.session.session import Session
from minios.session.tables import region
from minios.tui.app import MiniosApp
from minios.tui.capture import as_text
from minios.tui.screens.dialogs import AddressScreen, ErrorScreen
from minios.tui.screens.start import StartScreen
from minios.tui.screens.why import WhyScreen
from minios.tui.widgets.timeline_list import TimelineList
from tests.tui.stage import play_from, suffered, up
from tests.tui.walking import lab_of, play, ticks, words

MACOS = catalogue.find("macos")


def test_the_tables_of_the_guest_are_decoded() -> None:
    """Nothing of the kernel is open to ring 3; #BP may be asked for from there."""
    session = Session("macos")
    session.do(RunTo(milliseconds(10)))
    frame = session.do(Look(("tables",)))

    found = TABLES_READ.of(frame)
    assert found is not None
    pages = [row for row in found.tree if row.table is None]
    kernel = [row for row in pages if region(row.start) == "kernel"]
    assert kernel
    assert not any(row.rights.endswith("u") for row in kernel)
    assert not any("wx" in row.rights for row in pages)
    assert any("code 64-bit, DPL 3" in row for row in found.gdt)
    assert any("#BP" in row and "DPL 3" in row for row in map(str, found.gates))
    assert any("#PF" in row and "DPL 0" in row for row in map(str, found.gates))
    assert any(row.startswith("IST1") for row in found.tss)
    assert all(piece.rights == "rw--" for piece in found.memory if piece.data)
    session.close()


def test_tables_are_read_only_while_somebody_looks() -> None:
    """And memory that is not mapped is said to be so."""
    session = Session("macos")
    session.do(RunTo(milliseconds(10)))
    assert TABLES_READ.of(session.frame()) is None
    frame = session.do(Look(("tables",), address=0xFFFF840500000074))

    found = TABLES_READ.of(frame)
    assert found is not None
    assert all(piece.data is None for piece in found.memory)
    assert TABLES_READ.of(session.do(Look())) is None
    session.close()


def test_an_address_is_a_sum_of_registers_and_numbers() -> None:
    """Anything else is refused."""
    registers = {"rdi": 0x1000, "rsp": 5}

    assert address_of("rdi+0xa0", registers) == 0x10A0
    assert address_of("4096", registers) == 4096
    assert address_of("RSP", registers) == 5
    assert address_of("here", registers) is None
    assert address_of("", registers) is None


def test_memory_at_an_address_is_shown() -> None:
    """G asks, and the direct map shows the text screen's own bytes."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("g")
        await pilot.pause()
        assert isinstance(app.screen, AddressScreen)
        app.screen.query_one(Input).value = "0xffff8000000b8000"
        await pilot.press("enter")
        await ticks(pilot, app, 1)
        assert "m·i·n·i·" in as_text(app.screen)

    play_from(up, walk, card=MACOS)


def test_time_stands_still_at_what_was_chosen() -> None:
    """Any crossing of the rings: the run stops right there, again and again."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("o")
        await pilot.pause()
        assert "[ ] any crossing" in as_text(app.screen)
        await pilot.press("space")
        await pilot.pause()
        assert "[x] any crossing" in as_text(app.screen)
        await pilot.press("escape")
        await pilot.pause()
        lab = lab_of(app)
        (before,) = lab.conductor.frames
        await ticks(pilot, app, 12)
        assert not lab.conductor.running
        assert "a crossing of the rings in macos" in lab.conductor.stopped_by
        (after,) = lab.conductor.frames
        crossings = [sum(it.crossings.counts.values()) for it in (before, after)]
        assert crossings[1] == crossings[0] + 1

    play_from(up, walk, card=MACOS)


def test_the_screen_can_be_saved_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside what was saved before."""
    monkeypatch.chdir(tmp_path)

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 2)
        app.action_save_text()
        app.action_save_text()

    play(walk, card=MACOS)
    saved = sorted(path.name for path in tmp_path.iterdir())
    assert saved == ["minios-screen-1.txt", "minios-screen-2.txt"]
    assert "Ring 3 alone" in (tmp_path / saved[0]).read_text()


def test_progress_is_remembered_and_never_goes_back(tmp_path: Path) -> None:
    """Opening a lab again does not undo a goal."""
    first = Progress(tmp_path)
    first.note("macos", ["restart"])
    first.note("macos")

    assert Progress(tmp_path).goals("macos") == {"restart"}
    assert Progress(tmp_path).goals("windows") == frozenset()


def test_two_that_run_at_once_keep_each_others_progress(tmp_path: Path) -> None:
    """The one that started first does not know what the other has written."""
    first, second = Progress(tmp_path), Progress(tmp_path)
    second.note("windows", ["recovery", "safe"])
    first.note("windows", ["last-good"])
    first.note("macos")

    assert Progress(tmp_path).goals("windows") == {"recovery", "safe", "last-good"}
    assert Progress(tmp_path).words(MACOS) == "opened before"


def test_progress_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """It kept a word for each lab; goals come beside what is known."""
    (tmp_path / "labs.json").write_text('{"macos": "explained", "loop": "opened"}')
    progress = Progress(tmp_path)
    progress.note("macos", ["restart"])

    assert Progress(tmp_path).words(MACOS) == "1 of 5 goals reached"
    assert Progress(tmp_path).words(catalogue.find("loop")) == "opened before"


@pytest.mark.parametrize("text", ["nonsense", "[]", '{"a":' * 50_000])
def test_broken_progress_counts_as_none(tmp_path: Path, text: str) -> None:
    """A file of nonsense is no error, however deep it is."""
    (tmp_path / "labs.json").write_text(text)

    assert Progress(tmp_path).words(MACOS) == ""


def test_the_start_screen_shows_how_far_one_came(tmp_path: Path) -> None:
    """After leaving a lab."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 1)
        await pilot.press("q")
        await pilot.pause()
        assert "opened before" in as_text(app.screen)

    play(walk, card=MACOS)
    assert not list(tmp_path.iterdir())


def is_death(timeline: TimelineList) -> bool:
    """Whether the chosen entry is the death of a process."""
    chosen = timeline.chosen
    assert chosen is not None
    return not chosen.is_mark and isinstance(timeline.event(chosen), DeathEvent)


def test_to_have_a_chosen_entry_explained_is_to_ask_why() -> None:
    """Not the latest misfortune alone."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("t", "home")
        timeline = app.screen.query_one(TimelineList)
        while not is_death(timeline):
            await pilot.press("down")
        await pilot.press("enter")
        assert isinstance(app.screen, WhyScreen)
        assert "why" in lab_of(app).goals.names

    play_from(suffered, walk, card=catalogue.find("two-worlds"))


def test_the_last_visit_can_be_played_again(tmp_path: Path) -> None:
    """Push, leave, choose the visit: the same comes by itself."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await pilot.press("p", "enter")
        await ticks(pilot, app, 30)
        await pilot.press("q")
        await pilot.pause()
        assert "your last visit" in as_text(app.screen)
        await pilot.press("up", "enter")
        await pilot.pause()
        await ticks(pilot, app, 33)
        (frame,) = lab_of(app).conductor.frames
        assert frame.status.deaths >= 1

    play(walk, card=MACOS, files=Files(visits=tmp_path), size=(100, 60))


def test_a_damaged_visit_is_told_in_a_dialog(tmp_path: Path) -> None:
    """No traceback, and the program goes on."""
    (tmp_path / "macos.jsonl").write_text("nonsense")

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("up", "enter")
        await pilot.pause()
        assert isinstance(app.screen, ErrorScreen)
        assert "is not a recording" in words(app)  # folded where the path is long
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, StartScreen)

    play(walk, files=Files(visits=tmp_path), size=(100, 60))


def test_a_mistake_that_nobody_caught_ends_with_a_sentence() -> None:
    """And with the exit code of a mistake."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        del pilot
        app._handle_exception(ScenarioError("this cannot be"))

    assert play(walk).return_code == 2


def test_without_colours_everything_is_grey(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR: the signs and words remain."""
    monkeypatch.setenv("NO_COLOR", "1")

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        assert app.no_color
        text = as_text(app.screen)
        assert "● protected" in text
        assert "ring 0, basement" in text

    play(walk, card=MACOS)


def test_a_page_restyles_all_that_it_changes() -> None:
    """The whole style sheet, applied anew, finds nothing to do: at every size."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        for size in ((200, 50), (120, 40), (80, 24), (40, 10)):
            await pilot.resize_terminal(*size)
            for _ in range(2):  # opened, and closed again
                await pilot.press("d")
                nodes = list(app.screen.walk_children())
                before = [it.styles.css for it in nodes]
                app.stylesheet.update(app.screen)
                assert [it.styles.css for it in nodes] == before, size

    play_from(up, walk, card=catalogue.find("two-worlds"))
