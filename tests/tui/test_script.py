"""A scenario on the lab screen, step by step; and a recording that opens at its end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.pilot import Pilot

from minios.lab import Lab, milliseconds
from minios.session import recording
from minios.session.files import Files
from minios.session.script import Script
from minios.testing.scenarios.showing import script_of
from minios.tui.app import MiniosApp
from minios.tui.screens.help import HelpScreen
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.start import StartScreen
from minios.tui.screens.why import WhyScreen
from minios.tui.widgets.step_list import StepList
from tests.tui.walking import footer, lab_of, play, shown, ticks, words

FAILS = """\
title = "A driver survives the bad file"

[machines.victim]
world = "windows"

[[steps]]
push = "channel-291-bad"

[[steps]]
wait_for = { none_of = [{ event = "bugcheck" }] }
within = "1s"
message = "It does not."

[[steps]]
assert = { protected = true }
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Script:
    """Three steps; the second one fails."""
    path = tmp_path_factory.mktemp("script") / "fails.scenario.toml"
    path.write_text(FAILS)
    return script_of(path)


async def arrival(pilot: Pilot[None], app: MiniosApp) -> None:
    """Until the machines stand where they were to go."""
    await ticks(pilot, app, 1)
    while lab_of(app).conductor.is_following:
        await ticks(pilot, app, 1)


def signs(app: MiniosApp) -> str:
    """The sign of each step."""
    rows = shown(app).replace("│", "").splitlines()
    return "".join(row[0] for row in rows if re.match(r"[✓✖▶·] +[0-9]+ ", row))


def test_a_scenario_is_followed_by_steps(script: Script) -> None:
    """It waits at the start; enter is a step, backspace the one before; why works."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await arrival(pilot, app)
        assert signs(app) == "✓···"
        assert "paused at the start" in words(app)
        assert "scenario: 1 victim" in words(app)
        await pilot.press("enter")
        await arrival(pilot, app)
        assert signs(app) == "✓✓··"
        assert "channel-291-bad is pushed" in words(app)
        await pilot.press("enter")
        await ticks(pilot, app, 2)
        assert signs(app) == "✓✓▶·"
        await arrival(pilot, app)
        assert signs(app) == "✓✓✖·"
        assert "on victim expected: none of: " in words(app)
        assert "It does not." in words(app)
        assert "paused at the end of step 2" in words(app)
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, WhyScreen)
        await pilot.press("escape", "enter")
        await pilot.pause()
        assert "This was the last step" in [it.message for it in app._notifications][-1]
        await pilot.press("backspace")
        await arrival(pilot, app)
        assert signs(app) == "✓✓··"
        assert lab_of(app).conductor.frames[0].status.crashes == 0

    play(walk, card=script.card, files=Files(script=script))


def test_what_was_done_in_between_does_not_count(script: Script) -> None:
    """Time runs on, the user goes back: the next step begins where the last ended."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await arrival(pilot, app)
        await pilot.press("enter")
        await arrival(pilot, app)
        await pilot.press("space")
        await ticks(pilot, app, 60)
        await pilot.press("space")
        await ticks(pilot, app, 1)
        assert lab_of(app).conductor.frames[0].status.crashes
        await pilot.press("backspace")
        await arrival(pilot, app)
        assert signs(app) == "✓···"
        await pilot.press("a")
        while lab_of(app).plays_on:
            await ticks(pilot, app, 1)
        assert signs(app) == "✓✓✖·"

    play(walk, card=script.card, files=Files(script=script))


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 40), (200, 60)])
def test_the_next_step_can_be_seen_at_every_size(
    script: Script, size: tuple[int, int]
) -> None:
    """The latest step and its sign, and the key."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await arrival(pilot, app)
        await pilot.press("enter")
        await arrival(pilot, app)
        assert '✓   6 push = "channel' in shown(app)
        if size[0] >= 80:
            assert "next_step" in {it.binding.action for it in footer(app)}
        await pilot.press("i")
        await pilot.pause()
        assert "steps" in " ".join(StepList.HELP.split())
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        said = " ".join(what for it in app.screen.sections for _, what in it.keys)
        assert "Run the scenario to the end of its next step" in said

    play(walk, card=script.card, files=Files(script=script), size=size)


def test_a_scenario_is_run_again_from_its_file(tmp_path: Path) -> None:
    """A mistake is told with its line; then the lab is opened anew, at the start."""
    path = tmp_path / "mine.scenario.toml"
    path.write_text(FAILS)
    first = script_of(path)

    async def again(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("ctrl+b" if isinstance(app.screen, LabScreen) else "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await arrival(pilot, app)
        path.write_text(FAILS.replace("push =", "posh ="))
        await again(pilot, app)
        assert "mine.scenario.toml:7:" in words(app)
        assert "posh" in words(app)
        path.write_text(FAILS.replace("none_of", "any_of"))
        await again(pilot, app)
        await arrival(pilot, app)
        assert signs(app) == "✓···"
        await pilot.press("a")
        await ticks(pilot, app, 1)
        while lab_of(app).plays_on:
            await ticks(pilot, app, 1)
        assert "STOP 0x50" in words(app)
        assert signs(app) == "✓✓✓✖"

    play(walk, card=first.card, files=Files(script=first))


def test_a_recording_of_a_failure_opens_at_the_failure(tmp_path: Path) -> None:
    """With all that led to it behind; one can go back, and go on."""
    with Lab(model="windows") as lab:
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_for(milliseconds(70))
        failed = recording.of_labs([lab], "Nothing stops", "assert [bold] == 1")
        now = lab.machine.now

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await arrival(pilot, app)
        (frame,) = lab_of(app).conductor.frames
        assert (frame.t, frame.status.crashes) == (now, 1)
        assert "paused at the end of the recording" in words(app)
        assert "Nothing stops: assert [bold] == 1" in words(app)
        await ticks(pilot, app, 3)
        assert lab_of(app).conductor.frames[0].t == now
        await pilot.press("t", "up", "b")
        await ticks(pilot, app, 1)
        assert lab_of(app).conductor.frames[0].t < now
        await pilot.press("space")
        await ticks(pilot, app, 20)
        assert lab_of(app).conductor.frames[0].t > now
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(app.screen, StartScreen)
        assert "A recording" in words(app)

    files = Files(replay=failed, visits=tmp_path)
    play(walk, card=failed.card, files=files, size=(200, 70))
    assert recording.load(tmp_path / "recording.jsonl").lab == ""
