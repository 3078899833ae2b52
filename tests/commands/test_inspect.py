"""`minios inspect` as a person or a script uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from minios.abi.disk_layout import DUMP_SECTOR, DUMP_SECTORS, SECTOR_SIZE
from minios.lab.system_disk import system_disk
from tests.commands.running import minios, minios_alone

RESERVE = slice(DUMP_SECTOR * SECTOR_SIZE, (DUMP_SECTOR + DUMP_SECTORS) * SECTOR_SIZE)


@pytest.fixture(scope="module")
def disks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `minios demo --save-disk` leaves: a folder with the disk of each world."""
    folder = tmp_path_factory.mktemp("demo") / "disks"
    done = minios("demo", "--plain", "--reboots", "2", "--save-disk", str(folder))
    assert done.returncode == 0, done.stderr
    assert f"minios inspect {folder / 'windows.img'}" in done.stdout
    assert sorted(path.name for path in folder.iterdir()) == [
        "macos.img",
        "windows.img",
    ]
    return folder


@pytest.fixture(scope="module")
def windows(disks: Path) -> Path:
    """The disk of a machine in a crash loop."""
    return disks / "windows.img"


@pytest.fixture(scope="module")
def dump(windows: Path) -> Path:
    """A dump as a file of its own."""
    path = windows.with_name("crash.dmp")
    path.write_bytes(windows.read_bytes()[RESERVE])
    return path


def test_a_disk_and_a_dump_tell_the_same(windows: Path, dump: Path) -> None:
    """Headline first, then the evidence."""
    from_disk = minios_alone("inspect", str(windows))
    from_dump = minios("inspect", str(dump))

    assert (from_disk.returncode, from_disk.stderr) == (0, "")
    assert from_disk.stdout == from_dump.stdout
    first = from_disk.stdout.splitlines()[0]
    assert first.startswith("STOP 0x50 PAGE_FAULT_IN_NONPAGED_AREA in sentinel.sys+0x")
    assert "interpreter_matches+0x" in from_disk.stdout
    assert "-> [20]" in from_disk.stdout


def test_earlier_dumps_are_listed_and_can_be_chosen(windows: Path) -> None:
    """Two crashes: the first has become a file, the second is in the reserve."""
    listed = minios("inspect", str(windows), "--list")
    chosen = minios("inspect", str(windows), "--file", "mini0001.dmp")

    assert listed.returncode == 0, listed.stderr
    assert len(listed.stdout.splitlines()) == 1
    assert listed.stdout.startswith("/SYSTEM/DUMPS/MINI0001.DMP")
    assert "STOP 0x50" in listed.stdout
    assert chosen.returncode == 0, chosen.stderr
    assert "A later start saved it as /SYSTEM/DUMPS/MINI0001.DMP" in chosen.stdout


