"""The place where a random instruction runs: a bare CPU, a few pages, and a judge.

Each case begins with the same memory, in ring 3 or in ring 0, in one of the `MODES`.

After code has run in ring 3, these things must be true. Every supervisor page has the
same bytes as before, except for the two stacks onto which the CPU itself pushes a
frame. There is no other exception, because all bits that the CPU sets by itself
(accessed, dirty) are already set. If the CPU has entered ring 0, it has done so at an
allowed entry, with the flags and the stack that belong to it. And no triple fault has
shut the machine down.

After code has run in ring 0 there is no rule for memory, because ring 0 may change all
of it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from minios.dev.fuzz import cases, instructions, modes
from minios.dev.fuzz.cases import Case
from minios.dev.fuzz.modes import MODES, Mode
from minios.machine import bare, paging
from minios.machine import cpu_state as cpu
from minios.machine.bare import Bare
from minios.machine.events import FaultRaised

BUDGET: Final = 16  # instructions of a case
_MOST_FAULTS: Final = 4 * BUDGET  # each instruction may fault, each delivery twice
_PAGE: Final = 0x1000
_SLOT: Final = 128  # bytes of memory for the code of a case
_MAPPED: Final = 0x30000  # below: one to one, supervisor, if nothing else is said
_USED: Final = 0x40000  # all tables, and all that they lead to, lie below
_PAGES: Final = tuple(range(0, _USED, _PAGE))
_HALT: Final = b"\xf4"
_OPEN_VECTOR: Final = 0x80  # whose gate is open to ring 3
_CODE32: Final = 0x00CFFB000000FFFF
_BLOCKED_FLAGS: Final = cpu.FLAG_TF | cpu.FLAG_NT | cpu.FLAG_RF | cpu.FLAG_VM
_FRAMES: Final = (40, 48)  # bytes that a delivery pushes
_STACKS: Final = (bare.RING0_STACK, bare.IST1_STACK)
_ENTRY_STACKS: Final = tuple(top - _PAGE for top in _STACKS)
_ENTRY_RSP: Final = tuple(top - size for top in _STACKS for size in _FRAMES)
_HANDLERS: Final = frozenset(Bare.handler(vector) for vector in range(256))
_USER_PAGES: Final = (
    *(cases.USER_CODE, cases.USER_CODE + _PAGE, bare.RING3_STACK - _PAGE),
    cases.LAST_FRAME,
)
_EXEMPT: Final = (*_ENTRY_STACKS, *_USER_PAGES)
_TOUCHED: Final = paging.PRESENT | paging.ACCESSED | paging.DIRTY
_SUPERVISOR: Final = _TOUCHED | paging.WRITE
_USER: Final = _TOUCHED | paging.USER | paging.WRITE
_UPPER: Final = (_USER, _USER, _USER)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a case.

    Attributes:
        vector: the vector of the first fault; None if there was none.
        problems: which rules were broken, in words.
    """

    vector: int | None
    problems: tuple[str, ...]


class NoEndError(Exception):
    """The CPU faults again and again, and no fault counts as an instruction."""


