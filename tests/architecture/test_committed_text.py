"""What is committed speaks of the project, not of the machine it was written on."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BINARY = {".png", ".gif", ".bin", ".sys", ".zst", ".pyc", ".ico"}

# Somebody's home, or the folder that this checkout stands in.
HOMES = re.compile(r"/(?:home|Users|root)/[a-z.]|[A-Z]:\\+Users\\")

# "SDM vol. 3A, 4.7", "vol. 1, section 3.3", "SDM 17.3", "figure 4-12" of that manual.
NUMBERED = re.compile(
    r"(?:SDM|vol\. ?[1-4][A-D]?),?\s+(?:[a-z]+ )?\d+[.-]\d+|(?:figure|table) \d+-\d+"
)


def committed() -> list[Path]:
    """The files that git knows; without git, the sources that an sdist has."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        done = subprocess.run(
            [git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
        )
        return [ROOT / name for name in done.stdout.decode().split("\0") if name]
    folders = ("minios", "drivers", "lessons", "tests", "assets")
    return [path for folder in folders for path in (ROOT / folder).rglob("*.*")]


def texts() -> Iterator[tuple[str, str]]:
    """Name and text of every committed text file."""
    for path in committed():
        if path.is_file() and path.suffix not in BINARY:
            name = path.relative_to(ROOT).as_posix()
            yield name, path.read_text(encoding="utf-8", errors="replace")


def test_no_text_names_a_folder_of_the_machine_it_was_written_on() -> None:
    """Neither a home folder nor the place of the checkout."""
    guilty = {
        name: found
        for name, text in texts()
        if (found := HOMES.findall(text) or [str(ROOT)] * (f"{ROOT}/" in text))
        and name != "tests/architecture/test_committed_text.py"
    }

    assert not guilty


def test_intels_manual_is_cited_by_the_titles_of_its_sections() -> None:
    """Numbers of sections, figures and tables change from one edition to the next."""
    guilty = {
        name: found
        for name, text in texts()
        if (found := NUMBERED.findall(text)) and not name.startswith("tests/arch")
    }

    assert not guilty


@pytest.mark.parametrize("name", ["uv.lock", "minios/guest", ".venv"])
def test_what_belongs_to_one_machine_is_not_committed(name: str) -> None:
    """A lock file would name hosts; the guest is built from its sources."""
    assert not [path for path in committed() if path.is_relative_to(ROOT / name)]


def torn_rows(text: str) -> list[str]:
    """Rows of tables in Markdown that have more or fewer cells than their head."""
    torn = []
    cells = 0
    for line in text.splitlines():
        if not line.startswith("|"):
            cells = 0
            continue
        found = re.sub(r"`[^`]*`", "", line).replace(r"\|", "").count("|")
        cells = cells or found
        if found != cells:
            torn.append(line)
    return torn


def test_a_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    """An edit of many rows at once can tear one that only looks like them."""
    guilty = {name: torn_rows(text) for name, text in texts() if name.endswith(".md")}

    assert {name: rows for name, rows in guilty.items() if rows} == {}
    assert torn_rows("| a | b |\n|---|---|\n| `x|y` |\n") == ["| `x|y` |"]
