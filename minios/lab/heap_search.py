"""Find threads that are in no list of the kernel, by searching its heap.

The structure of a thread contains the top of its kernel stack and the place on the
stack at which the thread stopped: a page-aligned address among the kernel stacks, and
another address just below it. Memory forensics calls this pool scanning. Nobody zeroes
freed blocks. So what is found must also be in a state that the kernel knows, and its
stack must be mapped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from minios.abi.memory_map import KERNEL_HEAP, KERNEL_STACKS, PAGE_SIZE
from minios.image.c_types import Type
from minios.lab import page_tables
from minios.lab.guest_values import Piece, at
from minios.lab.lab import Lab

_WORD: Final = 8
_STACKS_END: Final = KERNEL_STACKS + (1 << 24)
_LARGEST_STACK: Final = 1 << 16


def in_heap(lab: Lab, thread: Type) -> Iterator[Piece]:
    """Everything in the heap that looks like a waiting thread."""
    ram = lab.machine.ram
    cr3 = lab.machine.registers()["cr3"]
    offset = thread.fields["stack_top"].offset
    for address, size, _, physical in page_tables.pages(ram, cr3):
        if not KERNEL_HEAP <= address < KERNEL_STACKS:
            continue
        words = ram[physical : physical + size]
        for number, top in enumerate(words[: len(words) // _WORD * _WORD].cast("Q")):
            if KERNEL_STACKS < top < _STACKS_END and top % PAGE_SIZE == 0:
                start = address + number * _WORD - offset
                found = at(lab.machine.read_virtual, start, thread)
                if _is_plausible(lab, found, top):
                    yield found


def _is_plausible(lab: Lab, thread: Piece, top: int) -> bool:
    rsp, state = thread["rsp"].number, thread["state"]
    return (
        thread.is_there
        and 0 < top - rsp < _LARGEST_STACK
        and state.type.names.get(state.number) == "THREAD_WAITING"
        and lab.machine.read_virtual(rsp, _WORD) is not None
    )
