"""Who is in the building: every process and driver, and a fault where it happened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.boards import MICROVM
from minios.devices.virtio_mmio import NoBackend, VirtioMmio
from minios.lab import (
    content_files,
    events,
    kernel_view,
    milliseconds,
    quantities,
    seconds,
)
from minios.lab.events import Event
from minios.lab.inputs import PressReset, Push, Type
from minios.lab.protection import unprotected_time
from minios.lab.setup import Setup
from minios.session.frames import Frame
from minios.session.orders import GoBack, RunTo, Step
from minios.session.rooms import Room, guarded, is_empty, rooms
from minios.session.session import Session
from minios.session.status import Health, State

BAD = content_files.find("channel-291-bad")


@pytest.fixture(params=["windows", "macos"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """A machine that is up."""
    opened = Session(request.param)
    opened.do(RunTo(milliseconds(60)))
    yield opened
    opened.close()


def until_it_goes_wrong(session: Session) -> Frame:
    """Push the bad file, and step from record to record up to the crash or death."""
    session.do(Push(BAD))
    for _ in range(200):
        frame = session.do(Step("event"))
        if frame.status.crashes + frame.status.deaths:
            return frame
    pytest.fail("nothing went wrong")


def named(frame: Frame) -> dict[str, Room]:
    """All rooms with somebody in them, by name."""
    both = (*rooms(frame, 3), *rooms(frame, 0))
    return {room.name: room for room in both if not is_empty(room)}


def test_every_process_of_the_kernel_has_a_room_upstairs(session: Session) -> None:
    """The kernel's own list of processes is the witness, also for a command."""
    for moment in range(60, 600, 90):
        frame = session.do(RunTo(milliseconds(moment)))
        listed = {it.name for it in kernel_view.look(session.lab).processes}
        upstairs = {it.name for it in rooms(frame, 3) if it.state is State.RUNNING}
        assert upstairs == listed


def test_the_sensor_is_marked_in_the_ring_in_which_it_runs(session: Session) -> None:
    """In one room only: the other kind of plugin was refused, and is nowhere."""
    (sensor,) = (it for it in named(session.frame()).values() if it.is_sensor)

    assert sensor.ring == {"windows": 0, "macos": 3}[session.world]
    assert sensor.notes == ("reads C-000291.SYS version 1",)


def test_one_room_at_most_executes_and_it_is_where_the_cpu_is(session: Session) -> None:
    """The address of the next instruction is the witness."""
    seen = set()
    for _ in range(60):
        frame = session.do(Step("crossing"))
        here = [it for it in named(frame).values() if it.is_here]
        module = session.lab.module_at(frame.registers["rip"])
        assert module is not None
        assert [(it.name, it.ring) for it in here] == [(module.name, frame.ring)]
        seen.add(here[0].ring)
    assert seen == {0, 3}


def test_a_process_that_the_kernel_has_not_answered_waits(session: Session) -> None:
    """What it asked for is the call in which the kernel holds its thread."""
    frame = session.frame()
    threads = kernel_view.look(session.lab).threads
    held = {it.owner.split()[0] for it in threads if it.in_syscall}
    waits = {it.name for it in rooms(frame, 3) if it.brief == "waits"}

    assert waits
    assert waits == held & {it.name for it in rooms(frame, 3)}


def test_a_fault_of_ring_0_stands_in_its_room_and_all_others_stop() -> None:
    """The address is that of the record."""
    session = Session("windows")
    frame = until_it_goes_wrong(session)
    session.close()
    found = named(frame)
    stop = next(it for it in frame.log if isinstance(it, events.BugcheckEvent))

    assert found["sentinel.sys"].fault == f"page fault here: it read {stop.address}"
    assert {it.state for it in found.values()} == {State.STOPPED}
    assert found["kernel"].doing == "STOP 0x50 PAGE_FAULT_IN_NONPAGED_AREA"
    assert [it.name for it in found.values() if it.fault] == ["sentinel.sys"]


def test_a_fault_of_ring_3_darkens_its_room_alone() -> None:
    """Until the supervisor starts the sensor again."""
    session = Session("macos")
    frame = until_it_goes_wrong(session)
    found = named(frame)
    fault = next(it for it in frame.log if isinstance(it, events.Faulted))

    assert found["sentinel.ext"].fault.startswith("page fault here: it read 0xffff84")
    assert found["sentinel.ext"].state is State.DIED
    others = [it for it in found.values() if it.name != "sentinel.ext"]
    assert {it.state for it in others} == {State.RUNNING}
    assert not any(it.fault for it in others)

    again = session.do(Step("event"))
    while not isinstance(again.log[-1], events.RestartEvent):
        again = session.do(Step("event"))
    session.close()
    room, died = named(again)["sentinel.ext"], found["sentinel.ext"]
    assert died.fault
    assert room.fault == ""
    when = quantities.seconds(fault.t)
    assert room.notes[0] == f"page fault at {when}, then started again"


def test_a_machine_without_power_has_nobody_who_executes(session: Session) -> None:
    """All rooms are dark."""
    session.do(Type("off\r"))
    off = session.do(RunTo(milliseconds(200)))

    assert all(it.is_off and not it.is_here for it in named(off).values())
    assert State.RUNNING not in {it.state for it in off.status.parts}


def test_what_ring_0_guards_is_what_is_plugged_in(session: Session) -> None:
    """A device for each slot with something in it, and the page tables."""
    devices = session.lab.machine.devices
    found = [
        name
        for name, device in devices.items()
        if not (
            isinstance(device, VirtioMmio) and isinstance(device.backend, NoBackend)
        )
    ]

    assert len(found) == len(guarded(session.frame()))  # the CPU's own: page tables
    assert {"disk", "screen", "console"} <= set(guarded(session.frame()))
    assert len(devices) == len(MICROVM.slots)


@pytest.mark.parametrize("world", ["windows", "macos"])
def test_unprotected_time_is_the_sum_over_all_records(world: str) -> None:
    """At any moment, and after going back the same as before."""
    session = Session(world)
    heard: list[Event] = []
    session.lab.listen(heard.append)
    sums = []
    for moment in (milliseconds(1), milliseconds(60), seconds(2), seconds(20)):
        frame = session.do(RunTo(moment))
        sums.append(frame.status.unprotected_until(frame.t))
        assert sums[-1] == unprotected_time(heard, 0, frame.t)
        if moment == milliseconds(60):
            session.do(Push(BAD))
    back = session.do(GoBack(seconds(2)))
    session.close()

    assert sums == sorted(sums)
    assert back.status.unprotected_until(back.t) == sums[2]


def test_a_sensor_whose_content_is_gone_is_not_told_as_protection() -> None:
    """It watches, and has nothing to compare with: the words say so."""
    session = Session(Setup("windows", services={"updater": "disabled"}))
    try:
        session.do(RunTo(seconds(1)))
        assert session.frame().status.health is Health.PROTECTED
        session.do(Type("rm /SYSTEM/CONTENT/C-000291.SYS\r"))
        session.do(RunTo(seconds(2)))
        session.do(PressReset())
        after = session.do(RunTo(seconds(4))).status
    finally:
        session.close()

    assert after.protected
    assert after.health is Health.WITHOUT_CONTENT
