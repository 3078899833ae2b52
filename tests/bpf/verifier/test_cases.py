"""Each rule of the verifier, by two programs: it accepts one, and refuses the other."""

from __future__ import annotations

import pytest

from minios.abi import bpf
from tests.bpf.verifier.cases import CASES, Case
from tests.bpf.verifier.host import UNSAFE, Verdict, Verifier

pytestmark = pytest.mark.witness

CASE = pytest.mark.parametrize("case", CASES, ids=lambda it: it.name)


def _verdict(verifier: Verifier, case: Case, side: int) -> Verdict:
    return verifier.verify(case.side(side), hook=case.hook, memory_size=case.memory)


@CASE
def test_a_program_that_keeps_the_rule_is_accepted(
    verifier: Verifier, case: Case
) -> None:
    """Otherwise a verifier that refuses everything would pass."""
    verdict = _verdict(verifier, case, 0)
    assert verdict.is_accepted, verdict.log
    assert verdict.visits > 0
    assert verdict.blocks_left == 0


@CASE
def test_a_program_that_breaks_the_rule_is_refused(
    verifier: Verifier, case: Case
) -> None:
    """The last line of the log is the reason, and it is that of the rule."""
    verdict = _verdict(verifier, case, 1)
    assert verdict.status == UNSAFE, verdict.log
    assert case.reason
    assert case.reason in verdict.reason
    if case.at is not None:
        assert f"refused at instruction {case.at}, " in verdict.log
    assert verdict.blocks_left == 0


@CASE
def test_no_line_of_the_log_is_cut(verifier: Verifier, case: Case) -> None:
    """A reason without its end is no help; the log cuts at BPF_LOG_LINE."""
    verdict = _verdict(verifier, case, 1)
    assert all(len(it) < bpf.BPF_LOG_LINE - 2 for it in verdict.log.splitlines())


@CASE
def test_both_programs_differ_in_one_line(case: Case) -> None:
    """So it is this rule that decides, and nothing else."""
    good, bad = case.side(0).splitlines(), case.side(1).splitlines()
    differing = sum(a != b for a, b in zip(good, bad, strict=False))
    assert differing == 1 or abs(len(good) - len(bad)) == 1


def test_there_are_more_cases_than_were_asked_for() -> None:
    """At least 100 programs, of both kinds, and no rule twice."""
    assert len({it.name for it in CASES}) == len(CASES) >= 100
