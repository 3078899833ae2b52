"""An address as a person writes it: `0xb8000`, `rsp`, `rdi+0xa0`."""

from __future__ import annotations

from collections.abc import Mapping


def address_of(text: str, registers: Mapping[str, int]) -> int | None:
    """The sum of the numbers and registers. None if the text is something else."""
    total = 0
    for part in text.lower().replace(" ", "").split("+"):
        if part in registers:
            total += registers[part]
            continue
        try:
            total += int(part, 0)
        except ValueError:
            return None
    return total & (1 << 64) - 1
