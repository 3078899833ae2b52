"""The changelog has the form of "Keep a Changelog", and the version of the package."""

from __future__ import annotations

import re
from pathlib import Path

import minios

TEXT = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
VERSIONS = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_unreleased_changes_stand_above_the_version_of_the_package() -> None:
    """Whoever raises the version gives the changes that it brings a heading."""
    assert VERSIONS[0] == "[Unreleased]"
    assert VERSIONS[1].startswith(f"[{minios.__version__}] - ")


def test_a_version_says_its_number_and_its_day() -> None:
    """In the order of the days, the newest first."""
    rows = [
        re.fullmatch(r"\[\d+\.\d+\.\d+\] - (\d{4}-\d\d-\d\d)", it) for it in VERSIONS
    ]

    days = [row[1] for row in rows if row]
    assert len(days) == len(VERSIONS) - 1
    assert days == sorted(days, reverse=True)


def test_changes_are_of_the_six_known_kinds() -> None:
    """Each kind once in a version, and only if there is something under it."""
    for text in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]:
        kinds = re.findall(r"^### (.+)$", text, re.MULTILINE)
        parts = re.split(r"^### ", text, flags=re.MULTILINE)[1:]

        assert set(kinds) <= KINDS
        assert len(kinds) == len(set(kinds))
        assert all("\n- " in part for part in parts)
