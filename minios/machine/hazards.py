"""Byte sequences that end the host's process, found before the engine reads them.

Deadly: LOCK before a bit test of a register (`lock bt`, `bts`, `btr`, `btc`). The CPU
says #UD (SDM vol. 2, BT to BTS and LOCK). The engine calls abort() while it translates
the instruction, which ends the whole process of the host; mended after 2.1.4 by its
pull request 2358.

    F0  prefixes  0F  A3 AB B3 BB  11 reg r/m            bt bts btr btc  r, r
    F0  prefixes  0F  BA           11 1xx r/m  imm8      the same with a number
        (prefixes and F0 in any order; REX counts as one)

A sequence may begin at the end of one page and go on in another, which lies anywhere in
physical memory. So the end of a page is also looked at together with the beginning of
each page that may follow it. That a sequence is found does not mean that it will ever
be executed: it may stand in the middle of another instruction.
"""

from __future__ import annotations

import re
from typing import Final

from minios.machine.instruction import LOCK, PREFIXES, prefixes_of

_ANY: Final = b"[" + b"".join(b"\\x%02x" % byte for byte in sorted(PREFIXES)) + b"]"
_OPCODES: Final = b"\xa3\xab\xb3\xbb\xba"
_BIT_TEST: Final = re.compile(
    rb"\x0f(?:[\xa3\xab\xb3\xbb][\xc0-\xff]|\xba[\xe0-\xff])"  # mod = 3: a register
)
_DEADLY: Final = re.compile(rb"\xf0" + _ANY + rb"{0,13}" + _BIT_TEST.pattern)
_DEADLY_END: Final = re.compile(_DEADLY.pattern + rb"\Z")
_BEGUN: Final = re.compile(
    rb"\xf0" + _ANY + rb"{0,13}(?:\x0f[\xa3\xab\xb3\xbb\xba]?)?\Z"
)


def find_deadly(code: bytes) -> int | None:
    """Where the first deadly sequence in these bytes begins."""
    found = _DEADLY.search(code)
    return None if found is None else found.start()


def has_deadly(code: bytes) -> bool:
    """Whether a deadly sequence stands anywhere in these bytes."""
    return find_deadly(code) is not None


def ends_deadly(code: bytes) -> bool:
    """Whether the last bytes are a whole deadly sequence."""
    if len(code) < 2 or code[-1] < 0xC0 or code[-2] not in _OPCODES:
        return False  # most bytes of most code
    return _DEADLY_END.search(code) is not None


def begins_deadly(code: bytes) -> bool:
    """Whether the last bytes can be the first part of a deadly sequence."""
    return _BEGUN.search(code) is not None


def is_deadly(code: bytes) -> bool:
    """Whether the instruction that begins here is a deadly sequence."""
    prefixes = prefixes_of(code)
    return LOCK in prefixes and _BIT_TEST.match(code, len(prefixes)) is not None


def is_locked(code: bytes) -> bool:
    """Whether the instruction that begins here has a LOCK prefix."""
    return LOCK in prefixes_of(code)


def casts_shadow(code: bytes) -> bool:
    """Whether interrupts wait until after the instruction that follows this one.

    This is so for STI, MOV to SS and POP SS (SDM vol. 3A, "Masking Exceptions and
    Interrupts When Switching Stacks").
    """
    at = len(prefixes_of(code))
    opcode, modrm = code[at : at + 1], code[at + 1 : at + 2]
    to_ss = opcode == b"\x8e" and modrm and modrm[0] >> 3 & 7 == 2
    return opcode in (b"\xfb", b"\x17") or bool(to_ss)
