"""Step a machine along one security event, from one change to the next.

A halt is where something changes that matters to the question who may do what:

    crossing     the ring changes
    fault        the CPU refuses an instruction (in ring 0 no crossing comes of that)
    thread       the kernel switches to another thread, and to its stack
    page tables  the address space changes, and the thread does not
    call         code of another module is called: the kernel calls a driver
    return       that call is over
    program      an eBPF program begins or ends: the kernel's own code executes it
    record       the kernel stops the machine; the machine resets or is switched off

Two things are no halts, so that a pass stays short. A driver calls the kernel and comes
back: that belongs to the driver's own step. And a program goes on while an event waits
to be read: its way to and fro is one step, until another thread runs.

The walk looks at the machine behind every instruction. Only where a step takes very
long (a dying kernel writes its dump) does it run on to the next crossing, fault or
record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from minios.lab import Event, Lab, events, milliseconds, seconds
from minios.lab.modules import Module
from minios.machine import events as machine_events
from minios.machine.events import Door
from minios.session.passages import Passage
from minios.session.slow_pass.kernel import KernelWords
from minios.session.slow_pass.spot import instruction_at, spot
from minios.session.slow_pass.steps import MOST_STEPS, Leg, Pass, Spot, Way
from minios.session.slow_pass.words import step_of

_SINGLE_STEPS: Final = 60_000  # of one leg; then it runs from event to event
_SETTLED: Final = 100  # instructions after which other page tables are a change
_LONGEST: Final = seconds(2)  # virtual time of a leg
_WORK: Final = 20_000_000  # instructions of a leg: a machine that hangs is left there
_SLICE: Final = milliseconds(50)  # between two looks at how many there were
_FAR: Final = 4096  # bytes between two stacks, at least
_ENDS: Final = (events.BugcheckEvent, events.ResetEvent, events.PoweredOff)
_TOLD: Final = (
    machine_events.RingCrossing,
    machine_events.FaultRaised,
    machine_events.BeaconRecord,
    machine_events.ResetHappened,
    machine_events.PowerOffHappened,
)


_WITHOUT_CALLER: Final = (
    "The kernel ends the process on whose thread the event was told, and goes on. What "
    "this process held stays held: here the pass ends."
)


class Walk:
    """One slow pass of one machine. Whoever runs it tells it what it hears.

    Args:
        lab: the machine, which stands just before the event's system call.
        give_due: gives the inputs that are due, and returns when the next one is.
    """

    def __init__(self, lab: Lab, give_due: Callable[[], int | None]) -> None:
        self._lab = lab
        self._give_due = give_due
        self._kernel = KernelWords(lab)
        self._thread = self._kernel.thread()
        self._caller = self._thread
        self._caller_is_back = False
        self._calls: dict[int, list[tuple[Module | None, int]]] = {}
        self._watchers = self._told()
        self._program, self._program_words = self._kernel.program_address(), ""
        self._is_dying = False
        self._clear()
        self._stand()
        self._spot = spot(lab, self._kernel, self._thread)

    # ---- What is heard on the way.

    def hear(self, event: Event) -> None:
        """The machine has let out a record."""
        self._records.append(event)
        self._is_dying |= isinstance(event, events.BugcheckEvent)
        if isinstance(event, events.ResetEvent):
            self._thread = None

    def cross(self, way: Passage) -> None:
        """The CPU changes its ring."""
        self._passages.append(way)
        if way.to_ring and self._caller is not None:
            is_his = self._kernel.current_address() == self._caller.address
            self._caller_is_back |= is_his

    # ---- Going.

    def begin(self) -> Pass:
        """The first step: where the machine stands."""
        return Pass((step_of(1, Leg(Way.START, self._spot, self._spot)),))

    def go_on(self, so_far: Pass) -> Pass:
        """One step more."""
        leg = self._leg()
        steps = (*so_far.steps, step_of(len(so_far.steps) + 1, leg))
        return Pass(steps, self._over(leg, len(steps)))

    def _leg(self) -> Leg:
        before = self._spot
        self._clear()
        posted, told = self._kernel.posted(), self._told()
        heard = dict(self._kernel.heard())
        way = self._go()
        self._stand()
        self._spot = spot(self._lab, self._kernel, self._thread)
        now = self._kernel.watchers()
        return Leg(
            way,
            before,
            self._spot,
            tuple(self._passages),
            tuple(self._called),
            self._lender,
            tuple(self._records),
            max(0, self._kernel.posted() - posted),
            tuple((it.name, it.unread) for it in now if told.get(it.name) != it.told),
            self._called_since(heard),
            self._program_words if way in (Way.PROGRAM, Way.PROGRAM_END) else "",
            tuple(self._stacks),
            "" if self._is_interrupted() else self._by,
        )

    def _called_since(self, heard: dict[str, int]) -> tuple[str, ...]:
        """Who is called with an event since they were as many messages for each."""
        called = self._kernel.called()
        return tuple(
            name
            for name, number in self._kernel.heard()
            if name in called and heard.get(name) != number
        )

    def _is_interrupted(self) -> bool:
        """Whether a device has brought the CPU here, and no instruction."""
        last = self._passages[-1].crossing.door if self._passages else None
        return last is Door.INTERRUPT

    def _clear(self) -> None:
        """Forget what was seen on the way here."""
        self._passages: list[Passage] = []
        self._records: list[Event] = []
        self._called: list[str] = []
        self._lender = self._by = ""
        self._stacks: list[str] = []

    def _stand(self) -> None:
        """Take what is now as that from which a change is a change."""
        registers = self._lab.machine.registers()
        self._module = self._lab.module_at(registers["rip"])
        self._cr3, self._cr3_age = registers["cr3"], 0
        self._ring = self._lab.machine.ring
        self._rip, self._rsp = registers["rip"], registers["rsp"]

    def _go(self) -> Way:
        machine = self._lab.machine
        end = machine.now + _LONGEST
        is_trip = self._is_trip()
        way: Way | None = None
        did = loader = self._rip  # what was executed last, and what took page tables

        def is_halt() -> bool:
            nonlocal did, loader, way
            did = self._rip
            way = self._heard(is_trip) or self._seen()
            if self._cr3_age == 1:
                loader = did
            return way is not None

        left = 0 if self._is_dying else _SINGLE_STEPS
        while left > 0:
            limit, done = self._limit(end), machine.instructions
            machine.step_until(is_halt, most=left, limit_ns=limit)
            left -= machine.instructions - done
            if way is not None:
                it = loader if way is Way.PAGE_TABLES else did
                self._by = instruction_at(self._lab, it)
                return way
            if machine.instructions == done or machine.now >= end:
                return Way.LIMIT
        last = machine.instructions + _WORK
        while machine.now < end and machine.instructions < last:
            self._give_due()
            at = machine.now
            machine.run_until(_any, limit_ns=min(end - at, _SLICE), events=_TOLD)
            way = self._heard(is_trip)
            if way is not None:
                self._find_thread()
                return way
            if machine.now == at:
                break
        return Way.LIMIT

    def _limit(self, end: int) -> int:
        """Give the inputs that are due. Returns for how long none is."""
        due = self._give_due()
        return (end if due is None else min(end, due)) - self._lab.machine.now

    def _find_thread(self) -> None:
        """Note who runs after a stretch in which nobody has looked."""
        if self._thread is not None and not self._is_dying:
            self._thread = self._kernel.thread()

    def _is_trip(self) -> bool:
        """Whether a program goes on while others have an event to read."""
        owner = self._thread.process_id if self._thread is not None else 0
        return self._lab.machine.ring != 0 and any(
            it.unread and it.owner_id != owner for it in self._kernel.watchers()
        )

    # ---- What is a halt.

    def _heard(self, is_trip: bool) -> Way | None:
        if self._records:
            last = self._records[-1]
            if isinstance(last, _ENDS) or self._ends_caller(last):
                return Way.RECORD
            if any(isinstance(it, events.Faulted) for it in self._records):
                return Way.FAULT
        return Way.CROSSING if self._passages and not is_trip else None

    def _ends_caller(self, record: Event | None) -> bool:
        """Whether the kernel ends the process whose event is followed."""
        his = self._caller
        if his is None or not isinstance(record, events.Oops):
            return False
        return record.ended == f"{his.owner} (process {his.process_id})"

    def _seen(self) -> Way | None:
        """What can only be seen by looking at every instruction."""
        machine = self._lab.machine
        (rip, rsp, cr3), ring = machine.pointers, machine.ring
        self._rip = rip
        if ring == 0 and self._switches(rsp):
            return Way.THREAD
        self._note_stack(rsp, cr3)
        if ring != self._ring:
            self._ring, self._module = ring, self._lab.module_at(rip, cr3=cr3)
            return None
        way = self._runs_program() or self._code(rip, rsp, cr3)
        if way is not None:
            return way
        self._cr3_age = self._cr3_age + 1 if cr3 != self._cr3 else 0
        return Way.PAGE_TABLES if self._cr3_age > _SETTLED else None

    def _runs_program(self) -> Way | None:
        """Whether an eBPF program has just begun, or ended."""
        before, self._program = self._program, self._kernel.program_address()
        if self._program == before:
            return None
        if self._program:
            self._program_words = self._kernel.program()
        return Way.PROGRAM if self._program else Way.PROGRAM_END

    def _switches(self, rsp: int) -> bool:
        """Whether the CPU has just taken the stack of another thread."""
        known = self._thread.address if self._thread is not None else 0
        if self._kernel.current_address() == known:
            return False
        found = self._kernel.thread()
        if found is None or rsp != found.resumes_at:
            return False
        self._thread = found
        return True

    def _note_stack(self, rsp: int, cr3: int) -> None:
        if abs(rsp - self._rsp) >= _FAR:
            program = self._lab.program_of(cr3)
            words = self._kernel.stack_words(rsp, self._thread, program)
            if self._stacks[-1:] != [words]:
                self._stacks.append(words)
        self._rsp = rsp

    def _code(self, rip: int, rsp: int, cr3: int) -> Way | None:
        """Whether code of another module was called, or has returned."""
        calls = self._calls.setdefault(self._thread.address if self._thread else 0, [])
        if calls and rsp > calls[-1][1]:
            calls.pop()
            self._module = self._lab.module_at(rip, cr3=cr3)
            return Way.RETURN
        if self._module is not None and self._module.contains(rip):
            return None
        before, self._module = self._module, self._lab.module_at(rip, cr3=cr3)
        if calls and calls[-1][0] == self._module:
            return None if self._called else Way.RETURN
        if calls and calls[-1][0] == before and self._module is not None:
            location = self._module.locate(rip)
            self._lender = self._module.name
            self._called.append(location.function if location else f"{rip:#x}")
            return None
        calls.append((self._module, rsp))
        return Way.CALL

    # ---- The end.

    def _told(self) -> dict[str, int]:
        return {it.name: it.told for it in self._kernel.watchers()}

    def _over(self, leg: Leg, number: int) -> str:
        """Why the pass is over; "" if it goes on."""
        last = leg.records[-1] if leg.records else None
        ends = (
            (
                isinstance(last, events.ResetEvent),
                "The machine starts again from nothing: here the pass ends.",
            ),
            (
                isinstance(last, events.PoweredOff),
                "The machine is off: here the pass ends.",
            ),
            (
                self._ends_caller(last),
                _WITHOUT_CALLER,
            ),
            (
                leg.way is Way.LIMIT,
                "Nothing more has changed for a long time: here the pass ends.",
            ),
            (self._is_through(leg.spot), self._outcome()),
            (
                number >= MOST_STEPS,
                f"These are {MOST_STEPS} steps: here the pass ends.",
            ),
        )
        return next((words for is_so, words in ends if is_so), "")

    def _is_through(self, spot: Spot) -> bool:
        """Whether the caller is back, and nobody has anything left to read."""
        is_idle = self._thread is not None and self._thread.is_idle
        if self._is_dying or not self._caller_is_back or not (spot.ring or is_idle):
            return False
        return all(it.is_waited_at and not it.unread for it in self._kernel.watchers())

    def _outcome(self) -> str:
        if self._kernel.called():
            return (
                "Whoever watches in ring 0 has heard of the event, on the thread that "
                "caused it. Nobody has anything left to read."
            )
        if self._kernel.watchers():
            return "Everybody who watches has read the event, and waits for the next."
        if self._watchers:
            return "Nobody watches any more: the machine goes on without a sensor."
        return "Nobody has asked for security events: no sensor hears of this one."


def _any(_: object) -> bool:
    return True
