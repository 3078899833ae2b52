"""Where a slow pass begins, and what becomes of it where there is nothing to follow."""

from __future__ import annotations

import threading

import pytest

from minios.lab import LabSnapshot, seconds
from minios.lab.crimes import CRIMES, Scene
from minios.lab.inputs import Type
from minios.lab.setup import Setup
from minios.session import catalogue
from minios.session.conductor import Conductor
from minios.session.orders import RunTo, Step
from minios.session.session import Session
from minios.session.slow_pass.steps import Pass
from minios.session.worker import Worker
from tests.session.test_slow_pass import passed


@pytest.mark.parametrize("world", [0, 1])
def test_the_lab_of_crimes_has_events_to_follow(world: int) -> None:
    """A key in every lab: there, too, programs do what a sensor watches."""
    session = Session(catalogue.find("crimes").machines[world])
    try:
        session.do(RunTo(seconds(0.31)))
        assert len(passed(session).steps) > 5
    finally:
        session.close()


def test_where_there_is_no_event_the_machine_is_again_where_it_was() -> None:
    """The wait for one is taken back."""
    session = Session(Setup("macos", options={"event_ms": "0"}))
    try:
        before = session.do(RunTo(seconds(0.31)))
        after = session.do(Step("pass"))
    finally:
        session.close()

    assert after.slow_pass == Pass(
        over="No program does anything that could be followed in the next 10 seconds."
    )
    assert (after.t, after.registers) == (before.t, before.registers)
    assert list(after.log) == list(before.log)


def test_a_machine_that_hangs_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten seconds of its time would be 1,000 million instructions."""
    lab = catalogue.find("crimes")
    session = Session(lab.machines[0])
    executed: list[int] = []
    hang = next(it for it in CRIMES if it.name == "hang")
    try:
        session.do(RunTo(seconds(0.31)))
        session.do(Type(f"{hang.command(Scene.DRIVER)}\r"))
        before = session.do(RunTo(seconds(0.5)))
        restore = session.lab.restore

        def restored(snapshot: LabSnapshot) -> None:
            executed.append(session.lab.machine.instructions - before.instructions)
            restore(snapshot)

        monkeypatch.setattr(session.lab, "restore", restored)
        after = session.do(Step("pass"))
    finally:
        session.close()

    assert after.slow_pass is not None
    assert "If it hangs, only a reset helps." in after.slow_pass.over
    assert after.t == before.t
    assert 0 < max(executed) < 100_000_000


def test_a_pass_can_be_left_before_its_first_step_has_come() -> None:
    """The machine still looks for an event; then it is again where it was asked."""
    fresh = threading.Event()
    setup = catalogue.find("crimes").machines[0]
    hang = next(it for it in CRIMES if it.name == "hang")
    conductor = Conductor([Worker(setup, notify=fresh.set)])

    def settle() -> None:
        while conductor.busy or conductor.halt_at_stop():
            fresh.wait(0.05)  # a tick of the host
            fresh.clear()

    conductor.run_to(seconds(0.31))
    settle()
    conductor.send(Type(f"{hang.command(Scene.DRIVER)}\r"))
    conductor.run_to(seconds(0.4))
    settle()
    before = conductor.frames[0]
    conductor.slow_step()
    conductor.leave_slow_pass()
    assert conductor.busy
    settle()
    after = conductor.frames[0]
    conductor.close()

    assert (after.t, after.registers) == (before.t, before.registers)
    assert after.slow_pass is None
    assert not conductor.running
