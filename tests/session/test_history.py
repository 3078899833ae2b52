"""What is kept of a run that does not end, and what going back makes of it."""

from __future__ import annotations

from minios.lab import Explanation, events
from minios.session.history import FIRST, LATEST, History


def ready(number: int) -> events.ReadyEvent:
    """A record that can be told from others."""
    return events.ReadyEvent(
        world="windows", t=number, instructions=number, boot=number
    )


def filled(number: int) -> History:
    """With so many records, every tenth explained, always in the same words."""
    history = History()
    for at in range(number):
        why = Explanation(("the same",)) if at % 10 == 0 else None
        history.add(ready(at), why)
    return history


def test_the_first_and_the_latest_records_are_kept() -> None:
    """A hundred thousand take no more room than a few thousand."""
    history = filled(100_000)
    log = history.log

    assert history.total == log.total == 100_000
    assert FIRST + LATEST <= len(log) <= FIRST + LATEST + 500
    assert log[0].t == 0
    assert log[len(log) - 1].t == 99_999
    assert len(history.explanations) < 400
    assert len({id(it) for it in history.explanations.values()}) == 1


def test_a_number_means_the_same_record_for_ever() -> None:
    """However many others were forgotten; or it is forgotten itself."""
    log = filled(20_000).log

    for index in (0, FIRST - 1, FIRST, len(log) - 1):
        assert log.by_number(log.number(index)) is log[index]
        assert log[index].t == log.number(index)
    assert log.by_number(FIRST + 10) is None
    assert log.by_number(20_000) is None


def test_going_back_cuts_wherever_it_is() -> None:
    """Into the first, into what is forgotten, into the latest."""
    for total in (10, FIRST, FIRST + 5000, 19_000):
        history = filled(20_000)
        history.cut(total, filled(total).explanations)

        assert history.total == total
        assert all(it.t < total for it in history.log)
        assert all(number < total for number in history.explanations)
        history.add(ready(total), None)
        assert history.log.by_number(total) is not None


def test_a_view_that_was_given_out_does_not_change() -> None:
    """Not when records are added, not when some are forgotten."""
    history = filled(2999)
    log = history.log
    before = (len(log), log[0].t, log[2998].t)

    for at in range(2999, 20_000):
        history.add(ready(at), None)

    assert (len(log), log[0].t, log[2998].t) == before
