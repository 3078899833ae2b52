"""The page that tells how to write a pack is right: what stands there can be done."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from minios import cli, paths
from minios.dev import lesson_tables
from minios.tutor import (
    attempts,
    examining,
    installing,
    pack_files,
    packs,
)
from minios.tutor.errors import LessonError
from minios.tutor.model import Lesson
from minios.tutor.taking import taken
from tests.tutor import small
from tests.worker_processes import Here

PAGE: Final = (paths.LESSONS / "README.md").read_text(encoding="utf-8")
FILES: Final = re.compile(
    r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE
)
COMMANDS: Final = re.compile(
    r"<!-- commands -->\n```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE
)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lessons are examined in this process."""
    monkeypatch.setattr(examining, "Processes", Here)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a user who has installed nothing."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setattr(paths, "user_data", lambda: folder)
    return folder


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The pack of the page, as somebody has copied it."""
    folder = tmp_path / "first-pack"
    for name, text in FILES.findall(PAGE):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def commands() -> Iterator[list[str]]:
    """The words of each command on the page."""
    [block] = COMMANDS.findall(PAGE)
    return (line.split() for line in block.splitlines())


def test_the_pack_on_the_page_is_checked_zipped_installed_and_finished(
    written: Path,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By the very commands that stand there; the last one opens the lesson."""
    monkeypatch.chdir(written.parent)
    *before, (_, _, opened) = commands()
    for program, *arguments in before:
        if program == "minios":
            assert cli.main(arguments) == 0
        else:
            subprocess.run([sys.executable, *arguments], check=True)

    told = capsys.readouterr().out
    assert "01_stop: proved" in told
    assert f"minios learn {opened}" in told
    [folder] = packs.installed(data)
    [lesson] = packs.read(folder, "de").lessons
    assert (lesson.key, lesson.title) == (opened, "Eine Datei, die die Maschine anhält")
    finish(lesson)


def finish(lesson: Lesson) -> None:
    """Do what the solution says."""
    _, steps = attempts.read(lesson.solution / attempts.STEPS_NAME)
    with taken(lesson) as one:
        one.take(steps)
        assert one.visit.is_passed


def test_all_words_of_lessons_stand_on_the_page() -> None:
    """In tables that are made from the code; `minios dev gen` writes them."""
    for name, table in lesson_tables.TABLES.items():
        rows = "\n".join((f"<!-- {name} -->", *table()))
        assert f"{rows}\n" in PAGE, "run `minios dev gen`"


def test_every_key_on_the_page_is_explained() -> None:
    """An empty cell would be a docstring that does not name its field."""
    for name, table in lesson_tables.TABLES.items():
        for row in table():
            cells = [it.strip() for it in row.strip("|").split(" | ")]
            assert cells[-1] or len(cells) == 3, f"{name}: {row}"
            assert cells[1 % len(cells)] or "keys" in name, f"{name}: {row}"


@pytest.mark.parametrize("suffix", pack_files.SUFFIXES)
def test_the_page_names_every_kind_of_file(suffix: str) -> None:
    """Beside the limits, which are looked at below."""
    assert f"`{suffix}`" in PAGE


def test_the_page_names_the_limits() -> None:
    """A limit that changes in the code changes on the page."""
    assert f"At most {pack_files.MOST_FILES} files" in PAGE
    assert f"{pack_files.LARGEST_FILE >> 20} MiB for each" in PAGE
    assert f"{pack_files.MOST_BYTES >> 20} MiB together" in PAGE
    assert f"{pack_files.LARGEST_ZIP >> 20} MiB as a zip" in PAGE


def test_a_pack_is_installed_from_a_folder_as_from_a_zip(
    written: Path, tmp_path: Path
) -> None:
    """Teachers send either."""
    pack = installing.install(written, tmp_path / "data")

    assert pack.folder == tmp_path / "data" / "packs" / "first-pack"
    assert sorted(
        it.relative_to(pack.folder) for it in pack.folder.rglob("*")
    ) == sorted(it.relative_to(written) for it in written.rglob("*"))


def test_an_installed_pack_can_be_replaced_and_removed(
    written: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the command line, with what to write in the message."""
    install = ["learn", "--install", str(written)]
    assert cli.main(install) == 0
    assert cli.main(install) == 2
    assert "--replace" in capsys.readouterr().err
    assert cli.main([*install, "--replace"]) == 0
    assert cli.main(["learn", "--remove", "first-pack"]) == 0
    assert packs.installed(data) == ()


@pytest.mark.usefixtures("data")
def test_a_check_names_the_files_that_the_author_has(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The copy that was checked is gone by then."""
    steps = written / "01_stop" / "solution" / "steps.toml"
    steps.write_text('[[steps]]\nanswer = "nothing"\nsay = "1"\n', encoding="utf-8")

    assert cli.main(["learn", "--check", str(written)]) == 1
    told = capsys.readouterr().out
    assert f"  {steps}: line 1: the lesson has no question 'nothing'" in told


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ('answer = "nothing"\nsay = "1"', "the lesson has no question 'nothing'"),
        ('push = "../../evil.sys"', "the path leaves the folder"),
        ('take = "../.."', "the path leaves the folder"),
        ('take = "README.md"', "cannot be copied"),
        ('push = "channel-291-good"\non = "linux"', "has no machine 'linux'"),
        ('go_back = "bugcheck"', "there is no record 'bugcheck'"),
        ('wait_for = { event = "death" }\nwithin = "1s"', "did not come in time"),
    ],
)
def test_an_attempt_that_cannot_be_is_told(
    steps: str, told: str, tmp_path: Path
) -> None:
    """With its line; nothing else is raised, and no path leads out."""
    text = f"[[steps]]\n{steps}\n"

    with pytest.raises(LessonError, match=rf"line 1: .*{re.escape(told)}"):
        attempt(text, tmp_path)


def test_an_attempt_has_an_end(tmp_path: Path) -> None:
    """A stranger's lesson cannot keep the computer busy for days."""
    text = '[[steps]]\ncut_power = true\n\n[[steps]]\nadvance = "60min"\n'

    with pytest.raises(LessonError, match="an hour of the machines' time"):
        attempt(text, tmp_path)


def attempt(text: str, folder: Path) -> None:
    """Take the small lesson as this attempt says."""
    small.write(folder, {"01_one/solution/steps.toml": text})
    [lesson] = packs.read(folder, "en").lessons
    _, steps = attempts.read(lesson.solution / attempts.STEPS_NAME)
    with taken(lesson) as one:
        one.take(steps)
