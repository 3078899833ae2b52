"""The six switches on the screen: turned, and answered by real machines."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from minios.errors import ScenarioError
from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.tui.drawing.lines import plain
from minios.tui.drawing.pipeline import file_lines
from minios.tui.screens.pipeline import PipelineScreen
from minios.tutor.pipeline import (
    HISTORICAL,
    Bounds,
    Pipeline,
    Switches,
    pipeline,
    sensors,
)
from tests.tui.places import go_to
from tests.tui.stage import play_from, up
from tests.tui.walking import footer, lab_of, play, shown, small_pipeline, ticks, words

SIZES = [(200, 50), (120, 40), (80, 24)]
TWO = catalogue.find("two-worlds")


async def settled(pilot: Pilot[None], app: MiniosApp) -> str:
    """Until all machines have run; what can be read then."""
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()
    return words(app)


def switches_of(app: MiniosApp) -> Switches:
    """How they stand."""
    assert isinstance(app.screen, PipelineScreen)
    return app.screen.switches


@pytest.mark.parametrize("size", SIZES)
def test_switches_and_machines_are_seen_together(size: tuple[int, int]) -> None:
    """At every size: six switches, both files, a sign for each machine."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, "pipeline")
        told = await settled(pilot, app)
        for name in ("compile-check", "bounds-check", "tests", "validator"):
            assert name in told
        assert "5 pre-release off" in told
        assert "6 rollout off" in told
        assert "✓✓" in told
        assert "✗✗" in told
        assert "0x50" in told
        assert "Found in 2024: When the sensor was compiled" in told
        assert "✗ stopped" in told

    play(walk, size=size)


def test_a_switch_is_turned_by_its_number_or_by_space() -> None:
    """And every file is sent again."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, "pipeline")
        await pilot.press("4")
        told = await settled(pilot, app)
        assert switches_of(app) == Switches(validator=True)
        assert "The validator refuses the file: no machine gets it." in told
        await pilot.press("space", "down", "down", "space")
        told = await settled(pilot, app)
        assert switches_of(app) == Switches(rollout=True)
        assert "1 of 2 machines stops with 0x50" in told
        assert "✗·" in told
        await pilot.press("up", "enter", "0")
        await settled(pilot, app)
        assert switches_of(app) == HISTORICAL

    play(walk)


def test_the_second_switch_has_three_positions() -> None:
    """None, right, wrong: and the wrong one aborts the machines."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, "pipeline")
        await pilot.press("2")
        assert "2 bounds-check right" in await settled(pilot, app)
        await pilot.press("2")
        told = await settled(pilot, app)
        assert switches_of(app) == Switches(bounds_check=Bounds.WRONG)
        assert "but then it aborts" in told
        assert "0x139 KERNEL_SECURITY_CHECK_FAILURE" in told
        await pilot.press("2")
        await settled(pilot, app)
        assert switches_of(app) == HISTORICAL

    play(walk)


def test_the_model_is_changed_and_no_machine_stops() -> None:
    """In ring 3 only the sensor dies."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, "pipeline")
        await pilot.press("m")
        told = await settled(pilot, app)
        assert "macos: third-party code stays in ring 3" in told
        assert "On all 2 machines the sensor dies" in told
        assert "!!" in told
        assert "✗" not in told

    play(walk)


def test_it_opens_from_the_palette_over_a_lab_whose_time_stands_still() -> None:
    """From everywhere, and back to where one was."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        now = lab_of(app).conductor.now
        (command,) = (
            it
            for it in app.get_system_commands(app.screen)
            if it.title.startswith("The six switches")
        )
        command.callback()
        await settled(pilot, app)
        assert isinstance(app.screen, PipelineScreen)
        await ticks(pilot, app, 5)
        assert lab_of(app).conductor.now == now
        assert "escape" in {it.binding.key for it in footer(app)}
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen_stack[-1] is lab_of(app)

    play_from(up, walk, card=TWO)


def test_the_list_of_labs_has_a_line_for_it() -> None:
    """Found by its words, opened by enter."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press(*"repairs of july")
        await pilot.pause()
        assert "The six switches" in words(app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert isinstance(app.screen, PipelineScreen)

    play(walk)


def test_a_machine_that_cannot_run_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The screen stays, and another setting can be tried."""
    own = Pipeline(["channel-291-bad"], machines=1, processes=1)

    def broken(*_: object) -> None:
        raise ScenarioError("there is no room for a machine")

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        app.new_pipeline = lambda: own
        with monkeypatch.context() as patch:
            patch.setattr("minios.tutor.pipeline.runs.work", broken)
            await go_to(pilot, app, "pipeline")
            assert "there is no room for a machine" in await settled(pilot, app)
            assert "?" in shown(app)
        await pilot.press("4")
        told = await settled(pilot, app)
        assert "there is no room" not in told
        assert "The validator refuses the file" in told

    play(walk)


def test_the_newest_setting_counts_if_one_turns_faster_than_machines_run() -> None:
    """Three keys at once: what is shown in the end belongs to the last."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        own = Pipeline(["channel-291-bad"], machines=2, rings=(1,), processes=1)
        app.new_pipeline = lambda: own
        app.action_switches()
        await pilot.press("2", "2", "6")
        told = await settled(pilot, app)
        assert "1 of 2 machines stops with 0x139" in told
        assert own.look(switches_of(app)).is_complete

    play(walk)


def test_a_look_asks_neither_a_machine_nor_the_compiler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The screen draws by it, so it may not wait."""

    def never(*_: object) -> str:
        pytest.fail("it waits")

    monkeypatch.setattr(sensors, "_compared", {})
    monkeypatch.setattr(sensors, "_compare", never)
    monkeypatch.setattr("minios.tutor.pipeline.runs.work", never)
    with Pipeline(["channel-291-bad"], machines=1, processes=1) as own:
        sight = own.look(Switches(compile_check=True))
        assert (sight.sensor, sight.is_complete) == (None, False)
        assert "is built and tested" in plain(file_lines(sight, 1, 60, 40))


def test_of_very_many_machines_the_first_are_drawn_and_the_others_counted() -> None:
    """A line has an end."""
    name = "channel-291-bad"
    found = pipeline.Sight(None, (pipeline.Pending(name, ()),))
    lines = plain(file_lines(found, 200, 40, 40)).splitlines()
    assert any("? +" in it and len(it) <= 40 for it in lines)


def test_a_file_that_waits_shows_the_machines_that_are_done() -> None:
    """Signs come one after the other."""
    seen = small_pipeline().run(HISTORICAL).of("channel-291-bad").fates
    waits = pipeline.Pending("channel-291-bad", (seen[0], None))
    sight = pipeline.Sight(small_pipeline().run(HISTORICAL).sensor, (waits,))
    told = plain(file_lines(sight, 3, 60, 40))
    assert "✗??" in told
    assert "? not known yet" in told
