"""Clients of the security events that misbehave: the machine goes on.

Beside each runs a program whose operations need no verdict, and one that waits for a
verdict at each. Both count what they have done. The counts are compared with those of a
machine whose client answers at once, over the same virtual time.

Deep: each misdeed has a machine of its own. The usual tests commit every third.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pytest

from minios.abi.errors import BY_NAME as ERRORS
from minios.lab import Event, Happened, Lab, events, milliseconds, seconds
from tests.trust import probe

DEADLINE: Final = milliseconds(50)
TICK: Final = milliseconds(10)
WINDOW: Final = seconds(2)
SHORT: Final = seconds(1)  # for a machine that is never idle
NEEDED: Final = 0.9
"""What the program that needs no verdict must still get done, as a share."""

WORKS: Final = """
static uint64_t done, failed;

static int NAME_start(void)
{
    long pipe = call(SYSCALL_PIPE_CREATE, (uint64_t)"NAME", 0, 0);
    long end = call(SYSCALL_PIPE_OPEN, (uint64_t)"NAME", 0, 0);
    char buffer[64] = {0};
    (void)tell("init", "ready");
    for (;;) {
        (void)pipe, (void)end, (void)buffer;
        long result = 0;
        WORK
        failed += result < 0 ? 1 : 0;
        done++;
        if (done % EACH == 0) {
            plugin_log("did %lu %lu", done, failed);
        }
        if (EACH == 1) {
            (void)call(SYSCALL_SLEEP, 1, 0, 0);  // until the next tick
        }
    }
}

const struct plugin plugin = {.name = "NAME", .start = NAME_start};
"""
FREE: Final = """
    for (int i = 0; i < 20; i++) {
        result = call(SYSCALL_WRITE, (uint64_t)end, (uint64_t)buffer, 64);
        result = result < 0 ? result
                            : call(SYSCALL_READ, (uint64_t)pipe, (uint64_t)buffer, 64);
    }"""
BUSY: Final = """
    for (int i = 0; i < 20000; i++) {
        __asm__ volatile("");
    }"""
ASKS: Final = """
    result = call(SYSCALL_OPEN, (uint64_t)"/ABLE.TXT", OPEN_READ, 0);
    (void)(result < 0 ? 0 : call(SYSCALL_CLOSE, (uint64_t)result, 0, 0));"""

CLIENT: Final = """
enum { INBOX = 2 };  // the first handle after the console
static char chosen[16];

static bool is(const char *mode)
{
    return memcmp(mode, chosen, strlen(mode) + 1) == 0;
}

static void die(void *argument)
{
    *(volatile char *)argument = 0;
}

static int probe_start(void)
{
    static const uint32_t types[] = {EVENT_AUTH_OPEN, EVENT_NOTIFY_OPEN,
                                     EVENT_NOTIFY_CLOSE};
    const uint32_t past = EVENT_COUNT;
    if (plugin_read_file("/MODE.TXT", chosen, sizeof(chosen)) <= 0) {
        return ERROR_NOT_FOUND;
    }
    if (is("past")) {
        plugin_log("got %d", plugin_subscribe(&past, 1));
    }
    int error = plugin_subscribe(types, is("deaf") ? 3 : 1);
    error = error < 0 ? error : plugin_event_setting(EVENT_SETTING_DEADLINE, 50000000);
    if (is("open") || is("deaf")) {
        error = plugin_event_setting(EVENT_SETTING_MISS_MODE, EVENT_MISS_FAIL_OPEN);
    } else if (is("closed")) {
        error = plugin_event_setting(EVENT_SETTING_MISS_MODE, EVENT_MISS_FAIL_CLOSED);
    } else if (is("dies")) {
        error = (int)plugin_defer(die, NULL, 10000000);
    }
    return error;
}

