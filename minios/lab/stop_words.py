"""What is said of a stop code: its row, as long as it has one.

A damaged dump or a hostile guest may name a code that does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from minios.abi import stop_codes
from minios.abi.stop_codes import Meaning, StopCode

_UNKNOWN: Final = StopCode(
    0, "UNKNOWN_STOP_CODE", (Meaning(""), Meaning(""), Meaning(""), Meaning(""))
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its value, its meaning, and its value in words ("" if none)."""

    value: int
    meaning: str
    words: str


def _row(code: int) -> StopCode:
    return stop_codes.BY_CODE.get(code, _UNKNOWN)


def name_of(code: int) -> str:
    """The name of a stop code."""
    return _row(code).name


def parameters(code: int, values: Sequence[int]) -> tuple[Parameter, ...]:
    """All four parameters in order. If the code is unknown, they have no meaning."""
    return tuple(
        Parameter(value, it.meaning, it.say(value))
        for value, it in zip(values, _row(code).parameters, strict=True)
    )


def reason(code: int) -> str:
    """Why a check in the kernel stopped the machine.

    In the sentence, `{who}` stands for the module or process that the kernel names.
    """
    return _row(code).reason


def summary(code: int) -> tuple[str, str]:
    """A stop without a fault in two clauses: its cause, and how it is elsewhere.

    In the first one, `{who}` stands for the module or process that the kernel names.
    The second one is a sentence.
    """
    row = _row(code)
    return row.cause, row.elsewhere


def irql_words(irql: int) -> str:
    """The name of an IRQL (interrupt request level), as in x64 Windows."""
    return stop_codes.IRQL.say(irql)
