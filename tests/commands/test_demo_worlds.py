"""`minios demo` with all worlds, and with each form of the sensor on Linux.

Deep: tells six stories, one after the other, for the table of all worlds. The usual
tests tell that of one form, and `test_demo.py` has the table of two worlds.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from minios.lab import seconds, sensors, story
from tests.commands.running import minios

WORLDS = ("windows", "macos", *(f"linux {it}" for it in sensors.BY_NAME))
WIDTH = 80


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What `minios demo --model all` prints, and the folder with its disks."""
    folder = tmp_path_factory.mktemp("disks")
    done = minios("demo", "--model", "all", "--save-disk", str(folder))
    assert done.returncode == 0, done.stderr
    return done.stdout, folder


@pytest.fixture
def soon_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worlds are watched until nothing has happened for two seconds, not for 35."""
    monkeypatch.setattr(story, "_CALM", seconds(2))


def table(printed: str) -> dict[str, str]:
    """The answers by their question, each without line breaks."""
    rows = printed.partition("-- What happened, side by side --\n\n")[2]
    found = {}
    for paragraph in rows.split("\n\n"):
        question, *answers = paragraph.strip("\n").splitlines()
        found[question] = " ".join(" ".join(answers).split())
    return found


@pytest.mark.deep
def test_all_worlds_stand_in_one_table_that_fits(told: tuple[str, Path]) -> None:
    """Each world has told its story before."""
    printed, _ = told
    after = printed.partition("-- What happened, side by side --")[2]
    rows = after.partition("The disk of")[0].splitlines()

    assert [it for it in WORLDS if f"== {it}:" not in printed] == []
    assert max(map(len, rows)) <= WIDTH


@pytest.mark.deep
def test_the_table_says_what_each_form_comes_to(told: tuple[str, Path]) -> None:
    """Stopped, alone, limping, refused, unharmed, and alone once more."""
    kernel = table(told[0])["the kernel"]

    assert "windows stopped the machine: 0x50" in kernel
    assert "linux module went on without workload" in kernel
    assert "linux bpf-naive refused to load the sensor:" in kernel
    assert "linux bpf-checked did nothing: there was no fault" in kernel
    afterwards = table(told[0])["afterwards"]
    assert "bpf-checked went on as before: the bounds check skips" in afterwards
    assert "ended only process 4 (sentinel.ext)" in kernel


@pytest.mark.deep
def test_worlds_with_the_same_answer_share_it(told: tuple[str, Path]) -> None:
    """So the address of the fault stands there once."""
    found = table(told[0])["address it used"]
    assert found.count("0xffff840500000074") == 1


@pytest.mark.deep
def test_a_refusal_is_explained(told: tuple[str, Path]) -> None:
    """There was no fault, but there is something to say."""
    why = told[0].partition("-- Why --")[2].partition("In windows")[0]
    assert "In linux bpf-naive" in why
    assert "interpreter.c:75: 4 bytes at 1360, but the" in " ".join(why.split())
    assert "In linux bpf-checked Nothing has gone wrong: the bounds" in " ".join(
        why.split()
    )


@pytest.mark.deep
def test_each_world_saves_its_own_disk(told: tuple[str, Path]) -> None:
    """The name of the form is in the name of the file."""
    saved = {it.stem for it in told[1].glob("*.img")}
    assert saved == {it.replace(" ", "-") for it in WORLDS}


@pytest.mark.usefixtures("soon_calm")
def test_plain_and_json_name_the_form() -> None:
    """So that a reader and a program know which machine it was."""
    naive = ("demo", "--model", "linux", "--sensor", "bpf-naive")
    plain = minios(*naive, "--plain").stdout
    lines = [json.loads(it) for it in minios(*naive, "--json").stdout.splitlines()]

    assert "linux bpf-naive: sensor runs now: no" in plain
    assert {it["world"] for it in lines} == {"linux bpf-naive"}
    assert lines[-1]["outcome"] == "never ran"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--sensor", "module"), "no forms to choose from in windows and macos"),
        (("--model", "linux", "--sensor", "bpf"), "invalid choice: 'bpf'"),
        (
            ("--model", "windows", "--sensor", "module", "--slow"),
            "no forms to choose from in windows",
        ),
    ],
)
def test_a_form_that_cannot_be_is_one_sentence(
    arguments: tuple[str, ...], said: str
) -> None:
    """Before any machine starts."""
    done = minios("demo", *arguments)

    assert done.returncode == 2
    assert not done.stdout
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


@pytest.mark.deep
def test_the_table_says_what_it_cost_each_machine(told: tuple[str, Path]) -> None:
    """All that ran, one process, a machine that limps, and nothing."""
    cost = table(told[0])["what it cost"]

    assert "windows everything that ran: 5 processes, 3 times" in cost
    assert "the kernel ended workload 4 times, and init started it again 4" in cost
    assert "4 pipe names taken until a reset" in cost
    assert "nothing: no process ended" in cost


def test_a_help_text_has_a_line_for_each_world() -> None:
    """And an example of Linux that stops."""
    said = minios("demo", "--help").stdout
    worlds = {it.split()[0] for it in said.splitlines() if it.startswith("  ")}

    assert {"windows", "macos", "linux", *sensors.BY_NAME} <= worlds
    assert "--option panic_on_oops=1" in said


@pytest.mark.usefixtures("soon_calm")
def test_an_option_without_an_effect_is_said_before_the_story() -> None:
    """In text after the heading; with `--json` on the standard error."""
    words = ("demo", "--model", "linux", "--option", "kexts=warn")

    assert "Note: kexts=warn changes nothing in linux" in minios(*words).stdout
    assert "kexts=warn changes nothing in linux" in minios(*words, "--json").stderr
