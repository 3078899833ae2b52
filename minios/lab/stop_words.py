"""The four parameters of a stop code, in words.

The meaning of each parameter depends on the code (`minios/abi/stop_codes.py`). This
module knows the meaning of single values, as far as they have one.
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
    """One parameter: its value, its meaning, and its value in words ("" if none)."""

    value: int
    meaning: str
    words: str


def name_of(code: int) -> str:
    """The name of a stop code."""
    stop = stop_codes.BY_CODE.get(code)
    return stop.name if stop else "UNKNOWN_STOP_CODE"


def parameters(code: int, values: Sequence[int]) -> tuple[Parameter, ...]:
    """All four parameters in order. If the code is unknown, they have no meaning."""
    stop = stop_codes.BY_CODE.get(code)
    meanings = stop.parameters if stop else ("", "", "", "")
    return tuple(
        Parameter(value, meaning, _words(code, meaning, value))
        for value, meaning in zip(values, meanings, strict=True)
    )


def reason(code: int) -> str:
    """Why a check in the kernel stopped the machine.

    In the sentence, `{who}` stands for the module or process that the kernel names.
    """
    return _REASONS.get(name_of(code), _OWN_CHECK)


def summary(code: int) -> tuple[str, str]:
    """A stop without a fault in two clauses: its cause, and how it is elsewhere.

    In the first one, `{who}` stands for the module or process that the kernel names.
    The second one is a sentence.
    """
    return _SUMMARIES.get(name_of(code), ("a check in the kernel failed", _NO_RULE))


def irql_words(irql: int) -> str:
    """The name of an IRQL (interrupt request level), as in x64 Windows."""
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


_NO_RULE: Final = "The kernel decided this itself: the CPU had refused nothing."
_IN_RING_3: Final = (
    "In ring 3 a program has its own memory and time, so the kernel can end it alone."
)
_EXCEPTION: Final = "{who} raised an exception in ring 0 that nobody handles"
_SUMMARIES: Final = {
    "ATTEMPTED_SWITCH_FROM_DPC": ("{who} wanted to wait where no code may", _IN_RING_3),
    "BAD_POOL_HEADER": ("the heap that all of ring 0 shares is damaged", _IN_RING_3),
    "BAD_POOL_CALLER": ("{who} misused the heap that ring 0 shares", _IN_RING_3),
    "CRITICAL_PROCESS_DIED": (
        "it cannot run without the process {who}, which has ended",
        "Any other process would have ended alone.",
    ),
    "CRITICAL_SERVICE_FAILED": ("it cannot start its services", _NO_RULE),
    "CRITICAL_STRUCTURE_CORRUPTION": (
        "the kernel found its own code or tables altered",
        "Code in ring 0 has the right to do so; in ring 3 the CPU refuses it at once.",
    ),
    "DPC_WATCHDOG_VIOLATION": ("deferred calls in ring 0 took too long", _IN_RING_3),
    "INACCESSIBLE_BOOT_DEVICE": ("it cannot read its disk", _NO_RULE),
    "KERNEL_SECURITY_CHECK_FAILURE": (
        "{who} found itself damaged, in ring 0",
        _IN_RING_3,
    ),
    "KMODE_EXCEPTION_NOT_HANDLED": (_EXCEPTION, _IN_RING_3),
    "MANUALLY_INITIATED_CRASH": ("{who} asked for it", _NO_RULE),
    "SYSTEM_SERVICE_EXCEPTION": (_EXCEPTION, _IN_RING_3),
    "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED": (_EXCEPTION, _IN_RING_3),
}
_OWN_CHECK: Final = "A check in the kernel has failed. The kernel names {who}."
_UNHANDLED: Final = (
    "{who} raised an exception by an instruction of its own, and nobody handles it."
)
_REASONS: Final = {
    "ATTEMPTED_SWITCH_FROM_DPC": (
        "{who} wanted to wait in a deferred call or in an interrupt routine. These run "
        "on the thread of somebody else, which would have had to wait, too."
    ),
    "BAD_POOL_HEADER": (
        "The heap checks the header of a block before it uses the block. The header of "
        "this block was overwritten, perhaps long ago. {who} made the call in which "
        "the heap noticed it."
    ),
    "BAD_POOL_CALLER": (
        "{who} asked the heap to free something that is not a block, or that was "
        "already freed."
    ),
    "CRITICAL_PROCESS_DIED": (
        "The system cannot run without the process {who}, and this process has ended."
    ),
    "CRITICAL_SERVICE_FAILED": (
        "The list of services cannot be used, or a service that the list calls "
        "critical could not start: {who}."
    ),
    "CRITICAL_STRUCTURE_CORRUPTION": (
        "At random moments the kernel compares its code and tables with a copy from "
        "before any driver ran. This time they differed."
    ),
    "DPC_WATCHDOG_VIOLATION": (
        "Deferred calls took longer than allowed, so nothing else could run."
    ),
    "INACCESSIBLE_BOOT_DEVICE": "The disk from which to start cannot be read.",
    "KERNEL_SECURITY_CHECK_FAILURE": (
        "A check in {who} itself failed, so it executed the instruction that asks the "
        "kernel to stop at once (fail fast)."
    ),
    "KMODE_EXCEPTION_NOT_HANDLED": _UNHANDLED,
    "MANUALLY_INITIATED_CRASH": "{who} asked for it.",
    "SYSTEM_SERVICE_EXCEPTION": _UNHANDLED,
    "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED": _UNHANDLED,
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
