"""Times that a learner is asked for are measured between the right records."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from minios.lab import events, seconds
from minios.session.frames import Frame
from minios.session.goals import answers
from minios.session.status import Status


def _record(kind: type[events.Event], at: float, **given: object) -> events.Event:
    """A record of a machine; what is not given is None."""
    fields: dict[str, Any] = dict.fromkeys(kind.__struct_fields__)
    fields |= {"world": "any", "t": seconds(at), "instructions": 0, **given}
    return kind(**fields)


def _frames(*log: events.Event) -> tuple[Frame, ...]:
    status = Status(sensors=frozenset({"sentinel"}))
    return (cast("Frame", SimpleNamespace(world="any", log=log, status=status)),)


def _death(at: float) -> events.Event:
    return _record(events.DeathEvent, at, name="sentinel.ext")


def _detection(at: float) -> events.Event:
    return _record(events.Detected, at)


def _seen_from(read: answers.Read, *log: events.Event) -> float | None:
    found = read(_frames(*log))
    assert found is None or isinstance(found, answers.Times)
    return None if found is None else found.values[0][1] / seconds(1)


def test_silence_lasts_from_the_last_detection_before_a_death_to_the_next() -> None:
    """Several deaths without a detection between them are one silence."""
    log = (_detection(1), _detection(2), _death(3), _death(4), _detection(9))
    later = (_detection(10), _detection(11))
    assert _seen_from(answers.silence("any"), *log, *later) == 7
    assert _seen_from(answers.silence("any"), *log, _death(12), _detection(15)) == 6


def test_there_is_no_silence_before_it_has_ended() -> None:
    """Nor without a death of the sensor."""
    log = (_detection(1), _detection(2))
    assert _seen_from(answers.silence("any"), *log) is None
    assert _seen_from(answers.silence("any"), *log, _death(3)) is None
    other = _record(events.DeathEvent, 3, name="workload")
    assert _seen_from(answers.silence("any"), *log, other, _detection(5)) is None


def test_the_latest_wait_is_known_when_the_supervisor_has_given_up() -> None:
    """Before that there may be a longer one."""
    log = [
        _record(events.RestartPlanned, 1, delay=seconds(2)),
        _record(events.RestartPlanned, 5, delay=seconds(4)),
    ]
    assert _seen_from(answers.latest_wait("any"), *log) is None
    log.append(_record(events.GaveUp, 9))
    assert _seen_from(answers.latest_wait("any"), *log) == 4


def test_harm_is_unnoticed_from_the_start_of_its_program_to_the_stop() -> None:
    """Programs that were started earlier did not do it."""
    log = [_record(events.ProcessStarted, at) for at in (1, 4)]
    assert _seen_from(answers.unnoticed("any"), *log) is None
    log.append(_record(events.BugcheckEvent, 6))
    assert _seen_from(answers.unnoticed("any"), *log) == 2
