"""A sensor in two halves: programs in ring 0 collect events, a process works on them.

The extension is the same as on macOS, where the kernel sends it the events itself. So
what it hears there is what it must hear here.
"""

from __future__ import annotations

import re
from typing import Final

from minios.abi import security_events
from minios.abi.errors import BY_NAME as ERRORS
from minios.bpf.image import Map
from minios.lab import Happened, Lab, events, kernel_view, milliseconds, seconds
from tests.bpf.maps import objects
from tests.trust import probe

COPY: Final = """
    r6 = r1
    r1 = map[events]
    r2 = r6
    r3 = 232
    r4 = 0
    call ringbuf_output
    r0 = 0
    exit
"""
HOOKS: Final = ("notify/pipe_create", "notify/pipe_open")
RING: Final = 4096
COLLECTOR: Final = objects.made_of(
    *((hook, COPY) for hook in HOOKS), maps=[Map("events", "RING", entries=RING)]
)
TYPES: Final = ("PIPE_CREATE", "PIPE_OPEN")
HEARS: Final = """
static int probe_start(void)
{
    const uint32_t types[] = {WANTED};
    int status = plugin_subscribe(types, sizeof(types) / sizeof(types[0]));
    plugin_log("subscribed %d", status);
    MORE
    return 0;
}

static void probe_event(const struct event *event)
{
    plugin_log("heard %u %s %s %s %lu", event->type, event->pipe.name,
               event->actor.name, event->actor.parent, event->pipe.open_count);
}

const struct plugin plugin = {
    .name = "probe",
    .start = probe_start,
    .event = probe_event,
};
"""
WANTED: Final = "EVENT_PIPE_CREATE, EVENT_PIPE_OPEN"
LINE: Final = probe.EXTENSION.format("events")


def machine(  # noqa: PLR0913 - all by name
    model: str = "linux",
    *,
    collector: bytes | None = COLLECTOR,
    wanted: str = WANTED,
    more: str = "",
    types: tuple[str, ...] = TYPES,
    options: dict[str, str] | None = None,
) -> Lab:
    """A machine with an extension that hears of pipes, after some were opened."""
    files = dict(
        probe.built(
            HEARS.replace("WANTED", wanted).replace("MORE", more), types, ("EVENTS",)
        )
    )
    lines = [LINE]
    if collector is not None:
        files["/SYSTEM/BPF/COLLECT.BPF"] = collector
        lines.insert(0, "collect.bpf bpf /SYSTEM/BPF/COLLECT.BPF system normal -")
    gone = ("sentinel.sys", "sentinel.ext")
    disk = probe.disk_with(files, *lines, without=gone)
    lab = probe.machine(model, disk, {"event_ms": "100", **(options or {})})
    lab.boot()
    lab.run_for(milliseconds(1000))
    return lab


def heard(lab: Lab) -> list[str]:
    """What the extension has heard."""
    return [it for it in probe.said(lab) if it.startswith("heard ")]


def subscribed(lab: Lab) -> int:
    """What the extension's subscription gave."""
    said = next(it for it in probe.said(lab) if it.startswith("subscribed "))
    return int(said.split()[1])


def ring(lab: Lab) -> dict[str, int]:
    """What the shell says of the ring buffer."""
    row = re.search(
        r"(\d+) records, (\d+) dropped, (\d+) of (\d+) bytes", lab.console("bpf maps")
    )
    assert row is not None
    names = ("records", "dropped", "waiting", "size")
    return dict(zip(names, map(int, row.groups()), strict=True))


def calls(lab: Lab) -> int:
    """How often the kernel has called the collector's programs."""
    rows = re.findall(r"collect.bpf +p\d +\S+ +(\d+)", lab.console("bpf list"))
    assert len(rows) == len(HOOKS)
    return sum(map(int, rows))


