"""Memory with rights of a program's choice: never to be written and executed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from minios.abi.errors import BY_NAME as ERRORS
from minios.lab import events, milliseconds
from tests.trust import probe

TRIES: Final = """
static void end(const char *what, long result)
{
    plugin_log("%s %d", what, (int)result);
}

static long map(uint64_t size, uint64_t rights)
{
    return call(SYSCALL_MMAP, size, rights, 0);
}

static long protect(uint64_t address, uint64_t size, uint64_t rights)
{
    return call(SYSCALL_MPROTECT, address, size, rights);
}

static uint32_t pages(void)
{
    uint64_t self = (uint64_t)call(SYSCALL_PROCESS_ID, 0, 0, 0);
    uint64_t handle = (uint64_t)call(SYSCALL_PROCESS_OPEN, self, TASK_NAME, 0);
    struct process_info info = {0};
    (void)call(SYSCALL_PROCESS_INFO, handle, (uint64_t)&info, 0);
    (void)call(SYSCALL_CLOSE, handle, 0, 0);
    return info.pages;
}

static int probe_start(void)
{
    const uint64_t both = MEMORY_WRITE | MEMORY_EXECUTE;
    const uint64_t data = MEMORY_READ | MEMORY_WRITE;
    end("map-both", map(1, MEMORY_READ | both));
    end("map-write-only", map(1, MEMORY_WRITE));
    end("map-none", map(1, 0));
    end("map-unknown", map(1, MEMORY_READ | 8));
    end("map-wide", map(1, 1UL << 32 | MEMORY_READ));
    end("map-empty", map(0, data));
    end("map-huge", map(UINT64_MAX, data));
    uint32_t before = pages();
    uint64_t at = (uint64_t)map(2 * PAGE_SIZE, data);
    end("got", (long)(pages() - before));
    uint64_t self = (uint64_t)call(SYSCALL_PROCESS_ID, 0, 0, 0);
    end("control-itself", call(SYSCALL_PROCESS_OPEN, self, TASK_CONTROL, 0));
    end("protect-both", protect(at, 1, MEMORY_READ | both));
    end("protect-kernel", protect(KERNEL_BASE, 1, MEMORY_READ));
    end("protect-end", protect(USER_TOP - PAGE_SIZE, 2 * PAGE_SIZE, MEMORY_READ));
    end("protect-wraps", protect(at, UINT64_MAX - PAGE_SIZE, MEMORY_READ));
    end("protect-odd", protect(at + 1, 1, MEMORY_READ));
    end("protect-more", protect(at, 3 * PAGE_SIZE, MEMORY_READ));
    *(volatile uint8_t *)at = 0xb8, *(volatile uint32_t *)(at + 1) = 77;
    *(volatile uint8_t *)(at + 5) = 0xc3;  // mov $77, %eax; ret
    end("protect", protect(at, 1, MEMORY_READ | MEMORY_EXECUTE));
    end("runs", ((int (*)(void))at)());
    end("unmap-kernel", call(SYSCALL_MUNMAP, KERNEL_BASE, PAGE_SIZE, 0));
    end("unmap-more", call(SYSCALL_MUNMAP, at, 3 * PAGE_SIZE, 0));
    end("unmap", call(SYSCALL_MUNMAP, at + PAGE_SIZE, PAGE_SIZE, 0));
    end("again", call(SYSCALL_MUNMAP, at + PAGE_SIZE, PAGE_SIZE, 0));
    end("left", (long)(pages() - before));
    (void)tell("init", "ready");
    call(SYSCALL_SLEEP, 10000000, 0, 0);
    *(volatile uint8_t *)at = 0;  // it is code now
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""


@pytest.fixture(scope="module")
def tried() -> tuple[Mapping[str, int], tuple[events.DeathEvent, ...]]:
    """What each try came to, and the faults of the process."""
    files = probe.upstairs(TRIES)
    with probe.machine(
        "macos", probe.disk_with(files, probe.PROGRAM.format("auto", "-"))
    ) as lab:
        lab.boot()
        lab.run_for(milliseconds(50))
        ends = dict(line.split() for line in probe.said(lab) if line.count(" ") == 1)
        deaths = tuple(lab.all(events.DeathEvent))
        return {name: int(end) for name, end in ends.items()}, deaths


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("map-both", "NOT_PERMITTED"),
        ("map-write-only", "BAD_ARGUMENT"),
        ("map-none", "BAD_ARGUMENT"),
        ("map-unknown", "BAD_ARGUMENT"),
        ("map-wide", "BAD_ARGUMENT"),
        ("map-empty", "BAD_ARGUMENT"),
        ("map-huge", "BAD_ARGUMENT"),
        ("got", 2),
        ("control-itself", "NOT_PERMITTED"),
        ("protect-both", "NOT_PERMITTED"),
        ("protect-kernel", "BAD_ADDRESS"),
        ("protect-end", "BAD_ADDRESS"),
        ("protect-wraps", "BAD_ADDRESS"),
        ("protect-odd", "BAD_ADDRESS"),
        ("protect-more", "BAD_ADDRESS"),
        ("protect", 0),
        ("runs", 77),
        ("unmap-kernel", "BAD_ADDRESS"),
        ("unmap-more", "BAD_ADDRESS"),
        ("unmap", 0),
        ("again", "BAD_ADDRESS"),
        ("left", 1),
    ],
)
def test_a_program_chooses_the_rights_of_its_memory(
    tried: tuple[Mapping[str, int], tuple[events.DeathEvent, ...]],
    name: str,
    end: int | str,
) -> None:
    """Of its own alone, and never to write code while it can be executed."""
    assert tried[0][name] == (-ERRORS[end] if isinstance(end, str) else end)


def test_what_has_become_code_cannot_be_written(
    tried: tuple[Mapping[str, int], tuple[events.DeathEvent, ...]],
) -> None:
    """The CPU says so at the next store: present, a write, in ring 3."""
    death = tried[1][0]
    assert (death.name, death.vector, death.error_code) == ("probe.ext", 14, 7)
