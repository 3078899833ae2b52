"""The table of CRC-32 (IEEE 802.3, the same as in zlib), one entry for each byte.

The header contains it as constants, because a dying kernel can still trust a table in
read-only memory, also if its other memory is damaged.
"""

from __future__ import annotations

from typing import Final

_POLYNOMIAL: Final = 0xEDB88320


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


def table() -> tuple[int, ...]:
    """The 256 entries of the table."""
    return tuple(_entry(byte) for byte in range(256))
