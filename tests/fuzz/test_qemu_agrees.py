"""QEMU, asked about single instructions: it agrees, or the table says why not."""

from __future__ import annotations

import pytest

from minios.dev import qemu
from minios.dev.fuzz import witness
from minios.dev.fuzz.comparison import compare
from minios.dev.fuzz.differences import TABLE, explain

pytestmark = pytest.mark.witness


@pytest.fixture(autouse=True)
def _needs_qemu() -> None:
    if not qemu.is_installed():
        pytest.skip("qemu-system-x86_64 is not installed")


def test_the_table_knows_every_difference() -> None:
    """In a few hundred cases; `minios dev fuzz cpu --qemu` runs as many as you like."""
    cases = witness.cases(5, 400)
    ours, theirs = compare(cases)

    unknown = [
        (case.code.hex(" "), left)
        for number, case in enumerate(cases)
        if (left := explain(case, ours[number], theirs[number])[1])
    ]

    assert not unknown
    assert sum(result["vector"] == 3 for result in theirs.values()) > 50


def test_each_difference_is_still_there() -> None:
    """On the day our engine or QEMU does better, its row must go."""
    rows = [row for row in TABLE if row.example]
    cases = [witness.example(bytes.fromhex(row.example)) for row in rows]
    ours, theirs = compare(cases)

    gone = [
        row.instructions
        for number, row in enumerate(rows)
        if row not in explain(cases[number], ours[number], theirs[number])[0]
    ]

    assert not gone
