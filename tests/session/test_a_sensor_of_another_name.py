"""A class puts its own sensor in the place of the shipped one.

It is the shipped source under another name, in every word. What is said of its machines
names it, and never the sensor that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from minios import paths
from minios.lab import (
    Happened,
    Lab,
    content_files,
    events,
    narration,
    own_plugins,
    seconds,
)
from minios.plain.words import state as spoken
from minios.session import catalogue
from minios.session.catalogue import OwnPlugins
from minios.session.explained import latest_explanation
from minios.session.frames import Frame
from minios.session.goals import states
from minios.session.orders import RunTo
from minios.session.own_plugins import with_plugins
from minios.session.session import Session
from minios.session.status import Health
from minios.tui.drawing import status, timeline

NAME = "mysensor"
(SHIPPED,) = own_plugins.sensors()
STOPS = ("bugcheck", "death")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the shipped sensor, in which nothing has its name."""
    folder = tmp_path_factory.mktemp("own") / NAME
    folder.mkdir()
    for path in (paths.DRIVERS / SHIPPED).iterdir():
        if path.suffix in (".c", ".h", ".toml"):
            text = path.read_text("utf-8")
            text = text.replace(SHIPPED, NAME).replace(SHIPPED.upper(), NAME.upper())
            (folder / path.name.replace(SHIPPED, NAME)).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def frames(folder: Path) -> Iterator[tuple[Frame, Frame]]:
    """Windows and macos after the fault of this sensor."""
    own = OwnPlugins((str(folder),), instead=True)
    card = with_plugins(catalogue.find("two-worlds"), own)
    bad = content_files.find("channel-291-bad")
    sessions = [Session(replace(it, content=bad)) for it in card.machines]
    windows, macos = (it.do(RunTo(seconds(5), stops=STOPS)) for it in sessions)
    yield windows, macos
    for session in sessions:
        session.close()


def test_its_machines_are_told_of_by_its_name(frames: tuple[Frame, Frame]) -> None:
    """Heading, state, rings, timeline, narration and explanations."""
    for frame, image in zip(frames, (f"{NAME}.sys", f"{NAME}.ext"), strict=True):
        told = list(_told(frame))
        assert any(image in it for it in told)
        assert [it for it in told if SHIPPED in it] == []


def _told(frame: Frame) -> Iterator[str]:
    for drawn in status.title(frame, 1, 200, active=True, rows=3):
        yield "".join(span.text for span in drawn)
    yield from spoken.machine(frame, frame.world)
    yield from spoken.rings(frame, frame.world)
    for event in frame.log:
        yield timeline.record(event, is_marked=False).words
        yield narration.line(event)
    yield from map(str, frame.explanations.values())


def test_its_fault_is_explained_in_general_words(frames: tuple[Frame, Frame]) -> None:
    """What is known about the shipped sensor is not said of another one."""
    for frame in frames:
        words = str(latest_explanation(frame))
        assert "The code took element 20 of an array for an address" in words
        assert "content file" not in words


def test_the_same_goals_are_reached_with_it(frames: tuple[Frame, Frame]) -> None:
    """They ask for the sensor of the machine."""
    windows, macos = frames
    assert windows.status.health is Health.STOPPED
    assert macos.status.health is Health.UNPROTECTED
    assert states.only_windows_stopped(frames)


def test_the_programs_of_the_machine_ask_it(folder: Path) -> None:
    """Updater, shell and supervisor find the plugin that has said what it is."""
    with Lab("macos", plugins=[folder], services={SHIPPED: "disabled"}) as lab:
        lab.boot()
        assert lab.console("sensor").startswith(f"{NAME} runs in ring 3 with content")
        assert lab.all(events.ContentLoaded)
        lab.push("channel-291-random")
        lab.run_until(Happened(events.UpdateRefused), within=seconds(1))
        lab.push("channel-291-bad")
        lab.run_until(Happened(events.Restored), within=seconds(120))
        lab.run_for(seconds(1))
        assert lab.is_protected()
