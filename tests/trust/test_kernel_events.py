"""Security events about drivers and message ports: each is told, and can be denied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from minios.abi.security_events import EVENT_TYPE
from minios.lab import Lab, events, milliseconds
from tests.trust import probe

TYPES: Final = (
    "AUTH_KEXTLOAD",
    "NOTIFY_KEXTLOAD",
    "NOTIFY_KEXTUNLOAD",
    "AUTH_BOOTSTRAP_CHECK_IN",
    "NOTIFY_BOOTSTRAP_CHECK_IN",
    "AUTH_BOOTSTRAP_LOOK_UP",
    "NOTIFY_BOOTSTRAP_LOOK_UP",
    "AUTH_XPC_CONNECT",
    "NOTIFY_XPC_CONNECT",
)
WATCHES: Final = """
static int probe_start(void)
{
    const uint32_t types[] = {WANTED};
    // Otherwise it would have to answer before it can go on with its own calls.
    const struct event_mute self = {.what = EVENT_MUTE_PROGRAM,
                                    .path = "/SYSTEM/EXTENS/PROBE.EXT"};
    int status = plugin_subscribe(types, sizeof(types) / sizeof(types[0]));
    return status < 0 ? status : plugin_mute(&self, true);
}

static bool is(const char *name, const char *other)
{
    return strlen(name) == strlen(other) && memcmp(name, other, strlen(name)) == 0;
}

static void probe_event(const struct event *event)
{
    if (event->type <= EVENT_NOTIFY_KEXTUNLOAD) {
        plugin_log("%u %s %d by %s", event->type, event->kext.path,
                   event->kext.base != 0, event->actor.name);
    } else {
        plugin_log("%u %s of '%s' by %s", event->type, event->port.name,
                   event->port.owner, event->actor.name);
    }
}

static uint32_t probe_authorize(const struct event *event)
{
    static const struct {
        uint32_t type;
        const char *name;
    } denied[] = {
        {EVENT_AUTH_KEXTLOAD, "keylog.sys"},
        {EVENT_AUTH_BOOTSTRAP_CHECK_IN, "counter.ext"},
        {EVENT_AUTH_BOOTSTRAP_LOOK_UP, "sentinel.sys"},
        {EVENT_AUTH_XPC_CONNECT, "sentinel.ext"},
    };
    const char *name = event->type == EVENT_AUTH_KEXTLOAD ? event->kext.name
                                                          : event->port.name;
    probe_event(event);
    for (int i = 0; i < 4; i++) {
        if (event->type == denied[i].type && is(name, denied[i].name)) {
            return EVENT_VERDICT_DENY;
        }
    }
    return EVENT_VERDICT_ALLOW;
}

