"""Stop codes and the NTSTATUS values that appear as their parameters.

Names, numbers and the meaning of the parameters follow Microsoft's bug check reference
(MicrosoftDocs/windows-driver-docs, commit 825aa15f, debugger/bug-check-*.md). These are
our own, because the reference says nothing of them or reserves them: all parameters of
0x5A, the error number in parameter 1 of 0x7B, parameters 2 to 4 of 0x7F, 2 and 3 of
0x109, the value 0x100 of parameter 4 of 0x50, and the value 8 (execute) of parameter 2
of 0xCE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class StopCode:
    """One stop code: number, name and what each of its four parameters means."""

    code: int
    name: str
    parameters: tuple[str, str, str, str]


STOP_CODES: Final = (
    StopCode(
        0x0A,
        "IRQL_NOT_LESS_OR_EQUAL",
        ("address referenced", "IRQL", "access", "instruction address"),
    ),
    StopCode(
        0x19,
        "BAD_POOL_HEADER",
        ("kind of damage", "pool entry", "next entry", "reserved"),
    ),
    StopCode(
        0x1E,
        "KMODE_EXCEPTION_NOT_HANDLED",
        (
            "exception code",
            "instruction address",
            "exception parameter 0",
            "exception parameter 1",
        ),
    ),
    StopCode(
        0x3B,
        "SYSTEM_SERVICE_EXCEPTION",
        ("exception code", "instruction address", "context record", "reserved"),
    ),
    StopCode(
        0x50,
        "PAGE_FAULT_IN_NONPAGED_AREA",
        ("address referenced", "access", "instruction address", "kind of fault"),
    ),
    StopCode(
        0x5A,
        "CRITICAL_SERVICE_FAILED",
        ("error", "error control", "reserved", "reserved"),
    ),
    StopCode(
        0x7B,
        "INACCESSIBLE_BOOT_DEVICE",
        ("error", "reserved", "reserved", "reserved"),
    ),
    StopCode(
        0x7E,
        "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED",
        (
            "exception code",
            "instruction address",
            "exception record",
            "context record",
        ),
    ),
    StopCode(
        0x7F,
        "UNEXPECTED_KERNEL_MODE_TRAP",
        ("trap number", "instruction address", "stack pointer", "error code"),
    ),
    StopCode(
        0xB8,
        "ATTEMPTED_SWITCH_FROM_DPC",
        ("thread", "next thread", "stack of the thread", "reserved"),
    ),
    StopCode(
        0xBE,
        "ATTEMPTED_WRITE_TO_READONLY_MEMORY",
        ("address written", "page table entry", "reserved", "reserved"),
    ),
    StopCode(
        0xC2,
        "BAD_POOL_CALLER",
        ("kind of misuse", "no block (0x46)", "pool header (0x7)", "freed again (0x7)"),
    ),
    StopCode(
        0xCE,
        "DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS",
        ("address referenced", "access", "instruction address", "reserved"),
    ),
    StopCode(
        0xD1,
        "DRIVER_IRQL_NOT_LESS_OR_EQUAL",
        ("address referenced", "IRQL", "access", "instruction address"),
    ),
    StopCode(
        0xD5,
        "DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL",
        ("address referenced", "access", "instruction address", "reserved"),
    ),
    StopCode(
        0xD6,
        "DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION",
        ("address referenced", "access", "instruction address", "reserved"),
    ),
    StopCode(
        0xE2,
        "MANUALLY_INITIATED_CRASH",
        ("reserved", "reserved", "reserved", "reserved"),
    ),
    StopCode(
        0xEF,
        "CRITICAL_PROCESS_DIED",
        ("process", "0 process, 1 thread", "reserved", "reserved"),
    ),
    StopCode(
        0xFC,
        "ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY",
        ("address executed", "page table entry", "reserved", "reserved"),
    ),
    StopCode(
        0x109,
        "CRITICAL_STRUCTURE_CORRUPTION",
        # Microsoft reserves the first three; here two of them say what and where.
        ("reserved", "what was altered", "what was found", "corrupted region"),
    ),
    StopCode(
        0x133,
        "DPC_WATCHDOG_VIOLATION",
        (
            "kind of delay",
            "ticks used (0), ticks allowed (1)",
            "ticks allowed (0)",
            "reserved",
        ),
    ),
    StopCode(
        0x139,
        "KERNEL_SECURITY_CHECK_FAILURE",
        ("kind of failure", "trap frame", "exception record", "reserved"),
    ),
)

BY_CODE: Final = {stop.code: stop for stop in STOP_CODES}
BY_NAME: Final = {stop.name: stop for stop in STOP_CODES}

# Parameter 1 of the codes for an exception that no handler caught.
STATUS_DATATYPE_MISALIGNMENT: Final = 0x80000002
STATUS_BREAKPOINT: Final = 0x80000003
STATUS_SINGLE_STEP: Final = 0x80000004
STATUS_ACCESS_VIOLATION: Final = 0xC0000005
STATUS_ILLEGAL_INSTRUCTION: Final = 0xC000001D
STATUS_ARRAY_BOUNDS_EXCEEDED: Final = 0xC000008C
STATUS_INTEGER_DIVIDE_BY_ZERO: Final = 0xC0000094
STATUS_INTEGER_OVERFLOW: Final = 0xC0000095

# Parameter 1 of BAD_POOL_HEADER and of BAD_POOL_CALLER.
POOL_DAMAGE: Final = {
    0x3: "the list of free blocks is damaged",
    0x20: "the header of a block was written over",
}
POOL_MISUSE: Final = {
    0x7: "the block has been freed before",
    0x46: "the address is not that of a block",
}

# Parameter 4 of PAGE_FAULT_IN_NONPAGED_AREA.
PAGE_FAULT_KINDS: Final = {
    0x0: "the page has been freed",
    0x2: "no valid page-table entry",
    0xF: "ring 0 touched a user page (SMAP)",
    0x100: "the page is there but its rights forbid the access",
}
