"""From a line program to rows: which line of source each address was compiled from.

DWARF does not store a table of lines. It stores a program that makes the table, for a
machine with a few registers (DWARF 4, section 6.2). pyelftools can run it, and
needs a third of a second for the kernel's. This needs a quarter of that: it makes only
what `symbols.py` asks for: address, file, line, and where a sequence ends.

Invariant: a program makes at most one row for each of its bytes. What contradicts
itself raises DWARFError, also where it could be guessed what is meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from elftools.common.exceptions import DWARFError

# Opcodes of DWARF 4, sections 6.2.5.2 and 6.2.5.3, by their names there.
_EXTENDED: Final = 0
_COPY: Final = 1
_ADVANCE_PC: Final = 2
_ADVANCE_LINE: Final = 3
_SET_FILE: Final = 4
_CONST_ADD_PC: Final = 8
_FIXED_ADVANCE_PC: Final = 9
_END_SEQUENCE: Final = 1  # these two are extended
_SET_ADDRESS: Final = 2
_HIGHEST: Final = 255
_LONGEST: Final = 10  # bytes of a LEB128 number of 64 bits
_SIGN: Final = 0x40


class Row(NamedTuple):
    """The line from this address on, or the end of a sequence."""

    address: int
    file: int
    line: int
    is_end: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """What the header of a program says about its opcodes.

    Attributes:
        shortest: bytes of the shortest instruction of the CPU, the unit of addresses.
        line_base, line_range: which lines a special opcode can reach.
        operands: how many operands each standard opcode has; opcode 1 comes first.
    """

    shortest: int
    line_base: int
    line_range: int
    operands: tuple[int, ...]


class _Machine:
    """The registers that matter here, and the bytes of the program."""

    def __init__(self, code: bytes, rules: Rules) -> None:
        self.code = code
        self.rules = rules
        self.at = 0  # the place in the program
        self.begin()

    def begin(self) -> None:
        """Set the registers as at the beginning of each sequence."""
        self.address, self.file, self.line = 0, 1, 1

    def number(self, *, signed: bool = False) -> int:
        """Read a LEB128 number (DWARF 4, section 7.6)."""
        value = shift = 0
        for byte in self.code[self.at : self.at + _LONGEST]:
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                is_negative = signed and byte & _SIGN
                return value - (1 << shift) if is_negative else value
        raise DWARFError("a number in its line table has no end")

    def fixed(self, size: int) -> int:
        """Read a number of so many bytes."""
        piece = self.code[self.at : self.at + size]
        if len(piece) < size:
            raise DWARFError("its line table ends too early")
        self.at += size
        return int.from_bytes(piece, "little")

    def special(self, opcode: int) -> None:
        """Move address and line: one byte for the steps that are most common."""
        rules = self.rules
        step, line = divmod(opcode - len(rules.operands) - 1, rules.line_range)
        self.address += step * rules.shortest
        self.line += rules.line_base + line

    def standard(self, opcode: int) -> None:
        """Do what one of the other opcodes of one byte says."""
        rules = self.rules
        if opcode == _ADVANCE_PC:
            self.address += self.number() * rules.shortest
        elif opcode == _ADVANCE_LINE:
            self.line += self.number(signed=True)
        elif opcode == _SET_FILE:
            self.file = self.number()
        elif opcode == _CONST_ADD_PC:
            steps = (_HIGHEST - len(rules.operands) - 1) // rules.line_range
            self.address += steps * rules.shortest
        elif opcode == _FIXED_ADVANCE_PC:
            self.address += self.fixed(2)
        else:  # it changes nothing that is asked for
            for _ in range(rules.operands[opcode - 1]):
                self.number()

    def extended(self) -> bool:
        """Do what an opcode with a size says. Returns whether the sequence ends."""
        size = self.number()
        after = self.at + size
        opcode = self.fixed(1)
        if opcode == _SET_ADDRESS:
            self.address = self.fixed(size - 1)
        if after < self.at:
            raise DWARFError("an opcode of its line table has no room")
        self.at = after
        return opcode == _END_SEQUENCE


def rows(code: bytes, rules: Rules) -> Iterator[Row]:
    """Run a line program. Raises DWARFError if it is malformed."""
    if rules.line_range <= 0:
        raise DWARFError("the special opcodes of its line table reach no line")
    machine, first_special = _Machine(code, rules), len(rules.operands) + 1
    while machine.at < len(code):
        opcode = code[machine.at]
        machine.at += 1
        if opcode >= first_special:
            machine.special(opcode)
            yield Row(machine.address, machine.file, machine.line, is_end=False)
        elif opcode == _COPY:
            yield Row(machine.address, machine.file, machine.line, is_end=False)
        elif opcode != _EXTENDED:
            machine.standard(opcode)
        elif machine.extended():
            yield Row(machine.address, machine.file, machine.line, is_end=True)
            machine.begin()
