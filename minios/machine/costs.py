"""What the host does for a guest, as the number of instructions that take as long.

An instruction that the engine executes by itself costs the host about 10 ns. Whatever
it leaves to us costs hundreds or thousands of times as much, and a hostile guest can do
nothing else. So an allowance counts these things, too. The numbers are fixed: the same
guest always comes to the same end, on every host.
"""

from __future__ import annotations

from typing import Final

TRAP: Final = 100
"""An access to a device, an exception, an interrupt, a system call."""

FAULT: Final = 50_000
"""A fault of which somebody takes a picture."""

RECORD: Final = 2_000
"""A record that the guest hands out."""

RESET: Final = 100_000
"""A reset, or another command line: all of RAM is written."""

INPUT: Final = 2_000
"""Anything else that comes from outside."""