static uint32_t probe_authorize(const struct event *event)
{
    uint64_t id = event->message_id;
    if (is("hangs") || is("deaf")) {
        plugin_sleep(UINT64_MAX);
    }
    while (is("spins")) {
    }
    if (is("open") || is("closed")) {
        plugin_sleep(70000000);
    } else if (is("twice")) {
        (void)call(SYSCALL_EVENT_RESPOND, INBOX, id, EVENT_VERDICT_ALLOW);
        long got = call(SYSCALL_EVENT_RESPOND, INBOX, id, EVENT_VERDICT_DENY);
        plugin_log("got %d", (int)got);
    } else if (is("foreign")) {
        id = 1UL << 32 | 1;  // of the sensor, which came first
        long got = call(SYSCALL_EVENT_RESPOND, INBOX, id, EVENT_VERDICT_DENY);
        plugin_log("got %d", (int)got);
    } else if (is("itself")) {
        (void)call(SYSCALL_OPEN, (uint64_t)"/ABLE.TXT", OPEN_READ, 0);
    }
    return EVENT_VERDICT_ALLOW;
}

const struct plugin plugin = {
    .name = "probe",
    .start = probe_start,
    .authorize = probe_authorize,
};
"""
SEEN: Final = ("AUTH_OPEN", "NOTIFY_OPEN", "NOTIFY_CLOSE")


@dataclass(frozen=True, slots=True)
class Ran:
    """What was done in the window, and what was reported of it.

    Args:
        free: operations that needed no verdict.
        asked: operations that waited for one.
        failed: of those, how many were denied.
        records: what the kernel and the supervisor reported.
        got: the results that the client logged.
        answers: whether the shell still does what a person types.
    """

    free: int
    asked: int
    failed: int
    records: tuple[Event, ...]
    got: frozenset[int]
    answers: bool

    def count(self, kind: type[Event], **fields: object) -> int:
        """How many records of a kind have these values."""
        return sum(
            all(getattr(it, name) == value for name, value in fields.items())
            for it in self.records
            if isinstance(it, kind)
        )


@lru_cache(maxsize=2)
def programs(*, busy: bool) -> Mapping[str, bytes]:
    """The two that are disturbed, and the file that one of them opens.

    The one that needs no verdict may be busy: it takes all of the CPU that it gets.
    """
    made = {"/ABLE.TXT": b"able"}
    for name, work in (("free", BUSY if busy else FREE), ("asks", ASKS)):
        each = "20" if work == BUSY else "1"
        body = WORKS.replace("NAME", name).replace("WORK", work)
        body = body.replace("EACH", each)
        made |= probe.upstairs(body, name=name)
    return made


def machine_with(mode: str, *, busy: bool = False) -> Lab:
    """A machine with both programs, and a client that misbehaves in this way."""
    client = {**probe.upstairs(CLIENT, SEEN, ("EVENTS",)), "/MODE.TXT": mode.encode()}
    lines = (
        probe.EXTENSION.format("events"),
        "free program /SYSTEM/EXTENS/FREE.EXT auto normal -",
        "asks program /SYSTEM/EXTENS/ASKS.EXT auto normal -",
    )
    files = {**programs(busy=busy), **client}
    disk = probe.disk_with(files, *lines, without=("workload",))
    return probe.machine("macos", disk)


def ran(mode: str, *, busy: bool = False) -> Ran:
    """What came of it in the window."""
    with machine_with(mode, busy=busy) as lab:
        lab.boot()
        free, asked = done(lab, "free"), done(lab, "asks")
        before = len(lab.events)
        lab.run_for(SHORT if busy else WINDOW)
        free_after, asked_after = done(lab, "free"), done(lab, "asks")
        got = {int(it.split()[1]) for it in probe.said(lab) if it.startswith("got ")}
        return Ran(
            free_after[0] - free[0],
            asked_after[0] - asked[0],
            asked_after[1] - asked[1],
            tuple(lab.events[before:]),
            frozenset(got),
            answers="asks.ext" in lab.console("ps"),
        )


def done(lab: Lab, name: str) -> tuple[int, int]:
    """How many operations a program has done and failed in, by what it said last."""
    lines = lab.console_text.replace("\r", "").splitlines()
    said = [it.split() for it in lines if it.startswith(f"{name}.ext: did ")]
    return (int(said[-1][2]), int(said[-1][3])) if said else (0, 0)


@pytest.fixture(scope="module")
def usual() -> Ran:
    """What is done beside a client that answers at once."""
    return ran("honest")


# ---- What must follow, beyond that the machine goes on.


def is_ended_and_started_again(now: Ran) -> None:
    """It gave no verdict; what it was asked about is done all the same."""
    missed = now.count(events.DeadlineMissed, client="probe.ext", mode="kill")
    assert missed == now.count(events.ProcessExited, name="probe.ext") > 0
    assert now.count(events.RestartEvent, name="probe.ext") > 0
    assert now.failed == 0


def waits_for_itself_alone(now: Ran) -> None:
    """Its own question stays without an answer, because only it could give one."""
    is_ended_and_started_again(now)
    assert now.count(events.DeadlineMissed, asker="probe.ext") > 0


def lives_and_allows(now: Ran) -> None:
    """Too late each time; the mode of the client decides."""
    assert now.count(events.DeadlineMissed, mode="fail_open") >= now.asked > 0
    assert now.failed == now.count(events.ProcessExited) == 0


def lives_and_denies(now: Ran) -> None:
    """The same with the other mode."""
    assert now.count(events.DeadlineMissed, mode="fail_closed") >= now.asked > 0
    assert now.failed == now.asked
    assert now.count(events.ProcessExited) == 0


def keeps_nobody_waiting(now: Ran) -> None:
    """It is gone, so it is not asked; the supervisor waits longer each time."""
    assert now.count(events.DeathEvent, name="probe.ext") > 0
    assert now.count(events.RestartPlanned, name="probe.ext") > 0
    assert now.count(events.DeadlineMissed) == now.failed == 0


def misses_messages(now: Ran) -> None:
    """What is told is dropped; a question finds a place, and waits for its deadline."""
    assert now.count(events.EventDropped, client="probe.ext", dropped=1) == 1
    lives_and_allows(now)


def is_refused(error: str) -> Callable[[Ran], None]:
    """Every time, and without any effect: a second verdict, which denies, is none."""

    def claim(now: Ran) -> None:
        assert now.got == {-ERRORS[error]}
        assert now.failed == now.count(events.Denied) == 0

    return claim


MISDEEDS: Final[Mapping[str, Callable[[Ran], None]]] = {
    "hangs": is_ended_and_started_again,  # it waits for ever
    "spins": is_ended_and_started_again,  # it uses the CPU for ever
    "itself": waits_for_itself_alone,  # it waits for an event that only it can cause
    "open": lives_and_allows,  # it is always too late, and lets everything pass then
    "closed": lives_and_denies,  # the same, and it lets nothing pass then
    "dies": keeps_nobody_waiting,  # every 10 ms
    "deaf": misses_messages,  # it takes no message, until its inbox is full
    "past": is_refused("BAD_ARGUMENT"),  # it subscribes to a type past the last
    "twice": is_refused("ANSWERED"),  # it gives two verdicts on each message
    "foreign": is_refused("NOT_PERMITTED"),  # it answers a message of somebody else
}


@pytest.mark.parametrize(
    "misdeed",
    [
        pytest.param(it, marks=[pytest.mark.deep] * (number % 3 > 0))
        for number, it in enumerate(MISDEEDS)
    ],
)
def test_others_go_on_beside_a_client_that_misbehaves(misdeed: str, usual: Ran) -> None:
    """Who needs no verdict loses a tenth at most, who waits a deadline a message."""
    now = ran(misdeed)

    assert now.free >= NEEDED * usual.free
    lost = (usual.asked - now.asked) * WINDOW / usual.asked
    assert lost <= now.count(events.DeadlineMissed) * (DEADLINE + 2 * TICK)
    assert now.answers
    assert not now.count(events.BugcheckEvent)
    MISDEEDS[misdeed](now)


@pytest.mark.deep
def test_who_takes_all_of_the_cpu_loses_a_tenth_at_most() -> None:
    """A client that spins shares the CPU with it, but only until its deadline."""
    usual, now = (ran(mode, busy=True) for mode in ("honest", "spins"))

    assert now.count(events.DeadlineMissed, mode="kill") > 0
    assert NEEDED * usual.free <= now.free < usual.free


def test_a_client_that_takes_no_message_is_found_by_the_supervisor() -> None:
    """It lives, but does not answer: it is ended, and started again."""
    with machine_with("deaf") as lab:
        lab.boot()
        lab.run_until(
            Happened(events.Unresponsive, name="probe.ext"), within=seconds(9)
        )
        lab.run_until(
            Happened(events.RestartEvent, name="probe.ext"), within=seconds(1)
        )
