r"""What `lesson.toml` says, as values: machines, and tasks for a learner.

    title = "What a ring is"
    about = "Two levels of privilege, and who decides which one the CPU has"
    minutes = 15

    [machines.windows]

    [[tasks]]
    name = "crash"
    ask = "Push the bad file, and wait for the blue screen"
    hints = ["...", "...", "..."]
    see = [{ event = "push" }, { event = "bugcheck", ring = 0 }]

    [[tasks.mistakes]]
    see = [{ event = "update_refused" }]
    say = "The sensor has refused this file. Take one that it accepts."

Each class here is a table of the file, and each field is a key of it. Machines,
conditions and claims are those of scenario files (`minios/testing/README.md`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as HostPath
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from minios.session.catalogue import LabCard
from minios.session.goals.aims import Goal
from minios.testing.scenarios.base import Name, Path, Span, Table, Text
from minios.testing.scenarios.claims import Claim
from minios.testing.scenarios.conditions import Simples

FILE_NAME: Final = "lesson.toml"
TEXT_NAME: Final = "README.md"
MOST_MACHINES: Final = 4
MOST_TASKS: Final = 12

Line: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=300, pattern=r"^[^\n]*\Z")
]
"""One line: in a list, a second one would look like another item."""
Names: TypeAlias = Annotated[list[Name], Meta(min_length=1, max_length=MOST_MACHINES)]
Function: TypeAlias = Annotated[str, Meta(pattern=r"^[^+]{1,80}$")]


class Head(Table, frozen=True, kw_only=True):
    """The keys of the file itself.

    Attributes:
        title: what the lesson is called.
        about: what it teaches, in one line.
        minutes: how long it takes.
        learned: what was learned, said at the end.
        machines: the machines beside the text, each under a name of your own.
        suggested: the shipped content file that is offered first.
        waits: whether time stops at the first crash or death of each machine.
        tasks: what the learner is asked to do, in order.
    """

    title: Line
    about: Line
    minutes: Annotated[int, Meta(ge=1, le=120)]
    learned: Text = ""
    machines: Annotated[dict[Name, Any], Meta(min_length=1, max_length=MOST_MACHINES)]
    suggested: Name = "channel-291-bad"
    waits: bool = False
    tasks: Annotated[list[Any], Meta(min_length=1, max_length=MOST_TASKS)]


class Aim(Table, frozen=True, kw_only=True):
    """What every task, and every mistake in one, may have beside its own key.

    `on` are the machines that it concerns. Without it, any machine will do.
    """

    on: Names | None = None


class See(Aim, frozen=True, kw_only=True):
    """A machine makes these records, in this order; with `on`, each of those machines.

    After one of the records `unless` the first is waited for again. `calm` is how long
    after the last of them none of `unless` may come.
    """

    see: Simples
    unless: Simples = msgspec.field(default_factory=list)
    calm: Span = Span(0)


class Shows(Aim, frozen=True, kw_only=True):
    """A machine is now as claimed. `file` cannot be claimed here."""

    shows: Claim


class State(Aim, frozen=True, kw_only=True):
    """The machines are in a state that has a name (`minios/tutor/named.py`)."""

    state: Name


class PausedAt(Aim, frozen=True, kw_only=True):
    """A machine stands still in this function: "kernel!syscall_entry".

    With `on` it is one of those machines.
    """

    paused_at: Function


class Typed(Aim, frozen=True, kw_only=True):
    """Somebody has typed this line on a console, and enter."""

    typed: Annotated[Text, Meta(min_length=1)]


class Done(Aim, frozen=True, kw_only=True):
    """The learner has asked why, or gone back in time."""

    did: Literal["asked why", "went back"]


class Answered(Aim, frozen=True, kw_only=True):
    """The learner answers a question with what is right."""

    answer: Any


class Work(Aim, frozen=True, kw_only=True):
    """The learner's files pass this scenario, which calls them `submission/...`."""

    work: Path


class Released(Aim, frozen=True, kw_only=True):
    """The learner's file sets the vendor's switches so that all this comes of it.

    `pipeline` is the name of the file. It has the names of the switches as keys.
    """

    pipeline: Path
    wants: Annotated[list[Any], Meta(min_length=1, max_length=8)]


class Verified(Aim, frozen=True, kw_only=True):
    """The kernel's verifier accepts the learner's program, and its calls are right.

    `program` is the name of the file: an eBPF program, with one instruction on a line,
    as `minios bpf disasm` writes them. `calls` are tables: R1 is the address of the
    bytes in `memory`, R2 says how many, and R0 must be `result`. If not, `say` is told.
    """

    program: Path
    calls: Annotated[list[Any], Meta(min_length=1, max_length=16)]


class Call(Table, frozen=True, kw_only=True):
    """One call of the learner's program. `say` is told if it is not right.

    Attributes:
        memory: the bytes that R1 points to, as hexadecimal digits. R2 is their number.
        result: what has to be in R0 at the end.
    """

    say: Text
    memory: Annotated[str, Meta(pattern=r"^([0-9a-fA-F]{2}){1,256}\Z")]
    result: Annotated[int, Meta(ge=0)]


