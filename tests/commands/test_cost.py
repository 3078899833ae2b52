"""`minios cost`: a table for each kind of work, and for scripts."""

from __future__ import annotations

import json
from functools import cache

import pytest

from minios import cli
from minios.lab import cost
from minios.lab.cost import EVERYWHERE


@pytest.fixture(name="printed", scope="module")
def everything_printed() -> dict[bool, str]:
    """What it prints of pipes: as a table, and as JSON."""
    with pytest.MonkeyPatch.context() as patch:
        measure = cost.measure
        patch.setattr(cost, "measure", cache(lambda *given: tuple(measure(*given))))
        lines: list[str] = []
        patch.setattr("builtins.print", lines.append)
        assert cli.main(["cost", "pipes"]) == 0
        table = "\n".join(lines)
        lines.clear()
        assert cli.main(["cost", "pipes", "--json"]) == 0
        return {False: table, True: "\n".join(lines)}


def test_the_table_and_json_say_the_same(printed: dict[bool, str]) -> None:
    """The counts of all times, and those for each time; no line is too wide."""
    rows = [json.loads(line) for line in printed[True].splitlines()]
    table = printed[False]

    assert [it["arrangement"] for it in rows] == [it.words for it in EVERYWHERE]
    for row in rows:
        start = f"  {row['arrangement']} "
        (line,) = (it for it in table.splitlines() if f"{it} ".startswith(start))
        told = line.removeprefix(f"  {row['arrangement']}").split()
        each = [row[it] / row["times"] for it in ("instructions", "crossings")]
        assert told[:2] == [f"{each[0]:.0f}", f"{each[1]:.1f}"]
    assert max(map(len, table.splitlines())) < 80


def test_unknown_work_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """It names what there is."""
    assert cli.main(["cost", "pipe"]) == 2

    assert "there is no work 'pipe'. Did you mean pipes?" in capsys.readouterr().err
