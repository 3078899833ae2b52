"""Small assignments for tests, and `minios grade` in a process of its own.

The fixture `grade` runs the command without one: that takes far less time.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

Grade = Callable[..., subprocess.CompletedProcess[str]]

BAD: Final = Path("assets/content/channel-291-bad.toml").resolve()
LATENT: Final = BAD.with_name("channel-291-latent.toml")

ASSIGNMENT: Final = """\
title = "A content file that stops the machine"
[[part]]
kind = "content"
file = "mine.toml"
"""
SCENARIOS: Final = '''
import os
import signal
import pytest
from minios.content.source import compile_source
from minios.lab import Bugcheck, ContentFile, seconds

@pytest.fixture
def text(submission):
    return submission.path("mine.toml").read_text()

@pytest.mark.points(3)
def test_the_machine_stops(windows, text):
    """The file stops the machine."""
    windows.push(ContentFile("mine", compile_source(text)))
    assert windows.run_until(Bugcheck(), within=seconds(5)).ring == 0

@pytest.mark.hidden
@pytest.mark.points(2)
def test_a_secret(text):
    """SECRET title"""
    assert "latent" not in text, "SECRET words"

def test_the_grader_lives(text):
    """The process that grades goes on."""
    if "please die" in text:
        os.kill(os.getpid(), signal.SIGTERM)
'''


def scenarios(folder: Path, text: str = SCENARIOS) -> Path:
    """A folder with scenarios."""
    place = folder / "scenarios"
    place.mkdir()
    (place / "test_mine.py").write_text(text)
    (place / "assignment.toml").write_text(ASSIGNMENT)
    return place


def hand_in(folder: Path, files: Mapping[str, str]) -> Path:
    """Submissions: the name of each student, and the content file; none if empty."""
    root = folder / "handed-in"
    for name, text in files.items():
        (root / name).mkdir(parents=True)
        if text:
            (root / name / "mine.toml").write_text(text)
    return root


def grade_alone(
    *words: str | Path, temporary: Path
) -> subprocess.CompletedProcess[str]:
    """Run `minios grade` in new processes, with a folder for their temporary files."""
    temporary.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "minios", "grade", *words],
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
        check=False,
    )


def table(results: Path) -> dict[str, list[str]]:
    """Of each submission the cells of grades.csv behind its name."""
    text = (results / "grades.csv").read_text(encoding="utf-8")
    _, *rows = csv.reader(text.splitlines())
    return {name: cells for name, *cells in rows}


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
