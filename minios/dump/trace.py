"""Who called whom: a stack trace from a dump.

Everything is built with frame pointers: RBP points to the caller's RBP, and the return
address lies above it.

    RBP -> | RBP of the caller | return address | ...
                 |
                 +-> | RBP of its caller | return address | ...   until RBP is 0

Where that chain breaks, the rest of the stack is searched for words that a `call` could
have left there; such a frame is not certain, and is marked so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from minios.abi.vectors import FAIL_FAST_VECTOR
from minios.dump.code import Code
from minios.dump.parts import Dump, DumpedMemory
from minios.image.symbols import Location
from minios.lab import disassembly

_MOST: Final = 64
_MOST_GUESSED: Final = 16
_WORD: Final = 8
_BREAKPOINT: Final = 3
# `int3` and `int n` are traps: RIP stands behind them.
_BYTES_OF_TRAP: Final = {_BREAKPOINT: 1, FAIL_FAST_VECTOR: 2}
_DOORS: Final = frozenset({"trap_common", "trap_return", "syscall_entry"})
# Offsets in struct trapframe (minios/kernel/arch/trapframe.h).
_FRAME_RBP: Final = 64
_FRAME_RIP: Final = 136
_FRAME_CS: Final = 144
_FRAME_RSP: Final = 160


@dataclass(frozen=True, slots=True)
class StackFrame:
    """One function on the stack.

    `address` is where it will go on (for the first one: where it stopped); `is_certain`
    is False for a word that only looks like a return address.
    """

    address: int
    module: str
    offset: int
    location: Location | None
    is_certain: bool = True
    note: str = ""

    def __str__(self) -> str:
        place = f"{self.module}+{self.offset:#x}" if self.module else ""
        where = str(self.location) if self.location else ""
        note = f"({self.note})" if self.note else ""
        parts = [f"{self.address:#018x}", place, where, note]
        return "  ".join(part for part in parts if part)


def trace(dump: Dump, code: Code) -> tuple[StackFrame, ...]:
    """The frames from the innermost outwards, as far as the dump tells."""
    return _Walker(dump, code).frames()


class _Walker:
    """Goes up one stack."""

    def __init__(self, dump: Dump, code: Code) -> None:
        self._dump = dump
        self._code = code
        self._stack = dump.stack or DumpedMemory(0, b"")
        self._found: list[StackFrame] = []
        self._at = self._stack.address  # what lies below has been explained

    def frames(self) -> tuple[StackFrame, ...]:
        stop = self._dump.stop
        if stop is None:
            self._search()
            return tuple(self._found)
        registers = stop.registers
        rip, rbp, rsp = registers["rip"], registers["rbp"], registers["rsp"]
        if stop.of_trap:
            self._add(rip, rip - _BYTES_OF_TRAP.get(stop.vector, 0))
        else:
            self._add(rip, rip - 1, note="called for the stop")
            rip -= 1  # in the call, for behind it may stand another function
        if not self._climb(rip, rbp, rsp):
            self._search()
        return tuple(self._found)

    def _climb(self, rip: int, rbp: int, rsp: int) -> bool:
        """Follow the frame pointers. False if the chain broke before its end."""
        above = self._frameless_return(rip, rsp)
        if above is not None:
            self._add_return(above)
        while rbp != 0 and len(self._found) < _MOST:
            caller, back = self._word(rbp), self._word(rbp + _WORD)
            if caller is None or back is None or not self._add_return(back):
                return False
            self._at = max(self._at, rbp + 2 * _WORD)
            if self._is_door(back):
                return self._through_door(rbp + 2 * _WORD)
            if caller != 0 and caller <= rbp:
                return False
            rbp = caller
        return rbp == 0

    def _through_door(self, frame: int) -> bool:
        """Above a door into ring 0 lies what it interrupted."""
        rip, cs = self._word(frame + _FRAME_RIP), self._word(frame + _FRAME_CS)
        rbp, rsp = self._word(frame + _FRAME_RBP), self._word(frame + _FRAME_RSP)
        if rip is None or cs is None or rbp is None or rsp is None:
            return False
        if cs & 3 == 3:
            self._found.append(StackFrame(rip, "", 0, None, note="ring 3"))
            return True
        self._add(rip, rip, note="interrupted")
        return self._climb(rip, rbp, rsp)

    def _frameless_return(self, rip: int, rsp: int) -> int | None:
        """The return address, where a function has not made its frame yet, or has none.

        Only the code before RIP can tell: a frame is made by `push rbp`. Where there is
        no code, somebody has just jumped or called: then a call has left its address.
        """
        start = self._code.function_start(rip)
        if start is None:
            back = self._word(rsp)
            return back if back is not None and self._code.follows_call(back) else None
        kept = self._dump.code
        if kept is None or not kept.address <= start <= rip:
            return None
        raw = kept.data[start - kept.address : rip - kept.address]
        if len(raw) < rip - start:
            return None  # the dump has not kept so much of it
        before = [it.text for it in disassembly.decode(raw, start)]
        if "mov rbp, rsp" in before:
            return None
        return self._word(rsp + _WORD if "push rbp" in before else rsp)

    def _search(self) -> None:
        """Every word that a call could have left, from where certainty ended."""
        end = self._stack.address + len(self._stack.data)
        guessed = 0
        for at in range(self._at, end - _WORD + 1, _WORD):
            word = self._word(at)
            if word is not None and self._code.follows_call(word):
                self._add(word, word - 1, is_certain=False)
                guessed += 1
            if guessed == _MOST_GUESSED:
                return

    def _word(self, address: int) -> int | None:
        at = address - self._stack.address
        if at < 0 or at + _WORD > len(self._stack.data):
            return None
        return int.from_bytes(self._stack.data[at : at + _WORD], "little")

    def _is_door(self, back: int) -> bool:
        location = self._code.locate(back - 1)
        return location is not None and location.function in _DOORS

    def _add_return(self, address: int) -> bool:
        """Add a caller; False if the address lies in no module."""
        if self._code.find(address - 1) is None:
            return False
        self._add(address, address - 1)
        return True

    def _add(
        self, address: int, inside: int, *, is_certain: bool = True, note: str = ""
    ) -> None:
        """Add a frame; `inside` is in the calling instruction, not behind it."""
        module = self._code.find(inside)
        location = self._code.locate(inside)
        if location is not None:
            location = replace(location, offset=location.offset + address - inside)
        self._found.append(
            StackFrame(
                address,
                module.name if module else "",
                address - module.base if module else 0,
                location,
                is_certain,
                note,
            )
        )
