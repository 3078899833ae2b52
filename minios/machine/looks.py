"""A look between all instructions, without a stop at each.

The engine calls us before each instruction, which is behind the one before. This costs
a tenth of a run of one instruction, which stops the engine and starts it again.

Invariant: the look is asked once behind each instruction, and finds what it would find
after a run that ends there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from minios.machine.processor import Processor


class Looks:
    """Who looks at each instruction of one machine."""

    def __init__(self, processor: Processor) -> None:
        self._processor = processor
        self._is_there: Callable[[], bool] | None = None
        self._is_met = False
        self._last = 0  # instructions executed at the last look

    @property
    def is_over(self) -> bool:
        """Whether the run ends here: at what is looked for, or at a halted CPU."""
        return self._is_there is not None and (self._is_met or self._processor.halted)

    @contextmanager
    def at_each(self, is_there: Callable[[], bool]) -> Iterator[None]:
        """Ask behind each instruction of a run, also behind the last one."""
        processor = self._processor
        self._is_there, self._is_met = is_there, False
        self._last = processor.instructions
        processor.engine.look_at_each(self._look)
        try:
            yield
            if not self._is_met and processor.instructions != self._last:
                is_there()
        finally:
            self._is_there = None
            processor.engine.look_at_each(None)

    def forget(self) -> None:
        """Let the machine run at full speed again."""
        self._processor.engine.stop_looking()

    def _look(self, executed: int) -> bool:
        """Called by the engine before an instruction."""
        assert self._is_there is not None
        done = self._processor.clock.instructions + executed
        if done != self._last:
            self._last = done
            self._is_met = self._is_there()
        return self._is_met
