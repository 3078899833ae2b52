"""Report the ways back to ring 3, about which the engine tells nobody.

The engine executes `iretq` and `sysretq` by itself. While somebody listens for ring
crossings, each place in the kernel's file that may be one of the two is watched, and
the stack frame or the registers are read before it runs. Without a listener this costs
nothing.

Left out: return instructions in drivers, and in code that the kernel makes at run time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from minios.machine import cpu_state as cpu
from minios.machine.event_bus import EventBus
from minios.machine.events import Door, RingCrossing
from minios.machine.linear import PageFault
from minios.machine.processor import Processor
from minios.machine.pvh import Kernel

_IRETQ: Final = b"\x48\xcf"
_SYSRETQ: Final = b"\x48\x0f\x07"


def find(kernel: Kernel, pattern: bytes) -> list[int]:
    """The virtual addresses in executable segments at which these bytes are."""
    found = []
    for segment in kernel.segments:
        at = segment.data.find(pattern) if segment.executable else -1
        while at >= 0:
            found.append(segment.virtual + at)
            at = segment.data.find(pattern, at + 1)
    return found


class ReturnWatch:
    """Emits `RingCrossing` for the ways to ring 3, while somebody listens."""

    def __init__(self, processor: Processor, listeners: EventBus) -> None:
        self._processor = processor
        self._listeners = listeners
        self._watched: list[tuple[int, Callable[[], None]]] = []
        self._kernel: Kernel | None = None
        listeners.on_change = self._update

    @property
    def kernel(self) -> Kernel | None:
        """The kernel whose returns are watched."""
        return self._kernel

    @kernel.setter
    def kernel(self, kernel: Kernel) -> None:
        self._remove()
        self._kernel = kernel
        self._update()

    def _update(self) -> None:
        wanted = self._listeners.wants[RingCrossing] and self._kernel is not None
        if not wanted:
            self._remove()
        elif not self._watched:
            assert self._kernel is not None
            for pattern, callback in (
                (_IRETQ, self._before_iretq),
                (_SYSRETQ, self._before_sysretq),
            ):
                for address in find(self._kernel, pattern):
                    self._processor.engine.watch(address, callback)
                    self._watched.append((address, callback))

    def _remove(self) -> None:
        for address, callback in self._watched:
            self._processor.engine.unwatch(address, callback)
        self._watched = []

    def _before_iretq(self) -> None:
        state = self._processor.state
        selector = self._processor.linear.read(state.rsp + 8 & cpu.MASK64, 8)
        if not isinstance(selector, PageFault):
            self._report(Door.IRETQ, selector[0] & 3)

    def _before_sysretq(self) -> None:
        self._report(Door.SYSRETQ, 3)

    def _report(self, door: Door, to_ring: int) -> None:
        processor = self._processor
        ring = processor.state.cpl
        if ring == 0 and to_ring != ring:
            self._listeners.emit(
                RingCrossing(
                    processor.now,
                    processor.instructions,
                    ring,
                    to_ring,
                    door,
                    processor.state.rip,
                    None,
                )
            )
