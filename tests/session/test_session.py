"""A session does what it is told, shows it in frames, and can go back."""

from __future__ import annotations

import pytest

from minios.lab import ContentFile, content_files, events, milliseconds, seconds
from minios.lab.inputs import Push, Type
from minios.session import catalogue, history
from minios.session.frames import Frame, Log
from minios.session.orders import GoBack, Look, RunTo, Step
from minios.session.panes.cpu import WALK_READ
from minios.session.session import Session
from minios.session.status import State

BAD: ContentFile = content_files.find("channel-291-bad")


def played(model: str, *, until: int = milliseconds(100)) -> tuple[Session, Frame]:
    """A session that was given the bad file after 10 ms."""
    session = Session(model)
    session.do(RunTo(milliseconds(10)))
    session.do(Push(BAD))
    return session, session.do(RunTo(until))


def test_ring_0_crashes_and_ring_3_dies_alone() -> None:
    """The same push: one machine boots again, the other restarts a process."""
    windows, first = played("windows")
    macos, second = played("macos")

    assert first.status.crashes == 1
    assert first.status.boot == 2
    assert second.status.deaths == 1
    assert second.status.boot == 1
    windows.close()
    macos.close()


def test_a_frame_stays_as_it_was() -> None:
    """What was shown does not change when the machine goes on."""
    session, frame = played("windows")
    before = (frame.t, len(frame.log), frame.screen, frame.status)
    explained = dict(frame.explanations)

    later = session.do(RunTo(milliseconds(300)))

    assert (frame.t, len(frame.log), frame.screen, frame.status) == before
    assert dict(frame.explanations) == explained
    assert len(later.explanations) > len(explained)
    assert session.frame().explanations is later.explanations
    session.close()


def test_where_a_machine_stands_is_named_though_nobody_looks_inside() -> None:
    """At a place, and after a step from there: a goal may ask for it."""
    session = Session("windows")
    session.do(Look(()))
    running = session.do(RunTo(milliseconds(10)))
    session.do(Push(BAD))
    place = "sentinel.sys!interpreter_matches"
    stopped = session.do(RunTo(seconds(1), places=(place,)))
    stepped = session.do(Step("instruction"))

    assert running.code.place == ""
    assert stopped.code.place == "interpreter_matches+0x0"
    assert stepped.code.place.startswith("interpreter_matches+")
    assert not stepped.code.is_read
    session.close()


def test_every_fault_is_explained() -> None:
    """Each fault, death and bugcheck in the log has its explanation."""
    session, frame = played("windows")

    kinds = (events.Faulted, events.BugcheckEvent, events.DeathEvent)
    faults = {at for at, event in enumerate(frame.log) if isinstance(event, kinds)}
    assert faults == set(frame.explanations)
    assert "interpreter_matches" in str(frame.explanations[min(faults)])
    session.close()


def test_going_back_and_on_again_gives_the_same_future() -> None:
    """Inputs since the snapshot are given again at their own times."""
    session, frame = played("macos", until=milliseconds(400))
    records = list(frame.log)

    back = session.do(GoBack(milliseconds(50)))
    assert milliseconds(50) <= back.t < milliseconds(51)
    assert any(isinstance(it, events.Pushed) for it in back.log)
    again = session.do(RunTo(milliseconds(400)))

    assert list(again.log) == records
    session.close()


def test_going_back_before_a_push_forgets_it() -> None:
    """From there another future is possible."""
    session, _ = played("macos")

    session.do(GoBack(milliseconds(5)))
    frame = session.do(RunTo(milliseconds(100)))

    assert not any(isinstance(it, events.Pushed) for it in frame.log)
    assert frame.status.deaths == 0
    session.close()


def test_going_back_in_a_long_loop_counts_what_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An instruction back is as many crashes, however few records are kept."""
    for name, number in (("FIRST", 20), ("LATEST", 40), ("_SLACK", 10)):
        monkeypatch.setattr(history, name, number)
    session = Session(catalogue.find("loop").machines[0])
    session.do(RunTo(milliseconds(10)))
    session.do(Push(BAD))
    frame = session.do(RunTo(seconds(1)))
    assert frame.log.forgotten
    assert frame.status.crashes > 10

    back = session.do(GoBack(frame.t - 1))
    assert back.status.crashes == frame.status.crashes
    assert session.do(RunTo(frame.t)).status == frame.status
    session.close()


def test_the_supervisors_wait_is_told() -> None:
    """After the second death the extension is shown with the time of its return."""
    session, frame = played("macos", until=milliseconds(500))

    part = frame.status.part("sentinel.ext")
    assert part is not None
    assert part.state is State.DIED
    assert part.until == part.since + seconds(2)
    assert not frame.status.protected
    session.close()


def test_a_line_on_the_console_is_no_wait_of_the_supervisor() -> None:
    """Whoever may write to the console cannot make up when a part comes back."""
    session, frame = played("macos", until=milliseconds(500))
    session.do(Type("echo supervisor: sentinel.ext is started again in 29 s\n"))
    later = session.do(RunTo(frame.t + milliseconds(100)))

    assert "again in 29 s" in later.console
    assert later.status.part("sentinel.ext") == frame.status.part("sentinel.ext")
    session.close()


def test_typing_reaches_the_guest() -> None:
    """The console in the frame holds the shell's answer."""
    session = Session("macos")
    session.do(RunTo(milliseconds(20)))
    session.do(Type("echo hello-there\n"))

    frame = session.do(RunTo(milliseconds(60)))

    assert frame.console.count("hello-there") == 2
    session.close()


def test_steps_are_as_long_as_they_say() -> None:
    """One instruction; another line; the next crossing; the next record."""
    session, frame = played("macos", until=milliseconds(20))
    one = session.do(Step("instruction"))
    assert one.instructions == frame.instructions + 1
    assert one.changed

    crossings = sum(one.crossings.counts.values())
    crossed = session.do(Step("crossing"))
    assert sum(crossed.crossings.counts.values()) == crossings + 1

    told = session.do(Step("event"))
    assert len(told.log) == len(frame.log) + 1

    lined = session.do(Step("line"))
    assert lined.code.source
    session.close()


def test_the_code_around_the_next_instruction_is_shown() -> None:
    """Exactly one line of the disassembly is the next one."""
    session, frame = played("windows", until=milliseconds(30))

    assert sum(line.is_next for line in frame.code.lines) == 1
    assert frame.code.module != "?"
    walked = WALK_READ.of(frame)
    assert walked is not None
    assert walked.walk is not None
    session.close()


def test_a_log_does_not_grow() -> None:
    """It is a view of what was there when it was made."""
    items = [1, 2, 3]
    log = Log(items)
    items.append(4)

    assert list(log) == [1, 2, 3]
    assert log[-1] == 3
    assert log[1:] == [2, 3]
