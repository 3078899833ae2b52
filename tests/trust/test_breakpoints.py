"""Breakpoints: a process stops at an `int3` that its debugger has written there."""

from __future__ import annotations

from typing import Final

import pytest

from minios.abi.errors import BY_NAME as ERRORS
from minios.lab import events, milliseconds
from tests.trust import probe

DEBUGS: Final = """
static uint32_t process_id, control, port;
static uint8_t code[300], breaks[300];

static long move(long number, uint64_t address, const void *buffer)
{
    register uint64_t fourth __asm__("r10") = sizeof(code);
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(control), "S"(address), "d"(buffer), "r"(fourth)
                     : "rcx", "r11", "memory");
    return number;
}

static uint64_t code_of_process(void)
{
    struct memory_range range = {0};
    while (!(range.rights & MEMORY_EXECUTE)) {
        uint64_t next = range.address + range.size;
        (void)call(SYSCALL_PROCESS_MEMORY, control, next, (uint64_t)&range);
    }
    return range.address;
}

static uint32_t is_stopped(void)
{
    struct process_info info = {0};
    long error = call(SYSCALL_PROCESS_INFO, control, (uint64_t)&info, 0);
    return error < 0 ? 9 : info.is_stopped;
}

static uint64_t wait_for_breakpoint(void)
{
    struct message message = {0};
    struct breakpoint found = {0};
    (void)call(SYSCALL_PORT_RECEIVE, port, (uint64_t)&message, 100000000);
    memcpy(&found, message.body, sizeof(found));
    return message.type == MESSAGE_BREAKPOINT && found.process_id == process_id
               ? found.rip
               : 0;
}

static int probe_start(void)
{
    struct spawn request = {.path = "/bin/loop"};
    process_id = (uint32_t)call(SYSCALL_SPAWN, (uint64_t)&request, 0, 0);
    port = (uint32_t)call(SYSCALL_PORT_CREATE, (uint64_t)"", 0, 0);
    uint64_t reads = (uint64_t)call(SYSCALL_PROCESS_OPEN, process_id, TASK_READ, 0);
    control = (uint32_t)call(SYSCALL_PROCESS_OPEN, process_id, TASK_CONTROL, 0);
    plugin_log("reader %d", (int)call(SYSCALL_PROCESS_TRACE, reads, port, 0));
    plugin_log("no-port %d", (int)call(SYSCALL_PROCESS_TRACE, control, 1, 0));
    plugin_log("trace %d", (int)call(SYSCALL_PROCESS_TRACE, control, port, 0));
    memset(breaks, 0xcc, sizeof(breaks));
    uint64_t at = code_of_process();
    call(SYSCALL_SLEEP, 20000000, 0, 0);  // it has come to its loop
    (void)move(SYSCALL_PROCESS_READ, at, code);
    (void)move(SYSCALL_PROCESS_WRITE, at, breaks);
    uint64_t first = wait_for_breakpoint();
    plugin_log("is-in-code %d", first >= at && first < at + sizeof(code));
    plugin_log("stands %u", is_stopped());
    call(SYSCALL_SIGNAL, process_id, SIGNAL_CONT, 0);
    plugin_log("same-again %d", wait_for_breakpoint() == first);
    (void)move(SYSCALL_PROCESS_WRITE, at, code);
    call(SYSCALL_SIGNAL, process_id, SIGNAL_CONT, 0);
    plugin_log("no-more %d", wait_for_breakpoint() == 0);
    plugin_log("runs %u", is_stopped());
    (void)call(SYSCALL_PROCESS_TRACE, control, 0, 0);
    (void)move(SYSCALL_PROCESS_WRITE, at, breaks);
    call(SYSCALL_SLEEP, 50000000, 0, 0);
    plugin_log("untraced %u", is_stopped());
    return (int)tell("init", "ready");
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""


@pytest.mark.parametrize("model", ["windows", "macos"])
def test_a_process_stops_at_a_breakpoint_and_goes_on(model: str) -> None:
    """It stands at the byte itself. Without a debugger the same byte ends it."""
    files = probe.upstairs(DEBUGS, rights=("SPAWN", "DEBUG"))
    files = {"/BIN/PROBE": files["/SYSTEM/EXTENS/PROBE.EXT"]}
    line = "probe program /BIN/PROBE auto normal spawn,debug"
    options = {"plugins": "driver,extension"}
    with probe.machine(model, probe.disk_with(files, line), options) as lab:
        lab.boot()
        lab.run_for(milliseconds(100))
        said = dict(it.split() for it in probe.said(lab))
        deaths = [(it.name, it.vector) for it in lab.all(events.DeathEvent)]

    assert {name: int(end) for name, end in said.items()} == {
        "reader": -ERRORS["NOT_PERMITTED"],
        "no-port": -ERRORS["BAD_HANDLE"],
        "trace": 0,
        "is-in-code": 1,
        "stands": 1,
        "same-again": 1,
        "no-more": 1,
        "runs": 0,
        "untraced": 9,
    }
    assert deaths[0] == ("loop", 3)
