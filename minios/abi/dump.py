"""The small crash dump, as it lies in the reserved sectors of the disk.

The dying kernel writes it with only its own static memory and a polled disk. The dump
has parts at fixed places. Each part has its own checksum, so damage costs only the part
in which it is:

    sector  part      what
    0       STOP      stop code, parameters, registers, process and thread
    1       MODULES   the code of ring 0: the kernel, then the drivers
    2       WALK      the page-table entries of the bad address, all levels
    3-6     CODE      the bytes around RIP
    7-39    STACK     the top 16 KiB of the kernel stack, from RSP upwards
    40-127  MEMORY    what the registers point to, and what that points to

Every part begins on a sector, with a `struct dump_part`. Its `stamp` is the checksum of
the STOP part of the same crash. So a reader can tell it from a part that an earlier
crash left there. CODE, STACK and MEMORY consist of pieces: a `struct dump_memory` and
its bytes. The next boot saves the dump as a file with the same bytes, up to the last
part.

The contents are those that Microsoft lists for a small memory dump, as far as the toy
kernel has them (windows-driver-docs, small-memory-dump.md), unloaded modules included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.abi import structures
from minios.abi.structures import define

DUMP_MAGIC: Final = 0x32504D44494E494D  # "MINIDMP2" read as a little-endian number
DUMP_MODULES: Final = 8  # drivers
DUMP_MODULE_NAME_SIZE: Final = 24
DUMP_MODULE_ROWS: Final = DUMP_MODULES + 1  # ... and the kernel

DUMP_PART_STOP: Final = 1
DUMP_PART_MODULES: Final = 2
DUMP_PART_WALK: Final = 3
DUMP_PART_CODE: Final = 4
DUMP_PART_STACK: Final = 5
DUMP_PART_MEMORY: Final = 6

DUMP_STOP_SECTOR: Final = 0
DUMP_MODULES_SECTOR: Final = 1
DUMP_WALK_SECTOR: Final = 2
DUMP_CODE_SECTOR: Final = 3
DUMP_STACK_SECTOR: Final = 7
DUMP_MEMORY_SECTOR: Final = 40

DUMP_PANIC_SIZE: Final = 80
DUMP_CODE_BEFORE: Final = 1024
DUMP_CODE_BYTES: Final = 1536
DUMP_STACK_BYTES: Final = 16384
DUMP_REGION_BEFORE: Final = 64
DUMP_REGION_BYTES: Final = 256
DUMP_POINTED_BYTES: Final = 96

# Whose registers the STOP part holds.
DUMP_REGISTERS_OF_TRAP: Final = 1
DUMP_REGISTERS_OF_BUGCHECK: Final = 2  # no trap: RIP, RSP, RBP of bugcheck's caller

# Why a piece of memory is in the dump: the index of the register that points to it, or
DUMP_SOURCE_MEMORY: Final = 64  # a word of another piece points to it

DUMPS_FOLDER: Final = "/SYSTEM/DUMPS"
DUMPS_KEPT: Final = 20
DUMPS_HIGHEST: Final = 9999  # the largest number of a file


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the dump: its name, its kind, and its first sector."""

    name: str
    kind: int
    sector: int


PARTS: Final = (
    Part("stop", DUMP_PART_STOP, DUMP_STOP_SECTOR),
    Part("modules", DUMP_PART_MODULES, DUMP_MODULES_SECTOR),
    Part("walk", DUMP_PART_WALK, DUMP_WALK_SECTOR),
    Part("code", DUMP_PART_CODE, DUMP_CODE_SECTOR),
    Part("stack", DUMP_PART_STACK, DUMP_STACK_SECTOR),
    Part("memory", DUMP_PART_MEMORY, DUMP_MEMORY_SECTOR),
)

