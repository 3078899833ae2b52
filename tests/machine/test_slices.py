"""A slice of N instructions leaves the same state as N slices of one.

The engine keeps the arithmetic flags in pieces and translates code block by block; a
cut must not show in either.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

from hypothesis import given, settings
from hypothesis import strategies as st

from minios.machine.bare import Bare

COUNT = 24
RSP = 4
INSTRUCTIONS = {
    "add rax, rbx": "4801d8",
    "sub rbx, rax": "4829c3",
    "adc rax, rbx": "4811d8",
    "imul rax, rbx": "480fafc3",
    "mul rbx": "48f7e3",
    "rcr rax, 1": "48d1d8",
    "shl rbx, 3": "48c1e303",
    "test rax, rax": "4885c0",
    "cmove rax, rbx": "480f44c3",
    "setb cl": "0f92c1",
    "bsr rax, rbp": "480fbdc5",
    "stc": "f9",
    "clc": "f8",
    "std": "fd",
    "lahf": "9f",
    "pushfq; pop rax": "9c58",
    "je +0": "7400",
    "call +0": "e800000000",
}
Outcome = tuple[list[int], int, int]


@lru_cache
def bare(number: int) -> Bare:
    """One CPU for the run in a piece, one for the run in slices."""
    del number
    return Bare()


def outcome(number: int, code: bytes, values: list[int], slices: list[int]) -> Outcome:
    """Registers, flags and RIP after the slices."""
    it = bare(number)
    it.put(code, 0)
    it.enter(0)
    for register, value in enumerate(values):
        if register != RSP:
            it.state.set_general(register, value)
    for size in slices:
        assert it.run(size) is None
    registers = [it.state.general(register) for register in range(16)]
    return registers, it.processor.engine.rflags, it.state.rip


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    program=st.lists(
        st.sampled_from(sorted(INSTRUCTIONS)), min_size=COUNT, max_size=COUNT
    ),
    values=st.lists(st.integers(0, (1 << 64) - 1), min_size=16, max_size=16),
    cuts=st.sets(st.integers(1, COUNT - 1)),
)
def test_slices_do_not_show(
    program: list[str], values: list[int], cuts: set[int]
) -> None:
    """For any program, any registers and any cuts."""
    code = b"".join(bytes.fromhex(INSTRUCTIONS[name]) for name in program)
    edges = [0, *sorted(cuts), COUNT]
    slices = [end - start for start, end in itertools.pairwise(edges)]

    whole = outcome(0, code, values, [COUNT])
    assert outcome(1, code, values, slices) == whole
