"""Stop codes: their numbers, their parameters, and what is said of them.

Names, numbers and the meaning of the parameters follow Microsoft's bug check reference
(MicrosoftDocs/windows-driver-docs, commit 825aa15f, debugger/bug-check-*.md). These are
our own, because the reference says nothing of them or reserves them: all parameters of
0x5A, the error number in parameter 1 of 0x7B, parameters 2 to 4 of 0x7F, 2 and 3 of
0x109, the value 0x100 of parameter 4 of 0x50, and the value 8 (execute) of parameter 2
of 0xCE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from minios.abi import enumerations, errors, vectors

# Parameter 1 of the codes for an exception that no handler caught.
STATUS_DATATYPE_MISALIGNMENT: Final = 0x80000002
STATUS_BREAKPOINT: Final = 0x80000003
STATUS_SINGLE_STEP: Final = 0x80000004
STATUS_ACCESS_VIOLATION: Final = 0xC0000005
STATUS_ILLEGAL_INSTRUCTION: Final = 0xC000001D
STATUS_ARRAY_BOUNDS_EXCEEDED: Final = 0xC000008C
STATUS_INTEGER_DIVIDE_BY_ZERO: Final = 0xC0000094
STATUS_INTEGER_OVERFLOW: Final = 0xC0000095


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a parameter means.

    Args:
        meaning: what it is.
        words: single values in words, as far as they have a meaning.
        found: for what a check of the kernel found: what stands before the words.
        otherwise: the words for all other values.
    """

    meaning: str
    words: Mapping[int, str] = field(default_factory=dict)
    found: str = ""
    otherwise: str = ""

    def say(self, value: int) -> str:
        """The words for a value, "" if there are none."""
        return self.words.get(value, self.otherwise)


@dataclass(frozen=True, slots=True)
class StopCode:
    """One stop code. In its sentences `{who}` is whom the kernel names.

    Args:
        code, name: as Windows has them.
        parameters: what each of the four means.
        refused: if the CPU has refused something: what, in a sentence. "" if a check of
            the kernel stops the machine. `lab/crime_ends.py` fills in the braces.
        reason: why a check of the kernel stops the machine, in sentences.
        cause: the same as a clause, after "the machine stopped, because".
        elsewhere: how it would be elsewhere, in a sentence.
        is_by_code: whether code is to blame, which a dump can name.
    """

    code: int
    name: str
    parameters: tuple[Meaning, Meaning, Meaning, Meaning]
    refused: str = ""
    reason: str = "A check in the kernel has failed. The kernel names {who}."
    cause: str = "a check in the kernel failed"
    elsewhere: str = "The kernel decided this itself: the CPU had refused nothing."
    is_by_code: bool = True


# ---- Meanings and words that several rows share.

IRQL: Final = Meaning(
    "IRQL",
    {
        0: "passive",
        1: "APC",
        2: "dispatch",
        **dict.fromkeys(range(3, 13), "device"),
        13: "clock",
        14: "IPI or power",
        15: "high",
    },
    otherwise="no such level",
)
_RESERVED: Final = Meaning("reserved")
_RIP: Final = Meaning("instruction address")
_ACCESS: Final = Meaning("access", {0: "read", 1: "write", 8: "execute"})
_ERROR: Final = Meaning(
    "error",
    {number: name.lower().replace("_", " ") for name, number, _ in errors.ERRORS},
)
_STATUS: Final = Meaning(
    "exception code",
    {
        STATUS_DATATYPE_MISALIGNMENT: "misaligned access",
        STATUS_BREAKPOINT: "breakpoint",
        STATUS_SINGLE_STEP: "single step",
        STATUS_ACCESS_VIOLATION: "access violation",
        STATUS_ILLEGAL_INSTRUCTION: "illegal instruction",
        STATUS_ARRAY_BOUNDS_EXCEEDED: "array bounds exceeded",
        STATUS_INTEGER_DIVIDE_BY_ZERO: "division by zero",
        STATUS_INTEGER_OVERFLOW: "integer overflow",
    },
)
_IN_RING_3: Final = (
    "In ring 3 a program has its own memory and time, so the kernel can end it alone."
)
_EXCEPTION: Final = "{who} raised an exception in ring 0 that nobody handles"
_UNHANDLED: Final = (
    "{who} raised an exception by an instruction of its own, and nobody handles it."
)
_LEVEL: Final = (
    "{accessed} {address} at IRQL {level}, an interrupt request level at which no page "
    "fault may happen."
)

