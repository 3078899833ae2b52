"""`minios demo` as a person or a script uses it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from minios.abi.content import MAXIMUM_FILE_SIZE
from minios.disk import make_image
from minios.lab import content_files, seconds, story
from minios.lab.system_disk import system_disk
from tests.commands.running import minios, minios_alone


@pytest.fixture(scope="module")
def told() -> str:
    """What `minios demo --json` prints."""
    done = minios("demo", "--json")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def lines(told: str) -> list[dict[str, Any]]:
    """Its records."""
    return [json.loads(line) for line in told.splitlines()]


@pytest.fixture(scope="module")
def plain_words() -> str:
    """What `minios demo --plain` prints."""
    done = minios("demo", "--plain")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def soon_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worlds are watched until nothing has happened for two seconds, not for 35."""
    monkeypatch.setattr(story, "_CALM", seconds(2))


def _of(lines: list[dict[str, Any]], world: str, kind: str) -> list[dict[str, Any]]:
    return [it for it in lines if it["world"] == world and it["kind"] == kind]


def test_every_line_has_world_time_instructions_and_kind(
    lines: list[dict[str, Any]],
) -> None:
    """And time never runs backwards within a world."""
    for world in ("windows", "macos"):
        times = [line["t"] for line in lines if line["world"] == world]
        assert times == sorted(times)
    assert all({"world", "t", "instructions", "kind"} <= line.keys() for line in lines)


def test_json_tells_the_story_of_both_worlds(lines: list[dict[str, Any]]) -> None:
    """The kinds that scripts count on, with their fields."""
    stops = _of(lines, "windows", "bugcheck")
    assert [stop["boot"] for stop in stops] == [1, 2, 3]
    assert {(stop["code"], stop["ring"], stop["offset"]) for stop in stops} == {
        ("0x50", 0, stops[0]["offset"])
    }
    assert len(_of(lines, "macos", "boot")) == 1
    assert len(_of(lines, "macos", "restart")) >= 2
    for kind in ("push", "content_loaded", "death", "gave_up", "quarantine"):
        assert _of(lines, "macos", kind), kind
    assert _of(lines, "macos", "death")[0]["bytes"] == stops[0]["bytes"]


def test_two_runs_give_the_same_bytes() -> None:
    """Same arguments, same trace: of another process, and of the one that is here."""
    words = ("demo", "--json", "--model", "windows", "--reboots", "1")
    told = minios(*words).stdout

    assert told
    assert minios_alone(*words).stdout == told


@pytest.mark.usefixtures("soon_calm")
def test_another_seed_gives_another_rhythm() -> None:
    """The seed reaches the workload: its second pipe event comes at another time."""
    quiet = ("demo", "--json", "--model", "macos", "--content", "channel-291-bad")
    one, two = (
        [
            json.loads(line)["t"]
            for line in minios(*quiet, "--seed", seed).stdout.splitlines()
            if json.loads(line)["kind"] == "death"
        ]
        for seed in ("1", "2")
    )

    assert one
    assert one != two


def test_plain_output_has_no_escape_sequences_and_ends_with_the_comparison(
    plain_words: str,
) -> None:
    """For screen readers and for files."""
    assert "\x1b" not in plain_words
    assert "windows: the kernel: stopped the machine: 0x50" in plain_words
    assert "macos: sensor runs now: yes" in plain_words
    assert "macos: without a sensor: 14.0 s of the" in plain_words


def test_why_begins_with_the_answer_and_says_nothing_twice(plain_words: str) -> None:
    """The answer and the reasons of both worlds, each sentence once; then evidence."""
    told = plain_words.partition("-- Why --\n")[2]
    why = told.partition("-- What happened, side by side --")[0].splitlines()
    titles = [line for line in why if line and not line.startswith(" ")]
    sentences = why[: why.index("The instruction in both worlds")]
    sentences = [line for line in sentences if line]

    assert why[0].startswith("  In windows the machine stopped, because the fault was")
    assert titles[:3] == [
        "The reasons in both worlds",
        "The reasons in windows",
        "The reasons in macos",
    ]
    assert titles[3] == "The instruction in both worlds"
    assert len(sentences) == len(set(sentences))
    assert sum("field 21" in line for line in why) == 1


def test_the_schema_describes_every_line(lines: list[dict[str, Any]]) -> None:
    """Each kind in the output is in the published schema, fields included."""
    schema = json.loads(minios("demo", "--schema").stdout)
    by_kind = {
        it["properties"]["kind"]["enum"][0]: it for it in schema["$defs"].values()
    }

    for line in lines:
        described = by_kind[line["kind"]]
        assert set(line) <= set(described["properties"])
        assert set(described["required"]) <= set(line)


