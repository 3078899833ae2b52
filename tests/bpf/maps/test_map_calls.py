"""Maps from ring 3: what a program with the right may read and change, and what not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from minios.abi import bpf
from minios.abi.errors import BY_NAME as ERRORS
from minios.bpf import assembly, image
from minios.bpf.image import Map, SourceLine
from minios.lab import Lab, events, milliseconds
from tests.bpf.maps import objects
from tests.trust import probe

NOTHING: Final = ("notify/pipe_open", "r0 = 0\nexit")
MAPS: Final = (
    Map("table", "HASH", 4, 8, 2),
    Map("row", "ARRAY", 4, 8, 3, flags=1),
    Map("text", "DATA", value_size=8, data=b"abc"),
    Map("fixed", "DATA", value_size=8, data=b"xyz", flags=1),
    Map("events", "RING", entries=64),
)
HEAD: Final = """
#define A(text) ((uint64_t)(text))

static struct bpf_map_request request;
static uint64_t value;
static uint32_t key, next_key;

static void about(const char *object, const char *map, uint32_t key_size,
                  uint32_t value_size)
{
    memset(&request, 0, sizeof(request));
    memcpy(request.object, object, strlen(object));
    memcpy(request.map, map, strlen(map));
    request.key = A(&key);
    request.value = A(&value);
    request.key_size = key_size;
    request.value_size = value_size;
}

static long look(uint32_t wanted)
{
    key = wanted;
    return call(SYSCALL_BPF_MAP_LOOKUP, A(&request), 0, 0);
}

static long put(uint32_t wanted, uint64_t new, uint64_t flags)
{
    key = wanted;
    value = new;
    request.flags = flags;
    return call(SYSCALL_BPF_MAP_UPDATE, A(&request), 0, 0);
}

static long drop(uint32_t wanted)
{
    key = wanted;
    return call(SYSCALL_BPF_MAP_DELETE, A(&request), 0, 0);
}

static long list(void)
{
    struct bpf_map_entry entry;
    long count = 0;
    while (call(SYSCALL_BPF_MAP_LIST, (uint64_t)count, A(&entry), 0) == 0) {
        plugin_log("map %s %s %u %u %u %u %u", entry.object, entry.name, entry.kind,
                   entry.key_size, entry.value_size, entry.entries, entry.in_use);
        count++;
    }
    return count;
}

#define TRY(what) plugin_log("try %d: %d", __LINE__ - first, (int)(what))

static void act(void *context)
{
    (void)context;
    const int first = __LINE__;
BODY
    plugin_log("done");
}

