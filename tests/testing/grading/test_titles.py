"""What a test is called in the results."""

from __future__ import annotations

import json
from pathlib import Path

from tests.testing.grading.grading import BAD, Grade, hand_in, scenarios

TESTS = '''
import pytest

@pytest.mark.points(1)
@pytest.mark.parametrize("world", ["windows", "macos"])
def test_opens(world):
    """Three opens are counted."""

def test_closes(content):
    """Three closes are counted."""

def test_again(content):
    """Three closes are counted."""

def test_alone(content):
    """Nothing else is counted."""
'''
TOML = """\
title = "It starts"
[parameters]
world = ["windows", "macos"]
[machines.it]
world = "{world}"
[[steps]]
advance = "5ms"
"""


def test_tests_with_the_same_words_are_told_apart(tmp_path: Path, grade: Grade) -> None:
    """By their parameters, or else by their names; no other title is changed."""
    tests = scenarios(tmp_path, TESTS)
    (tests / "start.scenario.toml").write_text(TOML)
    root = hand_in(tmp_path, {"ann": BAD.read_text()})
    words = ("--with", tests, "--format", "gradescope", "--output", tmp_path / "g")
    done = grade(root, *words)
    found = json.loads((tmp_path / "g/gradescope/ann/results.json").read_bytes())

    assert done.returncode == 0, done.stderr
    assert [it["name"] for it in found["tests"]] == [
        "It starts [windows]",
        "It starts [macos]",
        "Three opens are counted [windows]",
        "Three opens are counted [macos]",
        "Three closes are counted [test_mine.py::test_closes]",
        "Three closes are counted [test_mine.py::test_again]",
        "Nothing else is counted",
    ]
