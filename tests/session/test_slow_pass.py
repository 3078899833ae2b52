"""The slow pass: one event followed through the rings, by what the machine really does.

The witness is another machine of the same setup, that knows nothing of the slow pass:
it is stepped here, and heard by subscriptions of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import pytest

from minios.lab import Lab, content_files, events, seconds
from minios.lab.inputs import Push, Type
from minios.lab.setup import Setup
from minios.machine.events import Door, FaultRaised, RingCrossing
from minios.session.orders import GoBack, Replay, RunTo, Step
from minios.session.passages import passage
from minios.session.session import Session
from minios.session.slow_pass.steps import MOST_STEPS, Leg, Pass, PassStep, Way
from minios.session.slow_pass.words import step_of

WORLDS = ["windows", "macos"]
CONTENTS = ["", "channel-291-bad"]


def passed(session: Session) -> Pass:
    """A whole pass."""
    for _ in range(MOST_STEPS + 2):
        found = session.do(Step("pass")).slow_pass
        assert found is not None
        if found.is_over:
            return found
    pytest.fail("the pass does not end")


def push(session: Session, content: str) -> None:
    """Push a file, and wait until the sensor has loaded it."""
    session.do(RunTo(seconds(0.1)))
    session.do(Push(content_files.find(content)))
    session.do(RunTo(seconds(5), ("content_loaded",)))


@cache
def found(world: str, content: str = "") -> Pass:
    """The pass of a fresh machine, perhaps with a file that was pushed."""
    session = Session(world)
    try:
        if content:
            push(session, content)
        return passed(session)
    finally:
        session.close()


@dataclass
class Witness:
    """What another machine does in the same stretch of time."""

    crossings: list[tuple[int, str]] = field(default_factory=list)
    faults: list[tuple[int, int]] = field(default_factory=list)
    stands: dict[int, tuple[int, int, int]] = field(default_factory=dict)


def witnessed(world: str, content: str, steps: tuple[PassStep, ...]) -> Witness:
    """Step a machine of the same setup by itself, and listen to it."""
    first = steps[0].spot
    seen = Witness()
    with Lab(world) as lab:
        machine = lab.machine
        if content:
            lab.run_for(seconds(0.1))
            lab.push(content)
        machine.step(first.instructions - machine.instructions, limit_ns=seconds(60))
        machine.observe(
            RingCrossing,
            lambda it: seen.crossings.append((it.now, str(passage(lab, it)))),
        )
        machine.observe(
            FaultRaised,
            lambda it: seen.faults.append((it.fault.rip, it.fault.ring)),
        )
        halts = {step.spot.instructions for step in steps} - {first.instructions}
        for halt in sorted(halts):
            machine.step(halt - machine.instructions, limit_ns=seconds(60))
            registers = machine.registers()
            seen.stands[machine.instructions] = (
                machine.ring,
                registers["rip"],
                registers["rsp"],
            )
    return seen


@pytest.mark.parametrize("content", CONTENTS, ids=["usual", "bad"])
@pytest.mark.parametrize("world", WORLDS)
def test_every_step_is_in_the_trace_and_all_of_the_trace_is_in_a_step(
    world: str, content: str
) -> None:
    """Crossings, faults, rings, instructions and stacks: those of another machine."""
    steps = found(world, content).steps
    seen = witnessed(world, content, steps)

    told = [(it.crossing.now, str(it)) for step in steps for it in step.crossings]
    assert told == seen.crossings
    faults = [step for step in steps if step.way is Way.FAULT]
    assert [it.ring_before for it in faults] == [ring for _, ring in seen.faults]
    stands = {
        it.spot.instructions: (it.spot.ring, it.spot.rip, it.spot.rsp)
        for it in steps[1:]
    }
    assert stands == seen.stands


@pytest.mark.parametrize("content", CONTENTS, ids=["usual", "bad"])
@pytest.mark.parametrize("world", WORLDS)
def test_a_pass_begins_in_the_program_and_is_short(world: str, content: str) -> None:
    """The first step stands before a system call in ring 3; no more than 40 follow."""
    steps = found(world, content).steps

    assert steps[0].spot.ring == 3
    assert steps[0].spot.instruction == "syscall"
    assert steps[1].crossings[0].crossing.door is Door.SYSCALL
    assert 5 < len(steps) <= MOST_STEPS
    assert [it.number for it in steps] == list(range(1, len(steps) + 1))


def test_the_sensor_executes_in_the_ring_of_its_world() -> None:
    """In one world the kernel calls it, in the other the kernel returns to it."""
    of_windows = [it for it in found("windows").steps if "sentinel" in it.spot.module]
    of_macos = [it for it in found("macos").steps if "sentinel" in it.spot.module]

    assert {it.spot.ring for it in of_windows} == {0}
    assert {it.spot.ring for it in of_macos} == {3}
    assert of_windows[0].sentence == "The kernel calls sentinel.sys: sentinel_event."
    assert of_macos[0].sentence == "The kernel returns to sentinel.ext."


def test_a_fault_in_ring_0_changes_no_ring_and_takes_the_machine_along() -> None:
    """The handler runs in ring 0, on the same stack; then the kernel stops it all."""
    steps = found("windows", "channel-291-bad").steps
    fault, stop, reset = steps[-3:]

    assert (fault.way, fault.ring_before, fault.spot.ring) == (Way.FAULT, 0, 0)
    assert not fault.crossings
    assert "sentinel.sys in ring 0: the page is not present" in fault.sentence
    assert "The ring does not change" in fault.sentence
    assert stop.sentence.startswith("The kernel stops the machine: STOP 0x50")
    assert reset.sentence.startswith("The machine resets")


def test_a_fault_in_ring_3_opens_a_gate_and_the_rest_goes_on() -> None:
    """The process dies; its parent hears of it, in ring 3."""
    result = found("macos", "channel-291-bad")
    fault = next(it for it in result.steps if it.way is Way.FAULT)
    last = result.steps[-1]

    assert (fault.ring_before, fault.spot.ring) == (3, 0)
    assert [it.crossing.door for it in fault.crossings] == [Door.EXCEPTION]
    assert any("sentinel.ext (process 4) dies." in it.changed for it in result.steps)
    assert (last.spot.ring, last.spot.program) == (3, "supervis")
    assert "Nobody watches any more" in result.over


def test_calls_of_a_driver_into_the_kernel_are_counted_not_listed() -> None:
    """There and back is no step of its own."""
    back = next(it for it in found("windows").steps if it.way is Way.RETURN)

    assert back.sentence == "sentinel.sys returns to the kernel."
    assert any("called the kernel 3" in it for it in back.changed)
    assert not back.crossings


def test_a_step_names_the_instruction_that_did_it() -> None:
    """Into the kernel, back, to another thread, into the driver and back."""
    did = [(it.way, it.by.split()[0]) for it in found("windows").steps[1:]]

    assert did[:5] == [
        (Way.CROSSING, "syscall"),
        (Way.CROSSING, "sysretq"),
        (Way.THREAD, "mov"),
        (Way.CALL, "call"),
        (Way.RETURN, "ret"),
    ]
    fault = next(
        it for it in found("windows", "channel-291-bad").steps if it.way is Way.FAULT
    )
    assert f"`{fault.by}`" in fault.sentence


def test_the_same_orders_give_the_same_pass() -> None:
    """Also after the machine was taken back."""
    session = Session("windows")
    try:
        first = passed(session)
        session.do(GoBack(first.steps[0].spot.t - 1000))
        assert session.frame().slow_pass is None
        assert passed(session) == first == found("windows")
    finally:
        session.close()


def test_a_pass_does_not_change_what_the_machine_does() -> None:
    """At its end the machine is what it would be without it."""
    for world in WORLDS:
        last = found(world).steps[-1].spot
        with Lab(world) as lab:
            lab.machine.step(last.instructions, limit_ns=seconds(60))
            registers = lab.machine.registers()
            assert (lab.now, registers["rip"], registers["cr3"]) == (
                last.t,
                last.rip,
                last.cr3,
            )


def test_without_a_sensor_nobody_hears_of_the_event() -> None:
    """The call ends as any other."""
    session = Session(Setup("windows", services={"sentinel": "disabled"}))
    try:
        result = passed(session)
    finally:
        session.close()

    assert "no sensor" in result.over
    assert {it.spot.module for it in result.steps} == {"workload", "kernel"}
    assert result.steps[-1].spot.ring == 3


def test_a_plugin_of_ones_own_is_followed_as_the_sensor_is() -> None:
    """No name is known here: the counter counts pipe events in ring 0."""
    lab = Lab("windows", plugins=["counter"], services={"sentinel": "disabled"})
    session = Session(lab.setup)
    lab.close()
    try:
        result = passed(session)
    finally:
        session.close()

    assert "counter.sys" in {it.spot.module for it in result.steps}


def test_a_machine_that_is_off_says_so() -> None:
    """In one sentence, and without an error."""
    session = Session("windows")
    try:
        session.do(RunTo(seconds(0.2)))
        session.do(Type("off\r"))
        session.do(RunTo(seconds(0.4)))
        frame = session.do(Step("pass"))
    finally:
        session.close()

    assert frame.slow_pass == Pass(
        over="This machine is switched off. Switch it on first."
    )
    assert not frame.error


def test_a_machine_that_has_just_stopped_is_followed_at_its_next_event() -> None:
    """In its next start; not through all crashes until recovery comes up."""
    session = Session("windows")
    try:
        push(session, "channel-291-bad")
        session.do(RunTo(seconds(5), ("bugcheck",)))
        result = passed(session)
    finally:
        session.close()

    assert session._status.crashes == 2
    assert result.steps[-2].sentence.startswith("The kernel stops the machine")


def test_a_machine_in_recovery_says_why_nothing_can_be_followed() -> None:
    """No sensor runs there, and nobody watches."""
    session = Session("windows")
    try:
        push(session, "channel-291-bad")
        session.do(RunTo(seconds(5), ("recovery",)))
        found_there = session.do(Step("pass")).slow_pass
    finally:
        session.close()

    assert found_there is not None
    assert not found_there.steps
    assert "waits in its recovery environment" in found_there.over


def test_an_input_of_a_recording_comes_at_its_time_within_the_pass() -> None:
    """As in a run without a pass: recordings can be played in slow passes, too."""
    t = found("macos").steps[3].spot.t - 1000
    session = Session("macos")
    try:
        session.do(Replay(((t, Type("ps")),)))
        result = passed(session)
        inputs = session.frame().inputs
    finally:
        session.close()

    assert inputs == ((t, Type("ps")),)
    assert result.steps[:3] == found("macos").steps[:3]


def test_another_order_ends_the_pass() -> None:
    """Time goes on by itself: what was followed is over."""
    session = Session("macos")
    try:
        assert session.do(Step("pass")).slow_pass is not None
        assert session.do(Step("instruction")).slow_pass is None
    finally:
        session.close()


def test_a_sentence_begins_with_a_capital_letter_or_with_a_name() -> None:
    """Whatever is told: nothing but names of programs, modules and files is small."""
    spot = found("macos").steps[0].spot
    up = events.SensorUp(
        world="windows", t=0, instructions=0, plugin="counter.sys", ring=0
    )
    ready = events.ReadyEvent(world="windows", t=0, instructions=0, boot=1)
    for record, begins in (
        (ready, "All services are running."),
        (up, "counter.sys watches named pipes."),
    ):
        leg = Leg(Way.CALL, spot, spot, records=(record,))
        assert any(it.startswith(begins) for it in step_of(2, leg).changed)

    for world in WORLDS:
        for content in CONTENTS:
            for step in found(world, content).steps:
                for said in (step.sentence, *step.changed):
                    name = said.partition(" ")[0].rstrip(":.")
                    is_name = "." in name or name in {"workload", "init", "supervis"}
                    assert is_name or not said[0].islower(), said


def test_what_took_other_page_tables_is_a_load_of_cr3() -> None:
    """The halt comes later, when the tables have stayed; the instruction is named."""
    bad = found("macos", "channel-291-bad")
    taken = [it for it in bad.steps if it.way is Way.PAGE_TABLES]

    assert taken
    assert all(it.by.startswith("mov cr3, ") for it in taken)
