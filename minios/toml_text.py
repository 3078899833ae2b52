"""TOML that anybody may have written, read in a time that grows with its size.

Python's reader copies a dotted key once for each of its parts: 64 KiB of `a.a.a...`
keep it for a minute, and a megabyte for hours. So a line may have few dots.

It also reads a hexadecimal number of any length, which Python then refuses to write. So
a number may have few bits, but more than any field that refuses it in words of its own.
"""

from __future__ import annotations

import tomllib
from typing import Any, Final

_MOST_DOTS: Final = 200
_MOST_BITS: Final = 1024
_TOO_LONG: Final = f"a number has more than {_MOST_BITS} bits"


def loads(text: str) -> dict[str, Any]:
    """The table that a text describes. Raises ValueError if it cannot be read."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.count(".") > _MOST_DOTS:
            raise ValueError(f"line {number} has more than {_MOST_DOTS} dots")
    try:
        table = tomllib.loads(text)
        _require_short_numbers(table)
    except RecursionError as error:
        raise ValueError("brackets are nested too deeply") from error
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:  # Python's limit for decimal digits
        raise ValueError(_TOO_LONG) from error
    return table


def _require_short_numbers(table: dict[str, Any] | list[Any]) -> None:
    for value in table.values() if isinstance(table, dict) else table:
        if isinstance(value, dict | list):
            _require_short_numbers(value)
        elif isinstance(value, int) and value.bit_length() > _MOST_BITS:
            raise ValueError(_TOO_LONG)
