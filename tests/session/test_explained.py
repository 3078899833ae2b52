"""What a frame holds to explain an event: as it is now, not as it was at the event."""

from __future__ import annotations

from minios.lab import Explanation, content_files, events, milliseconds, seconds
from minios.lab.events import Event
from minios.lab.inputs import Push
from minios.session.frames import Frame
from minios.session.orders import GoBack, RunTo
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
