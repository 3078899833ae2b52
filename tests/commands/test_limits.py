"""`minios limits`: the whole list, one entry, and for scripts."""

from __future__ import annotations

import json

import pytest

from minios import cli
from minios.machine.limits import LIMITS


def test_the_list_has_every_limit(capsys: pytest.CaptureFixture[str]) -> None:
    """By its name and title, and no line is wider than a terminal."""
    assert cli.main(["limits"]) == 0

    lines = capsys.readouterr().out.splitlines()
    for limit in LIMITS:
        assert f"{limit.name}: {limit.title}" in lines
    assert max(map(len, lines)) < 80


def test_json_gives_all_of_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    """One object a line."""
    assert cli.main(["limits", "--json"]) == 0

    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["name"] for row in found] == [limit.name for limit in LIMITS]
    assert found[0]["why"] == LIMITS[0].why


def test_one_entry_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """What it is, and where it is talked about."""
    assert cli.main(["limits", "--only", "lock"]) == 0

    out = capsys.readouterr().out
    assert "f0 89 c3  (in ring 3)" in out
    assert "unicorn #855" in out
    assert "vex:" not in out


def test_an_unknown_name_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """It names the known ones."""
    assert cli.main(["limits", "--only", "lok"]) == 2

    err = capsys.readouterr().err
    assert err.startswith(
        "minios: --only: there is no limit 'lok'. Did you mean lock? "
    )
    assert err.count("\n") == 1
