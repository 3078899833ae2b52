"""Crimes in a lab: committed for real on each machine, and compared as they ended."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from minios.errors import ScenarioError
from minios.lab import seconds
from minios.lab.crimes import CRIMES, Scene
from minios.lab.inputs import PressReset, Type
from minios.lab.setup import Setup
from minios.session import catalogue, committing
from minios.session.conductor import Conductor
from minios.session.frames import Frame
from minios.session.orders import RunTo
from minios.session.status import State
from minios.session.worker import InlinePlayer
from tests.session.standing import standing

LAB = catalogue.find("crimes")
BY_NAME = {crime.name: crime for crime in CRIMES if not crime.options}
UP = seconds(0.31)
OVER = seconds(6)
ENDLESS = seconds(1.4)  # a machine that computes takes its time


@pytest.fixture(name="lab")
def open_lab() -> Iterator[Conductor]:
    """Both machines at their prompt."""
    conductor = Conductor(standing(LAB.machines, RunTo(UP)))
    yield conductor
    conductor.close()


def commit(lab: Conductor, name: str, *, then: int = OVER) -> Sequence[Frame]:
    """Commit it, and let time go by."""
    for machine, typed in committing.inputs(BY_NAME[name], lab.frames).items():
        lab.send(typed, machine)
    lab.run_to(lab.now + then)
    return lab.frames


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("null", "null: windows stops 0x7E, macos dies #PF"),
        ("overrun", "overrun: windows unnoticed, macos unnoticed"),
        ("hook", "hook: windows stops 0x109, macos dies #PF"),
        ("leave", "leave: windows stops 0xCE"),
        ("noidt", "noidt: windows resets, macos dies #GP"),
        ("badcall", "badcall: windows refused, macos refused"),
        ("critical", "critical: windows stops 0xEF, macos stops 0xEF"),
    ],
)
def test_a_crime_ends_in_the_lab_as_in_the_table(
    lab: Conductor, name: str, line: str
) -> None:
    """The driver commits it on windows, the extension or a program on macos."""
    frames = commit(lab, name)
    deeds = [it for it in map(committing.latest, frames) if it is not None]

    assert committing.short(frames, LAB.worlds) == line
    assert all(deed.is_as_expected for deed in deeds)
    assert {deed.crime.name for deed in deeds} == {name}


def test_both_ends_are_told_with_the_reason(lab: Conductor) -> None:
    """What it is, what each machine made of it, and why."""
    assert committing.told(lab.frames, LAB.worlds) is None
    said = committing.told(commit(lab, "null"), LAB.worlds)
    assert said is not None

    assert [it.title for it in said.evidence] == [
        "What it is",
        "In windows, as a driver in ring 0",
        "In macos, as an extension in ring 3",
    ]
    assert "0x7E, SYSTEM_THREAD_EXCEPTION_NOT_HANDLED" in said.evidence[1].lines[0]
    assert "#PF (page fault)" in said.evidence[2].lines[0]
    assert "shares memory and locks" in said.answer[1]


def test_what_may_still_come_is_left_open(lab: Conductor) -> None:
    """What the driver has altered is noticed up to five seconds later."""
    frames = commit(lab, "hook", then=seconds(0.5))
    windows, macos = map(committing.latest, frames)
    assert windows is not None
    assert macos is not None

    assert (windows.measured, windows.is_final) == ("nothing", False)
    assert (macos.measured, macos.is_final) == ("#PF 0x7 at kernel", True)
    line = "hook: windows unnoticed so far, macos dies #PF"
    assert committing.short(frames, LAB.worlds) == line


def test_after_going_back_it_has_not_been_committed(lab: Conductor) -> None:
    """Everything is read from inputs and records."""
    commit(lab, "null")
    lab.go_back(UP - 10)

    assert committing.latest(lab.frames[0]) is None
    assert [committing.trouble(it) for it in lab.frames] == ["", ""]


def test_a_machine_that_cannot_commit_says_why(lab: Conductor) -> None:
    """It hangs; it starts; its plugin died and waits to be restarted."""
    windows, macos = commit(lab, "hang", then=ENDLESS)
    assert (
        committing.short(lab.frames, LAB.worlds)
        == "hang: windows hangs, macos dies #GP"
    )
    assert committing.trouble(windows) == "it is still busy with the crime before"
    assert committing.trouble(macos) == ""

    lab.send(PressReset(), 0)
    assert committing.trouble(lab.frames[0]) == "it has not finished starting"
    lab.run_to(lab.now + UP)
    assert committing.trouble(lab.frames[0]) == ""
    assert (
        committing.short(lab.frames, LAB.worlds)
        == "hang: windows hangs, macos dies #GP"
    )

    for _ in range(3):
        frames = commit(lab, "divide", then=seconds(0.4))
    assert "its plugin villain is not running: restarting in" in committing.trouble(
        frames[1]
    )


def test_a_machine_that_is_off_or_stopped_says_so(lab: Conductor) -> None:
    """Three different reasons, and what to do. Nothing is typed on either machine."""
    crime = BY_NAME["null"]
    lab.send(Type("off\r"), 1)
    lab.run_to(lab.now + seconds(0.2))
    with pytest.raises(ScenarioError, match=r"macos .* is switched off\. Switch it on"):
        committing.commit(crime, lab, LAB.worlds)
    assert committing.latest(lab.frames[0]) is None
    lab.send(Type("run commit null\r"), 0)
    lab.send(RunTo(lab.now + seconds(1), ("bugcheck",)), 0)

    assert committing.trouble(lab.frames[0]) == (
        "it has stopped, and shows its blue screen"
    )


def test_a_line_that_was_begun_is_cleared_before(lab: Conductor) -> None:
    """Else the shell would get both as one command, and no crime would happen."""
    for key in "list":
        lab.send(Type(key), 0)
    lab.run_to(lab.now + seconds(0.1))
    frames = commit(lab, "null")

    assert committing.short(frames, LAB.worlds) == (
        "null: windows stops 0x7E, macos dies #PF"
    )


def test_typing_costs_nothing_of_note(lab: Conductor) -> None:
    """A key is looked up once, and not compared with what every crime would type."""
    lab.send(Type("x"), 0)
    committing.short(lab.frames, LAB.worlds)
    keys = replace(lab.frames[0], inputs=lab.frames[0].inputs * 300)
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        committing.short([keys, lab.frames[1]], LAB.worlds)
    finally:
        sys.setprofile(None)

    assert calls < 10 * len(keys.inputs)


def test_every_crime_without_options_is_offered_and_found_by_its_words() -> None:
    """Each once, under its heading."""
    by_words = committing.offered("null callback")
    names = [it.name for _, crimes in committing.offered() for it in crimes]

    assert names == list(BY_NAME)
    assert [it.name for _, crimes in by_words for it in crimes] == ["dpcnull"]
    assert not committing.offered("xyzzy")


def test_only_a_lab_with_the_plugin_offers_crimes() -> None:
    """It is the service that the setup starts."""
    assert [it.name for it in catalogue.LABS if committing.is_possible(it)] == [
        "crimes"
    ]


def test_a_crime_is_committed_where_the_machine_takes_plugins() -> None:
    """The boot option `plugins=` decides, and not the model alone."""
    driver, other = Setup("windows"), Setup("windows", options={"plugins": "extension"})
    nothing = Setup("windows", options={"plugins": "none"})
    places = [
        committing.scene_of(BY_NAME["null"], it.plugin_kinds)
        for it in (driver, other, nothing)
    ]

    assert places == [Scene.DRIVER, Scene.EXTENSION, Scene.PROGRAM]
    assert committing.scene_of(BY_NAME["leave"], other.plugin_kinds) is None


@pytest.mark.parametrize(
    ("plugins", "services", "line"),
    [
        ("extension", {"villain.ext": "auto"}, "null: windows dies #PF"),
        ("none", {}, "null: windows dies #PF"),
    ],
)
def test_a_machine_that_was_told_to_take_others_commits_it_there(
    plugins: str, services: dict[str, str], line: str
) -> None:
    """Without any plugins a program of its own commits it."""
    options = {"recovery": "no", "event_ms": "1000", "plugins": plugins}
    lab = Conductor([InlinePlayer(Setup(options=options, services=services))])
    lab.run_to(UP)

    assert committing.trouble(lab.frames[0]) == ""
    assert committing.short(commit(lab, "null"), ["windows"]) == line
    lab.players[0].close()


def test_a_second_crime_waits_until_the_first_command_has_ended(
    lab: Conductor,
) -> None:
    """Else the end of the first command would be told as the end of the second."""
    told = set()
    commit(lab, "divide", then=seconds(0.01))
    for _ in range(40):
        lab.run_to(lab.now + seconds(0.01))
        macos = lab.frames[1]
        command, plugin = (macos.status.part(it) for it in ("commit", "villain.ext"))
        assert command is not None
        assert plugin is not None
        if {command.state, plugin.state} == {State.RUNNING}:
            told.add(committing.trouble(macos))

    assert told == {"the crime before has not ended yet"}
