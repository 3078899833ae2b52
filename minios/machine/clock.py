"""Virtual time: an instruction takes 10 ns; a halted CPU skips to the next deadline.

Nothing in the machine ever reads the host's clock, so the same input makes the same
trace.
"""

from __future__ import annotations

from typing import Final

NS_PER_INSTRUCTION: Final = 10


class Clock:
    """Counts executed instructions and skipped time since power on."""

    def __init__(self) -> None:
        self.instructions = 0  # up to the last slice
        self.skipped_ns = 0

    @property
    def now(self) -> int:
        """Virtual nanoseconds at the last slice."""
        return self.instructions * NS_PER_INSTRUCTION + self.skipped_ns

    def until(self, deadline: int) -> int:
        """Instructions that fit before a moment, rounded up."""
        return -((self.now - deadline) // NS_PER_INSTRUCTION)

    def skip_to(self, deadline: int) -> None:
        """Let time pass while nothing runs."""
        if deadline > self.now:
            self.skipped_ns += deadline - self.now
