"""What one test does with its labs cannot be seen by the next.

Deep: lends labs in two more orders.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from minios.errors import MiniosError
from minios.lab import Bugcheck, Lab, content_files, seconds
from minios.lab.setup import Setup
from minios.machine import events as machine_events
from minios.testing.budgets import Budget
from minios.testing.loans import Labs
from minios.testing.plugins import PluginBuilder
from minios.testing.stock import Stock

Seen = tuple[object, ...]


def state(lab: Lab) -> Seen:
    """All that a borrower could see of a lab that was just given out."""
    machine = lab.machine
    return (
        *(machine.ram.tobytes(), machine.registers(), machine.now, machine.resets),
        *(lab.disk_image(), lab.events, lab.console_text, lab.screen),
        *(lab.cloud.latency, lab.cloud.state, lab.boots),
    )


def story(lab: Lab) -> Seen:
    """What happens after a push, to the last instruction."""
    lab.push("channel-291-bad")
    stop = lab.run_until(Bugcheck(), within=seconds(5))
    return stop, lab.events, lab.console_text, lab.machine.registers()


def _crash(lab: Lab) -> None:
    story(lab)


def _write_everywhere(lab: Lab) -> None:
    disk = lab.machine.disk
    assert disk is not None
    disk.write(0, b"\xff" * 512)
    for address in range(0, len(lab.machine.ram), 0x1000):
        lab.machine.write_physical(address, b"\xf4")


def _listen(lab: Lab) -> None:
    lab.listen(lambda event: pytest.fail(f"still listening: {event}"))
    lab.machine.observe(machine_events.FaultRaised, _still_observing)
    lab.machine.observe(machine_events.BeaconRecord, _still_observing)


def _still_observing(event: object) -> None:
    pytest.fail(f"still observing: {event}")


def _change_the_cloud(lab: Lab) -> None:
    lab.cloud.latency = (1, 1)
    lab.publish("channel-291-bad")
    lab.offer_fix("sensor-off")


def _leave_breakpoints(lab: Lab) -> None:
    with pytest.raises(MiniosError):
        lab.run_to("sentinel.sys!interpreter_matches", within=seconds(0.001))


def _close(lab: Lab) -> None:
    lab.close()


def _release(lab: Lab) -> None:
    lab.release()


def _close_the_machine(lab: Lab) -> None:
    lab.machine.close()


def _switch_off(lab: Lab) -> None:
    lab.type("off\r")
    lab.run_for(seconds(1))
    assert lab.machine.is_off


ABUSES = [
    _crash,
    _write_everywhere,
    _listen,
    _change_the_cloud,
    _leave_breakpoints,
    _close,
    _release,
    _close_the_machine,
    _switch_off,
]


@pytest.fixture(scope="module")
def fresh() -> tuple[Seen, Seen]:
    """A lab that nobody has used before: how it stands, and what happens then."""
    with Lab() as lab:
        lab.boot()
        return state(lab), story(lab)


@pytest.mark.parametrize("abuse", ABUSES)
def test_nothing_is_left_of_an_earlier_borrower(
    abuse: Callable[[Lab], None], fresh: tuple[Seen, Seen]
) -> None:
    """The next lab equals one from a new machine, and goes the same way."""
    stock = Stock()
    first, _ = stock.lend(Setup())
    abuse(first)
    stock.take_back(first)

    second, _ = stock.lend(Setup())

    assert state(second) == fresh[0]
    assert story(second) == fresh[1]
    stock.take_back(second)
    stock.close()


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(it, marks=pytest.mark.deep) for it in (1, 2))]
)
def test_any_order_of_borrowers_leaves_nothing(
    seed: int, fresh: tuple[Seen, Seen]
) -> None:
    """Setups, machines and abuses in turn, several labs at once, given back anyhow."""
    chance, stock = random.Random(seed), Stock()  # noqa: S311 - no secret
    others = [Setup(options={"pool": "plain"}), Setup(seed=2), Setup()]
    lent: list[Lab] = []
    for _ in range(12):
        lab, _ = stock.lend(chance.choice(others))
        lent.append(lab)
        chance.choice(ABUSES)(lab)
        chance.shuffle(lent)
        while len(lent) > 2:
            stock.take_back(lent.pop())

    lab, _ = stock.lend(Setup())

    assert state(lab) == fresh[0]
    assert story(lab) == fresh[1]
    for each in (*lent, lab):
        stock.take_back(each)
    stock.close()


def test_a_lab_that_was_kept_is_closed() -> None:
    """A test that holds on to its lab cannot reach the machine of the next one."""
    stock = Stock()
    kept, _ = stock.lend(Setup())
    stock.take_back(kept)

    lab, _ = stock.lend(Setup())

    with pytest.raises(
        MiniosError, match=r"the lab is closed.*that of a fixture with its test"
    ):
        kept.run_for(seconds(1))
    stock.take_back(lab)
    stock.close()


def test_two_labs_of_one_kind_are_two_machines() -> None:
    """What is done to one of them does not happen to the other."""
    labs = Labs(Stock(), Budget(), PluginBuilder(None))
    one, other = labs("windows"), labs("windows")
    before = state(other)

    story(one)

    assert state(other) == before
    labs.give_back()


def test_the_stock_keeps_few_machines() -> None:
    """A test with many labs does not fill the memory of the host for ever."""
    stock = Stock()
    labs = Labs(stock, Budget(), PluginBuilder(None))
    machines = [labs("windows", seed=seed).machine for seed in range(1, 8)]

    labs.give_back()

    assert sum(not machine.is_closed for machine in machines) == 4
    stock.close()
    assert all(machine.is_closed for machine in machines)


@pytest.mark.parametrize(
    "other",
    [
        Setup(model="macos"),
        Setup(seed=2),
        Setup(options={"first_event_ms": "20"}),
        Setup(content=content_files.find("channel-291-latent")),
        Setup(services={"sentinel": "disabled"}),
    ],
)
def test_setups_that_differ_are_not_mixed_up(
    other: Setup, fresh: tuple[Seen, Seen]
) -> None:
    """Each boots a machine of its own, though the same machine serves both in turn."""
    stock = Stock()
    for _ in range(4):
        lab, _ = stock.lend(other)
        assert state(lab) != fresh[0]
        stock.take_back(lab)

    lab, _ = stock.lend(Setup())

    assert state(lab) == fresh[0]
    stock.take_back(lab)
    stock.close()
