"""Everything that can be known about a file from its bytes, as one value."""

from __future__ import annotations

import msgspec

from minios.content.decode import decode
from minios.content.model import ChannelFile
from minios.content.spans import FieldSpan, name_bytes
from minios.content.verdict import Verdict, check


class Inspection(msgspec.Struct, frozen=True):
    """The result of looking at a file.

    `file` exists only if the file is well formed. `spans` always name every byte.
    """

    size: int
    verdict: Verdict
    file: ChannelFile | None
    spans: tuple[FieldSpan, ...]


def inspect(data: bytes) -> Inspection:
    """Look at a file. Never raises, whatever the bytes are."""
    verdict = check(data)
    file = decode(data) if verdict.accepted else None
    return Inspection(len(data), verdict, file, name_bytes(data))
