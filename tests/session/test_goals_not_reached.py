"""What only looks like a goal does not reach it: a neighbouring deed for every goal."""

from __future__ import annotations

from typing import Any

import pytest

from minios.content import compile_source
from minios.lab import ContentFile, content_files, events, seconds
from minios.lab.events import Hex
from minios.lab.inputs import CutPower, OfferFix, Push, Type, Withdraw
from minios.session import catalogue, desk, recording
from minios.session.goals.aims import NO_GOAL_LIST, Course, Seen
from minios.session.goals.records import HELP, STOP
from minios.session.orders import BootInto
from tests.session.test_goals import Learner, lab

DELETE = "rm /SYSTEM/CONTENT/C-000291.SYS"
NO_UPDATES = "svc updater disabled"


def reached(one: Learner) -> set[str]:
    """The names of the goals that were reached so far."""
    return set(one.keeper.names)


def typed(one: Learner, world: int, line: str) -> None:
    """A line on a console, and what comes of it."""
    one.conductor.send(Type(f"{line}\r"), world)
    one.run(0.5)


# ---- One fault, in two worlds.


def test_a_crash_that_was_typed_is_no_fault_of_the_sensor() -> None:
    """It stops windows, but reaches nothing, and answers nothing."""
    with lab("two-worlds") as one:
        typed(one, 0, "crash")
        one.did("asked why", "windows", "macos")
        assert one.answer("rings", "0 0").startswith("This cannot be answered yet.")
        assert one.answer("unprotected", "1 s, 1 s").startswith("This cannot be")
        one.push("channel-291-good")
        typed(one, 0, "crash")
        one.write("continue")  # in the recovery environment
        one.run(6)
        assert one.conductor.frames[0].status.crashes == 2
        assert one.conductor.frames[0].status.protected
        assert reached(one) == set()


def test_why_is_asked_of_one_machine_that_stopped_and_one_that_did_not() -> None:
    """Where both have stopped, there is another reason."""
    with lab("two-worlds") as one:
        one.push()
        typed(one, 1, "crash")
        one.run(1)
        one.did("asked why", "windows", "macos")
        assert all(frame.status.crashes for frame in one.conductor.frames)
        assert not one.has("why")


def test_a_slow_pass_that_could_not_begin_is_none() -> None:
    """Nothing happens on machines that are off, so the pass is over at once."""
    with lab("two-worlds") as one:
        for world in (0, 1):
            typed(one, world, "off")
        one.pass_slowly()
        passes = [frame.slow_pass for frame in one.conductor.frames]
        assert all(frame.status.off for frame in one.conductor.frames), passes
        assert not one.has("slow-pass")


def test_a_slow_pass_without_a_sensor_is_another_one() -> None:
    """In safe mode windows has no sensor that could hear of the event."""
    with lab("two-worlds") as one:
        one.conductor.send(BootInto("safe"), 0)
        one.run(1)
        one.pass_slowly()
        assert not one.has("slow-pass")


@pytest.mark.parametrize(
    "order",
    [
        Push(content_files.find("channel-291-good")),
        Withdraw(),
        OfferFix("channel-291"),
    ],
    ids=["push", "withdraw", "fix"],
)
def test_windows_with_help(order: Push | Withdraw | OfferFix) -> None:
    """A good file, a withdrawn one and a fix bring it back, but not without help."""
    with lab("two-worlds") as one:
        one.push()
        one.run(0.5)
        one.conductor.send(order, 0)
        if isinstance(order, OfferFix):
            one.write("fetch a fix")
            one.run(1)  # and the updater fetches the bad file again
        one.write("shell", DELETE, NO_UPDATES, "exit", "continue")
        one.run(7)
        assert one.conductor.frames[0].status.protected
        assert any(map(HELP, one.conductor.frames[0].log))
        assert not one.has("recover")


def test_windows_by_its_own_help_after_the_vendor_began_anew() -> None:
    """Who pushes the bad file again may try again."""
    with lab("two-worlds") as one:
        one.push()
        one.run(0.5)
        one.conductor.send(Withdraw(), 0)
        one.write("shell", DELETE, "exit", "continue")
        one.run(1)
        one.push(world=0)
        one.run(0.7)
        one.write("shell", DELETE, NO_UPDATES, "exit", "continue")
        one.run(7)
        assert one.has("recover")


def test_a_reset_is_no_run_of_five_seconds() -> None:
    """The time counts anew from each start."""
    with lab("windows") as one:
        one.push()
        one.run(0.5)
        one.write("shell", DELETE, NO_UPDATES, "exit", "continue")
        one.run(3)
        one.conductor.send(CutPower())
        one.run(1)
        one.write("continue")  # the start before has failed, too
        one.run(3)
        assert not one.has("recover")
        one.run(3)
        assert one.has("recover")


