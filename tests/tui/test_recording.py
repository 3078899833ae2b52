"""A recording played again gives the same records at the same times."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from minios.errors import ScenarioError
from minios.lab import build, content_files, milliseconds
from minios.lab.inputs import PressReset, Push, Type
from minios.session import catalogue, recording
from minios.session.files import Files
from minios.session.orders import Replay, RunTo
from minios.session.session import Session
from minios.tui.app import MiniosApp
from tests.tui.walking import lab_of, play, shown, ticks

HEAD = (
    f'{{"is":"recording","version":3,"lab":"macos","build":"{build.digest()}",'
    '"machines":[{"model":"macos"}]}\n'
)
INPUT = '{"is":"input","t":1,"world":0,"order":{"do":"reset"}}\n'
END = '{"is":"end","machines":[{"t":5}]}\n'


def test_a_recording_played_again_is_the_same_run(tmp_path: Path) -> None:
    """Push, type, reset; saved, loaded, played in other slices."""
    session = Session("windows")
    session.do(RunTo(milliseconds(10)))
    session.do(Push(content_files.find("channel-291-good")))
    session.do(RunTo(milliseconds(80)))
    session.do(Type("ps\n"))
    session.do(RunTo(milliseconds(120)))
    session.do(PressReset())
    first = session.do(RunTo(milliseconds(200)))
    path = tmp_path / "it.jsonl"
    recording.save(recording.of(catalogue.find("windows"), [first]), path)

    loaded = recording.load(path)
    again = Session("windows")
    again.do(Replay(loaded.inputs[0]))
    frame = first
    for moment in range(7, 200, 7):
        frame = again.do(RunTo(milliseconds(moment)))
    frame = again.do(RunTo(loaded.end))

    assert list(frame.log) == list(first.log)
    assert frame.console == first.console
    assert frame.inputs == first.inputs
    session.close()
    again.close()


def test_what_was_pushed_to_one_machine_is_played_to_that_one(tmp_path: Path) -> None:
    """Ctrl+t, twice, in the picker: the second of two; and again without keys."""
    path = tmp_path / "it.jsonl"
    card = replace(catalogue.find("two-worlds"), waits=False)
    logs = []

    async def act(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await pilot.press("p")
        await pilot.pause()
        assert "push to all machines: which content file?" in shown(app)
        await pilot.press("ctrl+t", "ctrl+t")
        await pilot.pause()
        assert "push to macos only: which content file?" in shown(app)
        await pilot.press("enter")
        await ticks(pilot, app, 30)
        windows, macos = lab_of(app).conductor.frames
        assert not windows.inputs
        assert windows.status.crashes == 0
        assert macos.status.deaths >= 1
        logs.append([list(windows.log), list(macos.log)])
        await pilot.press("q")
        await pilot.pause()

    async def watch(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 33)
        logs.append([list(frame.log) for frame in lab_of(app).conductor.frames])

    play(act, card=card, files=Files(record=path))
    kept = recording.load(path)
    assert [len(own) for own in kept.inputs] == [0, 1]
    play(watch, card=card, files=Files(replay=kept))
    assert logs[0] == logs[1]


def test_the_picker_goes_round_all_machines_and_back_to_all() -> None:
    """Four of them by number and model; where there is one, nothing is to choose."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 1)
        await pilot.press("p")
        named = ("1 windows", "2 macos", "3 windows", "4 macos")
        for to in (*(f"{it} only" for it in named), "all machines"):
            await pilot.press("ctrl+t")
            await pilot.pause()
            assert f"push to {to}: which content file?" in shown(app)

    async def alone(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 1)
        await pilot.press("p", "ctrl+t")
        await pilot.pause()
        assert "push which content file? ─" in shown(app)
        assert "To which" not in shown(app)

    play(walk, card=catalogue.find("free-play"))
    play(alone, card=catalogue.find("macos"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        '{"is":"end","t":1}',
        '{"is":"recording","version":9,"lab":"windows"}',
        HEAD.replace('"lab":"macos"', '"lab":"atlantis"'),
        HEAD.replace('"model":"macos"', '"model":"atlantis"') + END,
        HEAD.replace('"model"', '"disk":"aGFsbG8=","model"') + END,
        HEAD.replace('"model"', '"services":{"sentinal":"auto"},"model"') + END,
        HEAD.replace('[{"model"', "[" + '{"model":"macos"},' * 99 + '{"model"') + END,
        HEAD,
        re.sub(r'"machines":\[.*?\]', '"machines":[]', HEAD + END),
        HEAD + INPUT.replace('"world":0', '"world":7') + END,
        HEAD + INPUT.replace("reset", "sing") + END,
        HEAD + INPUT.replace('"do":"reset"', '"do":"push"') + END,
        HEAD + INPUT.replace('"t":1', '"t":-1') + END,
        HEAD + INPUT.replace('"t":1', '"t":9') + END,
        HEAD + INPUT.replace('"t":1', '"t":2') + INPUT + END,
        HEAD + END + INPUT + END,
        HEAD + END.replace("5", "-5"),
        HEAD + END.replace("5", "9" * 30),
        HEAD + INPUT,
        '{"is":"recording","x":' + "[" * 100_000,
    ],
    ids=lambda text: text[:60],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, text: str) -> None:
    """One clear sentence, whatever the file holds."""
    path = tmp_path / "it.jsonl"
    path.write_text(text)

    with pytest.raises(ScenarioError) as refused:
        recording.load(path)
    assert "\n" not in str(refused.value)


