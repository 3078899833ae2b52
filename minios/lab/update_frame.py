"""The frame in which a content file, or a fix, travels over the update link.

    0        4      8      12        16
    +--------+------+------+---------+------------------+
    | magic  | size | crc  | reserved| name, 16 bytes   |  then `size` bytes
    +--------+------+------+---------+------------------+

The magic is "MUPD" for a content file, "MFIX" for the text of a fix.

`crc` is the CRC-32 of the bytes (IEEE 802.3). It guards the transfer, not the content:
a malformed file travels as well as a good one.
"""

from __future__ import annotations

import struct
import zlib

from minios.abi.disk_layout import UPDATE_NAME_SIZE


def frame(magic: bytes, name: str, data: bytes) -> bytes:
    """The frame that the vendor's cloud sends for one file."""
    header = struct.pack("<4sIII", magic, len(data), zlib.crc32(data), 0)
    return header + name.encode("ascii").ljust(UPDATE_NAME_SIZE, b"\0") + data
