"""Every goal of every lab can be reached on real machines, and is not before.

Deep: five labs that take long until all is reached. Of the policies the usual tests
reach what one machine reaches alone (`test_goals_not_reached.py`), of the programs what
is reached up to the fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce
from typing import Any

import pytest

from minios import paths
from minios.content import compile_source
from minios.lab import ContentFile, content_files, events, seconds
from minios.lab.events import Event
from minios.lab.inputs import PressReset, Push, Type, Withdraw
from minios.lab.programs_view import ProgramsView
from minios.session import catalogue, committing, desk
from minios.session.catalogue import LabCard
from minios.session.conductor import Conductor
from minios.session.goals.aims import Deed, Goal, Seen
from minios.session.goals.keeper import GoalKeeper
from minios.session.orders import BootInto, Look, RunTo, StepUnit
from minios.session.panes.programs import PROGRAMS_READ
from tests.session.standing import standing

_MOMENT = seconds(0.3)


class Learner:
    """Somebody in a lab, and the goals that were reached there."""

    def __init__(self, card: LabCard) -> None:
        self.card = card
        self.conductor = Conductor(standing(self.card.machines, RunTo(_MOMENT)))
        self.keeper = GoalKeeper(self.card.goal_list, self.card.worlds)
        self.look()

    def look(self) -> None:
        """What an interface does after everything that happens."""
        self.keeper.look(self.conductor)

    def run(self, time: float) -> None:
        """For so many virtual seconds, in short pieces."""
        end, before = self.conductor.now + seconds(time), -1
        self.conductor.send(Look(()))  # nobody reads code meanwhile
        while before < self.conductor.now < end:
            before = self.conductor.now
            self.conductor.run_to(min(end, before + _MOMENT))
            self.look()
        self.conductor.send(Look())

    def push(self, name: str = "", world: int | None = None) -> None:
        """A file, the suggested one without a name."""
        file = content_files.find(name or self.card.suggested)
        self.conductor.send(Push(file), world)
        self.look()

    def write(self, *lines: str, world: int = 0) -> None:
        """Lines on a console."""
        for line in lines:
            self.conductor.send(Type(f"{line}\r"), world)
            self.run(0.2)

    def commit(self, crime: str) -> None:
        """A crime, on both machines; then wait until they have got over it."""
        offered = (it for _, group in committing.offered() for it in group)
        chosen = next(it for it in offered if it.name == crime)
        inputs = committing.inputs(chosen, self.conductor.frames)
        for world, given in inputs.items():
            self.conductor.send(given, world)
        self.run(4)

    def pass_slowly(self) -> None:
        """To the end of a slow pass."""
        for _ in range(40):
            self.conductor.slow_step()
            self.look()
        self.conductor.leave_slow_pass()

    def back(self, kind: type[events.Event], world: int = 0) -> None:
        """To just before the latest record of a kind."""
        log = self.conductor.frames[world].log
        found = [event for event in log if isinstance(event, kind)]
        self.conductor.go_back_before(found[-1].t)
        self.look()

    def step(self, unit: StepUnit, world: int = 0) -> None:
        """One machine, a little."""
        self.conductor.step(unit, world)
        self.look()

    def did(self, deed: Deed, *models: str) -> None:
        """Something that leaves no trace in the machines."""
        self.keeper.did(deed, models)

    def answer(self, name: str, typed: str) -> str:
        """Answer a question; what is said."""
        goal = self.goal(name)
        return self.keeper.answer(goal, typed, self.conductor.frames).words

    def goal(self, name: str) -> Goal:
        """The goal with this name."""
        return next(it for it in self.card.goal_list.goals if it.name == name)

    def has(self, name: str) -> bool:
        """Whether it was reached."""
        return self.keeper.has(self.goal(name))


@contextmanager
def lab(name: str) -> Iterator[Learner]:
    """A visit of a lab."""
    with visit(catalogue.find(name)) as learner:
        yield learner


@contextmanager
def visit(card: LabCard) -> Iterator[Learner]:
    """A visit of a lab that may not be in the catalogue."""
    learner = Learner(card)
    try:
        yield learner
    finally:
        learner.conductor.close()


def reach(learner: Learner, name: str, *acts: Callable[[], object]) -> None:
    """The last of these acts, and none before it, reaches the goal."""
    for act in acts:
        assert not learner.has(name), name
        act()
    assert learner.has(name), name


# ---- Every lab, as somebody would go through it.


def test_two_worlds() -> None:
    """From the push to a machine that was brought back without the vendor."""
    with lab("two-worlds") as one:
        early = one.answer("rings", "0 3")
        reach(one, "slow-pass", *[one.conductor.slow_step] * 5, one.pass_slowly)
        reach(one, "fault", one.push, lambda: one.run(0.5))
        reach(
            one,
            "why",
            lambda: one.did("asked why", "macos"),
            lambda: one.did("asked why", "windows", "macos"),
        )
        assert one.answer("rings", "3, 0").startswith("In windows, it is not 3.")
        assert one.answer("rings", "0 and 3") == "That is right."
        one.run(2)
        assert early.startswith("This cannot be answered yet. First push")
        expected = unprotected_by_hand(one)
        assert "1000.0 s is too long" in one.answer("unprotected", "1000 s, 1 s")
        assert one.answer("unprotected", "a while").startswith("Please type a time")
        assert one.answer("unprotected", expected) == "That is right."
        one.write("shell", "rm /SYSTEM/CONTENT/C-000291.SYS", "exit", "continue")
        one.run(2)
        assert not one.has("recover")  # the updater has fetched it again
        one.write("shell", "rm /SYSTEM/CONTENT/C-000291.SYS", "svc updater disabled")
        reach(
            one,
            "recover",
            lambda: one.write("exit", "continue"),
            lambda: one.run(3),
            lambda: one.run(3),
        )
        assert one.keeper.is_done


def unprotected_by_hand(one: Learner) -> str:
    """Add up the spans without a sensor, as a person does on the timeline."""
    said = []
    ends = (events.BugcheckEvent, events.DeathEvent)
    for frame in one.conductor.frames:
        total, since = 0, 0
        for event in frame.log:
            if isinstance(event, ends) and since < 0:
                since = event.t
            elif isinstance(event, events.SensorUp):
                total, since = total + event.t - since, -1
        total += frame.t - since if since >= 0 else 0
        said.append(f"{total / 1e9:.2f} s")
    return ", ".join(said)


def test_windows_with_the_help_of_the_vendor_is_not_without() -> None:
    """A withdrawn file does not come back, but that is another goal."""
    with lab("two-worlds") as one:
        one.push()
        one.run(0.5)
        one.conductor.send(Withdraw())
        one.write("shell", "rm /SYSTEM/CONTENT/C-000291.SYS", "exit", "continue")
        one.run(7)
        assert one.conductor.frames[0].status.protected
        assert not one.has("recover")


def test_latent() -> None:
    """A rule matches, the code is found, the fault wakes."""
    with lab("latent") as one:
        one.conductor.places = ("sentinel.sys!interpreter_matches",)
        one.push()
        reach(one, "pause", lambda: one.run(0.3))
        one.conductor.places = ()
        reach(one, "match", lambda: one.run(0.5), lambda: one.run(2))
        assert one.answer("rules", "7").startswith("No, it is not 7.")
        assert one.answer("rules", "2") == "That is right."
        reach(one, "wake", lambda: one.push("channel-291-bad"), lambda: one.run(3))
        assert one.keeper.is_done


def test_user_half() -> None:
    """Another code, the address, the element, the load; then the usual code."""
    with lab("user-half") as one:
        reach(one, "stop-7e", one.push, lambda: one.run(0.5))
        assert one.answer("address", "0x9d").startswith("No, it is another number.")
        assert one.answer("address", "somewhere").startswith("Please type an address")
        assert one.answer("address", "0000`0000009c") == "That is right."
        assert "Elements are counted from 0." in one.answer("element", "21")
        assert one.answer("element", "20") == "That is right."
        one.back(events.Faulted)
        for _ in range(8):
            if one.has("load"):
                break
            one.conductor.go_back_before(one.conductor.frames[0].t)
            one.look()
        assert one.has("load")
        one.back(events.Pushed)
        one.push("channel-291-bad")
        reach(one, "stop-50", lambda: one.run(0.5))
        assert one.keeper.is_done


def test_refused() -> None:
    """Two reasons, the old content, and a file that is accepted."""
    with lab("refused") as one:
        reach(one, "refused", one.push, lambda: one.run(0.5))
        assert one.answer("reason", "too short").startswith("No, it is another word.")
        assert one.answer("reason", "BAD-MAGIC") == "That is right."
        assert one.answer("version", "1") == "That is right."
        reach(
            one,
            "other-reason",
            lambda: one.push("channel-291-truncated"),
            lambda: one.run(0.5),
        )
        reach(one, "accepted", lambda: one.push("channel-291-bad"), lambda: one.run(1))
        assert one.keeper.is_done


def test_windows() -> None:
    """Through the menu of the recovery environment."""
    with lab("windows") as one:
        reach(one, "recovery", one.push, lambda: one.run(0.5))
        assert one.answer("failed-starts", "5").startswith("No, it is not 5.")
        assert one.answer("failed-starts", "2") == "That is right."
        reach(one, "last-good", lambda: one.write("last known good"))
        reach(
            one,
            "safe",
            lambda: one.conductor.send(BootInto("safe")),
            lambda: one.run(0.2),
        )
        reach(
            one,
            "again",
            lambda: one.write("rm /SYSTEM/CONTENT/C-000291.SYS", "reset"),
            lambda: one.run(1),
        )
        one.conductor.send(Withdraw())
        one.write("shell", "rm /SYSTEM/CONTENT/C-000291.SYS", "exit")
        reach(one, "recover", lambda: one.write("continue"), lambda: one.run(6))
        assert one.keeper.is_done


def test_macos() -> None:
    """Dies, comes back, and gets its good content; how long that took."""
    with lab("macos") as one:
        reach(one, "restart", one.push, lambda: one.run(0.5))
        one.back(events.Faulted)
        reach(one, "entry", lambda: one.step("crossing"))
        reach(one, "good-again", lambda: one.run(1), lambda: one.run(16))
        assert one.answer("failures", "5") == "That is right."
        assert "too short" in one.answer("unprotected", "1 s")
        assert one.answer("unprotected", unprotected_by_hand(one)) == "That is right."
        assert one.keeper.is_done


@pytest.mark.deep
def test_restart() -> None:
    """Four policies: two end it by themselves, and two need somebody."""
    with lab("restart") as one:
        early = one.answer("shortest", "systemd")
        reach(one, "again", one.push, lambda: one.run(1.5))
        reach(one, "fall-back", lambda: one.run(2))
        reach(one, "for-ever", lambda: one.run(4))
        one.run(12)
        assert early.startswith("This cannot be answered yet.")
        assert one.answer("unjudged", "1").startswith("No, it is not 1.")
        assert one.answer("unjudged", "0") == "That is right."
        assert one.answer("shortest", "launchd").startswith("No, it is another")
        assert one.answer("shortest", "systemd") == "That is right."
        reach(
            one,
            "repair",
            lambda: one.push("channel-291-good", 3),
            lambda: one.run(4),
            lambda: one.run(3),
        )
        assert one.keeper.is_done


def test_loop() -> None:
    """Round and round, back, and out of it."""
    with lab("loop") as one:
        reach(one, "three", one.push, lambda: one.run(0.5))
        assert "too long" in one.answer("span", "1 s")
        assert one.answer("span", "60 ms") == "That is right."
        reach(one, "before", lambda: one.back(events.Pushed))
        one.push()
        one.run(0.5)
        reach(
            one,
            "safe",
            lambda: one.conductor.send(BootInto("safe")),
            lambda: one.run(0.2),
        )
        one.conductor.send(Withdraw())
        one.write("rm /SYSTEM/CONTENT/C-000291.SYS")
        reach(one, "recover", lambda: one.write("reset"), lambda: one.run(6))
        assert one.keeper.is_done


@pytest.mark.deep
def test_crimes() -> None:
    """One after the other, until macos stops, too."""
    with lab("crimes") as one:
        reach(one, "differ", lambda: one.commit("null"))
        assert one.answer("code", "0x50").startswith("No, it is another number.")
        assert one.answer("code", "7E") == "That is right."
        one.commit("wild")
        reach(one, "three-codes", lambda: one.commit("badfree"))
        reach(one, "self-check", lambda: one.commit("hook"))
        reach(one, "macos-too", lambda: one.commit("critical"))
        assert one.keeper.is_done


def test_deadlines() -> None:
    """The three modes in ring 3, and the driver that nobody hurries."""
    with lab("deadlines") as one:
        early = one.answer("waited", "100 ms")
        reach(
            one,
            "driver",
            lambda: one.write("tell gate.sys hang"),
            lambda: one.run(4),
        )
        reach(
            one,
            "kill",
            lambda: one.write("tell gate.ext hang", world=1),
            lambda: one.run(1),
        )
        reach(
            one,
            "open",
            lambda: one.write("tell gate.ext open", world=1),
            lambda: one.write("tell gate.ext slow", world=1),
            lambda: one.run(1),
        )
        reach(
            one,
            "closed",
            lambda: one.run(1),
            lambda: one.write("tell gate.ext closed", world=1),
            lambda: one.run(1.5),
        )
        assert early.startswith("This cannot be answered yet.")
        assert "is too long" in one.answer("waited", "500 ms")
        assert one.answer("waited", "0.1 s") == "That is right."
        one.conductor.send(PressReset(), 0)
        one.run(1)
        reach(
            one,
            "slow",
            lambda: one.write("tell gate.sys slow"),
            lambda: one.run(4),
        )
        assert one.keeper.is_done


@pytest.mark.deep
def test_upstairs() -> None:
    """The driver dies alone in one machine, and takes the other one along."""
    wild = "run lamps show 90000000"
    with lab("upstairs") as one:
        one.write("run lamps on 3")
        reach(one, "light", lambda: one.write("run lamps on 3", world=1))
        for world in (0, 1):
            one.write("run lamps all", world=world)
        reach(one, "hot", lambda: one.run(3))
        one.write("run lamps on 1", world=1)
        reach(one, "die", lambda: one.write(wild, world=1))
        reach(one, "again", lambda: one.write("run lamps on 2", world=1))
        for restarting in (3, 5, 9, 1):
            one.write(wild, world=1)
            one.run(restarting)
        assert one.answer("gave-up", "4").startswith("No, it is not 4.")
        assert one.answer("gave-up", "5") == "That is right."
        reach(one, "stop", lambda: one.write(wild))
        assert one.keeper.is_done


@pytest.mark.deep
def test_free_play() -> None:
    """Four machines."""
    with lab("free-play") as one:
        one.push("channel-291-good")
        reach(one, "detect", lambda: one.run(3))
    with lab("free-play") as one:
        reach(one, "one", lambda: one.push(world=0), lambda: one.run(0.5))
        reach(
            one,
            "two-codes",
            lambda: one.push("channel-291-bad-user-half", 2),
            lambda: one.run(1),
        )
        one.conductor.send(Withdraw())
        reach(one, "withdraw", lambda: one.write("continue"))
        one.back(events.Pushed)
        own = ContentFile("own", compile_source(desk.source({"correlation": "mine"})))
        one.conductor.send(Push(own))
        reach(one, "own-file", lambda: one.run(0.5))


def test_what_a_machine_does_ahead_of_the_others_does_not_count_yet() -> None:
    """It may have to come back, if another machine stops earlier."""
    with lab("two-worlds") as one:
        one.push()
        one.run(0.2)  # 0.5 s; the faults come at 0.53 s
        for world in (1, 0):
            one.look()
            assert not one.has("fault")
            one.conductor.send(RunTo(seconds(0.6)), world)
        one.look()
        assert one.has("fault")


def test_what_was_reached_stays_so_after_going_back() -> None:
    """But records that are taken back count no more for what is still open."""
    with lab("windows") as one:
        one.push()
        one.run(0.5)
        assert one.has("recovery")
        one.back(events.Pushed)
        one.run(6)
        assert one.has("recovery")
        assert not one.has("recover")  # it runs, but in this past it never stopped


def test_three_worlds() -> None:
    """Three ends of one fault; then the module stays, and a start without it."""
    with lab("three-worlds") as one:
        early = one.answer("blamed", "workload")
        reach(one, "fault", one.push, lambda: one.run(0.5))
        reach(
            one,
            "why",
            lambda: one.did("asked why", "windows", "macos"),
            lambda: one.did("asked why", "windows", "macos", "linux"),
        )
        assert early.startswith("This cannot be answered yet. First push")
        assert one.answer("blamed", "sentinel").startswith("No, it is another word.")
        assert one.answer("blamed", "workload") == "That is right."
        assert one.answer("taint", "O").startswith("No, it is another word.")
        assert one.answer("taint", "G D O") == "That is right."
        reach(one, "unload", lambda: one.write("rmmod sentinel", world=2))
        reach(
            one,
            "blocklist",
            lambda: one.conductor.send(BootInto("safe"), 2),
            lambda: one.run(0.5),
        )
        assert one.keeper.is_done


def test_linux_alone() -> None:
    """A module that cannot leave, a stop that was asked for, and verified programs."""
    with lab("linux") as one:
        assert one.answer("dead", "0").endswith(
            "First try to unload the module after an oops."
        )
        reach(one, "oopses", one.push, lambda: one.run(0.25), lambda: one.run(1))
        one.write("rmmod sentinel")
        assert one.answer("dead", "1").startswith("No, it is not 1.")
        assert one.answer("dead", "2") == "That is right."
        reach(one, "force", lambda: one.write("rmmod -f sentinel"))
        reach(
            one,
            "panic",
            lambda: one.write("reset menu"),
            lambda: one.write("current panic_on_oops=1"),
        )
        one.conductor.send(PressReset(), 0)
        one.run(0.1)
        one.write("svc sentinel.sys disabled", "svc checked.bpf system")
        reach(
            one,
            "verified",
            lambda: one.write("svc checked.ext auto", "reset"),
            lambda: one.run(5),
            lambda: one.run(2),
        )
        assert one.keeper.is_done


def test_the_boot_menu_alone_leads_to_a_stop() -> None:
    """In a fresh lab, without an oops that was survived before."""
    with lab("linux") as one:
        one.write("reset menu", "current panic_on_oops=1")
        reach(one, "panic", one.push, lambda: one.run(0.5))


def test_verified_programs_are_seen_to_survive_without_an_oops_before() -> None:
    """Their process loads the bad file: at its start, or when it is pushed later."""
    goals = catalogue.find("linux").goal_list.goals
    (aim,) = (it.aim for it in goals if it.name == "verified")
    assert isinstance(aim, Seen)
    (course,) = aim.courses
    about: dict[str, Any] = {"world": "linux", "t": 0, "instructions": 0}
    start = events.Booted(boot=1, model="linux", **about)
    programs = events.BpfLoaded(name="checked.bpf", programs=2, visits=1, **about)
    fault = events.ModuleLoaded(
        name="sentinel.sys", base=events.Hex(0), size=1, **about
    )
    good, bad = (
        events.ContentLoaded(file="x", version=it, instances=2, ring=3, **about)
        for it in (1, 3)
    )

    def done(*heard: Event) -> int:
        return reduce(lambda at, it: course.after(at, it, frozenset()), heard, 0)

    assert done(start, programs, bad) == len(course.steps)
    assert done(start, programs, good, bad) == len(course.steps)
    assert done(bad, start, programs, good) < len(course.steps)
    assert done(start, programs, bad, fault) == 0


def refused_and_faulted(one: Learner) -> None:
    """Find the line that is refused in one machine, and faults in another."""
    line = next(
        str(number)
        for number, text in enumerate(
            (paths.DRIVERS / "sentinel/interpreter.c").read_text().splitlines(), 1
        )
        if "= input->length;" in text
    )
    assert one.answer("refused", "1").startswith("No, it is not 1.")
    assert one.answer("refused", line) == "That is right."
    assert one.answer("ring", "0").startswith("This cannot be answered yet.")
    reach(one, "fault", one.push, lambda: one.run(0.5))
    assert one.answer("same-line", f"line {line}") == "That is right."


def test_guarded_window_up_to_the_fault() -> None:
    """The same line twice: refused in one machine, at fault in another.

    The form that the verifier accepts takes it long, and is left out.
    """
    card = catalogue.find("guarded-window")
    module, refused, _, collector = card.machines
    with visit(replace(card, machines=(module, refused, refused, collector))) as one:
        refused_and_faulted(one)
        assert not one.has("unharmed")


@pytest.mark.deep
def test_guarded_window() -> None:
    """And what the programs of the other two did, before and after it."""
    with lab("guarded-window") as one:
        refused_and_faulted(one)
        reach(one, "unharmed", lambda: one.run(4), lambda: one.run(2))
        looked_at = sum(it.visits for it in programs(one, 2).objects[0].programs)
        assert one.answer("visits", "368").startswith("No, it is not 368.")
        assert one.answer("visits", str(looked_at)) == "That is right."
        one.back(events.RingAttached, 3)
        written = sum(it.runs for it in programs(one, 3).objects[0].programs)
        one.step("event", 3)
        assert one.answer("ring", "9999").startswith("No, it is not 9999.")
        assert one.answer("ring", str(written)) == "That is right."
        assert one.keeper.is_done


def programs(one: Learner, world: int) -> ProgramsView:
    """What the kernel of a machine itself has counted of its programs."""
    one.conductor.send(Look(("programs",)), world)
    return PROGRAMS_READ.found(one.conductor.frames[world])
