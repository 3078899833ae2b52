"""Recovery gets the keys when it asks; the screen stays readable when all stops.

Deep: each size is laid out anew. The usual tests take the smallest and the largest.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.pilot import Pilot

from minios.lab import content_files, events, milliseconds
from minios.lab.inputs import Push
from minios.session import catalogue, recording
from minios.session.files import Files
from minios.session.frames import Frame
from minios.session.orders import BootInto
from minios.tui.app import MiniosApp
from minios.tui.widgets.guest_console import GuestConsole
from tests.tui.stage import play_from, up
from tests.tui.walking import Size, lab_of, play, shown, ticks, words

TWO = catalogue.find("two-worlds")
ASKS = "Recovery asks in windows: number, enter; esc leaves"


async def until_recovery(pilot: Pilot[None], app: MiniosApp) -> Frame:
    """The first machine asks in its recovery environment."""
    lab_of(app).conductor.send(BootInto("recovery"), 0)
    await ticks(pilot, app, 1)
    (frame, *_) = lab_of(app).conductor.frames
    assert frame.status.recovering
    return frame


def test_the_keys_are_recoverys_until_it_has_its_answer() -> None:
    """A number and enter are enough; then the keys are the lab's again."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("2")
        await until_recovery(pilot, app)
        assert isinstance(app.focused, GuestConsole)
        assert lab_of(app).active == 0
        assert ASKS in words(app)
        assert "updater" not in str(lab_of(app).panels[0].rings.told)  # of that boot
        await pilot.press("2", "enter")
        for _ in range(10):
            await ticks(pilot, app, 1)
        (frame, *_) = lab_of(app).conductor.frames
        assert any(
            isinstance(it, events.RecoveryChosen) and it.choice == "safe mode"
            for it in frame.log
        )
        assert not frame.status.recovering
        assert app.focused is None

    play_from(up, walk, card=TWO)


CHOICES = (
    "continue start as usual",
    "safe mode start only what the machine needs",
    "last known good start with the service list of the last good start",
    "shell look at the disk and change it by hand",
    "fetch a fix ask the vendor over the update link",
    "switch off change nothing",
)


BETWEEN = [pytest.param(it, marks=pytest.mark.deep) for it in ((120, 40), (160, 50))]


@pytest.mark.parametrize("size", [(80, 24), *BETWEEN, (200, 50)], ids=str)
def test_all_that_recovery_offers_is_in_view(size: Size) -> None:
    """Whole, down to the prompt; and what is taken back is gone from it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await until_recovery(pilot, app)
        await pilot.press("1", "space")
        await ticks(pilot, app, 40)
        await pilot.press("backspace", "backspace", "4")
        await ticks(pilot, app, 20)
        console = lab_of(app).panels[0].query_one(GuestConsole)
        rows = [console.render_line(y).text for y in range(console.size.height)]
        said = " ".join(" ".join(rows).split())
        for number, choice in enumerate(CHOICES, 1):
            assert f"{number} {choice}" in said
        assert said.endswith("recovery> 4▁")

    play_from(up, walk, card=TWO, size=size)


def test_what_waits_to_be_typed_can_be_taken_back() -> None:
    """While time is paused; a backspace beyond that is the guest's to obey."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await until_recovery(pilot, app)
        lab_of(app).conductor.pause()
        await pilot.press(*"15", "backspace", "backspace", "backspace", "4", "enter")
        await ticks(pilot, app, 2)
        assert "recovery> ←4↵▁" in shown(app)

    play_from(up, walk, card=TWO)


def test_who_types_already_is_not_given_the_keys_again() -> None:
    """Recovery comes up on a console that is open; after escape it asks no more."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("c")
        await until_recovery(pilot, app)
        await pilot.press("escape")
        await ticks(pilot, app, 20)
        assert app.focused is None
        assert lab_of(app).conductor.frames[0].status.recovering

    play_from(up, walk, card=TWO)


def test_escape_leaves_recovery_alone_until_it_comes_up_again() -> None:
    """However long it asks."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await until_recovery(pilot, app)
        await pilot.press("escape")
        await ticks(pilot, app, 20)
        assert app.focused is None
        assert lab_of(app).conductor.running
        await until_recovery(pilot, app)  # reset, and up again
        assert isinstance(app.focused, GuestConsole)

    play_from(up, walk, card=TWO)


