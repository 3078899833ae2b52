"""What a frame holds to explain an event: as it is now, not as it was at the event."""

from __future__ import annotations

import pytest

from minios.lab import (
    Explanation,
    Lab,
    content_files,
    events,
    explain,
    milliseconds,
    seconds,
)
from minios.lab.events import Event
from minios.lab.inputs import OfferFix, Push, Type
from minios.session.explained import latest_explanation
from minios.session.frames import Frame
from minios.session.orders import GoBack, Rejoin, RunTo
from minios.session.session import Session

UD2 = b"\x0f\x0b"


def of(frame: Frame, kind: type[Event]) -> Explanation:
    """The explanation of the first event of this kind."""
    at = next(n for n, it in enumerate(frame.log) if isinstance(it, kind))
    return frame.explanations[frame.log.number(at)]


def test_a_stop_says_what_the_kernel_has_done_since() -> None:
    """At the stop itself there is no dump yet; a moment later it has reset, too."""
    session = Session("windows")
    session.do(RunTo(milliseconds(10)))
    session.do(Push(content_files.find("channel-291-bad")))
    done = session.do(RunTo(seconds(1), stops=("bugcheck",)))
    at_stop = of(done, events.BugcheckEvent)
    later = of(session.do(RunTo(done.t + milliseconds(30))), events.BugcheckEvent)
    session.do(GoBack(done.t))
    again = of(session.frame(), events.BugcheckEvent)
    session.close()

    assert "It has saved no dump yet, and it has not reset" in str(at_stop)
    assert "saved a small dump and reset the machine." in str(later)
    assert at_stop.reasons == later.reasons
    assert again == at_stop


def test_a_death_that_stops_the_machine_says_so() -> None:
    """It is told before the stop that follows from it."""
    session = Session("macos")
    start = session.lab.run_to("init!_start", within=seconds(5)).address
    place = session.lab.machine.walk(start).physical
    assert place is not None
    session.lab.machine.write_physical(place, UD2)
    frame = session.do(RunTo(milliseconds(100), stops=("bugcheck",)))
    session.close()

    assert of(frame, events.DeathEvent).headline == (
        "The machine stopped: it cannot run without the process init."
    )


@pytest.mark.parametrize("order", [GoBack, Rejoin])
def test_going_back_changes_no_explanation_of_long_ago(
    order: type[GoBack | Rejoin],
) -> None:
    """The machine has long forgotten what led to it: the pictures and the records."""
    session = Session("macos")
    session.do(RunTo(milliseconds(10)))
    session.do(Push(content_files.find("channel-291-bad")))
    session.do(RunTo(seconds(3)))
    for _ in range(80):
        session.do(OfferFix("channel-291"))
    before = session.do(RunTo(seconds(6), in_company=True))
    session.do(RunTo(seconds(6.5), in_company=True))
    after = session.do(order(before.t))
    died = [it for it in before.log if isinstance(it, events.DeathEvent)]
    is_forgotten = died[-1] not in session.lab.events
    session.close()

    assert is_forgotten
    assert after.t == before.t
    assert after.explanations == before.explanations
    assert "Where the pointer came from" in str(latest_explanation(after))


def test_of_a_record_that_is_forgotten_nothing_before_it_is_told() -> None:
    """What is still known came after it, and is no reason for it."""
    session = Session("macos")
    session.do(Push(content_files.find("channel-291-bad")))
    frame = session.do(RunTo(seconds(2)))
    deaths = [it for it in frame.log if isinstance(it, events.DeathEvent)]
    assert len(deaths) > 1
    session.lab.forget(events=6, console=0, pictures=0)
    reasons = explain(session.lab, deaths[0]).reasons
    session.close()

    assert not any("before" in it for it in reasons)


def test_a_verdict_that_comes_too_late_is_what_has_gone_wrong() -> None:
    """Nothing has crashed, and somebody has waited."""
    setup = Lab(model="macos", plugins=["gate"], options={"event_ms": "50"})
    session = Session(setup.setup)
    setup.close()
    session.do(RunTo(milliseconds(30)))
    assert latest_explanation(session.frame()) is None
    session.do(Type("tell gate.ext open\rtell gate.ext hang\r"))
    frame = session.do(RunTo(seconds(1)))
    found, deadline = latest_explanation(frame), of(frame, events.DeadlineMissed)
    session.close()

    assert found is not None
    assert found.headline == deadline.headline
    assert deadline.headline.startswith("gate.ext gave no verdict in time")