# ---- The other labs with both worlds.


def test_latent() -> None:
    """The match of another file; a place elsewhere in the sensor; a typed crash."""
    with lab("latent") as one:
        one.push()
        one.push("channel-291-good")
        one.run(3)
        assert any(
            isinstance(it, events.Detected) for it in one.conductor.frames[0].log
        )
        assert not one.has("match")
        one.push()
        one.run(0.2)
        typed(one, 0, "crash")
        one.push("channel-291-good")
        typed(one, 0, "crash")
        assert not one.has("wake")
    with lab("latent") as one:
        one.conductor.places = ("sentinel.sys!content_load",)
        one.push()
        one.run(0.3)
        assert not one.has("pause")


def test_user_half() -> None:
    """The other file leads to the other code."""
    with lab("user-half") as one:
        one.push("channel-291-bad")
        one.run(0.5)
        assert reached(one) == {"stop-50"}


def test_refused() -> None:
    """Another file is refused, too; a question about the content comes after that."""
    with lab("refused") as one:
        assert one.answer("version", "1").startswith("This cannot be answered yet.")
        one.push("channel-291-truncated")
        one.run(0.5)
        assert one.conductor.frames[0].log[-1].t > seconds(0.3)
        one.push("channel-291-good")
        one.run(0.2)
        typed(one, 0, "crash")
        assert reached(one) == set()


# ---- One machine.


def test_recovery_that_was_asked_for_has_not_come_by_itself() -> None:
    """F8 leads there, too; and it comes by itself after two stops of any kind."""
    with lab("windows") as one:
        one.conductor.send(BootInto("recovery"))
        one.run(0.3)
        assert one.answer("failed-starts", "0").startswith("This cannot be answered")
        one.write("continue")
        for _ in range(2):
            typed(one, 0, "crash")
        assert one.conductor.frames[0].status.recovering
        assert not one.has("recovery")


def test_the_last_good_list_and_safe_mode_before_any_fault() -> None:
    """They show something only to somebody whose machine has stopped."""
    with lab("loop") as one:
        one.conductor.send(BootInto("safe"))
        one.run(0.3)
        assert reached(one) == set()
    with lab("windows") as one:
        one.conductor.send(BootInto("last good"))
        one.run(0.3)
        one.push()
        one.run(0.4)
        frame = one.conductor.frames[0]
        assert any(STOP(it, frame.status.sensors) for it in frame.log)
        assert not one.has("last-good")


def test_a_file_that_the_vendor_pushes_again_was_not_fetched() -> None:
    """Deleting, and fetching it again, is another thing."""
    with lab("windows") as one:
        one.push()
        one.run(0.5)
        one.conductor.send(BootInto("safe"))
        one.run(0.3)
        one.write(DELETE, NO_UPDATES, "reset")
        one.push()
        one.run(1)
        assert not one.has("again")


def test_macos() -> None:
    """A pause in the kernel while nothing happens is none in the page fault."""
    with lab("macos") as one:
        one.push()
        one.run(0.26)
        (frame,) = one.conductor.frames
        assert frame.status.deaths
        for _ in range(3):
            one.run(0.01)
            assert one.conductor.frames[0].ring == 0
            assert reached(one) <= {"restart"}


def test_loop() -> None:
    """Three stops that somebody types are no loop; nor is the way back from one."""
    with lab("loop") as one:
        for _ in range(3):
            typed(one, 0, "crash")
        assert one.conductor.frames[0].status.crashes == 3
        one.run(6)
        one.back(events.BugcheckEvent)
        assert reached(one) == set()


# ---- Crimes, and free play.


def test_two_crimes_are_not_one_with_two_ends() -> None:
    """A machine that stops by `crash`, and a process that dies of something else."""
    with lab("crimes") as one:
        typed(one, 0, "crash")
        typed(one, 1, "run commit null")
        one.run(2)
        assert one.conductor.frames[0].status.crashes == 1
        assert one.conductor.frames[1].status.deaths == 1
        assert not one.has("differ")
        one.run(2)
        typed(one, 0, "run commit null")
        assert one.has("differ")


def test_a_gate_that_is_quick_again_keeps_nobody_waiting() -> None:
    """It hung for a moment only; and a machine without pipes is not slow."""
    with lab("deadlines") as one:
        typed(one, 0, "tell gate.sys slow")
        typed(one, 0, "tell gate.sys quick")
        one.run(6)
        typed(one, 0, "tell gate.ext hang")  # of the other machine
        one.run(4)
        assert reached(one) == set()


