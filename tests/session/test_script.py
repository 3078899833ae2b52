"""A scenario is followed to moments: exactly, onward and back, from wherever one is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from minios.errors import ScenarioError
from minios.lab import Lab, content_files, milliseconds, seconds
from minios.lab.inputs import Push, Type
from minios.session import recording
from minios.session.conductor import Conductor
from minios.session.frames import Frame
from minios.session.orders import RunTo
from minios.session.script import Script
from minios.session.worker import InlinePlayer
from minios.testing.scenarios.showing import script_of

BAD = Push(content_files.find("channel-291-bad"))
TWICE = """\
title = "What a snapshot is for"

[machines.windows]

[machines.other]
world = "macos"

[[steps]]
push = "channel-291-bad"

[[steps]]
snapshot = "before"

[[steps]]
on = "windows"
wait_for = { event = "bugcheck" }
within = "5s"

[[steps]]
restore = "before"

[[steps]]
on = "windows"
type = "ps\\r"

[[steps]]
on = "other"
wait_for = { event = "death" }
within = "1s"

[[steps]]
assert = { console = "never said" }
message = "Nobody says that."

[[steps]]
reset = true
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Script:
    """The scenario above; its last step but one fails."""
    path = tmp_path_factory.mktemp("script") / "twice.scenario.toml"
    path.write_text(TWICE)
    return script_of(path)


@pytest.fixture
def conductor(script: Script) -> Iterator[Conductor]:
    """Its machines, at power on."""
    found = Conductor([InlinePlayer(it) for it in script.card.machines])
    yield found
    found.close()


def followed(conductor: Conductor, script: Script, number: int) -> list[object]:
    """Where the machines are after having gone to a step: all that can differ."""
    conductor.follow(script.steps[number].end, "there", at_once=True)
    while conductor.is_following:
        conductor.tick()
    assert script.done(conductor.frames, number) == number
    assert not conductor.running
    assert conductor.stopped_by == "there"
    return [_all_of(frame) for frame in conductor.frames]


def _all_of(frame: Frame) -> object:
    return (
        *(frame.t, frame.instructions, frame.screen, frame.console, frame.inputs),
        *(frame.registers, list(frame.log), frame.status),
    )


def test_what_each_step_saw_is_kept_up_to_the_one_that_failed(script: Script) -> None:
    """The first step is that the machines were started; what comes later is listed."""
    assert [it.line for it in script.steps] == [3, 8, 11, 14, 19, 22, 26, 31, 35]
    assert [it.failed for it in script.steps] == [False] * 7 + [True, False]
    assert script.last == 7
    assert script.steps[3].words == (
        'on = "windows", wait_for = { event = "bugcheck" }, within = "5s"'
    )
    assert "STOP 0x50" in script.steps[3].saw
    assert script.steps[7].saw.startswith("on windows expected: ")
    assert script.steps[7].saw.endswith(" Nobody says that.")
    assert script.steps[8].end == ()


def test_every_step_is_come_to_exactly_from_every_other(
    script: Script, conductor: Conductor
) -> None:
    """Onward by steps; then back, and over a snapshot that was restored."""
    there = [followed(conductor, script, n) for n in range(script.last + 1)]

    for number in (2, 7, 3, 4, 0, 5, 1, 6):
        assert followed(conductor, script, number) == there[number]


def test_a_step_stands_where_the_scenario_stood(
    script: Script, conductor: Conductor
) -> None:
    """Each machine at its own time: here one has crashed, the other has just begun."""
    followed(conductor, script, 3)
    windows, other = conductor.frames

    assert windows.status.stopped
    assert windows.screen != other.screen
    assert [it.t for it in script.steps[3].end] == [windows.t, other.t]
    assert windows.t - other.t > milliseconds(10)


def test_a_machine_that_was_given_something_else_comes_back(
    script: Script, conductor: Conductor
) -> None:
    """A key, a push, another future: then the next step, as if nothing had been."""
    there = followed(conductor, script, 6)
    followed(conductor, script, 1)
    conductor.send(BAD)
    conductor.send(Type("help\r"), 1)
    conductor.send(RunTo(seconds(1)))

    assert followed(conductor, script, 6) == there


