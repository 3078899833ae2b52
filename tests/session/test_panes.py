"""What can be looked at inside a machine is found by itself, read and told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.lab import milliseconds
from minios.session.orders import Look, RunTo
from minios.session.panes import PANES
from minios.session.panes.pane import Pane
from minios.session.session import Session


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """A machine whose services run."""
    made = Session("windows")
    made.do(RunTo(milliseconds(30)))
    yield made
    made.close()


@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.words)
def test_a_pane_has_something_to_tell(session: Session, pane: Pane) -> None:
    """Sentences, or parts that are told in full, or both; after its own look alone."""
    look = Look((pane.reading.name,) if pane.reading else ())
    told = pane.tell(session.do(look), "windows")

    assert told.said or told.parts
    assert all(rows for _, rows in told.parts)
    assert bool(told.question) is bool(told.answers)
    assert pane.more.endswith(".")


def test_nothing_is_read_that_nobody_looks_at(session: Session) -> None:
    """To read takes time, twenty times a second."""
    assert session.do(Look(("kernel", "walk"))).seen.keys() == {"kernel", "walk"}
    assert session.do(Look(())).seen == {}


def test_to_look_at_what_there_is_not_is_refused(session: Session) -> None:
    """With what there is; the machine is looked at as before."""
    session.do(Look(("walk",)))
    frame = session.do(Look(("stars",)))

    assert "there is nothing called 'stars' to look at" in frame.error
    assert "code, walk" in frame.error
    assert frame.seen.keys() == {"walk"}


def test_panes_at_the_end_of_the_menu_have_numbers_of_their_own() -> None:
    """So that a choice keeps its number when another pane is added."""
    numbers = sorted(pane.number for pane in PANES if pane.number)

    assert numbers == list(range(1, len(numbers) + 1))