class Want(Table, frozen=True, kw_only=True):
    """What the switches must be, or what must come of a file. `say` is told if not.

    Attributes:
        only: the switches that may be on.
        needs: those that have to be on.
        most: how many may be on.
        file: the shipped content file that the vendor releases.
        crashed: how many of 12 customers' machines stop.
        although_one_fails: it must also be so with any one of the switches off.
    """

    say: Text
    only: list[Name] | None = None
    needs: list[Name] = msgspec.field(default_factory=list)
    most: Annotated[int, Meta(ge=0)] | None = None
    file: Name = "channel-291-bad"
    crashed: Annotated[int, Meta(ge=0)] | None = None
    although_one_fails: bool = False


AIMS: Final[dict[str, type[Aim]]] = {
    "see": See,
    "shows": Shows,
    "state": State,
    "paused_at": PausedAt,
    "typed": Typed,
    "did": Done,
    "answer": Answered,
    "work": Work,
    "pipeline": Released,
    "program": Verified,
}
"""What a task can ask for."""


class Task(Table, frozen=True, kw_only=True):
    """The keys of a task beside its aim.

    Attributes:
        name: what it is called in the file of progress. It never changes.
        ask: what to do, without a full stop. It names no key: interfaces differ.
        question: of a task with `answer`: what is asked.
        hints: each says more than the one before.
        mistakes: wrong attempts, each with what to say: `{ answer = "21", say = ... }`.
    """

    name: Name
    ask: Line
    question: Text = ""
    hints: Annotated[list[Text], Meta(min_length=1, max_length=8)]
    mistakes: Annotated[list[Any], Meta(max_length=16)] = msgspec.field(
        default_factory=list
    )


class Mistake(Table, frozen=True, kw_only=True):
    """The keys of a mistake beside its aim. `answer` is then what was typed."""

    say: Text


class Right(Table, frozen=True, kw_only=True):
    """The right answer: a value, or where it is read from the machines.

    Exactly one of these says what is right:

    Attributes:
        equals: a value. Numbers may be typed as 0x... as well.
        event: with `field`: a field of the latest record of this kind.
        address_of: the address of a place in the code.
        read: something that has a name (`minios/tutor/named.py`).
        register: a register of a machine that stands still.

    Attributes:
        field: see `event`.
        at: the function in which a machine stands still, for its `register`.
        options: the answers to choose from. `equals` is then one of them.
        form: what is to be typed, if it is not clear: "a number".
        before: what has to happen before it can be answered.
    """

    equals: int | Text | None = None
    event: Name | None = None
    field: Name | None = None
    at: Function | None = None
    address_of: Text | None = None
    read: Name | None = None
    register: Name | None = None
    options: Annotated[list[Line], Meta(max_length=9)] = msgspec.field(
        default_factory=list
    )
    form: Text = ""
    before: Text = "First do the tasks before this one."


@dataclass(frozen=True, slots=True)
class WrongAttempt:
    """A mistake: either what was typed, or a goal that nobody wants.

    The words of the goal are what to say about it.
    """

    goal: Goal
    typed: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A file of the learner's with the vendor's switches, and what must come of it."""

    file: str
    wants: tuple[Want, ...]


@dataclass(frozen=True, slots=True)
class Exercise:
    """A file of the learner's with an eBPF program, and how it is called."""

    file: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class TaskCard:
    """A task of a lesson that has been read.

    Attributes:
        goal: what is to be done, and what shows that it was.
        hints: each says more than the one before.
        mistakes: wrong attempts that are known.
        options: the answers to choose from; none if the answer is typed.
        work: what checks the learner's files, if something does: a scenario that they
            have to pass, the vendor's pipeline, or the kernel's verifier.
    """

    goal: Goal
    hints: tuple[str, ...]
    mistakes: tuple[WrongAttempt, ...]
    options: tuple[str, ...] = ()
    work: HostPath | Release | Exercise | None = None

    @property
    def name(self) -> str:
        """What it is called in the file of progress."""
        return self.goal.name


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson that has been read, in one language.

    Attributes:
        name: the name of its folder.
        pack: the name of its pack.
        folder: where it is.
        about: what it teaches, in one line.
        minutes: how long it takes.
        learned: what was learned, said at the end.
        text: what the learner reads, in Markdown.
        language: of the text: "en", "de".
        machines: what the file calls its machines.
        card: these machines, and the tasks as goals.
        tasks: what the learner is asked to do, in order.
    """

    name: str
    pack: str
    folder: HostPath
    title: str
    about: str
    minutes: int
    learned: str
    text: str
    language: str
    machines: tuple[str, ...]
    card: LabCard
    tasks: tuple[TaskCard, ...]

    @property
    def key(self) -> str:
        """What it is called in the file of progress: "minios/01_rings"."""
        return f"{self.pack}/{self.name}"

    @property
    def start(self) -> HostPath:
        """The folder with the files that the learner gets; it may be missing."""
        return self.folder / "start"

    @property
    def solution(self) -> HostPath:
        """The folder with the files of the solution, and its steps."""
        return self.folder / "solution"

    def task(self, name: str) -> TaskCard:
        """The task with this name."""
        return next(it for it in self.tasks if it.name == name)
