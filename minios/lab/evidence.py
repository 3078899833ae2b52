"""The evidence for an explanation, in sections: what a picture of a fault shows.

A picture is taken at the fault (`picture.py`). What it does not show (because there are
no symbols, or no array) is left out. Where a section depends on the ring, it is kept
apart from what is the same in both rings, so that two worlds can share the rest.
"""

from __future__ import annotations

from typing import Final

from minios.abi import vectors
from minios.lab import stop_words
from minios.lab.explanation import Section
from minios.lab.origins import Origin
from minios.lab.picture import FaultPicture
from minios.machine.paging import PRESENT, USER, Access, Walk

RIGHTS_LEGEND: Final = (
    "p: present, w: writable, u: open to ring 3, x: executable, -: no"
)


def of_picture(picture: FaultPicture) -> tuple[Section, ...]:
    """Everything that the picture of a fault shows."""
    sections = [instruction_section(picture)]
    if picture.origin is not None:
        sections.append(pointer_section(picture.origin))
    if picture.fault.walk is not None:
        sections.append(page_walk_section(picture.fault.walk))
    return (*sections, processor_section(picture))


def instruction_section(picture: FaultPicture) -> Section:
    """The instruction that the CPU refused, its source line, and its pointer."""
    fault, instruction = picture.fault, picture.instruction
    lines = []
    if instruction is None:
        lines.append(f"there is no instruction at {fault.rip:#x}, the next address")
    else:
        lines.append(f"{instruction.text}, bytes {instruction.raw.hex(' ')}")
    if picture.location is not None:
        lines += [f"line {picture.location.line}: {it}" for it in picture.source_line]
    if instruction is not None and instruction.memory is not None:
        base = instruction.memory.base
        if base in picture.registers:
            lines.append(f"{base} = {picture.registers[base]:#x}")
    return Section("The instruction", tuple(lines))


def pointer_section(origin: Origin) -> Section:
    """The array from which the bad pointer came, and what lies around it."""
    lines = [
        (
            f"`{origin.instruction.text}` loaded {origin.register}: element"
            f" {origin.index} of the array at {origin.array:#x}"
        ),
    ]
    lines += [
        f"{'->' if slot.index == origin.index else '  '} [{slot.index:2}]"
        f" {slot.address:#x}: {slot.value:#018x}  {slot.words}"
        for slot in origin.slots
    ]
    return Section("Where the pointer came from", tuple(lines))


def page_walk_section(walk: Walk) -> Section:
    """Every level of the page tables, and the entry that forbids the access."""
    lines = [
        f"{'->' if it == walk.refusing else '  '} {it.name:4} entry at"
        f" {it.entry_address:#08x}: {it.entry:#018x}  {it.rights}"
        for it in walk.levels
    ]
    if walk.refusal is None:
        lines.append("The page tables allow this access now.")
    else:
        lines.append(f"{walk.refusal.rule}")
    if any(it.is_present for it in walk.levels):
        lines.append(RIGHTS_LEGEND)
    return Section(f"What the page tables say about {walk.address:#x}", tuple(lines))


def page_fault_words(error_code: int, ring: int) -> str:
    """The error code of a page fault in words.

    Args:
        error_code: what the CPU pushed.
        ring: the ring that was running. The CPU reads its own tables with the rights of
            ring 0, also while a program runs in ring 3 (Intel SDM vol. 3A, "Page-Fault
            Exceptions").
    """
    access = Access.of(error_code).name.lower()
    page = "a present page" if error_code & PRESENT else "a page that is not present"
    inside = "the CPU itself" if ring == 3 else "ring 0"
    who = "ring 3" if error_code & USER else inside
    return f"a {access} by {who} of {page}"


def processor_section(picture: FaultPicture) -> Section:
    """The place, the rule, the exception, and the gate that the CPU took."""
    fault = picture.fault
    is_told = fault.walk is not None and fault.walk.refusal is not None
    place = f", {picture.location}" if picture.location is not None else ""
    lines = [f"It stopped at {fault.rip:#x} in {picture.module_name}{place}"]
    lines += [] if is_told else [str(fault.rule)]
    name = vectors.mnemonic(fault.vector)
    if fault.address is not None and fault.error_code is not None:
        lines.append(
            f"It raised {name} with error code {fault.error_code:#x}:"
            f" {page_fault_words(fault.error_code, fault.ring)}. CR2 holds the address."
        )
    else:
        lines.append(f"It raised {name}.")
    gate = f"gate {fault.vector} of the IDT (its table of handlers)"
    if not picture.is_delivered:
        lines.append(f"It could not enter {gate}.")
    elif fault.ring == 3:
        stack = "There it uses the kernel stack that the TSS names."
        lines.append(f"It entered {gate}, and changed from ring 3 to ring 0. {stack}")
    else:
        lines.append(f"It entered {gate}, and stayed in ring 0.")
    return Section("What the CPU did", tuple(lines))


def parameter_lines(code: int, values: tuple[int, ...]) -> list[str]:
    """The parameters of a stop code, one on each line."""
    return [
        f"parameter {number}: {it.value:#x}  {it.meaning}"
        + (f" ({it.words})" if it.words else "")
        for number, it in enumerate(stop_words.parameters(code, values), start=1)
    ]
