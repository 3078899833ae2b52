"""TOML that anybody may have written, read in a time that grows with its size.

Python's reader copies a dotted key once for each of its parts: 64 KiB of `a.a.a...`
keep it for a minute, and a megabyte for hours. So a line may have few dots.
"""

from __future__ import annotations

import tomllib
from typing import Any, Final

_MOST_DOTS: Final = 200


def loads(text: str) -> dict[str, Any]:
    """The table that a text describes. Raises ValueError if it cannot be read."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.count(".") > _MOST_DOTS:
            raise ValueError(f"line {number} has more than {_MOST_DOTS} dots")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("brackets are nested too deeply") from error
