"""`minios pipeline`: stage by stage, as a table, as files.

Deep: tries all 96 settings. The usual test of the table tries 16.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from minios import paths
from minios.commands import pipeline as command
from minios.tutor.pipeline import Bounds, table
from minios.tutor.pipeline.switches import ALL
from tests import pipeline_runs
from tests.commands.running import Done, minios, minios_alone

BAD = "channel-291-bad"


@pytest.fixture(autouse=True)
def runs() -> Iterator[None]:
    """No machine runs for two tests."""
    with pipeline_runs.kept():
        yield


def pipeline(*words: str) -> Done:
    """The command, with few machines and no other process."""
    return minios("pipeline", "--machines", "2", "--rings", "1", "--jobs", "1", *words)


def words(done: Done) -> str:
    """What it printed, as one line."""
    assert (done.returncode, done.stderr) == (0, "")
    return " ".join(done.stdout.split())


def test_july_2024_is_told_stage_by_stage() -> None:
    """Each stage lets the bad file pass, and then all machines stop."""
    told = words(pipeline(BAD))
    stages = (
        "The switches that are on: none",
        "sensor build: The definitions declare 21 fields, and the code supplies 20",
        "sensor tests: The sensor passes one test",
        "validator: The validator accepts the file",
        "pre-release run: Nobody runs the file",
        "rollout: The file goes to all machines at once (2).",
        "customers: All 2 machines stop with 0x50",
        "CRASH channel-291-bad",
    )
    places = [told.index(it) for it in stages]
    assert places == sorted(places)


def test_switches_are_named_or_numbered() -> None:
    """Both ways are the same setting; the words tell which it is."""
    named = pipeline(BAD, "--on", "validator,rollout")
    assert named.stdout == pipeline(BAD, "--on", "6,4").stdout
    assert "The switches that are on: 4, 6" in named.stdout
    assert "on: 1, 2, 3, 4, 5, 6" in pipeline(BAD, "--on", "all").stdout


def test_the_wrong_check_aborts_the_machines() -> None:
    """The repair that makes it no better."""
    told = words(pipeline(BAD, "--bounds", "wrong"))
    assert "All 2 machines stop with 0x139 KERNEL_SECURITY_CHECK_FAILURE." in told
    assert "on: 2 (wrong)" in told
    assert "run on, protected" in words(pipeline(BAD, "--on", "2"))


def test_in_ring_3_no_machine_stops() -> None:
    """But the sensor is gone."""
    told = words(pipeline(BAD, "--model", "macos"))
    assert "On all 2 machines the sensor dies: they run on without protection." in told


def test_the_table_names_each_group_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person reads it; the rows are in a file."""
    some = [it for it in ALL if not it.tests and it.bounds_check is Bounds.NONE]
    monkeypatch.setattr(command, "table", lambda it: table(it, some))
    told = words(pipeline(BAD, "channel-291-good", "--table"))
    assert "1 on (8 settings)" in told
    assert "1 off, 4 off, 5 off, 6 off (1 setting)" in told
    assert "Customers have a crash in 2 of the 16 settings." in told
    assert told.count("ok channel-291-good") == 1


@pytest.mark.deep
def test_the_table_has_all_settings() -> None:
    """Also those with the wrong repair."""
    told = words(pipeline(BAD, "channel-291-good", "--table"))
    assert "1 on (48 settings)" in told
    assert "1 off, 2 none, 3 off, 4 off, 5 off, 6 off (1 setting)" in told
    assert "Customers have a crash in 4 of the 96 settings." in told


def test_json_and_csv_have_a_row_for_each_outcome(tmp_path: Path) -> None:
    """The same outcomes, for programs; - prints nothing else."""
    file = tmp_path / "rows.csv"
    done = pipeline(BAD, "channel-291-good", "--json", "-", "--csv", str(file))
    found = json.loads(done.stdout)
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    assert [it["file"] for it in found] == [BAD, "channel-291-good"]
    assert [it["crashed"] for it in found] == [2, 0]
    assert found[0]["stops"] == "0x50 PAGE_FAULT_IN_NONPAGED_AREA"
    assert [it["stage"] for it in found[0]["steps"]][-1] == "customers"
    assert [(it["file"], it["crashed"]) for it in rows] == [
        (BAD, "2"),
        ("channel-291-good", "0"),
    ]


def test_a_name_cannot_become_a_formula(tmp_path: Path) -> None:
    """A spreadsheet would run it."""
    file = tmp_path / "=1+1.sys"
    file.write_bytes((paths.ASSETS / "content" / f"{BAD}.sys").read_bytes())
    told = pipeline(str(file), "--on", "4", "--csv", "-").stdout
    assert "'=1+1" in told


def test_another_definitions_file_is_asked(tmp_path: Path) -> None:
    """With 20 fields nobody can write the bad file."""
    text = (paths.ASSETS / "definitions.toml").read_text("utf-8")
    file = tmp_path / "mine.toml"
    file.write_text(text.replace("count = 21", "count = 20").replace('  "corr', '# "'))
    told = words(pipeline(BAD, "--definitions", str(file)))
    assert "The file cannot be compiled" in told


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--on", "7"), "there is no switch '7'"),
        (("--on", "1" * 5000), f"there is no switch '{'1' * 60}'"),
        (("--on", "validater"), "Did you mean validator?"),
        (("--on", "2", "--bounds", "none"), "switch 2 cannot be on without a check"),
        (("--bounds", "maybe"), "invalid choice"),
        (("--machines", "0"), "at least 1"),
        (("--machines", "500"), "from 1 to 200"),
        (("--rings", "1,x"), "at least 1"),
        (("--model", "linux"), "invalid choice"),
        (("nowhere.sys",), "there is no such file"),
        (("--definitions", "nowhere.toml"), "nowhere.toml"),
        (("--table", "--on", "1"), "the table has all settings"),
        (("--table", "--plain"), "cannot be used together"),
        (("--plain", "--json", "x"), "--plain and --json cannot be used together"),
        (("--json", "-", "--csv", "-"), "cannot both be printed"),
        (("--csv", "/nowhere/rows.csv"), "--csv: /nowhere/rows.csv"),
    ],
)
def test_a_mistake_is_one_sentence(wrong: tuple[str, ...], said: str) -> None:
    """Before any machine runs."""
    done = minios("pipeline", *wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_process_of_its_own_gives_the_same_bytes() -> None:
    """However many processes share the work."""
    words = ("pipeline", BAD, "--machines", "2", "--jobs", "2")
    several = minios_alone(*words)
    assert several.stderr == ""
    assert several.stdout == pipeline(BAD).stdout


def test_accessible_means_the_talk_unless_an_output_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The talk ends with its input; JSON is the same as for everybody."""
    monkeypatch.setenv("ACCESSIBLE", "1")

    def nobody(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    talked = pipeline("channel-291-good")
    printed = pipeline("channel-291-good", "--json", "-")

    assert "1. Turn switch 1, compile-check, which is off" in talked.stdout
    assert printed.stdout.startswith("[") or printed.stdout.startswith("{")
