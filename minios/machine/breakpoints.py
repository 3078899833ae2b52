"""Breakpoints: addresses before whose instruction a run ends.

The engine calls us only before the instructions at these addresses, so the rest of the
guest runs in slices as usual. An address is linear. It does not matter what is mapped
there, or when.

Invariants:
- the instruction at a breakpoint has not been executed, and is not counted.
- a breakpoint is reported once each time the CPU comes to it, however the run is cut
  into pieces. Going on from a breakpoint executes its instruction.
- what is due before the instruction (an interrupt, the end of the time) comes first.

Left out: breakpoints on data. A breakpoint inside of an instruction is never reached.
At an instruction with a REP prefix, a breakpoint is reported for each repetition, and
once more for the check that none is left. Instructions are counted in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from minios.errors import MachineError
from minios.machine import cpu_state as cpu
from minios.machine.processor import Processor


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A linear address, in every address space, or only in the one that CR3 names."""

    address: int
    cr3: int | None = None


def _by_address(
    breakpoints: Collection[int | Breakpoint],
) -> dict[int, set[int | None]]:
    """For each address, the address spaces in which it counts."""
    spaces: dict[int, set[int | None]] = {}
    for it in breakpoints:
        place = it if isinstance(it, Breakpoint) else Breakpoint(it)
        if not 0 <= place.address <= cpu.MASK64:
            raise MachineError(
                f"{place.address:#x} is no address",
                advice="Give a number from 0 to 2**64 - 1",
            )
        spaces.setdefault(place.address, set()).add(place.cr3)
    return spaces


class BreakpointWatch:
    """The breakpoints of one machine.

    They stay in the engine until a run wants other breakpoints, because each change
    makes the engine translate all code again.

    Attributes:
        told: instruction count and address of the breakpoint that was reported last;
            the CPU goes past this one if it is still there.
    """

    def __init__(self, processor: Processor) -> None:
        self._processor = processor
        self._watched: dict[int, Callable[[], None]] = {}
        self._wanted: dict[int, set[int | None]] = {}
        self._reached: tuple[int, int] | None = None
        self.told: tuple[int, int] | None = None

    def arm(self, breakpoints: Collection[int | Breakpoint]) -> None:
        """Stop at these breakpoints, and at no others, from now on.

        Raises:
            MachineError: an address is out of range.
        """
        self._wanted = _by_address(breakpoints)
        self._reached = None
        engine = self._processor.engine
        for address in self._watched.keys() - self._wanted.keys():
            engine.unwatch(address, self._watched.pop(address))
        for address in self._wanted.keys() - self._watched.keys():
            callback = partial(self._before, address)
            # First: who watches the instruction itself must not see it twice.
            engine.watch(address, callback, first=True)
            self._watched[address] = callback

    def ignore(self) -> None:
        """Stop at no breakpoint for a while, but keep them in the engine."""
        self._wanted = {}
        self._reached = None

    def take(self) -> int | None:
        """The breakpoint that the run has come to. Each is returned once."""
        if self._reached is None:
            return None
        self.told, self._reached = self._reached, None
        return self.told[1]

    def _before(self, address: int) -> None:
        """Called when the CPU is about to execute the instruction at an address."""
        processor = self._processor
        spaces = self._wanted.get(address)
        here = processor.instructions - 1, address
        if spaces is None or here == self.told:
            return
        if None in spaces or processor.state.cr(3) in spaces:
            self._reached = here
            processor.engine.stop_before()
