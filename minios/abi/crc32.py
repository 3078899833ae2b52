"""The table of CRC-32 (IEEE 802.3, as zlib's), one entry for each byte.

It goes into the header as constants: a table in read-only memory can be believed by a
kernel that dies of a trampled one.
"""

from __future__ import annotations

from typing import Final

_POLYNOMIAL: Final = 0xEDB88320


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


def table() -> tuple[int, ...]:
    """The 256 entries."""
    return tuple(_entry(byte) for byte in range(256))
