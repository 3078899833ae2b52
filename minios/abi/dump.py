"""The small crash dump, as it lies in the reserved sectors of the disk.

Written by the dying kernel with nothing but its own static memory and a polled disk:

    sector 0      struct dump_header: magic, stop code, four parameters, registers,
                  control registers, blamed module, checksum
    sector 1      up to eight struct dump_module: the ring-0 modules
    sector 2-33   the top 16 KiB of the kernel stack, from RSP upwards

The contents are those that Microsoft lists for a small memory dump, as far as the toy
kernel has them (windows-driver-docs, small-memory-dump.md).
"""

from __future__ import annotations

from typing import Final

from minios.abi import structures
from minios.abi.structures import define

DUMP_MAGIC: Final = 0x504D55444F494E4D  # "MNIODUMP" read as a little-endian number
DUMP_MODULES: Final = 8
DUMP_STACK_SECTORS: Final = 32

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

DUMP_HEADER: Final = define(
    "dump_header",
    "First sector of a crash dump.",
    ("uint64_t", "magic", 0, "DUMP_MAGIC"),
    ("uint32_t", "version", 0, "1"),
    ("uint32_t", "checksum", 0, "CRC-32 of the sectors after this one"),
    ("uint64_t", "code", 0, "stop code"),
    ("uint64_t", "parameters", 4, ""),
    ("uint64_t", "registers", len(REGISTERS), "in the order of REGISTERS"),
    ("uint64_t", "cr0", 0, ""),
    ("uint64_t", "cr2", 0, ""),
    ("uint64_t", "cr3", 0, ""),
    ("uint64_t", "cr4", 0, ""),
    ("uint64_t", "vector", 0, "of the trap"),
    ("uint64_t", "error_code", 0, "of the trap"),
    ("uint64_t", "stack_start", 0, "address of the first saved stack byte"),
    ("uint64_t", "stack_size", 0, "bytes saved"),
    ("uint32_t", "irql", 0, ""),
    ("uint32_t", "module_count", 0, ""),
    ("uint32_t", "process_id", 0, "0 = System"),
    ("uint32_t", "thread_id", 0, ""),
    ("char", "process", structures.NAME_SIZE, ""),
    ("char", "blamed", structures.NAME_SIZE, "module that the instruction belongs to"),
    ("uint64_t", "ticks", 0, "timer ticks since boot"),
)

DUMP_MODULE: Final = define(
    "dump_module",
    "One ring-0 module.",
    ("uint64_t", "base", 0, ""),
    ("uint64_t", "size", 0, ""),
    ("char", "name", structures.NAME_SIZE, ""),
)

STRUCTURES: Final = (DUMP_HEADER, DUMP_MODULE)
