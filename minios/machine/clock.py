"""Virtual time: an instruction takes 10 ns, and a halted CPU skips idle time.

Nothing in the machine reads the clock of the host. So the same input gives the same
trace.
"""

from __future__ import annotations

from typing import Final

NS_PER_INSTRUCTION: Final = 10


class Clock:
    """Counts executed instructions and skipped time since power on.

    `charged` is what the host did besides, as a number of instructions (`costs.py`). No
    time passes for it, and no snapshot sets it back.
    """

    def __init__(self) -> None:
        self.instructions = 0  # up to the last slice
        self.skipped_ns = 0
        self.charged = 0

    @property
    def now(self) -> int:
        """Virtual nanoseconds at the end of the last slice."""
        return self.instructions * NS_PER_INSTRUCTION + self.skipped_ns

    @property
    def work(self) -> int:
        """What all of it has cost the host, as a number of instructions."""
        return self.instructions + self.charged

    def until(self, deadline: int) -> int:
        """How many instructions fit before a moment, rounded up."""
        return -((self.now - deadline) // NS_PER_INSTRUCTION)

    def skip_to(self, deadline: int) -> None:
        """Let time pass while nothing runs."""
        if deadline > self.now:
            self.skipped_ns += deadline - self.now
