"""Why recovery comes up, told from the records of the starts before it."""

from __future__ import annotations

from minios.lab import Happened, Lab, Ready, Reset, events, explain, recovery, seconds
from minios.lab.start_history import starts


def test_the_explanation_names_every_start_and_how_it_ended(in_recovery: Lab) -> None:
    """Two crashes; the start that is explained is not one of them."""
    event = next(
        it for it in in_recovery.events if isinstance(it, events.RecoveryEntered)
    )
    why = explain(in_recovery, event)
    text = str(why)

    assert why.answer == (
        "The recovery environment starts, because the last 2 starts have failed.",
        "No driver runs in it, so a file that crashes a driver does no harm now.",
    )
    assert "start 1, at" in text
    assert text.count("STOP 0x50 PAGE_FAULT_IN_NONPAGED_AREA") == 2
    assert "start 3" not in text
    assert "Failed starts in a row: 2." in text


def test_a_start_is_told_from_its_records(windows: Lab) -> None:
    """Reset from outside, from the shell, settled, in recovery."""
    windows.reset()
    windows.run_until(Happened(events.StartSettled), within=seconds(130))
    windows.console("")
    windows.type("reset\r")
    windows.run_until(Reset(), within=seconds(1))
    windows.run_until(Ready(), within=seconds(1))
    recovery.enter(windows)
    found = starts(windows.events)

    assert [(it.boot, it.settled, it.ended) for it in found] == [
        (1, False, "asked for from outside"),
        (2, True, "reset control port"),
        (3, False, "asked for from outside"),
        (4, False, ""),
    ]
    assert found[3].recovering
    assert found[3].ready is None
    assert str(found[3]).endswith("in recovery, goes on")