def test_a_machine_that_ran_past_an_input_comes_back_for_it(
    script: Script, conductor: Conductor
) -> None:
    """It has done nothing wrong, but the scenario typed something meanwhile."""
    there = followed(conductor, script, 6)
    followed(conductor, script, 0)
    conductor.send(RunTo(seconds(1)))

    assert followed(conductor, script, 6) == there


def test_the_way_to_a_step_can_be_watched_and_paused(
    script: Script, conductor: Conductor
) -> None:
    """At the chosen pace; a pause on the way is none of the step."""
    followed(conductor, script, 2)
    conductor.follow(script.steps[3].end, "there")
    for _ in range(3):
        conductor.tick()
    assert conductor.running
    assert script.done(conductor.frames, 3) == 2
    conductor.pause()
    halted = [it.t for it in conductor.frames]
    conductor.tick()
    assert [it.t for it in conductor.frames] == halted
    conductor.running = True
    conductor.catch_up()
    while conductor.running:
        conductor.tick()
    assert script.done(conductor.frames, 3) == 3
    assert conductor.stopped_by == "there"


def test_going_back_leaves_the_way(script: Script, conductor: Conductor) -> None:
    """Time is the user's again: it pauses nowhere."""
    followed(conductor, script, 2)
    conductor.follow(script.steps[3].end, "there")
    conductor.tick()
    conductor.go_back(milliseconds(5))

    assert not conductor.is_following
    assert not conductor.running


def test_a_scenario_whose_machine_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """There is nothing to look at."""
    path = tmp_path / "it.scenario.toml"
    path.write_text(TWICE.replace('macos"', 'macos"\nplugins = ["submission/no"]'))

    with pytest.raises(ScenarioError, match="submission"):
        script_of(path)


def test_a_scenario_with_more_machines_than_can_be_shown_is_refused(
    tmp_path: Path,
) -> None:
    """And the command that runs it is named."""
    path = tmp_path / "it.scenario.toml"
    more = "".join(f'[machines.m{n}]\nworld = "macos"\n' for n in range(3))
    path.write_text(f"{TWICE}\n{more}")

    with pytest.raises(ScenarioError, match=r"5 machines, but 4 .*minios run"):
        script_of(path)


def test_a_combination_of_parameters_is_chosen_and_shown(tmp_path: Path) -> None:
    """Its values stand in the steps; without a choice there is nothing to follow."""
    path = tmp_path / "it.scenario.toml"
    path.write_text(
        'title = "Keys"\n[parameters]\ntimes = [1, 3]\n[machines.macos]\n'
        '[[steps]]\npress = "F8"\ntimes = "{times}"\n'
    )

    chosen = script_of(path, variant="3")

    assert chosen.card.title == "Keys [3]"
    assert chosen.steps[1].words == 'press = "F8", times = 3'
    assert chosen.again() == chosen
    with pytest.raises(ScenarioError, match=r"Choose one with --variant: 1, 3"):
        script_of(path)


def test_a_recording_of_labs_opens_at_its_end(tmp_path: Path) -> None:
    """The moment of a failure is what such a recording is made for."""
    with Lab(model="macos") as lab:
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_for(milliseconds(70))
        made = recording.of_labs([lab], "Nothing dies\x1b[2J", "a\nb" + "x" * 900)
        now = lab.machine.now
    path = tmp_path / "it.jsonl"
    recording.save(made, path)

    found = recording.load(path)
    assert found == made
    assert found.at_end
    assert found.title == found.card.title == "Nothing dies\\x1b[2J"
    assert found.reason == "a b" + "x" * 294 + "..."
    assert found.card.will_see == f"it has failed: {found.reason}"
    assert [it.t for it in found.last_moments] == [now]


def test_what_a_recording_of_a_stranger_says_is_short_and_harmless(
    tmp_path: Path,
) -> None:
    """Its head may hold anything."""
    with Lab(model="macos") as lab:
        recording.save(recording.of_labs([lab], "TITLE", "REASON"), tmp_path / "it")
    text = (tmp_path / "it").read_text()
    text = text.replace("TITLE", "\\u001b]0;" + "t" * 999).replace("REASON", "\\u202e")
    (tmp_path / "it").write_text(text)

    found = recording.load(tmp_path / "it")

    assert found.title == "\\x1b]0;" + "t" * 290 + "..."
    assert found.reason == "\\u202e"
