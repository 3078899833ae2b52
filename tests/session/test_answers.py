"""What is read off the machines for the questions of lessons."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.lab.inputs import Type
from minios.lab.setup import Setup
from minios.machine.paging import PRESENT, USER
from minios.session.conductor import Conductor
from minios.session.goals import answers
from minios.session.goals.answers import Hexadecimal, Read
from minios.session.orders import Look
from minios.session.panes.cpu import WALK_READ
from minios.session.panes.tables import TABLES_READ
from minios.session.worker import InlinePlayer

_MOMENT = 100_000_000  # virtual ns


@pytest.fixture
def conductor() -> Iterator[Conductor]:
    """One machine that has started."""
    made = Conductor([InlinePlayer(Setup())])
    made.run_to(3 * _MOMENT)
    yield made
    made.close()


def _type(conductor: Conductor, line: str) -> None:
    conductor.send(Type(f"{line}\r"), 0)
    conductor.run_to(conductor.now + _MOMENT)


def _pause_at(conductor: Conductor, place: str) -> None:
    conductor.places = (place,)
    conductor.running = True
    while conductor.running:
        conductor.tick()
    conductor.places = ()


def _value(conductor: Conductor, read: Read) -> int | None:
    found = read(conductor.frames)
    assert found is None or isinstance(found, Hexadecimal)
    return None if found is None else found.value


def _word(conductor: Conductor, address: int) -> int:
    """The eight bytes there."""
    conductor.players[0].send(Look(("tables",), address))
    tables = TABLES_READ.of(conductor.frames[0])
    assert tables is not None
    data = b"".join(it.data or b"" for it in tables.memory)
    at = address - tables.memory[0].address
    return int.from_bytes(data[at : at + 8], "little")


def test_refusing_entry_is_closed_to_ring_3(conductor: Conductor) -> None:
    """The kernel's page is mapped for all programs, but no user may read it."""
    read = answers.refusing_entry("windows")
    assert _value(conductor, read) is None
    _type(conductor, "run rdkernel")
    entry = _value(conductor, read)
    assert entry is not None
    assert (entry & PRESENT, entry & USER) == (PRESENT, 0)
    walked = WALK_READ.of(conductor.frames[0])
    assert walked is not None
    assert walked.walk is not None
    assert entry == walked.walk.levels[0].entry  # the first one says no already


def test_refusing_entry_of_a_missing_page_is_zero(conductor: Conductor) -> None:
    """Nothing is mapped at the address 0."""
    _type(conductor, "run null")
    assert _value(conductor, answers.refusing_entry("windows")) == 0


def test_interrupted_instruction_lies_on_the_stack(conductor: Conductor) -> None:
    """The CPU itself has pushed RIP, and the stub two more words."""
    _type(conductor, "run loop &")
    _pause_at(conductor, "trap_common")
    frame = conductor.frames[0]
    wanted = _value(conductor, answers.interrupted_at("windows"))
    assert frame.crossings.latest[-1].program == "loop"
    assert _word(conductor, frame.registers["rsp"] + 16) == wanted


def test_system_call_has_interrupted_nothing(conductor: Conductor) -> None:
    """Only an interrupt takes a program by surprise."""
    _pause_at(conductor, "syscall_entry")
    assert _value(conductor, answers.interrupted_at("windows")) is None