@pytest.fixture(scope="module")
def bad_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files that no content can be."""
    folder = tmp_path_factory.mktemp("bad")
    empty, huge = folder / "empty.sys", folder / "huge.sys"
    empty.touch()
    with huge.open("wb") as file:
        file.truncate(100 << 20)
    short = folder / "short.img"
    short.write_bytes(system_disk(b"short")[: 8 << 20])
    return {
        "short": short,
        "missing": folder / "nothing.sys",
        "directory": folder,
        "empty": empty,
        "huge": huge,
    }


@pytest.mark.parametrize("which", ["missing", "directory", "empty", "huge"])
def test_bad_input_gives_one_clear_line(bad_files: dict[str, Path], which: str) -> None:
    """No traceback, a non-zero code, and the name of what is wrong."""
    done = minios("demo", "--content", str(bad_files[which]))

    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert str(bad_files[which]) in done.stderr


@pytest.mark.parametrize("which", ["missing", "directory", "empty", "huge", "short"])
def test_a_bad_disk_image_gives_one_clear_line(
    bad_files: dict[str, Path], which: str
) -> None:
    """A disk that is missing, no file, empty, too large or cut short."""
    done = minios("demo", "--disk", str(bad_files[which]))

    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert str(bad_files[which]) in done.stderr


def test_a_disk_image_can_be_booted(bad_files: dict[str, Path]) -> None:
    """A disk with the bad file on it: the loop begins without a push."""
    disk = bad_files["directory"] / "disk.img"
    disk.write_bytes(system_disk(content_files.find("channel-291-bad").data))
    quick = ("demo", "--json", "--model", "windows", "--reboots", "1")
    done = minios(*quick, "--disk", str(disk), "--content", "channel-291-good")

    loaded = [it for it in map(json.loads, done.stdout.splitlines()) if "version" in it]
    assert done.returncode == 0, done.stderr
    assert loaded[0]["version"] == 3


@pytest.mark.usefixtures("soon_calm")
def test_a_disk_without_a_system_is_watched_for_as_many_boots(
    bad_files: dict[str, Path],
) -> None:
    """An empty volume: nothing to start, so it stops, again and again, and it ends."""
    disk = bad_files["directory"] / "empty.img"
    disk.write_bytes(make_image({}))
    done = minios(
        "demo", "--json", "--model", "macos", "--reboots", "2", "--disk", str(disk)
    )
    kinds = [json.loads(line)["kind"] for line in done.stdout.splitlines()]

    assert done.returncode == 0, done.stderr
    assert (kinds.count("boot"), kinds.count("bugcheck")) == (2, 2)
    assert "push" not in kinds


@pytest.mark.usefixtures("soon_calm")
@pytest.mark.parametrize("model", ["windows", "macos"])
def test_a_file_that_is_too_large_is_refused_by_name(
    bad_files: dict[str, Path], model: str
) -> None:
    """One byte more than the sensor takes; what was in force stays."""
    large = bad_files["directory"] / "large.sys"
    large.write_bytes(b"A" * (MAXIMUM_FILE_SIZE + 1))
    done = minios("demo", "--json", "--model", model, "--content", str(large))
    lines = [json.loads(line) for line in done.stdout.splitlines()]

    assert [it["reason"] for it in lines if "reason" in it] == ["too_large"]
    assert lines[-1]["outcome"] == "refused"


def test_a_name_that_is_no_text_can_be_pushed(bad_files: dict[str, Path]) -> None:
    """Bytes that are not UTF-8 stand as escapes in the records."""
    odd = Path(os.fsdecode(os.fsencode(bad_files["directory"]) + b"/odd\xff.sys"))
    odd.write_bytes(b"hello")
    done = minios_alone("demo", "--json", "--model", "windows", "--content", str(odd))

    assert done.returncode == 0, done.stderr
    assert "odd\\\\xff" in done.stdout


def test_a_device_is_no_content_file() -> None:
    """It has no end."""
    done = minios("demo", "--content", os.devnull)

    assert done.returncode == 2
    assert "not a regular file" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("demo", "--model", "beos"), "beos"),
        (("demo", "--reboots", "0"), "between 1 and 100"),
        (("demo", "--reboots", "many"), "many"),
        (("nonsense",), "nonsense"),
    ],
)
def test_a_wrong_argument_gives_one_clear_line(
    arguments: tuple[str, ...], word: str
) -> None:
    """What is wrong and where to look, instead of the whole usage."""
    done = minios(*arguments)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert word in done.stderr
    assert "--help" in done.stderr


@pytest.mark.usefixtures("soon_calm")
def test_an_option_lets_the_kernel_go_on_after_its_fault() -> None:
    """The same bad file in the same ring: the kernel ends the driver alone."""
    done = minios(
        *("demo", "--model", "windows", "--option", "after_fault=end_plugin", "--plain")
    )

    assert done.returncode == 0, done.stderr
    assert "the kernel goes on without sentinel.sys" in done.stdout
    assert "windows: the kernel: went on without sentinel.sys: 0x50" in done.stdout
    assert "windows: sensor runs now: no" in done.stdout
    assert "windows: console: answers" in done.stdout
    assert "STOP" not in done.stdout


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (
            "after_fault=pray",
            "after_fault is one of stop_machine, end_task, end_plugin",
        ),
        ("afterfault", "did you mean after_fault"),
        ("after_fault", "after_fault has no value: write after_fault=VALUE"),
        ("model=macos", "write --model macos"),
        ("seed=2", "write --seed 2"),
    ],
)
def test_a_wrong_option_is_refused_with_what_is_right(word: str, said: str) -> None:
    """Before any machine starts."""
    done = minios("demo", "--option", word)

    assert done.returncode == 2
    assert said in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("seed", ["-1", "x", "1.5"])
def test_a_seed_that_is_no_number_is_refused_before_anything_is_shown(
    seed: str,
) -> None:
    """The kernel reads it, so it is what the kernel can read."""
    done = minios("demo", "--seed", seed)

    assert done.returncode == 2
    assert f"seed is a number, not '{seed}'" in done.stderr
    assert not done.stdout


def test_disks_are_not_saved_in_a_file(tmp_path: Path) -> None:
    """It says that it is one, and not only that something exists."""
    path = tmp_path / "mine"
    path.write_text("")
    done = minios("demo", "--save-disk", str(path))

    assert done.returncode == 2
    assert f"{path}: this is a file, and no folder" in done.stderr
