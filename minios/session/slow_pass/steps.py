"""The slow pass: one security event, followed step by step through the rings.

A program asks the kernel for something that a sensor watches, such as a pipe. The slow
pass follows this one event: into the kernel, to the sensor, and back. At each step the
machine stands still between two instructions, and a sentence says how it came there.

Nothing is listed here in advance. `walk.py` steps the machine and hands out
a `Leg`: what the CPU did from one halt to the next. `words.py` puts legs into
words. So events that take another way need no new code. Here are the values.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from minios.lab import Event
from minios.session.passages import Passage

MOST_STEPS: Final = 40
"""A pass has no more steps than a person can follow."""


class Way(enum.Enum):
    """Why the machine stands where it stands: what has just changed."""

    START = "start"
    CROSSING = "crossing"
    FAULT = "fault"
    THREAD = "thread"
    PAGE_TABLES = "page tables"
    CALL = "call"
    RETURN = "return"
    PROGRAM = "program"
    PROGRAM_END = "program end"
    RECORD = "record"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the CPU stands, between two instructions.

    Attributes:
        t: virtual nanoseconds since power on.
        instructions: executed since power on.
        ring: the ring that the CPU is in.
        module: whose code is next, "?" if no module is known there.
        function: the function of this code, and the offset in it.
        source: its file and line, "" if they are not known.
        instruction: the next instruction, disassembled.
        program: the program whose page tables are in use, "" for the kernel's own.
        thread: the thread that runs, and its owner, "" if there is none yet.
        stack: whose stack is in use.
        rip: the address of the next instruction.
        rsp: the stack pointer.
        cr3: the page tables.
    """

    t: int
    instructions: int
    ring: int
    module: str
    function: str
    source: str
    instruction: str
    program: str
    thread: str
    stack: str
    rip: int
    rsp: int
    cr3: int

    @property
    def who(self) -> str:
        """Who executes here, in which ring, on whose thread."""
        code = "code of no known module" if self.module == "?" else self.module
        is_own = not self.thread or self.thread.endswith(f" of {self.module}")
        return f"{code} in ring {self.ring}{'' if is_own else f', on {self.thread}'}"


@dataclass(frozen=True, slots=True)
class Leg:
    """What the CPU did between two halts.

    Attributes:
        way: why the machine halts at `spot`.
        before: where it stood before; `spot` itself at the beginning.
        spot: where it stands now.
        passages: all crossings of the rings on the way.
        called: functions of another module that code called and came back from.
        lender: the module to which these functions belong.
        records: what the machine let out on the way.
        posted: how many security events the kernel posted.
        told: the inboxes that got one, with the messages that wait there.
        heard: who is called with one, on the thread that causes it.
        ebpf: the eBPF program that runs at the end, or that has just ended, "" if none.
        stacks: the stacks that were used, in order.
        by: the instruction that was executed or refused last, "" if none was: a
            device has interrupted, or the machine did not go step by step.
    """

    way: Way
    before: Spot
    spot: Spot
    passages: tuple[Passage, ...] = ()
    called: tuple[str, ...] = ()
    lender: str = ""
    records: tuple[Event, ...] = ()
    posted: int = 0
    told: tuple[tuple[str, int], ...] = ()
    heard: tuple[str, ...] = ()
    ebpf: str = ""
    stacks: tuple[str, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class PassStep:
    """One step of a slow pass, in words and with its evidence.

    Attributes:
        number: counted from 1.
        way: what has just changed.
        sentence: how the machine came here.
        by: the instruction that did it, "" if none did.
        changed: what changed on the way, a sentence each.
        ring_before: the ring at the step before.
        spot: where the machine stands.
        crossings: all crossings of the rings since the step before.
        instructions: how many were executed since the step before.
        nanoseconds: virtual time since the step before.
    """

    number: int
    way: Way
    sentence: str
    by: str
    changed: tuple[str, ...]
    ring_before: int
    spot: Spot
    crossings: tuple[Passage, ...]
    instructions: int
    nanoseconds: int

    @property
    def place(self) -> str:
        """The next instruction, its function and its line of source."""
        spot = self.spot
        where = ", ".join(filter(None, (spot.function, spot.source)))
        return f"{spot.instruction} ({where})" if where else spot.instruction

    @property
    def stack(self) -> str:
        """The stack pointer, and whose stack that is."""
        return f"{self.spot.rsp:#x}, {self.spot.stack}"


@dataclass(frozen=True, slots=True)
class Pass:
    """A slow pass as far as it has come. `over` says why it is over, if it is."""

    steps: tuple[PassStep, ...] = ()
    over: str = ""

    @property
    def is_over(self) -> bool:
        """Whether no step comes any more."""
        return bool(self.over)
