"""Which parts of a dump can be trusted: headers, stamps and checksums.

`open_parts` never fails. It returns the contents of every part with a right checksum,
and the reason why each other part is missing.
"""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass
from typing import Final

from minios.abi import dump as abi
from minios.abi.disk_layout import DUMP_SECTORS, SECTOR_SIZE

DUMP_BYTES: Final = DUMP_SECTORS * SECTOR_SIZE
_HEADER: Final = abi.DUMP_PART.size
_STOP: Final = abi.PARTS[0]


@dataclass(frozen=True, slots=True)
class Missing:
    """A part that cannot be shown, and the reason."""

    part: str
    why: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The contents of the good parts, by kind, and the missing parts."""

    contents: dict[int, bytes]
    missing: tuple[Missing, ...]
    taken_over: int  # number of the file that the dump became, 0 = none


@dataclass(frozen=True, slots=True)
class _Header:
    """The header of a part."""

    size: int
    checksum: int
    stamp: int
    taken_over: int


def is_dump(data: bytes) -> bool:
    """Whether there is any part at the place where it should be."""
    return any(_header(data, part) is not None for part in abi.PARTS)


def open_parts(data: bytes) -> Opened:
    """Open every good part, and give the reasons for the others."""
    contents: dict[int, bytes] = {}
    missing = []
    stamp = _stamp(data)
    for part in abi.PARTS:
        header = _header(data, part)
        if header is None:
            if any(_place(data, part)[:_HEADER]):
                missing.append(Missing(part.name, "its header is damaged"))
            continue
        why = _damage(header, _place(data, part)[_HEADER:])
        if header.stamp != stamp and part is not _STOP and not why:
            why = "it was left by another crash, or its header is damaged"
        if why:
            missing.append(Missing(part.name, why))
        else:
            contents[part.kind] = _place(data, part)[_HEADER:][: header.size]
    first = _header(data, _STOP)
    return Opened(contents, tuple(missing), first.taken_over if first else 0)


def _place(data: bytes, part: abi.Part) -> bytes:
    """The bytes from the beginning of a part to the next part."""
    later = [other.sector for other in abi.PARTS if other.sector > part.sector]
    end = min(later, default=DUMP_SECTORS)
    return data[part.sector * SECTOR_SIZE : end * SECTOR_SIZE]


def _header(data: bytes, part: abi.Part) -> _Header | None:
    """The header of a part. None if there is no header of this kind."""
    raw = _place(data, part)[:_HEADER]
    if len(raw) < _HEADER:
        return None
    values = abi.DUMP_PART.unpack(raw)
    if values["magic"] != abi.DUMP_MAGIC or values["kind"] != part.kind:
        return None
    size, checksum, stamp, taken_over = (
        value
        for name, value in values.items()
        if name not in {"magic", "kind"} and isinstance(value, int)
    )
    is_number = taken_over <= abi.DUMPS_HIGHEST
    return _Header(size, checksum, stamp, taken_over if is_number else 0)


def _damage(header: _Header, contents: bytes) -> str:
    """What is wrong with the contents of a part; "" if nothing is."""
    if header.size > DUMP_BYTES:
        return "its header is damaged"
    if header.size > len(contents):
        return f"it is cut short: {len(contents)} of {header.size} bytes"
    if zlib.crc32(contents[: header.size]) != header.checksum:
        return f"the checksum of its {header.size} bytes is wrong"
    return ""


def _stamp(data: bytes) -> int | None:
    """The stamp of the crash to which the parts should belong.

    It is the stamp of the STOP part, or if that is damaged, the one in most parts.
    """
    first = _header(data, _STOP)
    if first is not None and not _damage(first, _place(data, _STOP)[_HEADER:]):
        return first.checksum
    headers = (_header(data, part) for part in abi.PARTS)
    stamps = Counter(header.stamp for header in headers if header is not None)
    return stamps.most_common(1)[0][0] if stamps else None
