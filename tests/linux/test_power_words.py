"""What a person is offered for a machine of the model linux, and what is said of it."""

from __future__ import annotations

import re

import pytest

from minios.lab import Lab, events, recovery
from minios.session.orders import BootInto
from minios.session.status import State, Status, after
from minios.session.stopping import POWER, POWER_WITH_MENU, power

WINDOWS_THINGS = re.compile("safe mode|recovery environment|service list")


def status_of(lab: Lab) -> Status:
    """The status of a machine after all its events."""
    status = Status()
    for event in lab.events:
        status = after(status, event)
    return status


def test_linux_is_offered_its_boot_menu_and_nothing_of_windows() -> None:
    """The orders are the same; what they do has the names of this world."""
    assert power("windows") == power("macos") == POWER
    assert power("linux") == POWER_WITH_MENU
    assert [it for _, it in POWER] == [it for _, it in POWER_WITH_MENU]
    assert not any(WINDOWS_THINGS.search(words) for words, _ in POWER_WITH_MENU)
    (words,) = (it for it, order in power("linux") if order == BootInto("safe"))
    assert recovery.ENTRIES["safe"] in words
    assert not any("boot entry" in words for words, _ in POWER)


@pytest.mark.parametrize(
    ("mode", "entry", "shown"),
    [("safe", "blocklist", "boot entry blocklist"), ("normal", "current", "")],
)
def test_the_title_has_the_boot_entry_if_it_adds_words(
    mode: str, entry: str, shown: str
) -> None:
    """The kernel calls both a normal start. A person wants to see which it is."""
    with Lab("linux", options={"event_ms": "0"}) as lab:
        lab.boot()
        recovery.boot_into(lab, mode)

        assert lab.last(events.BootEntryChosen).entry == entry
        assert status_of(lab).mode == shown


def test_a_module_that_was_unloaded_is_no_part_that_runs() -> None:
    """The title says that its sensor has ended."""
    with Lab("linux", options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.wait_for_prompt()
        lab.console("rmmod sentinel")
        sensor = status_of(lab).part("sentinel.sys")

    assert sensor is not None
    assert sensor.state is State.ENDED
    assert not status_of(lab).protected
