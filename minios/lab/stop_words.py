"""The four parameters of a stop code, in words.

What each means depends on the code (`minios/abi/stop_codes.py`); what a value of it
means, where that can be said, stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from minios.abi import enumerations, errors, stop_codes, vectors

_ACCESS_OF_PAGE_FAULT: Final = {0: "read", 2: "write", 0x10: "execute"}
_ACCESS_AT_IRQL: Final = {0: "read", 1: "write", 8: "execute"}
_STATUS: Final = {
    stop_codes.STATUS_DATATYPE_MISALIGNMENT: "misaligned access",
    stop_codes.STATUS_BREAKPOINT: "breakpoint",
    stop_codes.STATUS_SINGLE_STEP: "single step",
    stop_codes.STATUS_ACCESS_VIOLATION: "access violation",
    stop_codes.STATUS_ILLEGAL_INSTRUCTION: "illegal instruction",
    stop_codes.STATUS_ARRAY_BOUNDS_EXCEEDED: "array bounds exceeded",
    stop_codes.STATUS_INTEGER_DIVIDE_BY_ZERO: "division by zero",
    stop_codes.STATUS_INTEGER_OVERFLOW: "integer overflow",
}
_IRQL: Final = {
    0: "passive",
    1: "APC",
    2: "dispatch",
    **dict.fromkeys(range(3, 13), "device"),
    13: "clock",
    14: "IPI or power",
    15: "high",
}
_ERRORS: Final = {
    number: name.lower().replace("_", " ") for name, number, _ in errors.ERRORS
}
_SECURITY_CHECK: Final = {
    value: words for _, value, words in enumerations.FAIL_FAST.rows
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its value, what it stands for, the value in words (may be "")."""

    value: int
    meaning: str
    words: str


def name_of(code: int) -> str:
    """The name of a stop code."""
    stop = stop_codes.BY_CODE.get(code)
    return stop.name if stop else "UNKNOWN_STOP_CODE"


def parameters(code: int, values: Sequence[int]) -> tuple[Parameter, ...]:
    """All four, in order; without meaning if the code is not known."""
    stop = stop_codes.BY_CODE.get(code)
    meanings = stop.parameters if stop else ("", "", "", "")
    return tuple(
        Parameter(value, meaning, _words(code, meaning, value))
        for value, meaning in zip(values, meanings, strict=True)
    )


def reason(code: int) -> str:
    """Why a check of the kernel's own stops it; `{who}` is whom the kernel names."""
    return _REASONS.get(name_of(code), _OWN_CHECK)


def irql_words(irql: int) -> str:
    """The name of an IRQL, as x64 Windows has them."""
    return _IRQL.get(irql, "no such level")


def _words(code: int, meaning: str, value: int) -> str:
    if meaning == "trap number":
        return vectors.mnemonic(value) if value < 32 else ""
    if meaning == "IRQL":
        return irql_words(value)
    if meaning == "access":
        table = _ACCESS_OF_PAGE_FAULT if code == 0x50 else _ACCESS_AT_IRQL
        return table.get(value, "")
    return _TABLES.get(meaning, {}).get(value, "")


_OWN_CHECK: Final = "A check of the kernel's own has failed; it names {who}."
_REASONS: Final = {
    "ATTEMPTED_SWITCH_FROM_DPC": (
        "{who} wanted to wait in a deferred call or an interrupt. The thread that it "
        "stands on would have had to wait, too."
    ),
    "BAD_POOL_HEADER": (
        "The heap looks at a block's header before it uses it. This one was written "
        "over, perhaps long ago; {who} made the call that noticed."
    ),
    "BAD_POOL_CALLER": (
        "{who} gave the heap something to free that is no block, or not any more."
    ),
    "CRITICAL_PROCESS_DIED": (
        "{who} is a process that the system cannot do without, and it has ended."
    ),
    "CRITICAL_SERVICE_FAILED": (
        "The list of services, or a service that it calls critical, is of no use: "
        "{who}."
    ),
    "CRITICAL_STRUCTURE_CORRUPTION": (
        "At random moments the kernel compares itself with what it was before any "
        "driver ran, and it was not the same."
    ),
    "DPC_WATCHDOG_VIOLATION": (
        "Deferred calls took longer than is allowed: nothing else could run."
    ),
    "INACCESSIBLE_BOOT_DEVICE": "The disk to start from cannot be read.",
    "MANUALLY_INITIATED_CRASH": "{who} asked for it.",
}

_TABLES: Final = {
    "kind of fault": stop_codes.PAGE_FAULT_KINDS,
    "exception code": _STATUS,
    "kind of failure": _SECURITY_CHECK,
    "error": _ERRORS,
    "kind of damage": stop_codes.POOL_DAMAGE,
    "kind of misuse": stop_codes.POOL_MISUSE,
    "corrupted region": {
        value: words for _, value, words in enumerations.CORRUPTED.rows
    },
    "kind of delay": {
        0: "one deferred call took too long",
        1: "deferred calls without a pause took too long together",
    },
}