const struct plugin plugin = {
    .name = "probe",
    .start = probe_start,
    .event = probe_event,
    .authorize = probe_authorize,
};
""".replace("WANTED", ", ".join(f"EVENT_{name}" for name in TYPES))
DENIED: Final = "a client of the security events has denied it"
OTHERS: Final = (
    "guard.ext extension /SYSTEM/EXTENS/GUARD.EXT auto normal events,report",
    "counter.ext extension /SYSTEM/EXTENS/COUNTER.EXT auto normal events,report",
)


@pytest.fixture(scope="module")
def machine() -> Iterator[Lab]:
    """One machine in which each of these things happens, and some are denied."""
    files = probe.built(WATCHES, events=TYPES, rights=("EVENTS",))
    disk = probe.disk_with(files, probe.EXTENSION.format("events"), *OTHERS)
    with probe.machine("macos", disk, {"plugins": "driver,extension"}) as lab:
        lab.boot()
        for name in ("counter", "keylog"):
            lab.console(f"load /system/drivers/{name}.sys")
        lab.console("unload counter.sys")
        lab.console("sensor")
        lab.run_for(milliseconds(100))
        yield lab


def heard(lab: Lab) -> list[tuple[str, str]]:
    """The types that the probe was told or asked, and what it said of each."""
    lines = [line.split(" ", 1) for line in probe.said(lab) if line[:1].isdigit()]
    return [(EVENT_TYPE.names[int(number)].upper(), rest) for number, rest in lines]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("AUTH_KEXTLOAD", "/SYSTEM/DRIVERS/COUNTER.SYS 0 by shell"),
        ("NOTIFY_KEXTLOAD", "/SYSTEM/DRIVERS/COUNTER.SYS 1 by shell"),
        ("NOTIFY_KEXTUNLOAD", "/SYSTEM/DRIVERS/COUNTER.SYS 1 by shell"),
        ("AUTH_BOOTSTRAP_CHECK_IN", "guard.ext of '' by guard.ext"),
        ("NOTIFY_BOOTSTRAP_CHECK_IN", "guard.ext of 'guard.ext' by guard.ext"),
        ("AUTH_BOOTSTRAP_LOOK_UP", "supervisor of '' by guard.ext"),
        ("NOTIFY_BOOTSTRAP_LOOK_UP", "supervisor of 'supervis' by guard.ext"),
        ("AUTH_XPC_CONNECT", "supervisor of 'supervis' by guard.ext"),
        ("NOTIFY_XPC_CONNECT", "supervisor of 'supervis' by guard.ext"),
    ],
)
def test_what_happens_is_told_with_who_did_it(
    machine: Lab, name: str, words: str
) -> None:
    """Before it happens and after it has."""
    assert (name, words) in heard(machine)


@pytest.mark.parametrize(
    ("name", "target", "said"),
    [
        ("AUTH_KEXTLOAD", "keylog.sys", f"/system/drivers/keylog.sys: {DENIED}"),
        (
            "AUTH_BOOTSTRAP_CHECK_IN",
            "counter.ext",
            f"counter.ext: cannot create its port: {DENIED}",
        ),
        ("AUTH_BOOTSTRAP_LOOK_UP", "sentinel.sys", f"unprotected: {DENIED}"),
        ("AUTH_XPC_CONNECT", "sentinel.ext", f"unprotected: {DENIED}"),
    ],
)
def test_what_is_denied_has_no_effect(
    machine: Lab, name: str, target: str, said: str
) -> None:
    """Who wanted it learns that it was denied, and nothing is told afterwards."""
    assert name.lower() in {it.operation for it in machine.all(events.Denied)}
    assert said in machine.console_text.splitlines()
    done = name.replace("AUTH", "NOTIFY")
    assert not any(
        target in words.lower() for kind, words in heard(machine) if kind == done
    )


def test_a_driver_that_was_denied_is_not_in_memory(machine: Lab) -> None:
    """Not a byte of it was placed."""
    assert "keylog.sys" not in {it.name for it in machine.all(events.ModuleLoaded)}


MOVES: Final = """
static int probe_start(void)
{
    const uint32_t type = EVENT_AUTH_KEXTLOAD;
    return plugin_subscribe(&type, 1);
}

static uint32_t probe_authorize(const struct event *event)
{
    (void)event;
    static const char path[] = "/SYSTEM/DRIVERS/COUNTER.SYS", to[] = "/MOVED.SYS";
    plugin_log("moved %ld", call(SYSCALL_RENAME, (uint64_t)path, (uint64_t)to, 0));
    return EVENT_VERDICT_ALLOW;
}

const struct plugin plugin = {
    .name = "probe",
    .start = probe_start,
    .authorize = probe_authorize,
};
"""


def test_what_is_loaded_are_the_bytes_that_were_asked_about() -> None:
    """Whoever changes the file before the verdict changes nothing."""
    rights = ("EVENTS", "DISK_WRITE")
    files = probe.built(MOVES, events=("AUTH_KEXTLOAD",), rights=rights)
    disk = probe.disk_with(files, probe.EXTENSION.format("events,disk_write"))
    with probe.machine("macos", disk, {"plugins": "driver,extension"}) as lab:
        lab.boot()
        lab.console("load /system/drivers/counter.sys")
        assert probe.said(lab)[-1] == "moved 0"
        assert "counter.sys" in {it.name for it in lab.all(events.ModuleLoaded)}