STOP_CODES: Final = (
    StopCode(
        0x0A,
        "IRQL_NOT_LESS_OR_EQUAL",
        (Meaning("address referenced"), IRQL, _ACCESS, _RIP),
        refused=f"Code of the kernel {_LEVEL}",
    ),
    StopCode(
        0x19,
        "BAD_POOL_HEADER",
        (
            Meaning(
                "kind of damage",
                {
                    0x3: "the list of free blocks is damaged",
                    0x20: "the header of a block was written over",
                },
            ),
            Meaning("pool entry"),
            Meaning("next entry"),
            _RESERVED,
        ),
        reason=(
            "The heap checks the header of a block before it uses the block. The "
            "header of this block was overwritten, perhaps long ago. {who} made the "
            "call in which the heap noticed it."
        ),
        cause="the heap that all of ring 0 shares is damaged",
        elsewhere=_IN_RING_3,
    ),
    StopCode(
        0x1E,
        "KMODE_EXCEPTION_NOT_HANDLED",
        (
            _STATUS,
            _RIP,
            Meaning("exception parameter 0"),
            Meaning("exception parameter 1"),
        ),
        refused=(
            "An exception in ring 0 ({exception}) came at a raised interrupt request "
            "level (IRQL), where nobody may handle one."
        ),
        reason=_UNHANDLED,
        cause=_EXCEPTION,
        elsewhere=_IN_RING_3,
    ),
    StopCode(
        0x3B,
        "SYSTEM_SERVICE_EXCEPTION",
        (_STATUS, _RIP, Meaning("context record"), _RESERVED),
        refused=(
            "An exception in ring 0 ({exception}) came during the system call of a "
            "program."
        ),
        reason=_UNHANDLED,
        cause=_EXCEPTION,
        elsewhere=_IN_RING_3,
    ),
    StopCode(
        0x50,
        "PAGE_FAULT_IN_NONPAGED_AREA",
        (
            Meaning("address referenced"),
            Meaning("access", {0: "read", 2: "write", 0x10: "execute"}),
            _RIP,
            Meaning(
                "kind of fault",
                {
                    0x0: "the page has been freed",
                    0x2: "no valid page-table entry",
                    0xF: "ring 0 touched a user page (SMAP)",
                    0x100: "the page is there but its rights forbid the access",
                },
            ),
        ),
        refused="Code in ring 0 {accessed} {address}: {fault}.",
    ),
    StopCode(
        0x5A,
        "CRITICAL_SERVICE_FAILED",
        (_ERROR, Meaning("error control"), _RESERVED, _RESERVED),
        reason=(
            "The list of services cannot be used, or a service that the list calls "
            "critical could not start: {who}."
        ),
        cause="it cannot start its services",
        is_by_code=False,
    ),
    StopCode(
        0x7B,
        "INACCESSIBLE_BOOT_DEVICE",
        (_ERROR, _RESERVED, _RESERVED, _RESERVED),
        reason="The disk from which to start cannot be read.",
        cause="it cannot read its disk",
        is_by_code=False,
    ),
    StopCode(
        0x7E,
        "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED",
        (_STATUS, _RIP, Meaning("exception record"), Meaning("context record")),
        refused=(
            "An exception in ring 0 ({exception}) came in a thread of the kernel, and"
            " nobody handled it."
        ),
        reason=_UNHANDLED,
        cause=_EXCEPTION,
        elsewhere=_IN_RING_3,
    ),
    StopCode(
        0x7F,
        "UNEXPECTED_KERNEL_MODE_TRAP",
        (
            Meaning(
                "trap number",
                {number: vectors.mnemonic(number) for number in range(32)},
            ),
            _RIP,
            Meaning("stack pointer"),
            Meaning("error code"),
        ),
        refused=(
            "The CPU raised {trap} in ring 0, which the kernel does not expect there."
        ),
    ),
    StopCode(
        0xB8,
        "ATTEMPTED_SWITCH_FROM_DPC",
        (
            Meaning("thread"),
            Meaning("next thread"),
            Meaning("stack of the thread"),
            _RESERVED,
        ),
        reason=(
            "{who} wanted to wait in a deferred call or in an interrupt routine. "
            "These run on the thread of somebody else, which would have had to wait, "
            "too."
        ),
        cause="{who} wanted to wait where no code may",
        elsewhere=_IN_RING_3,
    ),
    StopCode(
        0xBE,
        "ATTEMPTED_WRITE_TO_READONLY_MEMORY",
        (Meaning("address written"), Meaning("page table entry"), _RESERVED, _RESERVED),
        refused="Code in ring 0 wrote to a read-only page, {where}.",
    ),
    StopCode(
        0xC2,
        "BAD_POOL_CALLER",
        (
            Meaning(
                "kind of misuse",
                {
                    0x7: "the block has been freed before",
                    0x46: "the address is not that of a block",
                },
                found="What the heap found",
            ),
            Meaning("no block (0x46)"),
            Meaning("pool header (0x7)"),
            Meaning("freed again (0x7)"),
        ),
        reason=(
            "{who} asked the heap to free something that is not a block, or that was "
            "already freed."
        ),
        cause="{who} misused the heap that ring 0 shares",
        elsewhere=_IN_RING_3,
    ),
    StopCode(
        0xCE,
        "DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS",
        (Meaning("address referenced"), _ACCESS, _RIP, _RESERVED),
        refused="The CPU was to go on in the code of a driver that had been unloaded.",
    ),
    StopCode(
        0xD1,
        "DRIVER_IRQL_NOT_LESS_OR_EQUAL",
        (Meaning("address referenced"), IRQL, _ACCESS, _RIP),
        refused=f"A driver {_LEVEL}",
    ),
    StopCode(
        0xD5,
        "DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL",
        (Meaning("address referenced"), _ACCESS, _RIP, _RESERVED),
        refused="A driver {accessed} a block of the heap that had been freed.",
    ),
    StopCode(
        0xD6,
        "DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION",
        (Meaning("address referenced"), _ACCESS, _RIP, _RESERVED),
        refused=(
            "A driver {accessed} what lies behind the end of its block of the heap."
        ),
    ),
    StopCode(
        0xE2,
        "MANUALLY_INITIATED_CRASH",
        (_RESERVED, _RESERVED, _RESERVED, _RESERVED),
        reason="{who} asked for it.",
        cause="{who} asked for it",
        is_by_code=False,
    ),
    StopCode(
        0xEF,
        "CRITICAL_PROCESS_DIED",
        (Meaning("process"), Meaning("0 process, 1 thread"), _RESERVED, _RESERVED),
        reason=(
            "The system cannot run without the process {who}, and this process has "
            "ended."
        ),
        cause="it cannot run without the process {who}, which has ended",
        elsewhere="Any other process would have ended alone.",
        is_by_code=False,
    ),
    StopCode(
        0xFC,
        "ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY",
        (
            Meaning("address executed"),
            Meaning("page table entry"),
            _RESERVED,
            _RESERVED,
        ),
        refused="Ring 0 was to execute a page that it may not execute, {where}.",
    ),
    StopCode(
        0x109,
        "CRITICAL_STRUCTURE_CORRUPTION",
        # Microsoft reserves the first three; here two of them say what and where.
        (
            _RESERVED,
            Meaning("what was altered"),
            Meaning("what was found"),
            Meaning(
                "corrupted region",
                {value: words for _, value, words in enumerations.CORRUPTED.rows},
                found="What was altered",
            ),
        ),
        reason=(
            "At random moments the kernel compares its code and tables with a copy "
            "from before any driver ran. This time they differed."
        ),
        cause="the kernel found its own code or tables altered",
        elsewhere=(
            "Code in ring 0 has the right to do so; in ring 3 the CPU refuses it at "
            "once."
        ),
    ),
    StopCode(
        0x133,
        "DPC_WATCHDOG_VIOLATION",
        (
            Meaning(
                "kind of delay",
                {
                    0: "one deferred call took too long",
                    1: "deferred calls without a pause took too long together",
                },
                found="What the watchdog found",
            ),
            Meaning("ticks used (0), ticks allowed (1)"),
            Meaning("ticks allowed (0)"),
            _RESERVED,
        ),
        reason="Deferred calls took longer than allowed, so nothing else could run.",
        cause="deferred calls in ring 0 took too long",
        elsewhere=_IN_RING_3,
    ),
    StopCode(
        0x139,
        "KERNEL_SECURITY_CHECK_FAILURE",
        (
            Meaning(
                "kind of failure",
                {value: words for _, value, words in enumerations.FAIL_FAST.rows},
            ),
            Meaning("trap frame"),
            Meaning("exception record"),
            _RESERVED,
        ),
        refused="The code itself asked for it (fail fast): {failure}.",
        reason=(
            "A check in {who} itself failed, so it executed the instruction that asks"
            " the kernel to stop at once (fail fast)."
        ),
        cause="{who} found itself damaged, in ring 0",
        elsewhere=_IN_RING_3,
    ),
)

BY_CODE: Final = {stop.code: stop for stop in STOP_CODES}
BY_NAME: Final = {stop.name: stop for stop in STOP_CODES}
