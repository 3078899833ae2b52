"""What led to a fault, as plain sentences from its picture: from field to page table.

What is known about single plugins is in `explainers`. Of other code, nothing is said
that the picture does not show.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from minios.abi import vectors
from minios.lab import explainers
from minios.lab.picture import FaultPicture
from minios.machine import paging, rules
from minios.machine.paging import Access
from minios.machine.traps import DF, Delivery

_NULL_PAGE: Final = 0x1000
_WANTED: Final = {
    Access.READ: "read",
    Access.WRITE: "write",
    Access.FETCH: "execute code",
}
_PAGES: Final = {
    rules.NOT_PRESENT: "The page tables have no page at this address.",
    rules.SUPERVISOR_ONLY: "The page tables open this page to ring 0 only.",
    rules.READ_ONLY: "The page tables make this page read-only.",
    rules.NO_EXECUTE: "The page tables allow no code to run in this page.",
    rules.SMEP: "The page is one of ring 3, and ring 0 may not execute it (SMEP).",
    rules.SMAP: "The page is one of ring 3, and ring 0 may not touch it (SMAP).",
}


def of_picture(picture: FaultPicture) -> list[str]:
    """What led to the refused instruction, up to the CPU's refusal."""
    known = explainers.of_image(picture.module_name)
    return [*known.of_pointer(picture), *_of_refusal(picture)]


def _of_refusal(picture: FaultPicture) -> Iterator[str]:
    """Which rule of the CPU was broken, and by what."""
    fault = picture.fault
    if fault.access is not None:
        address, wanted = fault.address or 0, _WANTED[fault.access]
        if picture.origin is None:
            yield f"The code wanted to {wanted} at the address {address:#x}."
        if picture.origin is None and address < _NULL_PAGE:
            yield "A null pointer leads to addresses so near to zero."
        yield _PAGES.get(
            fault.rule, f"{fault.rule.words[:1].upper() + fault.rule.words[1:]}."
        )
        yield "So the CPU refused the access, and raised a page fault (#PF)."
        return
    if not paging.is_canonical(fault.rip):
        yield f"The code wanted to go on at the address {fault.rip:#x}."
    elif picture.instruction is not None:
        yield f"The code came to the instruction `{picture.instruction.text}`."
    if fault.vector == DF and fault.during is not None:
        yield from _first_fault(fault.during)
    yield raised(fault.vector, "" if fault.rule == rules.OTHER else fault.rule.words)


def _first_fault(first: Delivery) -> Iterator[str]:
    """Of a double fault: the fault whose handler the CPU could not call."""
    where = "" if first.address is None else f" for the address {first.address:#x}"
    yield f"First the CPU raised {vectors.mnemonic(first.vector)}{where}."
    yield "It could not call the handler, because that failed, too."


def raised(vector: int, rule: str) -> str:
    """Which exception was raised, and the rule that was broken, if that is known."""
    if vector == vectors.FAIL_FAST_VECTOR:
        return "The code found itself damaged, and asked for its own end (fail fast)."
    known = vectors.BY_NUMBER.get(vector)
    words = f" ({known.name})" if known is not None else ""
    return f"The CPU raised {vectors.mnemonic(vector)}{words}" + (
        f": {rule}." if rule else "."
    )