def test_a_recording_of_more_than_anybody_can_type_is_refused(tmp_path: Path) -> None:
    """Each input costs the host time, though no virtual time passes."""
    path = tmp_path / "it.jsonl"
    path.write_text(HEAD + INPUT * 20_001 + END, encoding="utf-8")

    with pytest.raises(ScenarioError, match="the file has more than 20,000 inputs"):
        recording.load(path)


def test_what_the_refused_ones_are_made_of_is_a_recording(tmp_path: Path) -> None:
    """So each of them is refused for its own mistake."""
    path = tmp_path / "it.jsonl"
    path.write_text(HEAD + INPUT + END)

    assert recording.load(path).inputs == (((1, PressReset()),),)


@pytest.mark.parametrize(
    "head",
    [
        '{"is":"recording","version":1,"lab":"macos"}\n{"is":"end","t":5}\n',
        HEAD.replace('"version":3', '"version":2') + INPUT + END,
        HEAD.replace(build.digest(), "0123456789abcdef") + INPUT + END,
    ],
    ids=["version 1", "version 2", "another guest"],
)
def test_a_recording_of_another_build_is_refused_in_one_sentence(
    tmp_path: Path, head: str
) -> None:
    """Rather than played and drift."""
    path = tmp_path / "it.jsonl"
    path.write_text(head)

    with pytest.raises(ScenarioError, match="another build of minios"):
        recording.load(path)


def test_a_replay_that_comes_out_differently_is_told(tmp_path: Path) -> None:
    """The end of the file says where each machine stood."""
    path = tmp_path / "it.jsonl"
    path.write_text(HEAD + INPUT + END)

    with pytest.raises(ScenarioError, match="has not ended as it was recorded"):
        recording.play(recording.load(path))


def test_a_recording_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The path stands in the message."""
    with pytest.raises(ScenarioError, match="nowhere"):
        recording.load(tmp_path / "nowhere")


def test_a_second_lab_does_not_write_over_the_recording_of_the_first(
    tmp_path: Path,
) -> None:
    """It has one of its own, beside it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await pilot.press("p", "enter")
        await ticks(pilot, app, 3)
        await pilot.press("q")
        await pilot.pause()
        await pilot.press("enter")
        await ticks(pilot, app, 1)
        await pilot.press("q")
        await pilot.pause()

    path = tmp_path / "it.jsonl"
    play(walk, card=catalogue.find("macos"), files=Files(record=path))

    assert recording.load(path).lab == "macos"
    assert recording.load(tmp_path / "it-2.jsonl").lab == "two-worlds"


def test_the_interface_keeps_and_plays_recordings(tmp_path: Path) -> None:
    """What was done with keys is done again without them."""
    path = tmp_path / "it.jsonl"
    card = catalogue.find("macos")

    async def act(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await pilot.press("p", "enter")
        await ticks(pilot, app, 30)
        await pilot.press("q")
        await pilot.pause()

    play(act, card=card, files=Files(record=path))
    kept = recording.load(path)
    assert [type(given) for _, given in kept.inputs[0]] == [Push]

    async def watch(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 33)
        (frame,) = lab_of(app).conductor.frames
        assert frame.status.deaths >= 1

    play(watch, card=card, files=Files(replay=kept))


def test_a_recording_is_played_in_its_own_lab_only() -> None:
    """Another lab, opened after it, begins with nothing: it may have fewer machines."""
    done = ((0, PressReset()),)
    ends = (recording.End(milliseconds(1)),) * 2
    machines = catalogue.find("two-worlds").machines
    two = recording.Recording("two-worlds", machines, (done, done), ends)

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 2)
        assert [len(it.inputs) for it in lab_of(app).conductor.frames] == [1, 1]
        await pilot.press("q")
        await pilot.pause()
        app.open_lab(catalogue.find("macos"))
        await pilot.pause()
        await ticks(pilot, app, 2)
        (frame,) = lab_of(app).conductor.frames
        assert not frame.inputs

    play(walk, card=catalogue.find("two-worlds"), files=Files(replay=two))