def test_an_extension_hears_through_the_ring_what_the_kernel_tells_on_macos() -> None:
    """Not a line of it was changed."""
    with machine("macos", collector=None) as lab:
        expected = heard(lab)
    with machine() as lab:
        assert subscribed(lab) == 0
        here = heard(lab)
        shared = min(len(here), len(expected))
        assert here[:shared] == expected[:shared]
        assert shared > 8
        assert ring(lab)["dropped"] == 0


def test_without_a_collector_an_extension_hears_nothing() -> None:
    """This model has no events for ring 3."""
    with machine(collector=None) as lab:
        assert subscribed(lab) == -ERRORS["REFUSED"]
        assert heard(lab) == []


def test_what_is_not_collected_cannot_be_subscribed_to() -> None:
    """Otherwise an extension would wait for ever, and believe that nothing happens."""
    half = objects.made_of((HOOKS[0], COPY), maps=[Map("events", "RING", entries=RING)])
    with machine(collector=half) as lab:
        assert subscribed(lab) == -ERRORS["REFUSED"]
    more = (*TYPES, "AUTH_EXEC")
    with machine(wanted=f"{WANTED}, EVENT_AUTH_EXEC", types=more) as lab:
        assert subscribed(lab) == -ERRORS["REFUSED"]


def test_a_plugin_reads_no_ring_with_events_that_it_does_not_name() -> None:
    """The manifest limits what it may learn, by whatever way."""
    with machine(wanted="EVENT_PIPE_OPEN", types=("PIPE_OPEN",)) as lab:
        assert subscribed(lab) == -ERRORS["NOT_ENTITLED"]
        assert heard(lab) == []


def test_it_hears_only_what_it_has_subscribed_to() -> None:
    """The ring has more."""
    with machine() as lab:
        creations = [it for it in heard(lab) if it.startswith("heard 0 ")]
        assert creations
    with machine(wanted="EVENT_PIPE_OPEN") as lab:
        assert {it.split()[1] for it in heard(lab)} == {"1"}
        before = calls(lab)
        assert before <= ring(lab)["records"] <= calls(lab)


def test_a_muted_process_is_not_heard() -> None:
    """Of a ring only processes can be muted; the rest is refused, not forgotten."""
    more = """
    struct event_mute mute = {.what = EVENT_MUTE_PROCESS, .process_id = PROCESS};
    plugin_log("muted %d", plugin_mute(&mute, true));
    mute.what = EVENT_MUTE_TARGET;
    plugin_log("path %d", plugin_mute(&mute, true));
    """
    with machine(more=more.replace("PROCESS}", "1}")) as lab:
        actors = {it.split()[3] for it in heard(lab)}
        started = [it for it in lab.events if isinstance(it, events.ProcessStarted)]
        said = probe.said(lab)
        assert "workload" in actors
        assert "muted 0" in said
        assert f"path {-ERRORS['NOT_IMPLEMENTED']}" in said
    workload = next(it.process_id for it in started if it.name == "workload")
    with machine(more=more.replace("PROCESS}", f"{workload}}}")) as lab:
        assert {it.split()[3] for it in heard(lab)} == actors - {"workload"}


def test_if_the_parser_dies_no_event_is_lost_without_being_counted() -> None:
    """It dies of a bad file, alone; the programs in ring 0 go on collecting."""
    disk = probe.disk_with(
        {"/SYSTEM/BPF/COLLECT.BPF": COLLECTOR},
        "collect.bpf bpf /SYSTEM/BPF/COLLECT.BPF system normal -",
        without=("sentinel.sys",),
    )
    with Lab(model="linux", disk=disk, options={"event_ms": "50"}) as lab:
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_until(Happened(events.DeathEvent), within=seconds(30))
        lab.run_for(seconds(4))
        deaths = [it for it in lab.events if isinstance(it, events.DeathEvent)]
        attached = [it for it in lab.events if isinstance(it, events.RingAttached)]
        assert len(deaths) > 1
        assert {it.name for it in deaths} == {"sentinel.ext"}
        # The supervisor starts it again, now or in a moment.
        assert len(attached) - len(deaths) in {0, 1}
        assert attached[-1].waiting > 0
        assert attached[-1].dropped > 0
        assert not [it for it in lab.events if isinstance(it, events.Oops)]
        before = calls(lab)
        now = ring(lab)
        after = calls(lab)
        # Each call has tried to put one record into the ring.
        assert before <= now["records"] + now["dropped"] <= after
        opened = sum(it.opened for it in kernel_view.look(lab).pipes)
        assert after >= opened > 50


