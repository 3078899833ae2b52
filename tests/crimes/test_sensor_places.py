"""What a sensor can see and survive: each cell of the table, on a machine."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from minios import cli, paths
from minios.lab.sensor_places import ROWS, Place, Row, Trials


@pytest.fixture(scope="module")
def trials() -> Iterator[Trials]:
    """Machines that are booted once."""
    with Trials() as made:
        yield made


@pytest.mark.parametrize("place", Place, ids=lambda it: it.name.lower())
@pytest.mark.parametrize("row", ROWS, ids=lambda it: it.name)
def test_the_place_decides_what_a_sensor_can_see_and_survive(
    trials: Trials, row: Row, place: Place
) -> None:
    """Nobody says so: the CPU and the kernel do."""
    assert trials.measure(row, place).measured == row.expected(place)


def test_the_command_tells_one_question(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON, a line for each place."""
    code = cli.main(["crimes", "--sensor", "stop", "--json"])

    told = [json.loads(it) for it in capsys.readouterr().out.splitlines()]
    assert (code, [it["measured"] for it in told]) == (
        0,
        ["no process", "stopped", "refused"],
    )


def test_the_page_of_the_plugins_has_the_same_table() -> None:
    """Row by row, in the same order."""
    page = (paths.DRIVERS / "README.md").read_text("utf-8")
    rows = [f"| {it.words} | {' | '.join(it.ends)} |" for it in ROWS]

    assert "\n".join(rows) in page
