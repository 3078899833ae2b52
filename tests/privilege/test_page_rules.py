"""The rule that a page fault is put down to: which one, and under which controls.

Expected rules: Intel SDM vol. 3A, "Determination of Access Rights".
"""

from __future__ import annotations

import pytest

from minios.machine import rules
from minios.machine.bare import CODE0, CODE3, CONTROLS, Bare
from minios.machine.faults import Fault
from minios.machine.paging import Access, Controls
from minios.machine.rules import Rule

P, W, U, NX = 1 << 0, 1 << 1, 1 << 2, 1 << 63
WP, SMEP, SMAP, AC, NXE = 1 << 16, 1 << 20, 1 << 21, 1 << 18, 1 << 11
PAGE = 0x40000000
READ, WRITE, FETCH = Access.READ, Access.WRITE, Access.FETCH
CODE = {READ: b"\x8a\x03", WRITE: b"\x88\x03"}  # mov al, [rbx]; mov [rbx], al
RBX = 3
ALL = WP | SMEP | SMAP | NXE


def controls(on: int) -> Controls:
    """The bits given are on, the others of WP, SMEP, SMAP, NXE and AC off."""
    return CONTROLS._replace(
        cr0=CONTROLS.cr0 & ~WP | on & WP,
        cr4=CONTROLS.cr4 | on & (SMEP | SMAP),
        efer=CONTROLS.efer & ~NXE | on & NXE,
        rflags=on & AC,
    )


def attempt(
    bare: Bare, rights: int, ring: int, access: Access, on: int
) -> Fault | None:
    """One access to a page with these rights."""
    frame = bare.new_page()
    bare.memory.write(frame, b"\x90" * 16)
    bare.map(PAGE, frame, rights, upper=(P | W | U,) * 3)
    rip = PAGE
    if access is not FETCH:
        rip = CODE3 if ring else CODE0
        bare.put(CODE[access], ring)
    bare.enter(ring, rip=rip, controls=controls(on))
    bare.state.set_general(RBX, PAGE)
    return bare.run(1)


@pytest.mark.parametrize(
    ("ring", "access", "rights", "on", "rule"),
    [
        (3, READ, 0, ALL, rules.NOT_PRESENT),
        (3, READ, P | W, ALL, rules.SUPERVISOR_ONLY),
        (3, WRITE, P, ALL, rules.SUPERVISOR_ONLY),
        (3, WRITE, P | U, ALL, rules.READ_ONLY),
        (3, WRITE, P | U, NXE, rules.READ_ONLY),  # WP is for ring 0 alone
        (3, FETCH, P | U | NX, ALL, rules.NO_EXECUTE),
        (3, READ, P | U | NX, WP, rules.RESERVED_BIT),  # NX without EFER.NXE
        (0, FETCH, P | W | U, SMEP | NXE, rules.SMEP),
        (0, FETCH, P | W | U, ALL, rules.SMEP),
        (0, FETCH, P | W | U, ALL | AC, rules.SMEP),  # AC is no help against SMEP
        (0, FETCH, P | W | NX, ALL, rules.NO_EXECUTE),
        (0, READ, P | W | U, SMAP | NXE, rules.SMAP),
        (0, READ, P | W | U, ALL, rules.SMAP),
        (0, WRITE, P | W | U, ALL, rules.SMAP),
        (0, WRITE, P | U, ALL | AC, rules.READ_ONLY),  # SMAP is lifted, WP is not
        (0, WRITE, P | U, WP | NXE, rules.READ_ONLY),
        (0, WRITE, P, WP | NXE, rules.READ_ONLY),
        (0, WRITE, P | U, SMAP | NXE, rules.SMAP),  # without WP, only SMAP is broken
    ],
)
def test_the_fault_names_the_rule_that_was_broken(
    ring: int, access: Access, rights: int, on: int, rule: Rule
) -> None:
    """And so does the walk that it carries, as any later one would."""
    bare = Bare()

    fault = attempt(bare, rights, ring, access, on)

    assert fault is not None
    assert fault.rule == rule
    assert fault.address == PAGE
    assert fault.walk is not None
    refusal = fault.walk.refusal
    assert refusal is not None
    assert (refusal.rule, refusal.error_code) == (rule, fault.error_code)
    assert refusal == bare.walk(PAGE, access, ring).refusal


@pytest.mark.parametrize(
    ("access", "rights", "on"),
    [
        (WRITE, P, SMEP | SMAP | NXE),  # WP off: ring 0 writes read-only pages
        (WRITE, P | U, SMEP | NXE),
        (WRITE, P | U, SMAP | NXE | AC),
        (READ, P | W | U, ALL | AC),
        (WRITE, P | W | U, ALL | AC),
        (FETCH, P | W | U, WP | SMAP | NXE),  # SMAP says nothing about fetches
        (READ, P | W | U, WP | SMEP | NXE),  # SMEP says nothing about data
    ],
)
def test_where_the_cpu_allows_ring0_the_walk_finds_no_rule(
    access: Access, rights: int, on: int
) -> None:
    """CR0.WP, RFLAGS.AC and CR4 are honoured by the CPU and by the explanation."""
    bare = Bare()

    assert attempt(bare, rights, 0, access, on) is None

    walk = bare.walk(PAGE, access, 0)
    assert walk.refusal is None
    assert walk.physical is not None


@pytest.mark.parametrize(("rule", "name"), [(rules.SMEP, "SMEP"), (rules.SMAP, "SMAP")])
def test_the_words_name_the_bit_of_cr4(rule: Rule, name: str) -> None:
    """SMEP is about executing, SMAP about touching."""
    assert f"({name})" in rule.words
    assert ("execute" in rule.words) is (name == "SMEP")
    assert rule.section == 'vol. 3A, "Determination of Access Rights"'
