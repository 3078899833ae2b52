"""How the verifier walks, what it writes down, and that it gives everything back."""

from __future__ import annotations

import itertools
import random

import pytest

from minios.abi import bpf
from minios.bpf.assembly import assemble
from tests.bpf.verifier.cases import CASES
from tests.bpf.verifier.host import MAPS, NO_MEMORY, UNSAFE, Verifier

pytestmark = pytest.mark.witness

_PAST_THE_END = (
    "8 bytes at 160, but the variables' section data ends at 160 "
    '("R6 max value is outside of the allowed memory")'
)
_INDEX_20 = """
    r6 = value[data] + 0
    r7 = *(u8 *)(r1 + 0)
    if r7 > 20 goto out
    r7 <<= 3
    r6 += r7
    r0 = *(u64 *)(r6 + 0)
    exit
out:
    r0 = 0
    exit
"""


def _diamonds(count: int, *, is_kept: bool) -> str:
    """Branches in a row; each path is another one.

    If `is_kept`, a register remembers each decision: then all paths differ.
    """
    lines = ["r6 = r1", "r7 = 0", "r0 = 0"]
    for number in range(count):
        lines += [
            f"r2 = *(u8 *)(r6 + {number})",
            "if r2 == 0 goto +1",
            f"r7 |= {1 << number}" if is_kept else "r8 = 1",
        ]
    return "\n".join([*lines, "r0 = r7", "exit"])


@pytest.mark.parametrize("sign", ["*", "/", "|", "&", "<<", ">>", "%", "^", "s>>"])
def test_an_operation_that_an_address_does_not_allow_is_named(
    verifier: Verifier, sign: str
) -> None:
    """As the assembler writes it."""
    verdict = verifier.verify(f"r2 = r1\nr2 {sign}= 3\nr0 = 0\nexit")
    assert f'not {sign} ("R2 pointer {sign} pointer prohibited")' in verdict.reason


def test_where_paths_meet_only_one_goes_on(verifier: Verifier) -> None:
    """20 branches are a million paths, and some hundred instructions to look at."""
    verdict = verifier.verify(_diamonds(20, is_kept=False))
    assert verdict.is_accepted
    assert verdict.visits < 300


def test_paths_that_differ_are_all_walked(verifier: Verifier) -> None:
    """Each has another number in R7, and nothing says that it does not matter."""
    few = verifier.verify(_diamonds(5, is_kept=True)).visits
    more = verifier.verify(_diamonds(10, is_kept=True)).visits
    assert more > 20 * few


def test_a_register_that_nobody_reads_makes_no_paths(verifier: Verifier) -> None:
    """The last decision is in R7. It counts only where the program returns it."""
    text = _diamonds(10, is_kept=True).replace("r7 |=", "r7 =")
    read = verifier.verify(text).visits
    unread = verifier.verify(text.replace("r0 = r7", "r0 = 0")).visits
    assert unread < read // 2


def test_a_loop_of_21_over_three_paths_is_affordable(verifier: Verifier) -> None:
    """As a sensor compares: each criterion has more than one way to match."""
    text = """
        r6 = r1
        r7 = 0
    loop:
        r1 = r6
        r1 += r7
        r2 = *(u8 *)(r1 + 0)
        if r2 == 0 goto next
        if r2 == 1 goto other
        r3 = *(u8 *)(r1 + 104)
        if r3 == r2 goto next
        goto no
    other:
        r3 = *(u8 *)(r1 + 64)
        if r3 != r2 goto no
    next:
        r7 += 1
        if r7 != 21 goto loop
        r0 = 1
        exit
    no:
        r0 = 0
        exit
    """
    verdict = verifier.verify(text)
    assert verdict.is_accepted, verdict.log
    assert verdict.visits < 21 * 20


def test_a_copy_knows_what_the_original_learns(verifier: Verifier) -> None:
    """The compiler often checks one register, and uses its copy."""
    text = """
        r6 = value[data] + 0
        r7 = *(u64 *)(r1 + 8)
        r8 = r7
        if r7 > 159 goto out
        r6 += r8
        r0 = *(u8 *)(r6 + 0)
        exit
    out:
        r0 = 0
        exit
    """
    assert verifier.verify(text).is_accepted
    assert not verifier.verify(text.replace("r8 = r7", "r8 = r7\nr8 += 1")).is_accepted


def test_a_spilled_copy_knows_it_too(verifier: Verifier) -> None:
    """The compiler puts a register into the stack, and checks the register."""
    text = """
        r6 = value[data] + 0
        r7 = *(u64 *)(r1 + 8)
        *(u64 *)(r10 - 8) = r7
        if r7 > 159 goto out
        r8 = *(u64 *)(r10 - 8)
        r6 += r8
        r0 = *(u8 *)(r6 + 0)
        exit
    out:
        r0 = 0
        exit
    """
    assert verifier.verify(text).is_accepted


