"""Orders are values with a tag: they can be written, read, and told apart."""

from __future__ import annotations

from typing import get_args

import pytest

from minios.errors import ScenarioError
from minios.lab import content_files, events
from minios.lab.inputs import (
    CutPower,
    OfferFix,
    PressReset,
    Publish,
    Push,
    SetOptions,
    Type,
    Withdraw,
)
from minios.machine.events import RingCrossing
from minios.session import orders
from minios.session.orders import (
    BootInto,
    GoBack,
    Look,
    Mark,
    MarkHere,
    Order,
    Rejoin,
    Replay,
    RunTo,
    Show,
    Step,
)

PUSH = Push(content_files.find("channel-291-bad"))
ALL: tuple[Order, ...] = (
    RunTo(5, ("bugcheck", "crossing"), ("kernel_main",), 7, in_company=True),
    PUSH,
    Type("ps\r"),
    PressReset(),
    CutPower(),
    Withdraw(),
    OfferFix("channel-291"),
    SetOptions({"recovery": "no"}),
    Publish(PUSH.file),
    BootInto("last good"),
    Step("event"),
    MarkHere("here"),
    GoBack(5, Mark(4, "before", at_record=True, number=2)),
    Rejoin(6),
    Replay(((1, PUSH), (2, Type("x")))),
    Look(("tables",), address=0xB8000),
    Show(),
)


def test_every_order_is_here() -> None:
    """So the next test is about all of them."""
    assert {type(order) for order in ALL} == set(get_args(Order))


@pytest.mark.parametrize("order", ALL, ids=lambda order: type(order).__name__)
def test_an_order_can_be_written_and_read(order: Order) -> None:
    """As JSON; nothing of it is lost."""
    assert orders.from_json(orders.to_json(order)) == order


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"do":"sing"}',
        '{"do":"run to","t":-1}',
        '{"do":"run to","t":1e3}',
        '{"do":"boot into","mode":"fast"}',
        "[" * 100_000,
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_order_is_refused(text: str) -> None:
    """In one sentence."""
    with pytest.raises(ScenarioError, match="is no order to a machine"):
        orders.from_json(text)


def test_a_kind_that_is_not_there_is_refused_with_the_nearest_one() -> None:
    """Before anything runs."""
    assert orders.types_of(("bugcheck", "crossing")) == (
        events.BugcheckEvent,
        RingCrossing,
    )
    with pytest.raises(ScenarioError, match="Did you mean bugcheck"):
        orders.types_of(("bugchek",))
