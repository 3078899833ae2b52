"""Security events about processes: each is told or asked, and a denied one is undone.

One machine, in which one program does everything twice. A client denies the first time
of whatever it is asked, and allows the second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pytest

from minios.abi.errors import BY_NAME as ERRORS
from minios.abi.security_events import EVENT_TYPE, SECURITY_EVENTS
from minios.lab import events, milliseconds
from tests.trust import probe

POSTED_BY: Final = {
    "processes/start.c",
    "processes/signal.c",
    "processes/access.c",
    "processes/memory.c",
    "processes/trace.c",
    "syscalls/processes.c",
}
TYPES: Final = tuple(it.name for it in SECURITY_EVENTS if it.posted_by in POSTED_BY)
DENIED: Final = -ERRORS["DENIED"]
WAITS: Final = 1
STOPPED: Final = 2
GONE: Final = 9  # what the actor says of a process that is in no list

WATCHES: Final = """
static const uint32_t types[] = {TYPES};
static uint8_t asked[EVENT_COUNT];

static int probe_start(void)
{
    return plugin_subscribe(types, sizeof(types) / sizeof(types[0]));
}

static bool is_of_actor(const struct event *event)
{
    return memcmp(event->actor.name, "actor", 5) == 0 ||
           memcmp(event->actor.parent, "actor", 5) == 0;
}

static void probe_event(const struct event *event)
{
    if (!is_of_actor(event)) {
        return;
    }
    switch (event->type) {
    case EVENT_AUTH_SIGNAL:
    case EVENT_NOTIFY_SIGNAL:
    case EVENT_AUTH_PROC_SUSPEND_RESUME:
    case EVENT_NOTIFY_PROC_SUSPEND_RESUME:
        plugin_log("%u %u %s", event->type, event->signal.number, event->signal.path);
        break;
    case EVENT_AUTH_MMAP:
    case EVENT_NOTIFY_MMAP:
    case EVENT_AUTH_MPROTECT:
    case EVENT_NOTIFY_MPROTECT:
        plugin_log("%u %lu bytes, %u to %u%s", event->type, event->memory.size,
                   event->memory.before, event->memory.rights,
                   event->memory.address == 0 ? "" : ", here");
        break;
    case EVENT_AUTH_SETTIME:
    case EVENT_NOTIFY_SETTIME:
        plugin_log("%u %x to %x", event->type, event->date.before, event->date.after);
        break;
    default:
        plugin_log("%u %s", event->type, event->process.path);
    }
}

static uint32_t probe_authorize(const struct event *event)
{
    probe_event(event);
    return is_of_actor(event) && asked[event->type]++ == 0 ? EVENT_VERDICT_DENY
                                                           : EVENT_VERDICT_ALLOW;
}

const struct plugin plugin = {
    .name = "probe",
    .start = probe_start,
    .event = probe_event,
    .authorize = probe_authorize,
};
"""

ACTS: Final = """
static uint32_t process_id;

static long spawn(void)
{
    struct spawn request = {.path = "/bin/loop"};
    long result = call(SYSCALL_SPAWN, (uint64_t)&request, 0, 0);
    process_id = result > 0 ? (uint32_t)result : process_id;
    return result < 0 ? result : 0;
}

static uint32_t state(void)
{
    struct process_entry entry;
    for (uint64_t i = 0; call(SYSCALL_PROCESS_LIST, i, (uint64_t)&entry, 0) >= 0; i++) {
        if (entry.process_id == process_id) {
            return entry.state;
        }
    }
    return 9;
}

// The result, and how the process is afterwards: 1 waits, 2 stopped, 9 is gone.
static long send(uint32_t number)
{
    long result = call(SYSCALL_SIGNAL, process_id, number, 0);
    call(SYSCALL_SLEEP, 20000000, 0, 0);
    return result * 10 - (long)state();
}

static long usr1(void)
{
    return send(SIGNAL_USR1);
}

static long stop(void)
{
    return send(SIGNAL_STOP);
}

static long cont(void)
{
    return send(SIGNAL_CONT);
}

static long look(void)
{
    return state() == 9 ? -1 : 0;
}

static long open(uint64_t access)
{
    long handle = call(SYSCALL_PROCESS_OPEN, process_id, access, 0);
    return handle < 0 ? handle : call(SYSCALL_CLOSE, (uint64_t)handle, 0, 0);
}

static long name(void)
{
    return open(TASK_NAME);
}

static long inspect(void)
{
    return open(TASK_INSPECT);
}

static long trace(void)
{
    long port = call(SYSCALL_PORT_CREATE, (uint64_t)"", 0, 0);
    long handle = call(SYSCALL_PROCESS_OPEN, process_id, TASK_CONTROL, 0);
    long result = call(SYSCALL_PROCESS_TRACE, (uint64_t)handle, (uint64_t)port, 0);
    return result < 0 ? result : call(SYSCALL_CLOSE, (uint64_t)handle, 0, 0);
}

static long read(void)
{
    return open(TASK_READ);
}

