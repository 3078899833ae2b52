"""`minios run`: what it prints, its exit codes, and running again on save."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from minios import paths
from minios.commands import watching
from minios.session import recording
from minios.testing.scenarios import schema
from tests.commands.running import minios

SCENARIOS = paths.ASSETS / "scenarios"
GOOD = """\
title = "The machine comes up"
points = 3
[machines.windows]
[[steps]]
assert = { event = "ready", boot = 1 }
"""
BROKEN = GOOD.replace("boot = 1", "boot = 2")


def test_each_step_that_passes_is_a_line(tmp_path: Path) -> None:
    """And the end says how many scenarios passed."""
    path = tmp_path / "a.scenario.toml"
    path.write_text(GOOD)

    done = minios("run", str(path))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"{path}: The machine comes up",
        "  line 4: assert on windows: all services are running",
        "  passed",
        "1 passed, 0 failed",
    ]


def test_a_failed_scenario_gives_exit_code_1(tmp_path: Path) -> None:
    """The report has the line; the other scenarios of the folder are run."""
    (tmp_path / "a.scenario.toml").write_text(BROKEN)
    (tmp_path / "b.scenario.toml").write_text(GOOD)

    done = minios("run", str(tmp_path))

    assert done.returncode == 1
    assert f"assert failed on windows: {tmp_path}/a.scenario.toml:4\n" in done.stdout
    assert "found:    boot = 1 (all services are running)" in done.stdout
    assert done.stdout.endswith("1 passed, 1 failed\n")


def test_a_mistake_gives_exit_code_2(tmp_path: Path) -> None:
    """It goes to standard error; what can be run is run."""
    (tmp_path / "a.scenario.toml").write_text(GOOD.replace("title", "titel"))
    (tmp_path / "b.scenario.toml").write_text(GOOD)

    done = minios("run", str(tmp_path))

    assert done.returncode == 2
    assert done.stderr == (
        f"minios: {tmp_path}/a.scenario.toml:1:1: there is no key 'titel' here. "
        "Did you mean title?\n"
    )
    assert done.stdout.endswith("1 passed, 0 failed, 1 with a mistake in the file\n")


def test_json_has_one_object_for_each_scenario(tmp_path: Path) -> None:
    """Also for one that cannot be read."""
    for name, text in (("a", GOOD), ("b", BROKEN), ("c", "titel = 1")):
        (tmp_path / f"{name}.scenario.toml").write_text(text)

    done = minios("run", "--json", str(tmp_path))

    good, broken, wrong = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 2
    assert (good["passed"], good["points"], good["failure"]) == (True, 3.0, None)
    assert [it["verb"] for it in good["steps"]] == ["assert"]
    assert (broken["passed"], broken["failure"]["line"]) == (False, 4)
    assert wrong["passed"] is False
    assert ":1:1: there is no key 'titel' here" in wrong["mistake"]


def test_a_recording_replays_to_the_same_end(tmp_path: Path) -> None:
    """Of several machines, with inputs of every kind that the scenario gave."""
    path = tmp_path / "it.jsonl"

    scenario = SCENARIOS / "power-cut.scenario.toml"
    assert minios("run", str(scenario), "--record", str(path)).returncode == 0

    frames = recording.play(recording.load(path))
    assert [frame.world for frame in frames] == ["windows", "macos"]


def test_one_combination_of_parameters_is_run_and_recorded(tmp_path: Path) -> None:
    """Without a choice a recording would have to hold all of them."""
    path, record = tmp_path / "a.scenario.toml", tmp_path / "it.jsonl"
    path.write_text(
        GOOD.replace("[machines", "[parameters]\nboot = [1, 2]\n[machines").replace(
            "boot = 1 }", 'boot = "{boot}" }'
        )
    )

    every = minios("run", str(path))
    chosen = minios("run", str(path), "--variant", "1", "--record", str(record))
    refused = minios("run", str(path), "--record", str(record))

    assert every.stdout.endswith("1 passed, 1 failed\n")
    assert chosen.stdout.startswith(f"{path} [1]: The machine comes up\n")
    assert chosen.stdout.endswith("1 passed, 0 failed\n")
    assert [it.world for it in recording.play(recording.load(record))] == ["windows"]
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.endswith("Choose one with --variant: 1, 2\n")


def test_a_recording_says_which_scenario_has_failed_and_why(tmp_path: Path) -> None:
    """Whoever opens it has only the file."""
    path, scenario = tmp_path / "it.jsonl", tmp_path / "a.scenario.toml"
    scenario.write_text(BROKEN)

    assert minios("run", str(scenario), "--record", str(path)).returncode == 1

    found = recording.load(path)
    assert found.title == "The machine comes up"
    assert found.reason.startswith("on windows expected: ")
    assert "; found: " in found.reason


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no scenario is named"),
        (("nowhere.scenario.toml",), "the file cannot be read"),
        (("--record", "x.jsonl", str(SCENARIOS)), "more than one scenario is named"),
        (("--record", "no/where/x", str(SCENARIOS)), "the recording cannot be written"),
        (("--submission", "nowhere", str(SCENARIOS)), "there is no such folder"),
    ],
    ids=["nothing", "no file", "two for one recording", "no room", "no submission"],
)
def test_a_wrong_argument_is_one_sentence(
    arguments: tuple[str, ...], said: str
) -> None:
    """What is wrong, and exit code 2."""
    done = minios("run", *arguments)

    assert done.returncode == 2
    assert said in done.stderr


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    """Nothing that passed must not look like success."""
    done = minios("run", str(tmp_path))

    assert done.returncode == 2
    assert "there is no scenario file in this folder" in done.stderr


def test_the_schema_is_printed() -> None:
    """As it ships."""
    assert minios("run", "--schema").stdout == schema.text()


def test_a_file_that_is_being_written_is_waited_for(tmp_path: Path) -> None:
    """Only when two looks in a row find the same has somebody finished saving."""
    path = tmp_path / "a.scenario.toml"
    path.write_text("1")
    before = watching.state([tmp_path])
    texts = ["1", "12", "", "123", "1234", "1234", "too late"]
    """What stands in the file at each look; nothing: it is just being renamed."""

    def pause() -> None:
        text = texts.pop(0)
        path.unlink(missing_ok=True)
        if text:
            path.write_text(text)
            os.utime(path, ns=(len(text), len(text)))

    now = watching.changed([tmp_path], before, pause)

    assert (now[path], texts) == ((4, 4), ["too late"])


def test_saving_what_was_there_again_is_a_change(tmp_path: Path) -> None:
    """A person who saves wants to see something."""
    path = tmp_path / "a.scenario.toml"
    path.write_text("1")
    before = watching.state([tmp_path])
    stamps = iter([5_000_000_000] * 5)

    def pause() -> None:
        stamp = next(stamps)
        os.utime(path, ns=(stamp, stamp))

    assert watching.changed([tmp_path], before, pause)[path] == (5_000_000_000, 1)


def test_only_what_an_author_saves_is_watched(tmp_path: Path) -> None:
    """Output that goes into the same folder must not set off the next run."""
    names = ("a.scenario.toml", "rule.SYS", "mine/plugin.c", "mine/start.S")
    (tmp_path / "mine").mkdir()
    for name in (*names, "out.txt", "log", "it.jsonl", ".draft.toml", "a.toml~"):
        (tmp_path / name).write_text("1")

    assert set(watching.state([tmp_path])) == {tmp_path / name for name in names}


def test_watching_runs_again_until_it_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake is told, its correction is run, and Ctrl-C gives 130."""
    path = tmp_path / "a.scenario.toml"
    path.write_text(GOOD.replace("title", "titel"))
    texts = [GOOD, ""]

    def changed(_folders: object, before: watching.State) -> watching.State:
        if not texts:
            raise KeyboardInterrupt
        path.unlink()
        if text := texts.pop(0):
            path.write_text(text)
        return before

    monkeypatch.setattr(watching, "changed", changed)
    done = minios("run", "--watch", str(tmp_path))

    assert done.returncode == 130
    assert "there is no key 'titel' here" in done.stderr
    assert "1 passed, 0 failed" in done.stdout
    assert "there is no scenario file in this folder" in done.stderr
