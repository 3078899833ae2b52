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
from minios.abi.security_events import EVENT_TYPE
from minios.lab import events, milliseconds
from tests.trust import probe

TYPES: Final = ("AUTH_EXEC", "NOTIFY_EXEC")
DENIED: Final = -ERRORS["DENIED"]

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
    if (is_of_actor(event)) {
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

static const struct {
    const char *name;
    long (*act)(void);
} acts[] = {
    {"spawn", spawn},
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
    watcher = probe.built(WATCHES.replace("TYPES", listed), TYPES, ("EVENTS",))
    actor = probe.built(ACTS, (), ("SPAWN",), name="actor")
    lines = (
        probe.EXTENSION.format("events"),
        "actor program /SYSTEM/EXTENS/ACTOR.EXT auto normal spawn",
    )
    with probe.machine("macos", probe.disk_with({**watcher, **actor}, *lines)) as lab:
        lab.boot()
        lab.run_for(milliseconds(500))
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
    assert [it for it in story.told if it.endswith(" /BIN/LOOP")] == [
        "AUTH_EXEC /BIN/LOOP",
        "AUTH_EXEC /BIN/LOOP",
        "NOTIFY_EXEC /BIN/LOOP",
    ]
    assert list(story.started.values())[-2:] == ["actor.ext", "loop"]
    assert list(story.started) == [*range(1, len(story.started) + 1)]
