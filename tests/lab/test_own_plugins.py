"""A lab with plugins and services of one's own, and what it can be made again from."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from minios.errors import ScenarioError
from minios.image import plugins
from minios.image.plugins import BuiltPlugin
from minios.lab import Bugcheck, Death, Lab, events, explain, milliseconds, seconds
from minios.lab.inputs import CutPower, OfferFix, PressReset, Publish, Push, Type
from minios.lab.setup import Setup, packed, unpacked
from minios.session import recording

_MANIFEST: Final = """\
name = "bug"
version = "1.0"
license = "MIT"
description = "writes where nothing is, at the first event"
kinds = ["driver", "extension"]
events = ["PIPE_OPEN"]
rights = ["EVENTS", "REPORT"]
"""
_SOURCE: Final = """\
#include <minios/plugin.h>

static void hear(const struct event *event)
{
    (void)event;
    *(volatile int *)0x1234567890 = 1;  // the bug
}

static int start(void)
{
    const uint32_t type = EVENT_PIPE_OPEN;
    return plugin_subscribe(&type, 1);
}

const struct plugin plugin = {.name = "bug", .start = start, .event = hear};
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin outside of the project, with a bug."""
    place = tmp_path_factory.mktemp("student") / "bug"
    place.mkdir()
    (place / "plugin.toml").write_text(_MANIFEST, encoding="utf-8")
    (place / "bug.c").write_text(_SOURCE, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def bug(folder: Path) -> BuiltPlugin:
    """The same, built once."""
    return plugins.build(folder)


@pytest.mark.parametrize("model", ["windows", "macos"])
def test_why_quotes_the_students_own_line(model: str, bug: BuiltPlugin) -> None:
    """In either ring: symbols and source come with the plugin."""
    with Lab(model=model, plugins=[bug]) as lab:
        lab.boot()
        end = lab.run_until(Bugcheck() | Death(), within=seconds(5))
        assert end.module == ("bug.sys" if model == "windows" else "bug.ext")
        assert end.source == "drivers/bug/bug.c:6"
        assert "line 6: *(volatile int *)0x1234567890 = 1;" in str(explain(lab, end))


def test_a_plugin_runs_beside_the_sensor_or_in_its_place(bug: BuiltPlugin) -> None:
    """As the start types say."""

    def sensors(starts: dict[str, str]) -> list[str]:
        options = {"event_ms": "0"}
        with Lab(model="macos", plugins=[bug], services=starts, options=options) as lab:
            lab.boot()
            lab.run_for(milliseconds(50))
            started = [it for it in lab.events if isinstance(it, events.ProcessStarted)]
            return [it.name for it in started if it.name.endswith(".ext")]

    assert sensors({}) == ["sentinel.ext", "bug.ext"]
    assert sensors({"sentinel": "disabled"}) == ["bug.ext"]
    assert sensors({"sentinel.ext": "disabled", "bug": "demand"}) == []


def test_a_folder_is_built_on_the_way(folder: Path) -> None:
    """The kernel loads what the compiler made of it."""
    with Lab(plugins=[folder]) as lab:
        lab.boot()
        loaded = [it.name for it in lab.events if isinstance(it, events.ModuleLoaded)]
    assert loaded == ["sentinel.sys", "bug.sys"]


def test_a_shipped_plugin_is_started_by_its_name() -> None:
    """It is in the list already, but starts on demand."""
    with Lab(plugins=["villain"]) as lab:
        lab.boot()
        assert "villain.sys: runs in ring 0" in lab.console_text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"plugins": ["vilain"]}, "there is no plugin 'vilain'. Did you mean villain?"),
        ({"services": {"sentinal": "auto"}}, "Did you mean sentinel.sys?"),
        ({"services": {"sentinel": "on"}}, "there is no start type 'on'"),
        (
            {"disk": b"x", "services": {"shell": "auto"}},
            "a disk of your own has its own plugins and service list",
        ),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_in_one_sentence(
    asked: dict[str, object], said: str
) -> None:
    """Before a machine is made."""
    with pytest.raises(ScenarioError) as refused:
        Lab(**asked)  # type: ignore[arg-type]
    assert said in str(refused.value)


def test_more_services_than_the_machine_reads_are_refused(bug: BuiltPlugin) -> None:
    """The kernel would leave out the last ones without a word."""
    many = [
        BuiltPlugin(
            type(bug.manifest)(
                f"bug{n}", "1", "MIT", "", bug.manifest.kinds, rights=("EVENTS",)
            ),
            bug.images,
            {},
        )
        for n in range(6)
    ]
    with pytest.raises(ScenarioError, match="would have 25 services, but it reads"):
        Lab(plugins=many)


def test_a_scenario_can_be_recorded_and_played_again(
    bug: BuiltPlugin, tmp_path: Path
) -> None:
    """Whatever came from outside: the recording ends where the scenario ended."""
    path = tmp_path / "it.jsonl"
    with Lab(plugins=[bug], services={"bug": "demand"}, seed=7) as lab:
        lab.boot()
        lab.publish("channel-291-good")
        lab.push("channel-291-bad")
        lab.type("ps\r")
        lab.run_until(Bugcheck(), within=seconds(5))
        kept = lab.snapshot()
        lab.run_for(milliseconds(1))
        lab.cut_power(0)
        lab.restore(kept)
        lab.offer_fix("channel-291")
        lab.run_for(milliseconds(30))
        lab.reset()
        lab.cut_power(3)
        lab.run_for(milliseconds(30))
        kinds = [type(given) for _, given in lab.inputs]
        assert kinds == [Publish, Push, Type, OfferFix, PressReset, CutPower]
        recording.save(recording.of_labs([lab]), path)
        found = recording.load(path)
        (frame,) = recording.play(found)
        assert found.machines == (lab.setup,)
        assert frame.inputs == lab.inputs
        assert frame.t == lab.machine.now
        assert frame.console == lab.console_text[-len(frame.console) :]


def test_a_disk_of_ones_own_is_part_of_the_setup() -> None:
    """In a file it is compressed: a disk is mostly zeros."""
    with Lab() as lab:
        disk = lab.disk_image()
    setup = Setup(disk=disk)

    assert unpacked(packed(setup)) == setup
    assert len(packed(setup).disk or b"") < len(disk) / 8
    with Lab.of(setup) as again:
        assert again.disk_image() == disk
