"""A submission is a stranger's folder: it is read with care, and answered in words."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

import pytest

from minios.errors import ScenarioError
from minios.testing.grading import submission
from minios.testing.grading.assignment import Assignment, Kind, Part
from minios.testing.grading.submission import Found
from tests.host.fifo import make_fifo

PLUGIN = Part(Kind.PLUGIN, "counter")
CONTENT = Part(Kind.CONTENT, "my/file.toml")
GOOD = {"counter/plugin.toml": b"name", "counter/src/a.c": b"int a;"}


def hand_in(folder: Path, files: dict[str, bytes]) -> Found:
    """A submission with these files."""
    root = folder / "alice"
    root.mkdir(exist_ok=True)
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return submission.single(root)


def problems(found: Found, *parts: Part) -> tuple[str, ...]:
    """What the student is told."""
    read = submission.read(found, Assignment(part=parts))
    assert read.files == {}
    return read.problems


def test_only_the_parts_that_are_asked_for_are_read(tmp_path: Path) -> None:
    """A conftest.py beside them is never seen by anything."""
    evil = {"conftest.py": b"1/0", "pytest.ini": b"[pytest]", "other/x.c": b""}
    found = hand_in(tmp_path, GOOD | evil | {"my/file.toml": b"channel = 291"})
    read = submission.read(found, Assignment(part=(PLUGIN, CONTENT)))

    assert read.files == GOOD | {"my/file.toml": b"channel = 291"}
    assert (read.name, read.problems) == ("alice", ())


def test_a_part_that_is_not_required_may_be_missing(tmp_path: Path) -> None:
    """Nothing is said then."""
    part = Part(Kind.CONTENT, "a.sys", required=False)

    assert problems(hand_in(tmp_path, {}), part) == ()


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        ({}, ""),
        ({"Counter/plugin.toml": b""}, "There is Counter: rename or move it. "),
        ({"week3/counter/x.c": b""}, "There is week3/counter: rename or move it. "),
    ],
)
def test_a_missing_part_is_named_with_what_may_be_meant(
    tmp_path: Path, files: dict[str, bytes], hint: str
) -> None:
    """A folder too deep and another spelling are the usual mistakes."""
    words = "Hand in a folder of exactly this name"

    assert problems(hand_in(tmp_path, files), PLUGIN) == (
        f"the folder counter is missing. {hint}{words}",
    )


@pytest.mark.posix
def test_what_may_be_meant_is_not_looked_for_outside(tmp_path: Path) -> None:
    """Else a link would tell a student which files the grader has."""
    (tmp_path / "home" / "counter").mkdir(parents=True)
    found = hand_in(tmp_path, {"notes.txt": b""})
    (found.path / "lnk").symlink_to(tmp_path / "home")
    (found.path / "countr").symlink_to(tmp_path / "home")

    assert problems(found, PLUGIN) == (
        "the folder counter is missing. Hand in a folder of exactly this name",
    )


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    """A file, the sum of files, their number, and how deep they lie."""
    most = submission.MOST_BYTES
    half = b"x" * (most // 2)
    large = {"counter/a.c": b"x" * (most + 1)}
    heavy = {f"counter/{it}.c": half for it in range(3)}
    many = {f"counter/{it}.c": b"" for it in range(201)}
    deep = {"counter/" + "d/" * 20 + "a.c": b""}
    wide = {f"counter/{it}": b"" for it in range(1001)}
    told: list[str] = []
    for number, files in enumerate((large, heavy, many, deep, wide)):
        folder = tmp_path / str(number)
        folder.mkdir()
        told += problems(hand_in(folder, files), PLUGIN)

    assert [words.partition(". ")[0] for words in told] == [
        f"the file counter/a.c has {most + 1} bytes; at most {most} are read",
        "the file counter/2.c has 2097152 bytes; at most 0 are read",
        "the folder counter has more than 200 files",
        "the folder counter/d/d/d/d/d/d/d/d holds too much, or lies too deep",
        "the folder counter holds too much, or lies too deep",
    ]


def test_toml_that_is_large_is_not_read(tmp_path: Path) -> None:
    """What students write by hand is small."""
    found = hand_in(tmp_path, {"counter/Plugin.TOML": b"#" * 100_000})

    assert problems(found, PLUGIN)[0].startswith(
        "the file counter/Plugin.TOML has 100000 bytes; at most 65536 are read"
    )


@pytest.mark.posix
def test_links_and_what_is_no_file_are_refused(tmp_path: Path) -> None:
    """They lead out of the submission, or have no end."""
    found = hand_in(tmp_path, {"counter/plugin.toml": b""})
    inside, outside = found.path / "counter" / "a.c", tmp_path / "secret"
    outside.mkdir()
    inside.symlink_to(outside)
    assert problems(found, PLUGIN)[0].startswith("counter/a.c is a symbolic link")
    inside.unlink()
    make_fifo(inside)
    assert "counter/a.c is not a regular file" in problems(found, PLUGIN)[0]
    (found.path / "my").symlink_to(outside)
    assert problems(found, CONTENT)[0].startswith("my/file.toml is a symbolic link")
    whole = tmp_path / "mallory"
    whole.symlink_to(found.path)
    assert "is a symbolic link" in problems(submission.single(whole), PLUGIN)[0]


@pytest.mark.parametrize("part", [PLUGIN, CONTENT])
def test_a_hard_link_is_refused(tmp_path: Path, part: Part) -> None:
    """Its other name may be a file of the grader's."""
    secret = tmp_path / "secret"
    secret.write_text("the right answers")
    file = "counter/secret.h" if part is PLUGIN else part.file
    found = hand_in(tmp_path, {"my/x": b"", "counter/plugin.toml": b""})
    (found.path / file).hardlink_to(secret)

    (told,) = problems(found, part)
    assert told.startswith(f"the file {file} is a hard link: ")


