"""The 8259 pair: priorities, masks, acknowledge and end of interrupt."""

from __future__ import annotations

import pickle

import pytest

from minios.devices.pic import Pic


@pytest.fixture
def pic() -> Pic:
    """Initialized as PCs do: vectors 0x20 and 0x28, nothing masked."""
    it = Pic()
    for offset, values in (
        (0, (0x11,)),
        (1, (0x20, 4, 1)),
        (2, (0x11,)),
        (3, (0x28, 2, 1)),
    ):
        for value in values:
            it.write(offset, 1, value)
    it.write(1, 1, 0)
    it.write(3, 1, 0)
    return it


def test_a_rising_edge_becomes_a_vector(pic: Pic) -> None:
    """IRQ n is the base plus n, once."""
    pic.set_line(4, level=True)

    assert pic.is_pending()
    assert pic.acknowledge() == 0x24
    assert not pic.is_pending()


def test_a_line_that_stays_high_asks_once(pic: Pic) -> None:
    """Edge triggered: the end of interrupt does not make it ask again."""
    pic.set_line(4, level=True)
    pic.acknowledge()
    pic.write(0, 1, 0x20)

    assert not pic.is_pending()


def test_after_reset_everything_is_masked() -> None:
    """Until the guest says otherwise."""
    pic = Pic()
    pic.set_line(0, level=True)

    assert not pic.is_pending()


def test_a_masked_request_waits(pic: Pic) -> None:
    """IMR hides it, IRR keeps it."""
    pic.write(1, 1, 0x10)
    pic.set_line(4, level=True)
    assert not pic.is_pending()
    assert pic.read(0, 1) == 0x10

    pic.write(1, 1, 0)

    assert pic.is_pending()


def test_lower_numbers_go_first(pic: Pic) -> None:
    """IRQ 0 before IRQ 4."""
    pic.set_line(4, level=True)
    pic.set_line(0, level=True)

    assert pic.acknowledge() == 0x20


def test_a_lower_priority_waits_for_the_end_of_the_higher(pic: Pic) -> None:
    """IRQ 4 during IRQ 0: only after the end of interrupt."""
    pic.set_line(0, level=True)
    pic.acknowledge()
    pic.set_line(4, level=True)
    assert not pic.is_pending()

    pic.write(0, 1, 0x20)

    assert pic.acknowledge() == 0x24


def test_a_higher_priority_interrupts_the_lower(pic: Pic) -> None:
    """IRQ 0 during IRQ 4."""
    pic.set_line(4, level=True)
    pic.acknowledge()
    pic.set_line(0, level=True)

    assert pic.acknowledge() == 0x20
    pic.write(0, 1, 0x0B)  # OCW3: read ISR
    assert pic.read(0, 1) == 0x11


def test_the_slave_comes_through_irq_2(pic: Pic) -> None:
    """Both chips are in service, and both need an end of interrupt."""
    pic.set_line(12, level=True)
    assert pic.acknowledge() == 0x2C
    pic.set_line(4, level=True)
    assert not pic.is_pending()

    pic.write(2, 1, 0x20)
    pic.write(0, 1, 0x20)

    assert pic.acknowledge() == 0x24


def test_two_requests_of_the_slave_follow_one_another(pic: Pic) -> None:
    """The cascade asks again after the first is done."""
    pic.set_line(12, level=True)
    pic.set_line(9, level=True)
    assert pic.acknowledge() == 0x29
    for offset in (2, 0):
        pic.write(offset, 1, 0x20)

    assert pic.acknowledge() == 0x2C


def test_a_specific_end_of_interrupt_ends_the_one_it_names(pic: Pic) -> None:
    """OCW2 0x60 + n."""
    pic.set_line(4, level=True)
    pic.acknowledge()
    pic.set_line(0, level=True)
    pic.acknowledge()
    pic.write(0, 1, 0x64)

    pic.write(0, 1, 0x0B)
    assert pic.read(0, 1) == 0x01


def test_an_acknowledge_with_nothing_requested_is_spurious(pic: Pic) -> None:
    """IRQ 7, and no bit of ISR is set for it."""
    assert pic.acknowledge() == 0x27
    pic.write(0, 1, 0x0B)
    assert pic.read(0, 1) == 0


def test_initializing_again_forgets_requests(pic: Pic) -> None:
    """ICW1 clears IRR, ISR and IMR."""
    pic.set_line(4, level=True)
    pic.write(0, 1, 0x11)

    assert pic.read(0, 1) == 0


def test_a_saved_pair_goes_on(pic: Pic) -> None:
    """The state travels with its wires: no new edge after loading."""
    pic.set_line(4, level=True)
    other = Pic()
    other.load(pickle.loads(pickle.dumps(pic.save())))  # noqa: S301

    assert other.acknowledge() == 0x24
    other.write(0, 1, 0x20)
    other.set_line(4, level=True)
    assert not other.is_pending()
