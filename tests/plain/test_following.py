"""Plain mode: a scenario by steps, a recording at its end, a plugin of one's own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from minios import paths, plain
from minios.lab import Lab, milliseconds
from minios.plain import following
from minios.plain.menu import OF_SCENARIO, USUAL
from minios.session import catalogue, own_plugins, recording
from minios.session.catalogue import OwnPlugins
from minios.session.files import Files
from minios.session.own_plugins import Folders
from minios.session.script import Script
from minios.testing.scenarios.showing import script_of
from tests.plain.talking import MAC, MOST, Talker, number_of

NEXT, BEFORE, ALL, STEPS, AGAIN = (number_of(it.words) for it in OF_SCENARIO)
BUILD = number_of("build your plugin")
STATES = number_of("how the machines")
OWN = str(len(catalogue.LABS) + 1)
FAILS = """\
title = "A driver survives the bad file"

[machines.windows]

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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A plugin as a student has it."""
    place = tmp_path / "mine"
    shutil.copytree(paths.DRIVERS / "villain", place)
    return place


def visit(card: catalogue.LabCard | None, files: Files, *answers: str) -> Talker:
    """Everything from the list of labs to the end."""
    talker = Talker(*answers)
    plain.run(card, files, talker.say, talker.ask)
    return talker


def test_a_scenario_is_told_step_by_step(script: Script) -> None:
    """Onward, back, and to the end; what failed says why."""
    talker = visit(
        *(script.card, Files(script=script), NEXT, NEXT, NEXT, BEFORE, ALL, STEPS, "0")
    )
    passed = (
        'Step 1 of 3, line 5: push = "channel-291-bad". It has passed: '
        "channel-291-bad is pushed (440 bytes)."
    )
    failed = (
        'Step 2 of 3, line 8: wait_for = { none_of = [{ event = "bugcheck" }] }, '
        'within = "1s". It has failed: on windows expected: none of: '
    )
    later = "Step 3 of 3, line 13: assert = { protected = true }. This comes later."

    assert "A driver survives the bad file." in talker.lines
    assert [line for line in talker.lines if line == passed] == [passed] * 3
    told = [line for line in talker.lines if line.startswith(failed)]
    assert len(told) == 3
    assert told[0].endswith(" It does not.")
    assert talker.lines.count("This was the last step of the scenario.") == 2
    assert talker.lines.count(later) == 1
    crashes = [line for line in talker.lines if "STOP 0x50" in line]
    assert len(crashes) >= 2  # heard again after going back


def test_a_scenario_is_run_again_from_its_file(tmp_path: Path) -> None:
    """A mistake in it is told, with its line; what is mended begins at the start."""
    path = tmp_path / "mine.scenario.toml"
    path.write_text(FAILS)
    first = script_of(path)
    path.write_text(FAILS.replace("push =", "posh ="))

    class Author(Talker):
        def ask(self, prompt: str) -> str:
            if prompt.startswith("What to do?"):
                path.write_text(FAILS.replace("none_of", "any_of"))
            return super().ask(prompt)

    talker = Author(AGAIN, "1", NEXT, NEXT, "0")
    plain.run(first.card, Files(script=first), talker.say, talker.ask)

    assert any("mine.scenario.toml:6:" in line for line in talker.lines)
    assert (
        talker.lines.count("This is a scenario with 3 steps. It waits at its start.")
        == 2
    )
    assert any("line 8: wait_for = { any_of" in it for it in talker.lines)
    assert any("It has passed: STOP 0x50" in it for it in talker.lines)


def test_the_choices_of_a_scenario_have_help(script: Script) -> None:
    """And they are among those that are read out first."""
    talker = visit(script.card, Files(script=script), f"? {NEXT}", "0")

    assert f"{NEXT}. scenario: go to the end of the next step" in talker.lines
    offered = re.findall(r"^(\d+)\. ", "\n".join(talker.lines), re.MULTILINE)
    own = range(int(NEXT), int(NEXT) + 5)
    assert list(map(int, offered)) == [*range(1, USUAL + 1), *own, 0]
    assert any("Whatever you did in between" in line for line in talker.lines)


def test_without_a_scenario_there_are_no_such_choices() -> None:
    """Their numbers are refused, and mean nothing else."""
    talker = visit(MAC, Files(), NEXT, "x", "0")

    refused = f"There is no choice {NEXT} here. Type ? to hear all choices."
    assert refused in talker.lines
    assert f"Please type a number from 0 to {MOST}, or ? for help." in talker.lines


def test_a_recording_of_a_failure_is_heard_from_its_end() -> None:
    """All that led to it was told; time goes on from there."""
    with Lab(model="windows") as lab:
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_for(milliseconds(70))
        failed = recording.of_labs([lab], "Nothing stops", "one has stopped")
    talker = visit(failed.card, Files(replay=failed), number_of("why"), "0")

    assert "This is the end of a recording. Ask why, or what happened." in talker.lines
    assert "Nothing stops: it has failed: one has stopped." in talker.lines
    assert any("STOP 0x50" in line for line in talker.lines)
    assert (
        "In windows:" in talker.after("Choice? ")[:1] or "In windows:" in talker.lines
    )


def test_a_recording_without_an_end_can_be_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It says that it ends in seventy years: the user is asked now and then."""
    monkeypatch.setattr(following, "_LONG", milliseconds(300))
    end = recording.End(1 << 61)
    endless = recording.Recording("macos", MAC.machines, ((),), (end,), at_end=True)
    talker = visit(MAC, Files(replay=endless), "", "0", "0")

    assert len([it for it in talker.prompts if "this goes on until" in it]) == 2
    assert talker.prompts[-2].startswith("Choice?")


def test_a_plugin_is_built_and_built_again(folder: Path, tmp_path: Path) -> None:
    """A mistake is told with its line; what is mended opens the lab anew."""
    source = folder / "later.c"
    good = source.read_text()
    source.write_text("int x = ;\n" + good)
    folders = Folders(tmp_path)

    class Student(Talker):
        def ask(self, prompt: str) -> str:
            if prompt.startswith("What to do?"):
                source.write_text(good)
            return super().ask(prompt)

    path = tmp_path / "it.jsonl"
    talker = Student(OWN, str(folder), "2", "6", "1", "1", BUILD, "1", "0", "0")
    plain.run(None, Files(record=path, folders=folders), talker.say, talker.ask)

    assert f"{OWN}. {own_plugins.TITLE}: {own_plugins.WORDS}" in talker.lines
    assert any("later.c:1:9: error: expected expression" in it for it in talker.lines)
    assert talker.lines.count(f"Building {folder}.") == 3
    assert talker.lines.count(f"{MAC.title}: {MAC.will_see}.") == 2
    assert folders.known == (str(folder),)
    assert recording.load(tmp_path / "it-2.jsonl").machines[0].plugins


def test_choosing_a_plugin_can_be_declined_at_every_question(folder: Path) -> None:
    """Then the list of labs is there again."""
    answers = (str(folder), "1", "1")
    for given in range(len(answers)):
        talker = visit(None, Files(), OWN, *answers[:given], "0", "0")
        assert talker.lines.count("Labs:") == 2


def test_a_lab_with_plugins_is_a_lab_of_its_name(folder: Path) -> None:
    """Its recording is offered under it, and played with the plugins."""
    card = own_plugins.with_plugins(MAC, OwnPlugins((str(folder),)))
    shelf = folder.parent
    visit(card, Files(visits=shelf), number_of("push"), "1", "1", "0")
    talker = visit(None, Files(visits=shelf), "last visit", "1", "1", STATES, "0", "0")

    assert any("villain.ext" in line for line in talker.lines)