READS: Final = """
#define A(text) ((uint64_t)(text))

static long attach(long port)
{
    return call(SYSCALL_BPF_RING_ATTACH, A("watch.bpf"), A("events"), (uint64_t)port);
}

static long read(long port, void *to, size_t size)
{
    return call(SYSCALL_BPF_RING_READ, (uint64_t)port, A(to), size);
}

static void act(void *context)
{
    (void)context;
    static struct event event;
    long one = call(SYSCALL_PORT_CREATE, A("one"), 0, 0);
    long two = call(SYSCALL_PORT_CREATE, A("two"), 0, 0);
    plugin_log("try %d", (int)read(one, &event, sizeof(event)));
    plugin_log("try %d", (int)attach(one));
    plugin_log("try %d", (int)attach(two));
    plugin_log("try %d", (int)attach(99));
    while (read(one, &event, sizeof(event)) > 0) {
    }
    plugin_log("try %d", (int)read(one, &event, sizeof(event)));
    (void)call(SYSCALL_PIPE_CREATE, A("mine"), 0, 0);
    plugin_log("try %d", (int)read(one, &event, sizeof(event) - 1));
    plugin_log("try %d", (int)read(one, (void *)0xffff800000000000, sizeof(event)));
    plugin_log("try %d", (int)read(two, &event, sizeof(event)));
    struct message message;
    long got = call(SYSCALL_PORT_RECEIVE, (uint64_t)one, A(&message), 0);
    plugin_log("try %d", (int)got);
    plugin_log("try %d", message.type == MESSAGE_RING && message.sender == 0);
    plugin_log("try %d", (int)read(one, &event, sizeof(event)));
    plugin_log("name %s of %s", event.pipe.name, event.actor.name);
    (void)call(SYSCALL_CLOSE, (uint64_t)one, 0, 0);
    (void)call(SYSCALL_PIPE_CREATE, A("later"), 0, 0);
    plugin_log("try %d", (int)attach(two));
    plugin_log("try %d", (int)read(two, &event, sizeof(event)));
    plugin_log("name %s of %s", event.pipe.name, event.actor.name);
}

static int probe_start(void)
{
    (void)tell("init", "ready");
    return (int)plugin_defer(act, NULL, UINT64_C(100000000));
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""


def test_a_ring_has_one_reader_and_the_next_one_after_it() -> None:
    """Each record is read once, whole, and by nobody else."""
    size = security_events.EVENT.size
    expected = (
        *("NOT_FOUND", 0, "EXISTS", "BAD_HANDLE", "WOULD_BLOCK"),
        *("BAD_ARGUMENT", "BAD_ADDRESS", "NOT_FOUND"),  # and the record is still there
        *(0, 1, size),
        *(0, size),
    )
    with objects.machine(
        {"watch": COLLECTOR}, actor=READS, rights="events", events=TYPES
    ) as lab:
        lab.boot()
        lab.run_for(milliseconds(500))
        said = probe.said(lab)
    results = [int(it.split()[1]) for it in said if it.startswith("try ")]
    assert results == [-ERRORS[it] if isinstance(it, str) else it for it in expected]
    names = [it for it in said if it.startswith("name ")]
    assert names == ["name mine of probe.ext", "name later of probe.ext"]
