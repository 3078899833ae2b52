"""Explain what the kernel found altered in itself (stop code 0x109).

Parameter 4 is the kind of what was altered, parameter 2 is its address or number, and
parameter 3 is what was found there (`minios/kernel/traps/integrity.c`). The kernel does
not know who altered it. But a gate, or a register of the system calls, leads to code,
and this code belongs to somebody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from minios.abi import enumerations, stop_codes
from minios.errors import ImageError
from minios.image.symbols import Location
from minios.lab.modules import KERNEL, Module

CODE: Final = stop_codes.BY_NAME["CRITICAL_STRUCTURE_CORRUPTION"].code
_REGIONS: Final = enumerations.CORRUPTED
_REGISTERS: Final = {
    0xC0000080: "EFER",
    0xC0000081: "STAR",
    0xC0000082: "LSTAR",
    0xC0000084: "FMASK",
}
_TABLES: Final = {
    _REGIONS["IDT"]: ("idt", 16, "gate {} of the interrupt table (IDT)"),
    _REGIONS["GDT"]: ("gdt", 1, "segment {:#x} of the segment table (GDT)"),
}
_MOVED: Final = {
    _REGIONS["IDT"]: "the place or length of the interrupt table (IDTR)",
    _REGIONS["GDT"]: "the place or length of the segment table (GDTR)",
}


@dataclass(frozen=True, slots=True)
class Corruption:
    """What was altered, and the module to which it leads, if there is one.

    `location` is the place to which it leads. For altered code, it is the altered
    place.
    """

    altered: str
    found: int
    suspect: Module | None
    location: Location | None

    @property
    def leads(self) -> str:
        """What was found, and where it leads, as a sentence."""
        if self.suspect is None:
            return f"It now contains {self.found:#x}."
        place = f", {self.location}" if self.location else ""
        return f"It now leads to {self.found:#x}, in {self.suspect.name}{place}."


def describe(params: Sequence[int], find: Callable[[int], Module | None]) -> Corruption:
    """Explain the four parameters.

    `find` gives the module to which an address belongs.
    """
    _, which, found, region = params
    is_address = region in (_REGIONS["IDT"], _REGIONS["MSR"]) or not which
    suspect = find(found) if is_address else None
    if suspect is not None:
        location = _locate(suspect, found)
    else:
        location = _locate(KERNEL, which) if region == _REGIONS["CODE"] else None
    return Corruption(_altered(which, region), found, suspect, location)


def _altered(which: int, region: int) -> str:
    if region == _REGIONS["MSR"]:
        return f"the register {_REGISTERS.get(which, f'{which:#x}')}"
    if region in _TABLES:
        symbol, size, words = _TABLES[region]
        start = KERNEL.address_of(symbol)
        if not which or start is None:
            return _MOVED[region]
        return words.format((which - start) // size)
    kinds = {value: words for _, value, words in _REGIONS.rows}
    location = _locate(KERNEL, which)
    place = f", {location}" if location else ""
    return f"{kinds.get(region, 'something')} at {which:#x}{place}"


def _locate(module: Module, address: int) -> Location | None:
    try:
        return module.locate(address)
    except ImageError:  # the file with the symbols is damaged
        return None