static int probe_start(void)
{
    (void)tell("init", "ready");
    return (int)plugin_defer(act, NULL, UINT64_C(100000000));
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""


def error(name: str) -> int:
    """What a call returns that fails so."""
    return -ERRORS[name]


def run(
    body: str, rights: str = "bpf,events", extra: Mapping[str, bytes] | None = None
) -> Lab:
    """Let a program of ring 3 do this; the caller closes the machine."""
    watch = objects.made_of(NOTHING, maps=MAPS)
    lab = objects.machine(
        {"watch": watch, **(extra or {})},
        actor=HEAD.replace("BODY", body),
        rights=rights,
        events=("PIPE_OPEN",) if "events" in rights else (),
    )
    lab.boot()
    lab.run_for(milliseconds(500))
    assert "done" in probe.said(lab)
    return lab


def tried(tries: list[tuple[str, int]], *, rights: str = "bpf,events") -> list[int]:
    """What each of these expressions of C gave."""
    with run("\n".join(f"TRY({what});" for what, _ in tries), rights) as lab:
        lines = [it for it in probe.said(lab) if it.startswith("try ")]
    return [int(it.rpartition(" ")[2]) for it in lines]


TABLE: Final = 'about("watch.bpf", "table", 4, 8)'
ROW: Final = 'about("watch.bpf", "row", 4, 8)'
TRIES: Final = [
    (f"({TABLE}, look(7))", error("NOT_FOUND")),
    ("put(7, 70, BPF_UPDATE_ONLY_OLD)", error("NOT_FOUND")),
    ("put(7, 70, BPF_UPDATE_ONLY_NEW)", 0),
    ("put(7, 71, BPF_UPDATE_ONLY_NEW)", error("EXISTS")),
    ("put(8, 80, BPF_UPDATE_ANY)", 0),
    ("put(9, 90, BPF_UPDATE_ANY)", error("NO_MEMORY")),
    ("put(8, 81, BPF_UPDATE_ONLY_OLD)", 0),
    ("put(8, 81, 3)", error("BAD_ARGUMENT")),
    ("(look(7), (long)value)", 70),
    ("(look(8), (long)value)", 81),
    ("drop(7)", 0),
    ("drop(7)", error("NOT_FOUND")),
    ("look(7)", error("NOT_FOUND")),
    # A flag that keeps programs from writing does not keep out who has the right.
    (f"({ROW}, put(2, 5, 0))", 0),
    ("(look(2), (long)value)", 5),
    ("(look(1), (long)value)", 0),
    ("put(3, 5, 0)", error("BAD_ARGUMENT")),
    ("look(3)", error("NOT_FOUND")),
    ("drop(1)", error("BAD_ARGUMENT")),
    ('(about("watch.bpf", "text", 0, 8), look(0))', 0),
    ("(long)value", 0x636261),
    ("put(0, 17, 0)", 0),
    ("(look(0), (long)value)", 17),
    # What the verifier has taken for constant stays so.
    ('(about("watch.bpf", "fixed", 0, 8), put(0, 1, 0))', error("READ_ONLY")),
    ("(look(0), (long)value)", 0x7A7978),
    # A ring buffer has no entries, and what does not exist is not found.
    ('(about("watch.bpf", "events", 0, 0), look(0))', error("BAD_ARGUMENT")),
    ('(about("watch.bpf", "nothing", 4, 8), look(0))', error("NOT_FOUND")),
    ('(about("nobody.bpf", "table", 4, 8), look(0))', error("NOT_FOUND")),
    # The sizes are those of the map, or nothing is copied at all.
    ('(about("watch.bpf", "table", 4, 7), look(8))', error("BAD_ARGUMENT")),
    ('(about("watch.bpf", "table", 4, 4096), look(8))', error("BAD_ARGUMENT")),
    ('(about("watch.bpf", "table", 64, 8), look(8))', error("BAD_ARGUMENT")),
    ('(about("watch.bpf", "table", 65, 8), look(8))', error("BAD_ARGUMENT")),
    ('(about("watch.bpf", "table", 4, 0xffffffff), look(8))', error("BAD_ARGUMENT")),
    (f"({TABLE}, request.value = 0xffff800000000000, look(8))", error("BAD_ADDRESS")),
    (f"({TABLE}, request.key = 0xffff800000000000, look(8))", error("BAD_ADDRESS")),
    ("call(SYSCALL_BPF_MAP_LOOKUP, 0xffff800000000000, 0, 0)", error("BAD_ADDRESS")),
]


def test_a_program_with_the_right_reads_and_changes_maps() -> None:
    """Each call, with what it must return."""
    results = tried(TRIES)
    for (what, expected), result in zip(TRIES, results, strict=True):
        assert result == expected, what


def test_without_the_right_no_map_is_read_or_changed() -> None:
    """Its plugin.toml does not name it. The list of maps is open to all."""
    calls = [
        (f"({TABLE}, look(7))", error("NOT_ENTITLED")),
        ("put(7, 70, 0)", error("NOT_ENTITLED")),
        ("drop(7)", error("NOT_ENTITLED")),
        ("call(SYSCALL_BPF_MAP_NEXT, A(&request), 0, 0)", error("NOT_ENTITLED")),
        (
            'call(SYSCALL_BPF_RING_ATTACH, A("watch.bpf"), A("events"), 1)',
            error("NOT_ENTITLED"),
        ),
        ("call(SYSCALL_BPF_RING_READ, 1, A(&value), 8)", error("NOT_ENTITLED")),
        ("list()", len(MAPS)),
    ]
    assert tried(calls, rights="-") == [it for _, it in calls]


def test_a_map_is_read_by_those_only_who_may_see_its_events() -> None:
    """Programs put into it what they were told. Without the events it can be filled."""
    first = "(request.key = 0, request.value_size = 4, call({}, A(&request), 0, 0))"
    calls = [
        (f"({TABLE}, put(7, 70, 0))", 0),
        ("look(7)", error("NOT_ENTITLED")),
        (first.format("SYSCALL_BPF_MAP_NEXT"), error("NOT_ENTITLED")),
        (f"({TABLE}, drop(7))", 0),
    ]
    assert tried(calls, rights="bpf") == [it for _, it in calls]


def test_only_the_listing_of_keys_can_do_without_a_key() -> None:
    """Otherwise the address 0 would be taken for the key 0."""
    zero = (
        f"({TABLE}, request.key = 0, request.value = A(&value), "
        "call({}, A(&request), 0, 0))"
    )
    names = ("LOOKUP", "UPDATE", "DELETE")
    calls = [zero.format(f"SYSCALL_BPF_MAP_{it}") for it in names]
    results = tried([(it, 0) for it in calls])
    assert results == [error("BAD_ADDRESS")] * 3


def test_nothing_is_loaded_if_the_answer_finds_no_place() -> None:
    """The caller would take it for a failure, and the object would be there."""
    asks = """
    struct bpf_request load = {.size = 0, .log = 0xffff800000000000, .log_size = 64};
    plugin_log("try 1: %d", (int)call(SYSCALL_BPF_LOAD, A(&load), 0, 0));
    load.log_size = 0;
    load.flags = BPF_LOAD_UNVERIFIED;
    plugin_log("try 2: %d", (int)call(SYSCALL_BPF_RUN, A(&load), 0, 0));
    """
    with run(asks) as lab:
        said = [it for it in probe.said(lab) if it.startswith("try ")]
    # The second: a program that nobody verifies wants the right to load drivers, too.
    assert said == [
        f"try 1: {error('BAD_ADDRESS')}",
        f"try 2: {error('NOT_ENTITLED')}",
    ]


def test_the_keys_are_listed_one_after_the_other() -> None:
    """From the first one, until there is none."""
    body = f"""
    {TABLE};
    (void)put(100, 1, 0);
    (void)put(200, 1, 0);
    request.key = 0;
    request.value = A(&next_key);
    request.value_size = 4;
    while (call(SYSCALL_BPF_MAP_NEXT, A(&request), 0, 0) == 0) {{
        plugin_log("key %u", next_key);
        key = next_key;
        request.key = A(&key);
    }}
    """
    with run(body) as lab:
        keys = [it for it in probe.said(lab) if it.startswith("key ")]
        assert sorted(keys) == ["key 100", "key 200"]


def test_the_list_says_what_the_image_says() -> None:
    """Kind and sizes of each map, in order."""
    with run("(void)list();") as lab:
        rows = [it.split()[1:] for it in probe.said(lab) if it.startswith("map ")]
    assert rows == [
        [
            "watch.bpf",
            it.name,
            *map(
                str,
                (
                    bpf.BPF_MAP[str(it.kind)],
                    it.key_size,
                    it.value_size,
                    it.entries,
                    {"ARRAY": it.entries, "DATA": 1}.get(str(it.kind), 0),
                ),
            ),
        ]
        for it in MAPS
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (
            objects.made_of(NOTHING, maps=[Map("huge", "ARRAY", 4, 4096, 1 << 20)]),
            "map huge: all of its keys and values together have more than 262144 bytes",
        ),
        (
            objects.made_of(NOTHING, maps=[Map("none", "HASH", 4, 8, 0)]),
            "map none: a map has at least one entry",
        ),
        (
            objects.made_of(NOTHING, maps=[Map("long", "HASH", 1000, 8, 1)]),
            "map long: a hash map has keys of 1 to 64 bytes",
        ),
        (
            objects.made_of(NOTHING, maps=[Map("odd", "RING", entries=100)]),
            "map odd: the size of a ring buffer is a power of 2",
        ),
        (b"no image at all", "this is no image of eBPF programs"),
    ],
)
def test_what_cannot_be_loaded_is_refused_in_one_sentence(
    data: bytes, why: str
) -> None:
    """On the console and as an event; the machine starts all the same."""
    with objects.machine({"bad": data, "good": objects.made_of(NOTHING)}) as lab:
        lab.boot()
        text = lab.console_text.replace("\r", "")
        refused = [it for it in lab.events if isinstance(it, events.BpfRefused)]
        accepted = [it for it in lab.events if isinstance(it, events.BpfLoaded)]
        failed = [it for it in lab.events if isinstance(it, events.ServiceFailed)]
        assert f"bpf: bad.bpf is not loaded: {why}" in text
        assert [it.name for it in refused] == ["bad.bpf"]
        assert why.startswith(refused[0].reason[:40])
        assert [it.name for it in accepted] == ["good.bpf"]
        assert [it.name for it in failed] == ["bad.bpf"]


def test_a_refusal_names_the_line_of_source() -> None:
    """On the console, and in the event: what the person who wrote it needs first."""
    text = "r0 = *(u64 *)(r1 + 160)\nr0 = *(u64 *)(r1 + 240)\nexit"
    lines = (SourceLine(0, "naive.c", 12), SourceLine(1, "naive.c", 13))
    code = assembly.assemble(text)
    bad = image.pack([image.Program("p", "notify/pipe_open", code, lines)])
    with objects.machine({"naive": bad}) as lab:
        lab.boot()
        said = "bpf: naive.bpf is not loaded: naive.c:13: 8 bytes at 240"
        assert said in lab.console_text
        refused = next(it for it in lab.events if isinstance(it, events.BpfRefused))
        assert refused.reason.startswith("naive.c:13: ")
        assert refused.error == ERRORS["UNSAFE"]