class Arena:
    """A bare CPU for many cases."""

    def __init__(self) -> None:
        self._bare = Bare()
        self._cpu = self._bare.processor
        self._memory = self._bare.memory
        self._watch = self._bare.listeners.subscribe(FaultRaised, self._count)
        self._lay_out()
        self._states = {
            (ring, number): self._state(ring, mode)
            for number, mode in enumerate(MODES)
            for ring in (3, 0)
        }
        self._empty = self._memory.bytes.tobytes()
        self._image = self._empty
        self._used = self._empty[:_USED]

    def _count(self, _: FaultRaised) -> None:
        if len(self._bare.faults) > _MOST_FAULTS:
            raise NoEndError("the CPU faults on and on, and no time passes")

    def _lay_out(self) -> None:
        """Map the pages that `Bare` does not have, with `hlt` where a run may stray."""
        here, write = self._bare, self._memory.write
        for page in range(0, _MAPPED, _PAGE):
            rights = _USER if page in _USER_PAGES else _SUPERVISOR
            here.map(page, page, rights, upper=_UPPER)
        constant, last = cases.USER_CONSTANT, cases.LAST_PAGE
        here.map(constant, constant, _USER & ~paging.WRITE, upper=_UPPER)
        here.map(cases.USER_DEVICE, bare.RAM_BYTES, _USER, upper=_UPPER)
        here.map(last, cases.LAST_FRAME, _USER, upper=_UPPER)
        here.map(cases.HIGH_PAGE, cases.HIGH_FRAME, _SUPERVISOR, upper=_UPPER)
        for code in (cases.USER_CODE, cases.KERNEL_CODE):
            here.map(code + 2 * _PAGE, 0, 0, upper=_UPPER)
        here.set_gate(_OPEN_VECTOR, dpl=3)
        here.set_gate(8, ist=1)
        write(bare.GDT + modes.USER_CODE32 - 3, struct.pack("<Q", _CODE32))
        for page in range(0, _MAPPED, _PAGE):
            if not any(self._memory.read(page, _PAGE)):
                write(page, _HALT * _PAGE)

    def _state(self, ring: int, mode: Mode) -> bytes:
        """The CPU's state just before a case, reached by executing instructions."""
        here = self._bare
        before = self._memory.read(0, _USED)
        here.put(modes.settings(mode) + (modes.into_ring3(mode) if ring else b""), 0)
        here.enter(0)
        refused = here.run(modes.SETTINGS + (modes.INTO_RING3 if ring else 0))
        assert refused is None
        assert here.state.cpl == ring
        self._memory.write(0, before)
        return self._cpu.engine.save()

    # Running.

    def load(self, block: Sequence[Case]) -> None:
        """Put the code of a block into memory."""
        image = bytearray(self._empty)
        for case in block:
            for page in (cases.USER_CODE, cases.KERNEL_CODE):
                at = page + _offset(case)
                code = case.code[: page + 2 * _PAGE - at]
                image[at : at + len(code)] = code
        self._image = bytes(image)
        self._used = self._image[:_USED]
        self._restore(0)

    def run(self, case: Case, ring: int) -> Result:
        """Run a case of the block that was loaded last."""
        processor, state = self._cpu, self._bare.state
        processor.engine.load(self._states[ring, case.mode])
        for number, value in enumerate(case.general(ring)):
            state.set_general(number, value)
        state.write_rflags(case.rflags)
        state.rip = (cases.USER_CODE if ring else cases.KERNEL_CODE) + _offset(case)
        processor.halted = processor.triple_fault = False
        fault = self._bare.run(BUDGET)
        self._bare.faults.clear()
        problems = list(self._problems()) if ring else []
        changed = self._restore(ring)
        if ring:
            problems += [f"{it:#x}, a supervisor page, has changed" for it in changed]
        return Result(None if fault is None else fault.vector, tuple(problems))

    def restore_rest(self) -> bool:
        """After a block: restore what no page leads to.

        Returns whether it had changed.
        """
        if self._memory.bytes.tobytes() == self._image:
            return False
        self._memory.write(0, self._image)
        return True

    def _restore(self, ring: int) -> list[int]:
        """Restore memory. Returns the pages that ring 3 should not have changed."""
        changed: list[int] = []
        for pages in (_EXEMPT, _PAGES):  # nearly always, the first few are all
            if self._memory.read(0, _USED) == self._used:
                break
            changed += [page for page in pages if self._restore_page(page, ring)]
        return [page for page in changed if page not in _EXEMPT]

    def _restore_page(self, page: int, ring: int) -> bool:
        right = self._image[page : page + _PAGE]
        if self._memory.read(page, _PAGE) == right:
            return False
        if ring and page in _ENTRY_STACKS:  # not code: nothing to translate anew
            self._memory.bytes[page : page + _PAGE] = right
        else:
            self._memory.write(page, right)
        return True

    # Judging what ring 3 has done.

    def _problems(self) -> Iterator[str]:
        processor, ring = self._cpu, self._bare.state.cpl
        if processor.triple_fault:
            yield "the machine was shut down by a triple fault"
        elif ring not in (0, 3):
            yield f"ring {ring} runs"
        elif ring == 0:
            yield from self._door_problems()

    def _door_problems(self) -> Iterator[str]:
        """The CPU is in ring 0: what is wrong with the way in which it came there."""
        state = self._bare.state
        door = state.rip - (1 if self._cpu.halted else 0)
        rflags = self._cpu.engine.rflags
        if door == modes.SYSCALL_DOOR:
            if rflags & modes.FMASK:
                yield f"syscall let RFLAGS {rflags:#x} into ring 0"
        elif door == modes.SYSENTER_DOOR:
            if state.rsp != bare.RING0_STACK or rflags & cpu.FLAG_IF:
                yield f"sysenter: RSP {state.rsp:#x}, RFLAGS {rflags:#x}"
        elif door in _HANDLERS:
            if rflags & (_BLOCKED_FLAGS | cpu.FLAG_IF):
                yield f"a handler runs with RFLAGS {rflags:#x}"
            if state.rsp not in _ENTRY_RSP:
                yield f"a handler runs with RSP {state.rsp:#x}"
        else:
            yield f"ring 0 was entered at {door:#x}, which is no door"


def _offset(case: Case) -> int:
    """The offset of a case's code from the first page of code.

    The last case of a page reaches into the next page, or into one that does not exist.
    """
    block, place = divmod(case.number, cases.BLOCK)
    second, place = divmod(place, cases.BLOCK // 2)
    if place == cases.BLOCK // 2 - 1:
        return (second + 1) * _PAGE - 1 - block % instructions.LONGEST
    return second * (_PAGE + _SLOT) + place * _SLOT
