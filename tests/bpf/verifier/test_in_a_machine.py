"""What the verifier says on this host it says in ring 0 of a machine, word for word."""

from __future__ import annotations

import pytest

from minios.bpf import image
from minios.bpf.assembly import assemble
from minios.bpf.image import Program, SourceLine
from minios.lab.bpf import BpfMachine, Question
from tests.bpf.verifier.cases import CASES, Case
from tests.bpf.verifier.host import MAPS, UNSAFE, Verifier

pytestmark = pytest.mark.witness

_MAP_NAMES = tuple(it.name for it in MAPS)


_LONG = ("looks at more than a million instructions", 1)  # half a minute in a machine


def _question(case: Case, side: int) -> Question:
    code = assemble(case.side(side), maps=_MAP_NAMES)
    lines = tuple(
        SourceLine(number, "test.c", number + 100) for number in range(len(code) // 8)
    )
    packed = image.pack([Program("test", case.hook, code, lines)], MAPS)
    if case.memory:
        return Question.run(packed, bytes(case.memory))
    return Question.check(packed)


def test_every_case_gets_the_same_verdict_in_ring_0(verifier: Verifier) -> None:
    """All of the table in one machine: status, visits and log are those of the host."""
    asked = [
        (case, side) for case in CASES for side in (0, 1) if (case.name, side) != _LONG
    ]
    with BpfMachine() as machine:
        answers = machine.ask([_question(case, side) for case, side in asked])
    for (case, side), answer in zip(asked, answers, strict=True):
        here = verifier.verify(case.side(side), hook=case.hook, memory_size=case.memory)
        there = (answer.status, answer.visits, answer.log.rstrip("\0").splitlines())
        assert there == (here.status, here.visits, here.log.splitlines()), case.name
        assert answer.status == (UNSAFE if side else 0)
