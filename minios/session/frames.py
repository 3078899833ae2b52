"""A frame: what is shown of one machine at one moment. Any thread may read it.

The thread that owns the machine makes a frame, and another thread draws it. Frames
never change. They do not copy the events: `Log` is a view of the first events in a list
that only grows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar, overload

from minios.abi.plugins import Kind
from minios.lab import Explanation
from minios.lab.disassembly import Instruction
from minios.lab.events import Event
from minios.lab.inputs import Input
from minios.lab.origins import Origin
from minios.machine.events import MachineEvent
from minios.session.doors import Passed
from minios.session.orders import Mark
from minios.session.passages import Passage, Told
from minios.session.slow_pass.steps import Pass
from minios.session.status import Status

T = TypeVar("T")
GENERAL: Final = (
    *("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp"),
    *(f"r{number}" for number in range(8, 16)),
    *("rip", "cr2", "cr3", "cr0", "cr4", "efer"),
)
SELECTORS: Final = ("cs", "ss", "tr")
FLAGS: Final = (
    ("CF", "carry", 0),
    ("ZF", "zero", 6),
    ("SF", "sign", 7),
    ("IF", "interrupts on", 9),
    ("DF", "direction down", 10),
    ("OF", "overflow", 11),
    ("AC", "alignment check", 18),
)


class Log(Sequence[T], Generic[T]):
    """The first `count` items of a list that only grows.

    If the list is long, `forgotten` items are missing after the first `head` items. The
    number of an item counts the missing ones.
    """

    __slots__ = ("_count", "_head", "_items", "forgotten")

    def __init__(
        self,
        items: list[T] | None = None,
        count: int | None = None,
        forgotten: int = 0,
        head: int = 0,
    ) -> None:
        self._items = [] if items is None else items
        self._count = len(self._items) if count is None else count
        self._head = head
        self.forgotten = forgotten

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return [self._items[at] for at in range(*index.indices(self._count))]
        if not -self._count <= index < self._count:
            raise IndexError(index)
        return self._items[index if index >= 0 else index + self._count]

    @property
    def total(self) -> int:
        """How many items there ever were."""
        return self._count + self.forgotten

    def number(self, index: int) -> int:
        """The number of the item at this index."""
        return index if index < self._head else index + self.forgotten

    def by_number(self, number: int) -> T | None:
        """The item with this number. None if it is forgotten."""
        index = number if number < self._head else number - self.forgotten
        is_there = number < self._head or index >= self._head
        return self._items[index] if is_there and index < self._count else None

    def same_list(self, other: Log[T]) -> bool:
        """Whether one log is the beginning of the other.

        After going back in time it is not.
        """
        return self._items is other._items


@dataclass(frozen=True, slots=True)
class CodeLine:
    """An instruction near the next one. `source` is file:line, or empty."""

    instruction: Instruction
    source: str
    is_next: bool


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of source near the next instruction."""

    number: int
    text: str
    is_next: bool


@dataclass(frozen=True, slots=True)
class Code:
    """Where the CPU is: instructions and source lines, as far as they are known.

    `is_read` is true if the instructions were asked for, and not only the module.
    """

    module: str = "?"
    place: str = ""
    file: str = ""
    lines: tuple[CodeLine, ...] = ()
    source: tuple[SourceLine, ...] = ()
    is_read: bool = True


@dataclass(frozen=True, slots=True)
class Crossings:
    """How often each door between the rings was used in this boot, and the latest ways.

    `told` are the latest ways. `inside` counts the faults in ring 0 by their vector:
    these pass no door, because the ring does not change. The counts are incomplete if
    the machine had to run as fast as possible for some time, because then nobody
    counts.
    """

    counts: Mapping[Passed, int] = field(default_factory=dict)
    told: Told = field(default_factory=Told)
    inside: Mapping[int, int] = field(default_factory=dict)
    is_whole: bool = True

    @property
    def latest(self) -> tuple[Passage, ...]:
        """The latest ways, the newest last."""
        return self.told.latest


@dataclass(frozen=True, slots=True)
class Reached:
    """The CPU is about to execute the instruction at a chosen place."""

    name: str
    instructions: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One machine at one moment.

    `plugin_kinds` are the kinds of plugins that it takes. `t` is virtual nanoseconds,
    `screen` the 4000 bytes of text memory, `console` the end of what the guest has
    said. `changed` names the registers that differ from the last time the machine stood
    still. `stop` is what a run ended early at.
    `inputs` are what came from outside, with its virtual time (a recording keeps them).
    `seen` is what was read because somebody looks at it, by its name (`panes/`).
    `explanations` and `dumps` are kept by the number of their record in `log`. `origin`
    is where the latest bad pointer came from, also after going back in time. `past`
    changes when the machine is taken back in time: what was drawn of it before is void.
    `is_played` is whether its inputs come from a recording; not after a person has gone
    back. `slow_pass` is the slow pass as far as it has come, None if there is none.
    """

    world: str
    words: str
    plugin_kinds: tuple[Kind, ...]
    t: int
    instructions: int
    ring: int
    halted: bool
    screen: bytes
    console: str
    status: Status
    log: Log[Event]
    explanations: Mapping[int, Explanation]
    registers: Mapping[str, int]
    changed: frozenset[str]
    code: Code
    crossings: Crossings
    marks: tuple[Mark, ...]
    inputs: tuple[tuple[int, Input], ...] = ()
    seen: Mapping[str, object] = field(default_factory=dict)
    stop: Event | MachineEvent | Reached | None = None
    error: str = ""
    origin: Origin | None = None
    past: int = 0
    is_played: bool = False
    slow_pass: Pass | None = None
    dumps: Mapping[int, bytes] = field(default_factory=dict)

    def mark(self, number: int) -> Mark:
        """The snapshot with this number, which must be one of `marks`."""
        return next(mark for mark in self.marks if mark.number == number)
