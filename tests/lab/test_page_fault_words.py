"""The error code of a page fault, in words."""

from __future__ import annotations

import itertools

import pytest

from minios.lab.evidence import page_fault_words

READ, PRESENT, WRITE, USER, FETCH = 0, 1, 2, 4, 16
ACCESSES = {READ: "read", WRITE: "write", FETCH: "fetch"}
PAGES = {0: "a page that is not present", PRESENT: "a present page"}


@pytest.mark.parametrize(
    ("access", "page", "ring"), [*itertools.product(ACCESSES, PAGES, [0, 3])]
)
def test_the_words_say_which_access_by_whom_and_of_what(
    access: int, page: int, ring: int
) -> None:
    """Bit 0: the page is there; 1: a write; 2: by ring 3; 4: a fetch."""
    code = access | page | (USER if ring == 3 else 0)

    words = page_fault_words(code, ring)

    assert words == f"a {ACCESSES[access]} by ring {ring} of {PAGES[page]}"


def test_the_cpu_itself_reads_its_tables_while_a_program_runs() -> None:
    """No access of ring 3 (bit 2 is clear), though ring 3 was running."""
    assert page_fault_words(READ, 3) == (
        "a read by the CPU itself of a page that is not present"
    )