def test_a_second_machine_in_recovery_gets_the_keys_next() -> None:
    """Once for each: after the answer to the first, or after esc."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab = lab_of(app)
        for number in (0, 2):
            lab.conductor.send(BootInto("recovery"), number)
        asked = []
        for _ in range(2):
            await ticks(pilot, app, 2)
            assert lab.conductor.frames[lab.active].status.recovering
            assert isinstance(app.focused, GuestConsole)
            asked.append(lab.active)
            await pilot.press("escape")
        assert sorted(asked) == [0, 2]
        await ticks(pilot, app, 2)
        assert app.focused is None

    play_from(up, walk, card=catalogue.find("free-play"))


@pytest.mark.parametrize("doing", ["dialog", "timeline", "page", "paused"])
def test_who_does_something_else_is_not_disturbed(doing: str) -> None:
    """The keys stay where they are; the title says that the machine is in recovery."""
    keys = {"dialog": "p", "timeline": "t", "page": "i", "paused": "space"}

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press(keys[doing])
        await pilot.pause()
        before = app.focused
        await until_recovery(pilot, app)
        assert app.focused is before
        assert "in recovery" in shown(app)

    play_from(up, walk, card=TWO)


def test_what_a_recording_does_again_needs_no_keys(tmp_path: Path) -> None:
    """What is typed there was typed before. After its end the keys are given again."""
    path = tmp_path / "it.jsonl"

    async def act(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await until_recovery(pilot, app)
        assert isinstance(app.focused, GuestConsole)
        await pilot.press("2", "enter")
        await ticks(pilot, app, 10)
        await pilot.press("q")
        await pilot.pause()

    async def watch(pilot: Pilot[None], app: MiniosApp) -> None:
        lab, asked = lab_of(app), 0
        while lab.is_followed:
            await ticks(pilot, app, 1)
            asked += lab.conductor.frames[0].status.recovering
            assert app.focused is None
        assert asked
        chosen = [
            it
            for it in lab.conductor.frames[0].log
            if isinstance(it, events.RecoveryChosen)
        ]
        assert [it.choice for it in chosen] == ["safe mode"]
        await until_recovery(pilot, app)
        assert isinstance(app.focused, GuestConsole)

    play(act, card=TWO, files=Files(record=path))
    play(watch, card=TWO, files=Files(replay=recording.load(path)))


@pytest.mark.parametrize("size", [(80, 24), BETWEEN[0], (200, 50)], ids=str)
def test_a_bugcheck_says_what_it_means_at_every_size(size: Size) -> None:
    """The sentence of the blue screen, its stop code, and the fault in its room."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab_of(app).conductor.send(Push(content_files.find("channel-291-bad")))
        for _ in range(100):
            await ticks(pilot, app, 1)
            if not lab_of(app).conductor.running:
                await pilot.press("space")  # the decisive moment waits for that
            elif "Stop code" in shown(app):  # the kernel draws it a while later
                break
        seen = shown(app)
        assert "The kernel met a problem and stops the whole machine." in seen
        assert "Stop code: 0x00000050" in seen
        assert "✖ page fault" in seen
        assert "■ sentinel.sys ◆ sensor" in seen
        assert "■ STOPPED  sensor in ring 0" in seen

    play_from(up, walk, card=TWO, size=size)


@pytest.mark.parametrize(
    ("size", "rows"), [((80, 24), 8), ((120, 40), 12), ((200, 50), 12)], ids=str
)
def test_the_building_has_the_most_room(size: Size, rows: int) -> None:
    """Of each machine that is shown; it comes first, and no console is open."""

    async def walk(_pilot: Pilot[None], app: MiniosApp) -> None:
        for panel in lab_of(app).panels:
            if panel.region.area:
                assert panel.rings.size.height >= rows
                assert panel.rings.region.y == panel.region.y
                assert not panel.query_one(GuestConsole).region.area

    play_from(up, walk, card=TWO, size=size)


def test_who_leaves_hears_how_long_each_machine_was_unprotected() -> None:
    """The number that compares the worlds."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        assert milliseconds(10) < lab_of(app).conductor.now
        await pilot.press("q")
        await pilot.pause()
        said = [it.message for it in app._notifications]
        form = (
            r"Time without protection: windows \d\.\d ms of 15\.0 ms, "
            r"macos \d\.\d ms of 15\.0 ms\."
        )
        assert any(re.fullmatch(form, it) for it in said)

    play_from(up, walk, card=TWO)