static long control(void)
{
    return open(TASK_CONTROL);
}

static uint64_t memory;

static long map(void)
{
    long result = call(SYSCALL_MMAP, 5000, MEMORY_READ | MEMORY_WRITE, 0);
    memory = result > 0 ? (uint64_t)result : memory;
    return result > 0 ? 0 : result;
}

// The result, times ten, and what can be done with the page afterwards.
static long protect(void)
{
    struct memory_range range = {0};
    uint64_t self = (uint64_t)call(SYSCALL_PROCESS_ID, 0, 0, 0);
    long handle = call(SYSCALL_PROCESS_OPEN, self, TASK_INSPECT, 0);
    long result = call(SYSCALL_MPROTECT, memory, 1, MEMORY_READ | MEMORY_EXECUTE);
    (void)call(SYSCALL_PROCESS_MEMORY, (uint64_t)handle, memory, (uint64_t)&range);
    return result * 10 - range.rights;
}

// Both pages: the first is code by now, the second can still be written.
static long whole(void)
{
    return call(SYSCALL_MPROTECT, memory, 2 * PAGE_SIZE, MEMORY_READ);
}

// The result, and the date afterwards.
static long date(void)
{
    long result = call(SYSCALL_DATE_SET, 2026, 11, 30);
    return result * 100000 - call(SYSCALL_DATE, 0, 0, 0);
}

static const struct {
    const char *name;
    long (*act)(void);
} acts[] = {
    {"spawn", spawn},
    {"map", map},
    {"protect", protect},
    {"whole", whole},
    {"date", date},
    {"look", look},
    {"name", name},
    {"inspect", inspect},
    {"read", read},
    {"control", control},
    {"trace", trace},
    {"stop", stop},
    {"halt", stop},
    {"cont", cont},
    {"usr1", usr1},
};

static int actor_start(void)
{
    for (unsigned i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        long first = acts[i].act();
        plugin_log("%s %d %d", acts[i].name, (int)first, (int)acts[i].act());
    }
    return (int)tell("init", "ready");
}

const struct plugin plugin = {.name = "actor", .start = actor_start};
"""

# In the place of a program that loops: that one would keep the CPU from the others.
LOOP: Final = """
static int loop_start(void)
{
    for (;;) {
        plugin_sleep(UINT64_MAX);
    }
}

