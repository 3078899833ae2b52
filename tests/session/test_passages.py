"""Crossings are told with the program that made them, and what it asked for."""

from __future__ import annotations

import pytest

from minios.abi.syscalls import SYSCALLS
from minios.lab.conditions import milliseconds
from minios.session.orders import RunTo
from minios.session.passages import Passage
from minios.session.session import Session


@pytest.fixture(scope="module", params=["windows", "macos"])
def told(request: pytest.FixtureRequest) -> list[Passage]:
    """All crossings of a stretch in which the workload makes a pipe event."""
    session = Session(request.param)
    heard: list[Passage] = []
    try:
        session.do(RunTo(milliseconds(60)))
        for _ in range(40):
            frame = session.do(RunTo(session.lab.machine.now + milliseconds(0.5)))
            heard += [it for it in frame.crossings.latest if it not in heard]
    finally:
        session.close()
    return heard


def test_the_pipe_that_a_program_asks_for_is_named(told: list[Passage]) -> None:
    """The text is read from the program's memory at the crossing."""
    said = [str(it) for it in told]

    assert "workload asks the kernel to create a pipe: lsass" in said
    assert "workload asks the kernel to open a pipe: lsass" in said


def test_the_kernel_returns_to_the_program_that_asked(told: list[Passage]) -> None:
    """The way up belongs to the program whose page tables are in force."""
    at = next(n for n, it in enumerate(told) if "create a pipe" in str(it))

    assert str(told[at + 1]) == "the kernel returns to workload"


def test_every_system_call_has_words_for_what_it_asks_for() -> None:
    """No two calls ask for the same."""
    asked = [call.asks for call in SYSCALLS]

    assert all(asked)
    assert len(set(asked)) == len(asked)