def _allowed(schema: dict[str, Any], node: dict[str, Any], value: Any) -> bool:  # noqa: ANN401
    """Whether a value is of a schema, as far as msgspec's schemas go."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    if "anyOf" in node:
        return any(_allowed(schema, it, value) for it in node["anyOf"])
    if node.get("type") == "object" and isinstance(value, dict):
        if "properties" not in node:
            return all(
                _allowed(schema, node["additionalProperties"], it)
                for it in value.values()
            )
        return set(node["required"]) == set(value) and all(
            _allowed(schema, node["properties"][name], it) for name, it in value.items()
        )
    if node.get("type") == "array" and isinstance(value, list):
        return all(_allowed(schema, node["items"], it) for it in value)
    kinds = {"string": str, "integer": int, "boolean": bool, "null": type(None)}
    return isinstance(value, kinds[node["type"]])


def test_json_is_one_object_of_the_published_schema(windows: Path) -> None:
    """For scripts: the same facts, by name."""
    done = minios("inspect", str(windows), "--json")
    found = json.loads(done.stdout)
    schema = json.loads(minios("inspect", "--schema").stdout)

    assert done.returncode == 0, done.stderr
    assert _allowed(schema, schema, found)
    assert found["complete"] is True
    assert found["stop"]["code"] == "0x50"
    assert found["blamed"]["module"] == "sentinel.sys"
    assert found["stack"][0]["function"] == "interpreter_matches"
    assert found["stack"][0]["source"].startswith("drivers/sentinel/interpreter.c:")
    assert found["origin"]["index"] == 20
    assert [it["refused"] for it in found["walk"]["levels"]][-1]
    assert found["fault"]["mnemonic"] == "#PF"


def test_a_damaged_dump_says_what_is_missing(dump: Path) -> None:
    """And shows the rest; in JSON, too."""
    cut = dump.with_name("cut.dmp")
    cut.write_bytes(dump.read_bytes()[:2000])
    text, record = minios("inspect", str(cut)), minios("inspect", str(cut), "--json")

    assert (text.returncode, text.stderr) == (0, "")
    assert "What is missing in this dump\n  code: it is cut short" in text.stdout
    assert text.stdout.startswith("STOP 0x50")
    found = json.loads(record.stdout)
    assert not found["complete"]
    assert [it["part"] for it in found["missing"]] == ["code", "stack", "memory"]


def test_a_disk_whose_volume_is_lost_still_tells_of_the_crash(windows: Path) -> None:
    """The dump needs no file system to be written, and none to be read."""
    cut = windows.with_name("cut.img")
    cut.write_bytes(windows.read_bytes()[: 1 << 20])
    done = minios("inspect", str(cut))

    assert done.returncode == 0, done.stderr
    assert "its volume is damaged" in done.stdout
    assert "sentinel.sys" in done.stdout


@pytest.fixture(scope="module")
def bad_files(disks: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files that hold no dump."""
    folder = tmp_path_factory.mktemp("bad")
    names = ("empty", "huge", "short", "noise", "fresh", "hollow", "words")
    files = {name: folder / name for name in names}
    files["empty"].touch()
    with files["huge"].open("wb") as file:
        file.truncate(100 << 20)
    files["fresh"].write_bytes(system_disk(b"x"))
    files["short"].write_bytes(system_disk(b"x")[: 8 << 20])
    files["noise"].write_bytes(bytes(range(256)) * 300)
    files["words"].write_text("a dump, or so they say\n", encoding="utf-8")
    files["hollow"].write_bytes(
        (disks / "windows.img").read_bytes()[RESERVE][:33]  # a header and one byte
    )
    return {
        **files,
        "missing": folder / "nothing",
        "directory": folder,
        "calm": disks / "macos.img",
    }


@pytest.mark.parametrize(
    "which",
    [
        "missing",
        "directory",
        "empty",
        "huge",
        "short",
        "noise",
        "words",
        "fresh",
        "calm",
        "hollow",
    ],
)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_bad_input_gives_one_clear_line(
    bad_files: dict[str, Path], which: str, options: tuple[str, ...]
) -> None:
    """No traceback, code 2, and the name of what is wrong."""
    done = minios("inspect", str(bad_files[which]), *options)

    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert str(bad_files[which]) in done.stderr


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ((), "no disk image is named"),
        (("DUMP", "--list"), "no disk image"),
        (("DUMP", "--file", "MINI0001.DMP"), "no disk image"),
        (("DISK", "--file", "MINI0099.DMP"), "no such file"),
        (("DISK", "--file", "/SYSTEM/SERVICES.INI"), "is no dump"),
        (("DISK", "--file", "/SYSTEM/DUMPS"), "directory"),
        (("DISK", "--list", "--file", "X"), "not allowed with"),
    ],
)
def test_wrong_questions_get_one_clear_line(
    windows: Path, dump: Path, options: tuple[str, ...], word: str
) -> None:
    """What is wrong and what to do instead."""
    names = {"DISK": str(windows), "DUMP": str(dump)}
    done = minios("inspect", *(names.get(it, it) for it in options))

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert word in done.stderr


def test_a_folder_that_cannot_be_written_is_refused_before_the_demonstration(
    windows: Path,
) -> None:
    """Nobody watches in vain."""
    done = minios("demo", "--save-disk", str(windows))

    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert str(windows) in done.stderr
