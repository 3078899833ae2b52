"""What is shown of one machine at one moment: immutable, so any thread may read it.

A frame is made by the thread that owns the machine and drawn by another. The records
are not copied into every frame: `Log` is a view of the first so many of a list that
only grows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar, overload

from minios.lab import Explanation
from minios.lab.disassembly import Instruction
from minios.lab.events import Event
from minios.lab.kernel_view import KernelView
from minios.machine.events import Event as MachineEvent
from minios.machine.events import RingCrossing
from minios.machine.paging import Walk
from minios.tui.status import Status
from minios.tui.tables import Tables

T = TypeVar("T")


class Log(Sequence[T], Generic[T]):
    """The first `count` items of a list that only grows."""

    __slots__ = ("_count", "_items")

    def __init__(self, items: list[T] | None = None, count: int | None = None) -> None:
        self._items = [] if items is None else items
        self._count = len(self._items) if count is None else count

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

    def same_list(self, other: Log[T]) -> bool:
        """Whether one is a beginning of the other; not so after going back in time."""
        return self._items is other._items


@dataclass(frozen=True, slots=True)
class CodeLine:
    """An instruction near the next one; `source` is file:line or empty."""

    instruction: Instruction
    source: str
    is_next: bool


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the source around the next instruction."""

    number: int
    text: str
    is_next: bool


@dataclass(frozen=True, slots=True)
class Code:
    """Where the CPU is, in every language that is known."""

    module: str = "?"
    place: str = ""
    file: str = ""
    lines: tuple[CodeLine, ...] = ()
    source: tuple[SourceLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Crossings:
    """Doors between the rings: how often since power on, and the latest, newest last.

    The keys are the door's name and the ring that it led to.
    """

    counts: Mapping[tuple[str, int], int] = field(default_factory=dict)
    latest: tuple[RingCrossing, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A snapshot that one can go back to; `at_record`: taken where a record was made."""

    t: int
    label: str
    at_record: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """One machine at one moment.

    `t` is virtual nanoseconds, `screen` the 4000 bytes of text memory, `console` the
    end of what the guest has said. `changed` names the registers that differ from the
    last time the machine stood still. `stop` is the record at which a run ended early.
    `inputs` are what came from outside, with its virtual time (a recording keeps them).
    `tables` and `kernel` are read only while somebody looks at them.
    `explanations` are kept by the index of their record in `log`.
    """

    world: str
    words: str
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
    walk: Walk | None
    crossings: Crossings
    marks: tuple[Mark, ...]
    inputs: tuple[tuple[int, object], ...] = ()
    tables: Tables | None = None
    kernel: KernelView | None = None
    stop: Event | MachineEvent | None = None
    error: str = ""