@pytest.mark.posix
def test_a_name_that_a_terminal_would_obey_is_refused_and_told_safely(
    tmp_path: Path,
) -> None:
    """Also one that is not UTF-8."""
    told: list[str] = []
    for number, name in enumerate((b"\x1b[2Ja.c", b"\xff.c")):
        (tmp_path / str(number)).mkdir()
        found = hand_in(tmp_path / str(number), {"counter/plugin.toml": b""})
        Path(os.fsdecode(os.fsencode(found.path / "counter") + b"/" + name)).touch()
        told += problems(found, PLUGIN)

    assert [words.split(" has ")[0] for words in told] == [
        r"the name counter/\x1b[2Ja.c",
        r"the name counter/\xff.c",
    ]


@pytest.mark.posix
def test_every_folder_is_a_submission_with_a_safe_file_name(tmp_path: Path) -> None:
    """Sorted by name; no two file names are the same on any host."""
    for name in ("bob", "Bob", "=1+1", "CON ", ".git", "a\x1b[2J"):
        (tmp_path / name).mkdir()
    (tmp_path / "notes.txt").touch()
    found = submission.find(tmp_path, Assignment())
    safe = [it.file_name for it in found]

    assert [it.name for it in found] == ["=1+1", "Bob", "CON ", "a\\x1b[2J", "bob"]
    assert safe[1] == "Bob"
    assert all(re.fullmatch(r"[\w.-]+", it) for it in safe)
    assert len({it.casefold() for it in safe}) == len(safe)


@pytest.mark.posix
def test_nobody_can_take_the_file_name_of_another(tmp_path: Path) -> None:
    """An attacker names a folder as the result files of "bob~1" would be called."""
    (tmp_path / "bob~1").mkdir()
    (victim,) = submission.find(tmp_path, Assignment())
    for name in (victim.file_name, victim.file_name.upper(), "\ufb06", "st", "ST"):
        (tmp_path / name).mkdir()
    safe = [it.file_name for it in submission.find(tmp_path, Assignment())]

    assert victim.file_name.startswith("bob_1-")
    assert len({unicodedata.normalize("NFKC", it).casefold() for it in safe}) == 6


@pytest.mark.parametrize("make", [True, False])
def test_a_folder_without_submissions_is_a_mistake(tmp_path: Path, make: bool) -> None:
    """Also one that is not there."""
    root = tmp_path / "handed-in"
    if make:
        root.mkdir()

    with pytest.raises(ScenarioError, match="submissions"):
        submission.find(root, Assignment())


def test_a_folder_that_is_itself_a_submission_is_not_graded_as_a_class(
    tmp_path: Path,
) -> None:
    """Its plugin would be a student who has handed in nothing."""
    found = hand_in(tmp_path, GOOD)
    task = Assignment(part=(PLUGIN,))

    with pytest.raises(ScenarioError, match="counter is directly in it"):
        submission.find(found.path, task)
    assert [it.name for it in submission.find(tmp_path, task)] == ["alice"]


def test_what_a_program_has_left_is_no_submission(tmp_path: Path) -> None:
    """A zip that was made on macOS brings a folder of its own."""
    for name in ("__MACOSX", "__pycache__", ".git"):
        (tmp_path / name).mkdir()
    hand_in(tmp_path, GOOD)

    found = submission.find(tmp_path, Assignment())
    assert [it.name for it in found] == ["alice"]