const struct plugin plugin = {.name = "loop", .start = loop_start};
"""


@dataclass(frozen=True, slots=True)
class Story:
    """What came of it: `told` is each event, `ends` the two results of each act."""

    told: tuple[str, ...]
    ends: Mapping[str, tuple[int, ...]]
    started: Mapping[int, str]


@pytest.fixture(scope="module")
def story() -> Story:
    """All acts, in one machine."""
    listed = ", ".join(f"EVENT_{name}" for name in TYPES)
    watcher = probe.upstairs(WATCHES.replace("TYPES", listed), TYPES, ("EVENTS",))
    actor = probe.upstairs(ACTS, (), ("SPAWN", "DEBUG", "POWER"), name="actor")
    loop = probe.upstairs(LOOP, name="loop")["/SYSTEM/EXTENS/LOOP.EXT"]
    files = {**watcher, **actor, "/BIN/LOOP": loop}
    lines = (
        probe.EXTENSION.format("events"),
        "actor program /SYSTEM/EXTENS/ACTOR.EXT auto normal spawn,debug,power",
    )
    with probe.machine("macos", probe.disk_with(files, *lines)) as lab:
        lab.boot()
        lab.run_for(milliseconds(50))
        acted = [
            line.split(": ")[1].split()
            for line in lab.console_text.replace("\r", "").splitlines()
            if line.startswith("actor.ext: ")
        ]
        return Story(
            tuple(_named(line) for line in probe.said(lab)),
            {name: tuple(map(int, ends)) for name, *ends in acted},
            {it.process_id: it.name for it in lab.all(events.ProcessStarted)},
        )


def _named(line: str) -> str:
    number, _, rest = line.partition(" ")
    return f"{EVENT_TYPE.names[int(number)].upper()} {rest}"


def test_a_program_that_may_not_begin_was_never_there(story: Story) -> None:
    """The first time no id was given out, and no record came."""
    assert story.ends["spawn"] == (DENIED, 0)
    assert [it for it in story.told if it.endswith("EXEC /BIN/LOOP")] == [
        "AUTH_EXEC /BIN/LOOP",
        "AUTH_EXEC /BIN/LOOP",
        "NOTIFY_EXEC /BIN/LOOP",
    ]
    assert list(story.started.values())[-2:] == ["actor.ext", "loop"]
    assert list(story.started) == [*range(1, len(story.started) + 1)]


def test_a_process_is_stopped_and_runs_on_unless_that_is_denied(story: Story) -> None:
    """STOP is denied first as a signal, and then as what it does."""
    denied, went_on, stands = DENIED * 10 - WAITS, -WAITS, -STOPPED
    assert story.ends["stop"] == (denied, denied)
    assert story.ends["halt"] == (stands, stands)
    assert story.ends["cont"] == (went_on, went_on)
    asked = ["AUTH_SIGNAL 19", "AUTH_PROC_SUSPEND_RESUME 19"]
    told = ["NOTIFY_SIGNAL 19", "NOTIFY_PROC_SUSPEND_RESUME 19"]
    signals = [it.removesuffix(" /BIN/LOOP") for it in story.told if " 19 " in it]
    assert signals == [asked[0], *asked, *asked, *told, *asked, *told]


def test_a_signal_that_nobody_wants_as_a_message_ends_the_process(story: Story) -> None:
    """Then there is nobody left to get the second one, and nobody is asked."""
    assert story.ends["usr1"] == (-GONE, -ERRORS["NOT_FOUND"] * 10 - GONE)
    assert [it for it in story.told if " 10 " in it] == [
        "AUTH_SIGNAL 10 /BIN/LOOP",
        "NOTIFY_SIGNAL 10 /BIN/LOOP",
    ]


@pytest.mark.parametrize(
    ("act", "event"), [("read", "GET_TASK_READ"), ("control", "GET_TASK")]
)
def test_a_process_is_opened_unless_that_is_denied(
    story: Story, act: str, event: str
) -> None:
    """Then there is no handle, and nobody is told that there was one."""
    assert story.ends[act] == (DENIED, 0)
    assert [it for it in story.told if f"{event} " in it][:3] == [
        f"AUTH_{event} /BIN/LOOP",
        f"AUTH_{event} /BIN/LOOP",
        f"NOTIFY_{event} /BIN/LOOP",
    ]


@pytest.mark.parametrize("act", ["name", "inspect"])
def test_who_wants_to_know_less_is_not_held_up(story: Story, act: str) -> None:
    """It is told each time."""
    assert story.ends[act] == (0, 0)
    told = f"NOTIFY_GET_TASK_{act.upper()} /BIN/LOOP"
    assert story.told.count(told) == 2


def test_a_process_is_looked_up_unless_that_is_denied(story: Story) -> None:
    """The first process of the list was denied, so the list ended there."""
    assert story.ends["look"] == (-1, 0)
    checks = [it for it in story.told if "PROC_CHECK " in it]
    assert checks[:3] == [
        "AUTH_PROC_CHECK /BIN/INIT",
        "AUTH_PROC_CHECK /BIN/INIT",
        "NOTIFY_PROC_CHECK /BIN/INIT",
    ]
    assert not [it for it in checks if "ACTOR" in it]  # each knows of itself


def test_memory_is_mapped_unless_that_is_denied(story: Story) -> None:
    """Where, is known only afterwards."""
    assert story.ends["map"] == (DENIED, 0)
    assert [it for it in story.told if "MMAP" in it] == [
        "AUTH_MMAP 8192 bytes, 0 to 3",
        "AUTH_MMAP 8192 bytes, 0 to 3",
        "NOTIFY_MMAP 8192 bytes, 0 to 3, here",
    ]


def test_what_was_written_becomes_code_unless_that_is_denied(story: Story) -> None:
    """Denied, the page table is as it was: to be read and written."""
    assert story.ends["protect"] == (DENIED * 10 - 3, -5)
    assert [it for it in story.told if "MPROTECT" in it and " 4096 " in it] == [
        "AUTH_MPROTECT 4096 bytes, 3 to 5, here",
        "AUTH_MPROTECT 4096 bytes, 3 to 5, here",
        "NOTIFY_MPROTECT 4096 bytes, 3 to 5, here",
    ]


def test_the_rights_of_all_pages_are_told(story: Story) -> None:
    """Not those of the first one: a page that can be written may follow it."""
    assert story.ends["whole"] == (0, 0)
    assert [it for it in story.told if "MPROTECT" in it and " 8192 " in it] == [
        "AUTH_MPROTECT 8192 bytes, 7 to 1, here",
        "NOTIFY_MPROTECT 8192 bytes, 7 to 1, here",
        "AUTH_MPROTECT 8192 bytes, 1 to 1, here",
        "NOTIFY_MPROTECT 8192 bytes, 1 to 1, here",
    ]


def test_the_date_is_set_unless_that_is_denied(story: Story) -> None:
    """It was 19 July 2024, and is 30 November 2026 then."""
    before, after = 0x58F3, (2026 - 1980) << 9 | 11 << 5 | 30
    assert story.ends["date"] == (DENIED * 100_000 - before, -after)
    assert [it for it in story.told if "SETTIME" in it] == [
        f"AUTH_SETTIME {before:x} to {after:x}",
        f"AUTH_SETTIME {before:x} to {after:x}",
        f"NOTIFY_SETTIME {before:x} to {after:x}",
    ]


def test_who_debugs_a_process_is_told_of(story: Story) -> None:
    """After it was opened for that, which clients are asked about."""
    assert story.ends["trace"] == (0, 0)
    assert [it for it in story.told if "TRACE" in it] == ["NOTIFY_TRACE /BIN/LOOP"] * 2
