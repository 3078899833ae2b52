"""CONTRIBUTING.md lists the deep tests: those that `uv run pytest` leaves out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MARK = re.compile(r"\bmark\.deep\b")
ROW = re.compile(r"^\| `(tests/\S+)` \| (\d+|all) \| (.+) \|$", re.MULTILINE)
END = "end of the list"
COLLECT = f"""
import json, sys, pytest
for words in json.loads(sys.argv[1]):
    pytest.main(["-q", "-n0", "--collect-only", *words])
    print({END!r})
"""


def files() -> list[Path]:
    """Those that have a deep test."""
    return sorted(
        path
        for path in (ROOT / "tests").rglob("test_*.py")
        if path != Path(__file__) and MARK.search(path.read_text(encoding="utf-8"))
    )


def listed() -> dict[str, str]:
    """How many tests of which file, in the words of CONTRIBUTING.md.

    "all" where there is one for each row of a table, so that a row changes no number.
    """
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("## Deep tests\n")[2].partition("\n## ")[0]
    return {name: count for name, count, _ in ROW.findall(section)}


def collected(*runs: tuple[str | Path, ...]) -> list[Counter[str]]:
    """How many tests of which file pytest would run, for each of these words to it."""
    done = subprocess.run(
        [sys.executable, "-c", COLLECT, json.dumps(runs, default=str)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    *found, _ = done.stdout.split(END)
    return [
        Counter(it.partition("::")[0] for it in output.splitlines() if "::" in it)
        for output in found
    ]


def test_contributing_lists_every_deep_test() -> None:
    """The file, how many, and why."""
    (found,) = collected(("-m", "deep", *files()))
    said = listed()

    assert said.keys() == found.keys()
    assert said == {
        name: "all" if said[name] == "all" else str(count)
        for name, count in found.items()
    }


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_a_file_says_why_it_has_deep_tests(path: Path) -> None:
    """In its docstring."""
    assert "Deep: " in path.read_text(encoding="utf-8").split('"""')[1]


def test_deep_tests_run_only_if_they_are_asked_for() -> None:
    """By their mark or by name; a file that is named has its usual tests."""
    path = "tests/recovery/test_by_hand.py"
    name = f"{path}::test_a_countdown_ends_when_it_has_said"

    by_name, deep, usual, both = collected(
        (name,), ("-m", "deep", path), (path,), ("-m", "not deep", path)
    )

    assert by_name == {path: 2}
    assert deep == {path: 1}
    assert usual == both
    assert usual