def test_a_refusal_says_path_instruction_state_line_and_reason(
    verifier: Verifier,
) -> None:
    """The last lines of the log, in this order. Index 20 of 20 is the case."""
    assert verifier.verify(_INDEX_20).log.splitlines() == [
        "path: from 0",
        "6: r0 = *(u64 *)(r6 + 0)",
        "    R1=event+0 R6=map value+0..160 bits 0/f8 R7=0..160 bits 0/f8",
        "test: refused at instruction 6, test.c:106",
        _PAST_THE_END,
    ]
    assert verifier.verify(_INDEX_20.replace("> 20", "> 19")).is_accepted


def test_the_path_names_the_jumps_that_were_taken(verifier: Verifier) -> None:
    """Only on one of the two paths R6 was not written."""
    text = """
        r2 = *(u8 *)(r1 + 0)
        if r2 == 7 goto +1
        r6 = 1
        if r2 > 100 goto +0
        r0 = r6
        exit
    """
    log = verifier.verify(text).log
    assert "path: from 0, 1 to 3" in log
    assert (
        'R6 was not written on this path, so it cannot be read ("R6 !read_ok")' in log
    )


def test_a_path_with_the_longest_numbers_fits_into_a_line(verifier: Verifier) -> None:
    """Only the last eight jumps are told, so that none of them is cut."""
    last = bpf.BPF_INSTRUCTIONS_LIMIT - 40
    jumps = "if r0 == 0 goto +1\nr0 = 0\n" * 12
    log = verifier.verify("r0 = 0\n" * last + jumps + "r0 = r5\nexit").log
    path = next(it for it in log.splitlines() if it.startswith("path: "))
    taken = [f"{last + 2 * n} to {last + 2 * n + 2}" for n in range(4, 12)]
    assert path == f"path: from 0, ..., {', '.join(taken)}"


@pytest.mark.parametrize("count", [1024, 4096])
def test_a_chain_of_backward_jumps_is_read_in_one_go(
    verifier: Verifier, count: int
) -> None:
    """Each block leads to the one above it, and the first one reads R6."""
    text = f"r6 = 1\ngoto +{count + 1}\nr0 = r6\nexit\n" + "goto -3\n"
    text += "goto -2\n" * (count - 1)
    verdict = verifier.verify(text)
    assert verdict.is_accepted, verdict.log
    assert not verifier.verify(text.replace("r0 = r6", "r0 = r7")).is_accepted


def test_the_verbose_log_has_each_instruction_with_the_state_before(
    verifier: Verifier,
) -> None:
    """So one can follow what the verifier knows."""
    log = verifier.verify("r2 = 5\nr0 = r2\nexit", is_verbose=True).log
    assert log.splitlines() == [
        "    R1=event+0",
        "0: r2 = 5",
        "    R1=event+0 R2=5",
        "1: r0 = r2",
        "    R0=5 R1=event+0 R2=5",
        "2: exit",
        "test: verified, 3 instructions looked at",
    ]


def test_a_full_log_says_how_many_steps_it_has_left_out(verifier: Verifier) -> None:
    """Otherwise it would look as if the walk had ended where the log does."""
    count = 500
    text = "r0 = 0\n" * count + "exit"
    log = verifier.verify(text, is_verbose=True, log_size=12 << 10).log.splitlines()
    shown = len([it for it in log if it.endswith(("r0 = 0", "exit"))])
    assert 0 < shown < count
    left = count + 1 - shown
    assert log[-2:] == [
        f"... {left} more steps are left out: the log is full",
        f"test: verified, {count + 1} instructions looked at",
    ]


def test_a_full_log_still_has_the_reason(verifier: Verifier) -> None:
    """A verbose log of a long walk leaves room for the end."""
    text = "r6 = 0\nloop:\nr6 += 1\nif r6 < 5000 goto loop\nr0 = r7\nexit"
    verdict = verifier.verify(text, is_verbose=True, log_size=16384)
    assert verdict.reason.endswith('("R7 !read_ok")')
    assert len(verdict.log) < 16384


def test_without_a_log_the_verdict_is_the_same(verifier: Verifier) -> None:
    """The caller need not want one."""
    assert verifier.verify("r0 = 0\nexit", log_size=0).is_accepted
    assert verifier.verify("r0 = r7\nexit", log_size=0).status == UNSAFE


