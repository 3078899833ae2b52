"""assignment.toml is read as it is meant, or refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.errors import ScenarioError
from minios.testing.grading import assignment
from minios.testing.grading.assignment import Assignment, Kind, Part

EXAMPLE = """\
title = "A counter"
points = 2
hidden = true
instructions = 1000
virtual_seconds = 30

[[part]]
kind = "plugin"
file = "counter"

[[part]]
kind = "answers"
file = "answers.toml"
required = false
"""


def test_an_assignment_is_read_as_it_is_meant(tmp_path: Path) -> None:
    """All that can be said."""
    (tmp_path / "assignment.toml").write_text(EXAMPLE)

    assert assignment.read(tmp_path) == Assignment(
        "A counter",
        2.0,
        hidden=True,
        instructions=1000,
        virtual_seconds=30.0,
        part=(
            Part(Kind.PLUGIN, "counter"),
            Part(Kind.ANSWERS, "answers.toml", required=False),
        ),
    )


def test_scenarios_need_no_assignment(tmp_path: Path) -> None:
    """Then nothing is asked for, and each scenario has one point."""
    assert assignment.read(tmp_path) == Assignment()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = 3", "Expected `str`"),
        ("titel = 'x'", "unknown field `titel`"),
        ("points = -1", "points"),
        ("points = nan", "points"),
        ("virtual_seconds = 0", "virtual_seconds"),
        ("[[part]]\nkind = 'plug'\nfile = 'x'", "Invalid enum value 'plug'"),
        ("[[part]]\nkind = 'plugin'", "missing required field `file`"),
        ("[[part]]\nkind = 'plugin'\nfile = '../x'", "outside the submission"),
        ("[[part]]\nkind = 'plugin'\nfile = '/x'", "outside the submission"),
        ("[[part]]\nkind = 'plugin'\nfile = ''", "no usable name"),
        ("[[part]]\nkind = 'answers'\nfile = 'a.txt'", "does not end in .toml"),
        ("[[part]]\nkind = 'content'\nfile = 'a'\n" * 2, "two parts with the file 'a'"),
        ("a = " + "[" * 5000, "is not an assignment"),
        ("a" * 100_000, "at most"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    tmp_path: Path, text: str, words: str
) -> None:
    """With the file, and what is wrong in it."""
    (tmp_path / "assignment.toml").write_text(text)

    with pytest.raises(ScenarioError) as caught:
        assignment.read(tmp_path)
    assert words in str(caught.value)
    assert str(tmp_path / "assignment.toml") == caught.value.where
