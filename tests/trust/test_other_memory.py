"""Reading and changing the memory of another process: what the kernel checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from minios.abi.errors import BY_NAME as ERRORS
from minios.lab import events, milliseconds
from tests.trust import probe

TRIES: Final = """
static uint32_t process_id, name, reading, control;
static uint8_t bytes[8192];

// A call with four arguments.
static long move(long number, uint32_t handle, uint64_t address, const void *buffer,
                 size_t size)
{
    register uint64_t fourth __asm__("r10") = size;
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(handle), "S"(address), "d"(buffer), "r"(fourth)
                     : "rcx", "r11", "memory");
    return number;
}

static void end(const char *what, long result)
{
    plugin_log("%s %d", what, (int)result);
}

static void read(const char *what, uint32_t handle, uint64_t address, const void *to,
                 size_t size)
{
    end(what, move(SYSCALL_PROCESS_READ, handle, address, to, size));
}

static void write(const char *what, uint32_t handle, uint64_t address,
                  const void *from, size_t size)
{
    end(what, move(SYSCALL_PROCESS_WRITE, handle, address, from, size));
}

static uint32_t open(uint64_t access)
{
    return (uint32_t)call(SYSCALL_PROCESS_OPEN, process_id, access, 0);
}

static int probe_start(void)
{
    struct spawn request = {.path = "/bin/loop"};
    struct memory_range range = {0};
    struct process_info info = {0};
    process_id = (uint32_t)call(SYSCALL_SPAWN, (uint64_t)&request, 0, 0);
    name = open(TASK_NAME), reading = open(TASK_READ), control = open(TASK_CONTROL);
    end("info", call(SYSCALL_PROCESS_INFO, name, (uint64_t)&info, 0));
    end("is-loop", memcmp(info.path, "/BIN/LOOP", 10));
    end("no-ranges", call(SYSCALL_PROCESS_MEMORY, name, 0, (uint64_t)&range));
    while (!(range.rights & MEMORY_EXECUTE)) {
        uint64_t next = range.address + range.size;
        (void)call(SYSCALL_PROCESS_MEMORY, control, next, (uint64_t)&range);
    }
    uint64_t at = range.address;
    read("read", reading, at, bytes, 300);
    write("nothing", control, at, bytes, 0);
    read("by-name", name, at, bytes, 1);
    write("by-reading", reading, at, bytes, 1);
    read("unmapped", control, at + (1UL << 30), bytes, 1);
    read("kernel", control, KERNEL_BASE + KERNEL_PHYSICAL, bytes, 1);
    read("half", control, USER_TOP - 1, bytes, 2);
    read("wraps", control, UINT64_MAX, bytes, 2);
    read("to-kernel", control, at, (void *)KERNEL_BASE, 1);
    read("to-code", control, at, (const void *)(uint64_t)probe_start, 1);
    write("from-kernel", control, at, (void *)KERNEL_BASE, 1);
    read("huge", control, at, bytes, SIZE_MAX);
    read("console", 1, at, bytes, 1);
    end("too-far", call(SYSCALL_PROCESS_MEMORY, control, USER_TOP, (uint64_t)&range));
    end("too-much", call(SYSCALL_PROCESS_OPEN, process_id, TASK_CONTROL + 1, 0));
    end("wide", call(SYSCALL_PROCESS_OPEN, process_id, 1UL << 32, 0));
    end("nobody", call(SYSCALL_PROCESS_OPEN, 999, TASK_NAME, 0));
    memset(bytes, 0xcc, 300);
    write("write", control, at, bytes, 300);
    call(SYSCALL_SLEEP, 50000000, 0, 0);
    read("ended", control, at, bytes, 1);
    return (int)tell("init", "ready");
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""


@pytest.fixture(scope="module")
def tried() -> tuple[Mapping[str, int], list[str]]:
    """What each try came to, and which faults have ended a process."""
    files = probe.upstairs(TRIES, rights=("SPAWN", "DEBUG"))
    line = probe.PROGRAM.format("auto", "spawn,debug")
    with probe.machine("macos", probe.disk_with(files, line)) as lab:
        lab.boot()
        lab.run_for(milliseconds(100))
        ends = dict(line.split() for line in probe.said(lab))
        return (
            {name: int(end) for name, end in ends.items()},
            [it.name for it in lab.all(events.DeathEvent)],
        )


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("info", 0),
        ("is-loop", 0),
        ("no-ranges", "NOT_PERMITTED"),
        ("read", 300),
        ("nothing", 0),
        ("by-name", "NOT_PERMITTED"),
        ("by-reading", "NOT_PERMITTED"),
        ("unmapped", "BAD_ADDRESS"),
        ("kernel", "BAD_ADDRESS"),
        ("half", "BAD_ADDRESS"),
        ("wraps", "BAD_ADDRESS"),
        ("to-kernel", "BAD_ADDRESS"),
        ("to-code", "BAD_ADDRESS"),
        ("from-kernel", "BAD_ADDRESS"),
        ("huge", "BAD_ADDRESS"),
        ("console", "BAD_HANDLE"),
        ("too-far", "NOT_FOUND"),
        ("too-much", "BAD_ARGUMENT"),
        ("wide", "BAD_ARGUMENT"),
        ("nobody", "NOT_FOUND"),
        ("write", 300),
        ("ended", "NOT_FOUND"),
    ],
)
def test_neither_pointer_is_believed(
    tried: tuple[Mapping[str, int], list[str]], name: str, end: int | str
) -> None:
    """Nor the number of the handle, nor what it is to be for."""
    assert tried[0][name] == (-ERRORS[end] if isinstance(end, str) else end)


def test_the_bytes_are_where_the_other_process_executes_them(
    tried: tuple[Mapping[str, int], list[str]],
) -> None:
    """Its code was overwritten with breakpoints, and the CPU has found one."""
    assert tried[1] == ["loop"]
