"""The judge of the fuzzer: what it lets pass, and what it must not."""

from __future__ import annotations

import pytest

from minios.dev.fuzz import cases
from minios.dev.fuzz.arena import Arena
from minios.dev.fuzz.cases import Case
from minios.dev.fuzz.modes import MODES
from minios.machine import bare, paging

_GDT_PAGE = bare.GDT & ~0xFFF
_TOUCHED = paging.ACCESSED | paging.DIRTY
_OPEN = paging.PRESENT | paging.WRITE | paging.USER | _TOUCHED


def _case(code: str, rax: int = 0, rflags: int = 2, mode: int = 0) -> Case:
    registers = (rax, *[0] * 15)
    return Case(0, bytes.fromhex(code), registers, rflags, mode, wild_stack=False)


def _run(arena: Arena, case: Case, ring: int) -> tuple[int | None, tuple[str, ...]]:
    arena.load([case])
    result = arena.run(case, ring)
    return result.vector, result.problems


@pytest.fixture(scope="module")
def arena() -> Arena:
    """One for all tests that do not bend it."""
    return Arena()


@pytest.mark.parametrize("mode", range(len(MODES)), ids=lambda it: MODES[it].name)
@pytest.mark.parametrize(
    ("code", "vector"), [("0f0b", 6), ("fa", 13), ("8900", 14), ("cd80", 13)]
)
def test_what_ring3_may_do_is_no_problem(
    arena: Arena, code: str, vector: int, mode: int
) -> None:
    """Faults, and the gate that is open to it (behind which `hlt` follows)."""
    found, problems = _run(arena, _case(code, _GDT_PAGE, mode=mode), 3)

    assert (found, problems) in ((vector, ()), (None, ()))


def test_a_supervisor_page_that_changes_is_named(arena: Arena) -> None:
    """A page of the kernel that was left open to ring 3."""
    hole = Arena()
    hole._bare.map(_GDT_PAGE, _GDT_PAGE, _OPEN)
    hole._empty = hole._memory.bytes.tobytes()
    store = _case("8900", _GDT_PAGE + 0x100)

    assert _run(arena, store, 3) == (14, ())
    assert _run(hole, store, 3) == (13, ("0x5000, a supervisor page, has changed",))


def test_ring0_beside_its_doors_is_named() -> None:
    """A gate that leads into the middle of nowhere, and one that keeps IF."""
    crooked = Arena()
    crooked._bare.set_gate(6, kind=0xF)  # a trap gate
    crooked._memory.write(bare.IDT + 13 * 16, (0x70D8).to_bytes(2, "little"))
    crooked._empty = crooked._memory.bytes.tobytes()

    wrong_place = _run(crooked, _case("fa"), 3)
    wrong_flags = _run(crooked, _case("0f0b", rflags=0x202), 3)

    assert wrong_place == (13, ("ring 0 was entered at 0x70d8, which is no door",))
    assert wrong_flags[1] == ("a handler runs with RFLAGS 0x202",)


def test_a_triple_fault_of_ring3_is_named() -> None:
    """The IDT is gone: nothing can be delivered."""
    broken = Arena()
    broken._memory.write(bare.IDT, bytes(0x1000))
    broken._empty = broken._memory.bytes.tobytes()

    _, problems = _run(broken, _case("0f0b"), 3)

    assert problems == ("the machine was shut down by a triple fault",)


def test_each_case_begins_with_the_same_memory(arena: Arena) -> None:
    """Ring 0 destroys a table, and the next case finds it whole."""
    destroy = _case("c700 00000000", bare.IDT + 13 * 16)

    before = _run(arena, _case("fa"), 3)
    assert _run(arena, destroy, 0) == (None, ())
    assert _run(arena, _case("fa"), 3) == before == (13, ())
    assert not arena.restore_rest()


def test_code_may_reach_into_a_page_that_is_not_there(arena: Arena) -> None:
    """The last case of a block stands at the end of the last page of code."""
    block = cases.block(1, 1, len(MODES))
    last = Case(block[-1].number, b"\x48\xb8", (0,) * 16, 2, 0, wild_stack=False)
    arena.load([last])

    assert arena.run(last, 3).vector == 14
