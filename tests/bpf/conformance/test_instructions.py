"""The interpreter in the guest does what RFC 9669 says, instruction by instruction."""

from __future__ import annotations

import pytest

from minios.bpf import assembly, image, instructions
from minios.bpf.image import Map, Program
from minios.lab.bpf import Answer, BpfMachine, Question
from tests.bpf.conformance.cases import CASES, Case

MAPS = (
    Map("numbers", "DATA", value_size=8, data=b"\1\2\3\4"),
    Map("zeros", "DATA", value_size=16),
)


def bytes_of(case: Case) -> bytes:
    """The program of a case; the instructions of its text have semicolons between."""
    return assembly.assemble(case.text.replace(";", "\n"))


@pytest.fixture(scope="module")
def answers() -> dict[str, list[Answer]]:
    """What the guest says to every case: one start of the machine for all of them."""
    names = [name for name, cases in CASES.items() for _ in cases]
    cases = [case for of_one in CASES.values() for case in of_one]
    questions = [
        Question.run(
            image.pack([Program("case", "test", bytes_of(case))], MAPS),
            case.memory,
            is_verified=False,
        )
        for case in cases
    ]
    with BpfMachine() as machine:
        found: dict[str, list[Answer]] = {name: [] for name in CASES}
        for name, answer in zip(names, machine.ask(questions), strict=True):
            found[name].append(answer)
    return found


def test_every_instruction_has_at_least_three_cases() -> None:
    """The table of cases and the table of instructions name the same things."""
    assert set(CASES) == set(instructions.BY_NAME)
    assert {name: len(cases) for name, cases in CASES.items() if len(cases) < 3} == {}


@pytest.mark.parametrize("name", CASES)
def test_a_case_uses_the_instruction_that_it_is_about(name: str) -> None:
    """Otherwise a row of the table could go untested while its name is there."""
    for case in CASES[name]:
        code = bytes_of(case)
        rows = {
            instructions.row_of(instructions.unpack(code, at))
            for at in range(len(code) // 8)
        }
        assert instructions.BY_NAME[name] in rows, case.text


@pytest.mark.parametrize("name", CASES)
def test_an_instruction_does_what_the_rfc_says(
    name: str, answers: dict[str, list[Answer]]
) -> None:
    """The value of R0 is the one that was worked out by hand from the RFC's text."""
    for case, answer in zip(CASES[name], answers[name], strict=True):
        if case.stops:
            assert answer.error == "UNSAFE", case.text
            assert case.stops in answer.reason, case.text
        else:
            assert answer.is_good, (case.text, answer.log)
            assert hex(answer.result) == hex(case.result), case.text