@pytest.mark.parametrize("size", [0, 100, 2_000, 40_000, 120_000, 200_000])
def test_too_little_memory_is_said_and_nothing_is_lost(
    verifier: Verifier, size: int
) -> None:
    """Wherever the memory ends, the verifier does not accept, and gives all back."""
    verifier.limit_memory(size)
    verdict = verifier.verify(_diamonds(12, is_kept=True))
    assert verdict.status == NO_MEMORY
    assert "not enough memory" in verdict.log
    assert verdict.blocks_left == 0


def test_any_bytes_get_a_verdict(verifier: Verifier) -> None:
    """Every opcode, with every register: one verdict, one reason, nothing lost."""
    for opcode, registers in itertools.product(range(256), (0, 0x10, 0x0A, 0xB0, 0xFF)):
        code = bytes([opcode, registers, 0, 0, 0, 0, 0, 0])
        code += bytes.fromhex("b700000000000000 9500000000000000")
        verdict = verifier.verify(code)
        assert verdict.status in (0, UNSAFE)
        assert verdict.reason
        assert verdict.blocks_left == 0


def test_the_largest_program_is_walked(verifier: Verifier) -> None:
    """As many instructions as one may have, and a loop over half of them."""
    half = bpf.BPF_INSTRUCTIONS_LIMIT // 2
    lines = ["r0 = 0", "r6 = 0", *["r0 += 1"] * (half - 2)]
    lines += ["r0 ^= 5"] * (half - 3)
    text = "\n".join([*lines, "r6 += 1", f"if r6 < 3 goto -{half - 1}", "exit"])
    verdict = verifier.verify(text)
    assert verdict.is_accepted, verdict.log
    assert verdict.visits > 2 * half


def test_the_defect_lets_a_bad_program_pass(verifier: Verifier) -> None:
    """bounds32: what is 1 is believed to be 0, and so is its product with anything."""
    text = """
        r6 = value[data] + 0
        r2 = *(u64 *)(r1 + 8)
        r3 = r2
        r3 >>= 32
        r3 <<= 32      ; the lower half is 0, the upper unknown
        r4 = 1
        w3 |= w4       ; 1, believed to be 0
        r3 *= 4096
        r6 += r3
        r0 = *(u8 *)(r6 + 0)
        exit
    """
    assert "4096" in verifier.verify(text).reason
    verifier.plant("BOUNDS32")
    assert verifier.verify(text).is_accepted


def test_a_loop_that_does_not_end_is_named_with_its_bound(verifier: Verifier) -> None:
    """A process id has 32 bits: who wrote the loop has to see which number is open.

    Each turn looks at three instructions: two of the loop, and the way out.
    """
    verdict = verifier.verify("""
        r3 = *(u32 *)(r1 + 8)
        r0 = 0
    again:
        r0 += 1
        if r0 < r3 goto again
        exit
    """)
    assert verdict.status == UNSAFE
    assert verdict.reason == (
        "after 1000000 instructions: R3 can be up to 4294967295 in the loop's test at "
        '3, which 333333 turns did not end ("BPF program is too large")'
    )


def test_a_number_of_more_than_32_bits_is_shown_in_hexadecimal(
    verifier: Verifier,
) -> None:
    """An address of the kernel, or a pattern of bits: nobody knows them in decimal."""
    verdict = verifier.verify("""
        r2 = 0xffff800000001000 ll
        r3 = -5
        r0 = *(u8 *)(r2 + 0)
        exit
    """)
    assert "R2=0xffff800000001000 R3=-5" in verdict.log


def test_the_defect_changes_no_other_verdict(verifier: Verifier) -> None:
    """It is one rule that is wrong: the cases of the table do not use it."""
    verifier.plant("BOUNDS32")
    for case in CASES:
        good = verifier.verify(case.side(0), hook=case.hook, memory_size=case.memory)
        bad = verifier.verify(case.side(1), hook=case.hook, memory_size=case.memory)
        assert (good.status, bad.status) == (0, UNSAFE), case.name


def test_mutated_programs_get_a_verdict_and_nothing_is_lost(
    verifier: Verifier,
) -> None:
    """Single bits of the table's programs are flipped: strange, but nearly valid."""
    dice = random.Random(7)  # noqa: S311 - the same programs each time
    programs = [
        assemble(case.side(side), maps=[it.name for it in MAPS])
        for case in CASES
        for side in (0, 1)
        if "million" not in case.name
    ]
    accepted = refused = 0
    for _ in range(5000):
        code = bytearray(dice.choice(programs))
        for _ in range(dice.randint(1, 3)):
            code[dice.randrange(len(code))] ^= 1 << dice.randrange(8)
        verdict = verifier.verify(bytes(code), is_verbose=dice.random() < 0.2)
        assert verdict.status in (0, UNSAFE)
        assert verdict.blocks_left == 0
        accepted += verdict.status == 0
        refused += verdict.status == UNSAFE
    assert accepted > 100
    assert refused > 1000
