"""The list of facts can be relied on: each has a source, and says how sure we are."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

import pytest

from minios import paths
from minios.tutor import prose

TEXT: Final = (paths.LESSONS / "FACTS.md").read_text(encoding="utf-8")
ROWS: Final = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in TEXT.splitlines()
    if re.match(r"\| F\d+ \|", line)
]
MARKS: Final = {"primary", "secondary", "derived", "general knowledge"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_fact_has_a_statement_a_source_and_a_mark(row: list[str]) -> None:
    """Four columns, and the last is one of four marks."""
    _, statement, source, mark = row

    assert statement.endswith((".", ")"))
    assert source
    assert mark in MARKS


def test_every_number_is_there_once_and_none_is_left_out() -> None:
    """A fact that was wrong keeps its number."""
    numbers = Counter(int(row[0][1:]) for row in ROWS)

    assert set(numbers) == set(range(1, len(ROWS) + 1))
    assert set(numbers.values()) == {1}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_fact_that_follows_from_others_names_facts_that_exist(row: list[str]) -> None:
    """They are named in words and among the sources."""
    known = {it[0] for it in ROWS}

    assert set(re.findall(r"\bF\d+\b", " ".join(row))) <= known


def test_the_list_can_be_shown_by_every_interface() -> None:
    """No HTML and no pictures, as in the lessons."""
    assert prose.read(TEXT).foreign == ()