REGISTERS: Final = (
    "rax",
    "rbx",
    "rcx",
    "rdx",
    "rsi",
    "rdi",
    "rbp",
    "rsp",
    "r8",
    "r9",
    "r10",
    "r11",
    "r12",
    "r13",
    "r14",
    "r15",
    "rip",
    "rflags",
    "cs",
    "ss",
)

DUMP_PART: Final = define(
    "dump_part",
    "The beginning of every part of a crash dump.",
    ("uint64_t", "magic", 0, "DUMP_MAGIC"),
    ("uint32_t", "kind", 0, "DUMP_PART_ value"),
    ("uint32_t", "size", 0, "bytes that follow"),
    ("uint32_t", "checksum", 0, "CRC-32 of them"),
    ("uint32_t", "stamp", 0, "checksum of the STOP part of the same crash"),
    ("uint64_t", "taken_over", 0, "STOP: number of the file it became, 0 = none yet"),
)

DUMP_STOP: Final = define(
    "dump_stop",
    "Why the kernel stopped, and what it was doing.",
    ("uint64_t", "code", 0, "stop code"),
    ("uint64_t", "parameters", 4, ""),
    ("uint64_t", "registers", len(REGISTERS), "in the order of REGISTERS"),
    ("uint64_t", "cr0", 0, ""),
    ("uint64_t", "cr2", 0, ""),
    ("uint64_t", "cr3", 0, ""),
    ("uint64_t", "cr4", 0, ""),
    ("uint64_t", "efer", 0, ""),
    ("uint64_t", "vector", 0, "of the trap"),
    ("uint64_t", "error_code", 0, "of the trap"),
    ("uint64_t", "ticks", 0, "timer ticks since boot"),
    ("uint64_t", "stack_top", 0, "of the thread's kernel stack"),
    ("uint64_t", "called", 0, "code of a driver that has not returned, 0 = none"),
    ("uint32_t", "registers_of", 0, "DUMP_REGISTERS_OF_ value"),
    ("uint32_t", "irql", 0, ""),
    ("uint32_t", "process_id", 0, "0 = System"),
    ("uint32_t", "parent_id", 0, ""),
    ("uint32_t", "thread_id", 0, "0 = idle"),
    ("uint32_t", "in_syscall", 0, "1: serving a call from ring 3"),
    ("uint32_t", "parts", 0, "bit n: the part of kind n was written"),
    ("uint32_t", "oops", 0, "number of the oops that led here, 0 = none"),
    ("char", "process", structures.NAME_SIZE, ""),
    ("char", "blamed", structures.NAME_SIZE, "module at fault"),
    ("uint64_t", "taint", 0, "TAINT_ bits"),
    ("char", "panic", DUMP_PANIC_SIZE, 'why, as Linux says it; "": no panic'),
)

DUMP_MODULE: Final = define(
    "dump_module",
    "One module in ring 0: the kernel or a driver.",
    ("uint64_t", "base", 0, ""),
    ("uint64_t", "size", 0, ""),
    ("uint64_t", "unloaded", 0, "1: it was unloaded, its pages are gone"),
    ("char", "name", DUMP_MODULE_NAME_SIZE, ""),
)

DUMP_WALK: Final = define(
    "dump_walk",
    "The page-table entries that lead to an address, from the top table down.",
    ("uint64_t", "address", 0, ""),
    ("uint64_t", "levels", 0, "how many entries there are, 1 to 4"),
    ("uint64_t", "entry_addresses", 4, "physical"),
    ("uint64_t", "entries", 4, ""),
)

DUMP_MEMORY: Final = define(
    "dump_memory",
    "A piece of memory; its bytes follow, filled up to a multiple of 8.",
    ("uint64_t", "address", 0, ""),
    ("uint32_t", "size", 0, "bytes"),
    ("uint32_t", "source", 0, "index of a register, or DUMP_SOURCE_MEMORY"),
)

STRUCTURES: Final = (DUMP_PART, DUMP_STOP, DUMP_MODULE, DUMP_WALK, DUMP_MEMORY)