def test_one_machine_alone_is_not_one_of_two() -> None:
    """The other one has had no file, but it has stopped, too."""
    with lab("free-play") as one:
        typed(one, 0, "crash")
        assert not one.has("one")
        one.push(world=0)
        typed(one, 2, "crash")
        one.run(1)
        frame = one.conductor.frames[0]
        assert any(STOP(it, frame.status.sensors) for it in frame.log)
        assert one.conductor.frames[2].status.protected
        assert not one.has("one")


def test_free_play() -> None:
    """A typed crash after a withdrawal, or after a file of one's own that is good."""
    own = ContentFile("own", compile_source(desk.source({"correlation": "*"})))
    with lab("free-play") as one:
        one.push("channel-291-bad", 0)
        one.push("channel-291-good", 0)
        one.conductor.send(Withdraw(), 0)
        one.run(0.3)
        typed(one, 0, "crash")
        one.conductor.send(Push(own), 2)
        one.run(0.3)
        typed(one, 2, "crash")
        crashes = [frame.status.crashes for frame in one.conductor.frames]
        assert crashes[0] >= 1
        assert crashes[2] == 1
        assert not reached(one) & {"withdraw", "own-file", "two-codes"}


# ---- Somebody else's deeds.


def test_a_recording_has_no_goals() -> None:
    """Whoever watches one has done nothing."""
    with lab("two-worlds") as one:
        one.push()
        one.run(0.5)
        card = recording.of(one.card, one.conductor.frames).card
    assert card.name == "two-worlds"
    assert card.goal_list is NO_GOAL_LIST


def test_every_goal_has_a_hint_that_ends_and_words_that_do_not() -> None:
    """Words are a request without a full stop; a hint is sentences."""
    for card in catalogue.LABS:
        for goal in card.goal_list.goals:
            assert goal.words[-1].isalnum(), goal.name
            assert goal.hint.endswith("."), goal.name


def test_a_course_that_was_taken_stays_so_unless_it_asks_for_calm() -> None:
    """A machine is looked at now and then: what came after the end is no matter."""
    again = Course((STOP,), unless=(HELP,))
    helped = events.Withdrawn(world="windows", t=1, instructions=1, name="x")
    assert again.after(1, helped, frozenset()) == 1
    calm = Course((STOP,), unless=(HELP,), calm=1)
    assert calm.after(1, helped, frozenset()) == 0


# ---- Restart is not repair.


def test_a_supervisor_that_gives_up_is_no_repair_by_somebody() -> None:
    """Nor has a machine died for ever that got its last good file back."""
    with lab("restart") as one:
        one.push(world=0)
        one.run(19)
        assert one.conductor.frames[0].status.protected
        assert one.answer("shortest", "minix").startswith("This cannot be answered yet")
        assert one.answer("unjudged", "0").startswith("This cannot be answered yet.")
        assert reached(one) == {"again", "fall-back"}


# ---- A kernel that goes on.


def test_what_nobody_was_ended_for_reaches_no_goal_of_linux_alone() -> None:
    """Not a module that leaves by force, nor a stop that somebody asked for."""
    with lab("linux") as one:
        typed(one, 0, "rmmod -f sentinel")
        typed(one, 0, "reset menu")
        typed(one, 0, "current panic_on_oops=1")
        typed(one, 0, "crash")
        assert one.conductor.frames[0].status.crashes == 1
        assert reached(one) == set()


@pytest.mark.parametrize(("with_module", "steps"), [(False, 3), (True, 0)])
def test_programs_beside_the_module_are_not_in_its_place(
    with_module: bool, steps: int
) -> None:
    """A start that loads the module, too, counts for nothing."""
    goals = catalogue.find("linux").goal_list.goals
    aim = next(it.aim for it in goals if it.name == "verified")
    assert isinstance(aim, Seen)
    (course,) = aim.courses
    at: dict[str, Any] = {"world": "linux", "t": 1, "instructions": 1}
    module = events.ModuleLoaded(**at, name="sentinel.sys", base=Hex(0), size=1)
    done = 0
    for event in (
        events.Booted(**at, model="linux", boot=2),
        *((module,) if with_module else ()),
        events.BpfLoaded(**at, name="checked.bpf", programs=2, visits=1),
        events.ContentLoaded(**at, file="x", version=3, instances=2, ring=3),
    ):
        done = course.after(done, event, frozenset({"sentinel"}))
    assert done == steps
