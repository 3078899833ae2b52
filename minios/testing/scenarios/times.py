"""Virtual times as a person writes them: "2s", "50ms"."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from minios.testing.scenarios.base import LONGEST_BUDGET, Span

UNITS: Final = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "min": 60_000_000_000,
}
PATTERN: Final = rf"^[0-9]{{1,9}}(\.[0-9]{{1,9}})? ?({'|'.join(UNITS)})$"
_TIME: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?([a-zA-Zµ]*)")


def read(value: object) -> Span:
    """The time that a text means. Raises ValueError with a sentence for anything else.

    The second part of the sentence, behind the line feed, says what to write instead.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(  # noqa: TRY004 - msgspec tells where it was
            f'a time needs a unit\nWrite "{value}s" or "{value}ms"'
        )
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(
            f'{value!r} is not a time\nWrite a number and a unit: "2s", "50ms"'
        )
    number, unit = found.groups()
    if not unit:
        raise ValueError(f'a time needs a unit\nWrite "{number}s" or "{number}ms"')
    if unit not in UNITS:
        raise ValueError(f"there is no unit {unit!r}\nChoose from: {', '.join(UNITS)}")
    span = Span(round(Decimal(number) * UNITS[unit]))
    if span > LONGEST_BUDGET:
        raise ValueError(
            f"{value} is longer than a scenario may take\n"
            f"Write at most {shown(LONGEST_BUDGET)}"
        )
    return span


def shown(nanoseconds: int) -> str:
    """A time in its largest unit, as `read` takes it."""
    unit = next((it for it in ("s", "ms", "us") if nanoseconds >= UNITS[it]), "ns")
    whole, rest = divmod(nanoseconds, UNITS[unit])
    digits = f"{rest:0{len(str(UNITS[unit])) - 1}}".rstrip("0") if rest else ""
    return f"{whole}.{digits}{unit}" if digits else f"{whole}{unit}"
