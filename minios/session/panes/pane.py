"""What a pane is: what is read for it, and how it is told to a listener."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar, cast

from minios.lab import Event, Lab
from minios.session.frames import Frame

T = TypeVar("T")


class Moment(NamedTuple):
    """A machine that stands still, for whoever reads from it.

    Attributes:
        lab: the machine. To read must not change it.
        registers: its registers.
        records: what has happened, the newest last.
        address: of the memory that somebody looks at. None means the stack.
        before: what was read for the frame before; None if nobody looked.
    """

    lab: Lab
    registers: Mapping[str, int]
    records: Sequence[Event]
    address: int | None = None
    before: object = None


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What is read from a machine only while somebody looks at it.

    An order `Look` asks for it by its name. `read` makes an immutable value.
    """

    name: str
    read: Callable[[Moment], T]

    def of(self, frame: Frame) -> T | None:
        """What was read for this frame; None if nobody looked."""
        return self.among(frame.seen)

    def among(self, seen: Mapping[str, object]) -> T | None:
        """What was read, out of all that was; None if nobody looked."""
        return cast("T | None", seen.get(self.name))

    def found(self, frame: Frame) -> T:
        """What was read for this frame, for which somebody did look."""
        return cast("T", frame.seen[self.name])


class Told(NamedTuple):
    """A pane for a listener: sentences first, then what can be asked for.

    Attributes:
        said: the sentences, in their order.
        is_long: whether they are told a page at a time.
        parts: a line for each part, and the lines that tell this part in full.
        question: asks for a number; then `answers` has a sentence for each, from 0.
    """

    said: Sequence[str] = ()
    is_long: bool = False
    parts: Sequence[tuple[str, Sequence[str]]] = ()
    question: str = ""
    answers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Pane:
    """A pane as it is told.

    Attributes:
        words: the choice that tells it.
        more: the help of this choice.
        tell: a frame for which `reading` was read, and the name of its machine.
        reading: what it needs; None if every frame has it.
        number: its place among the choices at the end of the menu. 0 if the menu itself
            (`minios/plain/menu.py`) says where its choice stands.
    """

    words: str
    more: str
    tell: Callable[[Frame, str], Told]
    reading: Reading[Any] | None = None
    number: int = 0
