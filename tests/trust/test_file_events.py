"""Security events about files: each is told or asked, and what is denied is not done.

One machine for each ring. In it a program does one thing after another, first in the
folder /YES and then in /NO. A plugin logs the events of this program. It denies one
type of event about each file in /NO: the one whose name begins with that of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import pytest

from minios.abi.errors import BY_NAME as ERRORS
from minios.abi.security_events import EVENT_TYPE, SECURITY_EVENTS
from minios.lab import Happened, events, milliseconds, seconds
from tests.trust import probe

BEFORE: Final = b"as it was"


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that the program does.

    Args:
        code: C, with FOLDER for the folder; leaves the result in `result`.
        seen: the events about FOLDER/NAME if nothing is denied, with the flags or the
            second path.
        denied: those if the type with the name of the deed is denied. None: nothing is.
        leaves: the bytes of FOLDER/NAME afterwards, None if there is no such file.
        before: its bytes before.
    """

    code: str
    seen: tuple[str, ...]
    denied: tuple[str, ...] | None
    leaves: bytes | None
    before: bytes | None = BEFORE


DEEDS: Final[Mapping[str, Deed]] = {
    "OPEN": Deed(
        """result = call(SYSCALL_OPEN, A("FOLDER/OPEN"), OPEN_READ, 0);
           shut(result);""",
        seen=("AUTH_OPEN 1", "NOTIFY_OPEN 1", "NOTIFY_CLOSE 0"),
        denied=("AUTH_OPEN 1",),
        leaves=BEFORE,
    ),
    "CREATE": Deed(
        """result = call(SYSCALL_OPEN, A("FOLDER/CREATE"), OPEN_WRITE | OPEN_CREATE, 0);
           put(result, "new");
           shut(result);""",
        seen=(
            "AUTH_CREATE 6",
            "AUTH_OPEN 6",
            "NOTIFY_CREATE 6",
            "NOTIFY_OPEN 6",
            "AUTH_WRITE 0",
            "NOTIFY_WRITE 0",
            "NOTIFY_CLOSE 1",
        ),
        denied=("AUTH_CREATE 6",),
        leaves=b"new",
        before=None,
    ),
    "WRITE": Deed(
        """result = call(SYSCALL_OPEN, A("FOLDER/WRITE"), OPEN_WRITE, 0);
           const long handle = result;
           result = put(handle, "in two ");
           (void)put(handle, "pieces");
           result = result < 0 ? result : 0;
           shut(handle);""",
        seen=(
            "AUTH_OPEN 2",
            "NOTIFY_OPEN 2",
            *("AUTH_WRITE 0", "NOTIFY_WRITE 0"),
            *("AUTH_WRITE 0", "NOTIFY_WRITE 0"),
            "NOTIFY_CLOSE 1",
        ),
        denied=(
            *("AUTH_OPEN 2", "NOTIFY_OPEN 2"),
            *("AUTH_WRITE 0", "AUTH_WRITE 0"),
            "NOTIFY_CLOSE 0",  # nothing has changed
        ),
        leaves=b"in two pieces",
    ),
    "TRUNCATE": Deed(
        """result = call(SYSCALL_OPEN, A("FOLDER/TRUNCATE"), OPEN_WRITE | OPEN_TRUNCATE,
                         0);
           shut(result);""",
        seen=(
            "AUTH_OPEN 10",
            "AUTH_TRUNCATE 0",
            "NOTIFY_OPEN 10",
            "NOTIFY_TRUNCATE 0",
            "NOTIFY_CLOSE 1",
        ),
        denied=("AUTH_OPEN 10", "AUTH_TRUNCATE 0"),
        leaves=b"",
    ),
    "SHORTER": Deed(  # the same by a handle
        """long handle = call(SYSCALL_OPEN, A("FOLDER/SHORTER"), OPEN_WRITE, 0);
           result = call(SYSCALL_TRUNCATE, (uint64_t)handle, 5, 0);
           shut(handle);""",
        seen=(
            "AUTH_OPEN 2",
            "NOTIFY_OPEN 2",
            "AUTH_TRUNCATE 5",
            "NOTIFY_TRUNCATE 5",
            "NOTIFY_CLOSE 1",
        ),
        denied=("AUTH_OPEN 2", "NOTIFY_OPEN 2", "AUTH_TRUNCATE 5", "NOTIFY_CLOSE 0"),
        leaves=b"as it",
    ),
    "SETFLAGS": Deed(
        """struct file_status status;
           result = call(SYSCALL_SET_FLAGS, A("FOLDER/SETFLAGS"),
                         FILE_READ_ONLY | FILE_HIDDEN, 0);
           (void)call(SYSCALL_STAT, A("FOLDER/SETFLAGS"), A(&status), 0);
           result = status.flags == (result == 0 ? 3 : FILE_ARCHIVE) ? result : -77;""",
        seen=("AUTH_SETFLAGS 3", "NOTIFY_SETFLAGS 3", "NOTIFY_STAT 0"),
        denied=("AUTH_SETFLAGS 3", "NOTIFY_STAT 0"),
        leaves=BEFORE,
    ),
    "UTIMES": Deed(  # the last of February 2000, at 1:02:06
        """struct file_status status;
           uint64_t date = 20 << 9 | 2 << 5 | 29, time = 1 << 11 | 2 << 5 | 3;
           result = call(SYSCALL_SET_TIMES, A("FOLDER/UTIMES"), date, time);
           (void)call(SYSCALL_STAT, A("FOLDER/UTIMES"), A(&status), 0);
           bool is_done = status.date == date && status.time == time;
           result = is_done == (result == 0) ? result : -77;""",
        seen=("AUTH_UTIMES 677185603", "NOTIFY_UTIMES 677185603", "NOTIFY_STAT 0"),
        denied=("AUTH_UTIMES 677185603", "NOTIFY_STAT 0"),
        leaves=BEFORE,
    ),
    "UNLINK": Deed(
        """result = call(SYSCALL_UNLINK, A("FOLDER/UNLINK"), 0, 0);""",
        seen=("AUTH_UNLINK 0", "NOTIFY_UNLINK 0"),
        denied=("AUTH_UNLINK 0",),
        leaves=None,
    ),
    "RENAME": Deed(
        """result = call(SYSCALL_RENAME, A("FOLDER/RENAME"),
                         A("FOLDER/RENAMED"), 0);""",
        seen=("AUTH_RENAME FOLDER/RENAMED", "NOTIFY_RENAME FOLDER/RENAMED"),
        denied=("AUTH_RENAME FOLDER/RENAMED",),
        leaves=None,
    ),
    "CLONE": Deed(
        """result = call(SYSCALL_CLONE, A("FOLDER/CLONE"), A("FOLDER/CLONED"), 0);""",
        seen=("AUTH_CLONE FOLDER/CLONED", "NOTIFY_CLONE FOLDER/CLONED"),
        denied=("AUTH_CLONE FOLDER/CLONED",),
        leaves=BEFORE,
    ),
    "MOVED": Deed(  # while it is open, its path follows it
        """result = call(SYSCALL_OPEN, A("FOLDER/MOVED"), OPEN_READ, 0);
           (void)call(SYSCALL_RENAME, A("FOLDER/MOVED"), A("FOLDER/MOVED2"), 0);
           shut(result);""",
        seen=(
            "AUTH_OPEN 1",
            "NOTIFY_OPEN 1",
            "AUTH_RENAME FOLDER/MOVED2",
            "NOTIFY_RENAME FOLDER/MOVED2",
        ),
        denied=None,
        leaves=None,
    ),
    "SPELT": Deed(  # the file system takes all of these for the same file
        """shut(call(SYSCALL_OPEN, A("FOLDER//spelt."), OPEN_READ, 0));
           shut(call(SYSCALL_OPEN, A(&"FOLDER/SPELT"[1]), OPEN_READ, 0));""",
        seen=("AUTH_OPEN 1", "NOTIFY_OPEN 1", "NOTIFY_CLOSE 0") * 2,
        denied=None,
        leaves=BEFORE,
    ),
    "FLAGS": Deed(  # to read is allowed, to write is not: the plugin looks at the flags
        """shut(call(SYSCALL_OPEN, A("FOLDER/FLAGS"), OPEN_READ, 0));
           result = call(SYSCALL_OPEN, A("FOLDER/FLAGS"), OPEN_READ | OPEN_WRITE, 0);
           shut(result);""",
        seen=(
            *("AUTH_OPEN 1", "NOTIFY_OPEN 1", "NOTIFY_CLOSE 0"),
            *("AUTH_OPEN 3", "NOTIFY_OPEN 3", "NOTIFY_CLOSE 0"),
        ),
        denied=("AUTH_OPEN 1", "NOTIFY_OPEN 1", "NOTIFY_CLOSE 0", "AUTH_OPEN 3"),
        leaves=BEFORE,
    ),
    "READDIR": Deed(
        """struct file_entry entry;
           result = call(SYSCALL_LIST, A("FOLDER/READDIR"), 0, A(&entry));""",
        seen=("AUTH_READDIR 0", "NOTIFY_READDIR 0"),
        denied=("AUTH_READDIR 0",),
        leaves=None,
        before=None,
    ),
    "STAT": Deed(
        """struct file_status status;
           result = call(SYSCALL_STAT, A("FOLDER/STAT"), A(&status), 0);
           result = result < 0 ? result : status.size - 9;""",
        seen=("NOTIFY_STAT 0",),
        denied=None,
        leaves=BEFORE,
    ),
    "ACCESS": Deed(
        """result = call(SYSCALL_ACCESS, A("FOLDER/ACCESS"), OPEN_READ | OPEN_WRITE, 0);
        """,
        seen=("NOTIFY_ACCESS 3",),
        denied=None,
        leaves=BEFORE,
    ),
    "GETATTRL": Deed(
        """struct file_attributes known = {.pieces = 77};
           result = call(SYSCALL_ATTRIBUTES, A("FOLDER/GETATTRL"), A(&known), 0);
           result = result == 0 && known.pieces != 1 ? -77 : result;""",
        seen=("AUTH_GETATTRLIST 0", "NOTIFY_GETATTRLIST 0"),
        denied=("AUTH_GETATTRLIST 0",),
        leaves=BEFORE,
    ),
    "FSGETPAT": Deed(
        """char path[PATH_SIZE] = "";
           long handle = call(SYSCALL_OPEN, A("FOLDER/FSGETPAT"), OPEN_READ, 0);
           result = call(SYSCALL_HANDLE_PATH, (uint64_t)handle, A(path), sizeof(path));
           bool is_told = memcmp(path, "FOLDER/FSGETPAT", 12) == 0;
           result = is_told == (result == 0) ? result : -77;
           shut(handle);""",
        seen=(
            "AUTH_OPEN 1",
            "NOTIFY_OPEN 1",
            "AUTH_FSGETPATH 0",
            "NOTIFY_FSGETPATH 0",
            "NOTIFY_CLOSE 0",
        ),
        denied=("AUTH_OPEN 1", "NOTIFY_OPEN 1", "AUTH_FSGETPATH 0", "NOTIFY_CLOSE 0"),
        leaves=BEFORE,
    ),
    "DUP": Deed(
        """char bytes[9];
           long handle = call(SYSCALL_OPEN, A("FOLDER/DUP"), OPEN_READ, 0);
           long second = call(SYSCALL_DUPLICATE, (uint64_t)handle, 0, 0);
           shut(handle);
           result = call(SYSCALL_READ, (uint64_t)second, A(bytes), 9) - 9;
           shut(second);""",
        seen=(
            "AUTH_OPEN 1",
            "NOTIFY_OPEN 1",
            "NOTIFY_DUP 1",
            "NOTIFY_CLOSE 0",
            "NOTIFY_CLOSE 0",
        ),
        denied=None,
        leaves=BEFORE,
    ),
    "REMOUNT": Deed(  # the whole disk; its event is about the root
        """result = call(SYSCALL_REMOUNT, 1, 0, 0);
           long refused = call(SYSCALL_UNLINK, A("FOLDER/REMOUNT"), 0, 0);
           (void)call(SYSCALL_REMOUNT, 0, 0, 0);
           plugin_log("did / %d", (int)call(SYSCALL_REMOUNT, 1, 0, 0));
           result = refused == -ERROR_READ_ONLY ? result : -77;
           result += call(SYSCALL_UNLINK, A("FOLDER/REMOUNT"), 0, 0);""",
        seen=("AUTH_UNLINK 0", "AUTH_UNLINK 0", "NOTIFY_UNLINK 0"),
        denied=None,
        leaves=None,
    ),
    "KEPT": Deed(  # the verdict on AUTH_OPEN is kept
        """long reader = call(SYSCALL_OPEN, A("FOLDER/KEPT"), OPEN_READ, 0);
           shut(call(SYSCALL_OPEN, A("FOLDER/KEPT"), OPEN_READ, 0));
           long writer = call(SYSCALL_OPEN, A("FOLDER/KEPT"), OPEN_WRITE, 0);
           shut(call(SYSCALL_OPEN, A("FOLDER/KEPT"), OPEN_READ, 0));
           put(writer, "new");
           shut(call(SYSCALL_OPEN, A("FOLDER/KEPT"), OPEN_READ, 0));
           shut(writer);
           shut(reader);""",
        seen=(
            "AUTH_OPEN 1",
            *("NOTIFY_OPEN 1", "NOTIFY_OPEN 1", "NOTIFY_CLOSE 0"),
            *("AUTH_OPEN 2", "NOTIFY_OPEN 2"),  # to write is another question
            *("NOTIFY_OPEN 1", "NOTIFY_CLOSE 0"),
            *("AUTH_WRITE 0", "NOTIFY_WRITE 0"),
            "AUTH_OPEN 1",  # readers see other bytes now
            *("NOTIFY_OPEN 1", "NOTIFY_CLOSE 0", "NOTIFY_CLOSE 1", "NOTIFY_CLOSE 0"),
        ),
        denied=None,
        leaves=b"newit was",
    ),
    "DEVICES": Deed(
        """shut(call(SYSCALL_OPEN, A("/DEV/CONSOLE"), OPEN_WRITE, 0));
           long link = call(SYSCALL_OPEN, A("/DEV/LINK"), OPEN_READ, 0);
           plugin_log("did /DEV/LINK %d", (int)link);""",
        seen=(),
        denied=None,
        leaves=None,
        before=None,
    ),
    "EXIT": Deed(  # whoever ends has closed what it had open
        """put(call(SYSCALL_OPEN, A("FOLDER/EXIT"), OPEN_WRITE, 0), "left open");""",
        seen=(
            *("AUTH_OPEN 2", "NOTIFY_OPEN 2"),
            *("AUTH_WRITE 0", "NOTIFY_WRITE 0"),
            "NOTIFY_CLOSE 1",
        ),
        denied=None,
        leaves=b"left open",
    ),
}
ROWS: Final = tuple(
    it
    for it in SECURITY_EVENTS
    if it.posted_by.split("/")[1]
    in {
        "files.c",
        "paths.c",
        "file_events.c",
        "handle.c",
    }
)

ACTOR: Final = """
#define A(text) ((uint64_t)(text))

static long put(long handle, const char *text)
{
    return call(SYSCALL_WRITE, (uint64_t)handle, A(text), strlen(text));
}

static void shut(long handle)
{
    (void)call(SYSCALL_CLOSE, (uint64_t)handle, 0, 0);
}

static void act(void *context)
{
    (void)context;
BODY
    (void)call(SYSCALL_EXIT, 0, 0, 0);
}

static int actor_start(void)
{
    (void)tell("init", "ready");
    return (int)plugin_defer(act, NULL, UINT64_C(100000000));
}

const struct plugin plugin = {.name = "actor", .start = actor_start};
"""
STEP: Final = """
    {
        long result = 0;
        CODE
        plugin_log("did FOLDER/NAME %d", (int)result);
        (void)call(SYSCALL_SLEEP, 20000000, 0, 0);
    }
"""
WATCHER: Final = """
static bool is(const char *text, const char *other)
{
    return strlen(text) == strlen(other) && memcmp(text, other, strlen(text)) == 0;
}

static bool is_of_actor(const struct event *event)
{
    return is(event->actor.name, "actor");
}

static void show(const struct event *event)
{
    switch (event->type) {
TWO
        plugin_log("saw %s %u %s", event->two_paths.path, event->type,
                   event->two_paths.to);
        break;
    default:
        plugin_log("saw %s %u %u", event->file.path, event->type, event->file.flags);
    }
}

static void watcher_event(const struct event *event)
{
    if (is_of_actor(event)) {
        show(event);
    }
}

static bool denies(const struct event *event)
{
    if (event->type == EVENT_AUTH_REMOUNT) {
        static unsigned remounts;
        return ++remounts > 2;
    }
    if (event->type == EVENT_AUTH_IOKIT_OPEN) {
        return is(event->file.path, "/DEV/LINK");
    }
    if (event->type == EVENT_AUTH_TRUNCATE && is(event->file.path, "/NO/SHORTER")) {
        return true;
    }
    if (event->type == EVENT_AUTH_OPEN && is(event->file.path, "/NO/FLAGS")) {
        return event->file.flags & OPEN_WRITE;
    }
DENIED
    return false;
}

static uint32_t watcher_authorize(const struct event *event)
{
    watcher_event(event);
    if (event->type == EVENT_AUTH_OPEN && is(event->file.path, "/YES/KEPT")) {
        return EVENT_VERDICT_ALLOW | EVENT_VERDICT_KEEP;
    }
    return is_of_actor(event) && denies(event) ? EVENT_VERDICT_DENY
                                                : EVENT_VERDICT_ALLOW;
}

static int watcher_start(void)
{
    static const uint32_t types[] = {TYPES};
    return plugin_subscribe(types, sizeof(types) / sizeof(types[0]));
}

const struct plugin plugin = {
    .name = "probe",
    .start = watcher_start,
    .event = watcher_event,
    .authorize = watcher_authorize,
};
"""


def actor() -> bytes:
    """The program that does all this."""
    steps = [
        STEP.replace("NAME", name).replace("CODE", deed.code).replace("FOLDER", folder)
        for folder in ("/YES", "/NO")
        for name, deed in DEEDS.items()
        if folder == "/YES" or deed.denied is not None
    ]
    built = probe.built(
        ACTOR.replace("BODY", "".join(steps)), rights=("DISK_WRITE", "LINK")
    )
    return built["/SYSTEM/EXTENS/PROBE.EXT"]


def watcher() -> Mapping[str, bytes]:
    """The plugin that looks on, and denies what is done to the files in /NO."""
    two = [it for it in ROWS if "two_paths" in it.target]
    denied = [
        f"    if (event->type == EVENT_{it.name} && "
        f'is(event->{it.target}, "/NO/{it.name.removeprefix("AUTH_")[:8]}")) {{\n'
        "        return true;\n    }\n"
        for it in ROWS
        if it.is_asked
    ]
    body = WATCHER.replace("TWO", "\n".join(f"    case EVENT_{it.name}:" for it in two))
    body = body.replace("DENIED", "".join(denied))
    body = body.replace("TYPES", ", ".join(f"EVENT_{it.name}" for it in ROWS))
    return probe.built(body, events=tuple(it.name for it in ROWS), rights=("EVENTS",))


_SAID: Final = re.compile(r"(did|saw) (\S+) ([^\r\n]+)")


@dataclass(slots=True)
class Run:
    """What was seen while the program did everything."""

    results: dict[str, int] = field(default_factory=dict)
    seen: dict[str, list[str]] = field(default_factory=dict)
    lookups: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)


def disk(service: str) -> bytes:
    """With both, and the files that they are about."""
    files = {
        f"{folder}/{name}": deed.before
        for folder in ("/YES", "/NO")
        for name, deed in DEEDS.items()
        if deed.before is not None
    }
    files.update({f"{folder}/READDIR/FILE": b"" for folder in ("/YES", "/NO")})
    files.update(watcher())
    files["/BIN/ACTOR"] = actor()
    program = "actor program /BIN/ACTOR auto normal disk_write,link"
    return probe.disk_with(files, service, program)


@pytest.fixture(
    name="run",
    scope="module",
    params=[
        pytest.param(("windows", probe.DRIVER.format("system")), id="ring0"),
        pytest.param(("macos", probe.EXTENSION.format("events")), id="ring3"),
    ],
)
def what_was_seen(request: pytest.FixtureRequest) -> Run:
    """Everything is done, in a machine whose plugin runs in that ring."""
    model, service = request.param
    run = Run()
    with probe.machine(model, disk(service)) as lab:
        lab.boot()
        lab.run_until(Happened(events.ProcessExited), within=seconds(10))
        lab.run_for(milliseconds(50))
        for said, path, rest in _SAID.findall(lab.console_text):
            if said == "did":
                run.results[path] = int(rest)
            else:
                number, detail = rest.split()
                kind = EVENT_TYPE.name(int(number)).upper()
                if kind == "NOTIFY_LOOKUP":
                    run.lookups.append(path)
                else:
                    run.seen.setdefault(path, []).append(f"{kind} {detail}")
        for entry in lab.files().walk():
            is_ours = entry.path.startswith(("/YES/", "/NO/"))
            if is_ours and not entry.is_directory:
                run.files[entry.path] = lab.files().read(entry.path)
    return run


def by_kind(seen: Iterable[str], folder: str) -> list[str]:
    """First what was asked, then what was told, each in its order.

    A driver is asked on the thread of the program, and told later on its own.
    """
    whole = [it.replace("FOLDER", folder) for it in seen]
    return sorted(whole, key=lambda it: it.startswith("NOTIFY"))


@pytest.mark.parametrize("name", DEEDS)
def test_what_a_program_does_is_asked_and_told(run: Run, name: str) -> None:
    """In this order, with these flags or the second path."""
    path = f"/YES/{name}"

    assert run.results[path] >= 0
    assert by_kind(run.seen.get(path, []), "") == by_kind(DEEDS[name].seen, "/YES")
    assert run.files.get(path) == DEEDS[name].leaves


@pytest.mark.parametrize("name", [it for it in DEEDS if DEEDS[it].denied is not None])
def test_what_is_denied_is_not_done(run: Run, name: str) -> None:
    """Nothing is told of it, and the file is as it was."""
    path, asked = f"/NO/{name}", DEEDS[name].denied
    assert asked is not None

    assert run.results[path] == -ERRORS["DENIED"]
    assert by_kind(run.seen.get(path, []), "") == by_kind(asked, "/NO")
    assert run.files.get(path) == DEEDS[name].before


def test_each_type_has_been_seen(run: Run) -> None:
    """So no row of the table is without a deed that causes it."""
    kinds = {it.split()[0] for seen in run.seen.values() for it in seen}

    assert kinds | {"NOTIFY_LOOKUP"} == {it.name for it in ROWS}


def test_each_path_that_a_program_names_is_told(run: Run) -> None:
    """Both of a rename, and one to which nothing leads."""
    assert run.lookups[:2] == ["/YES/OPEN", "/YES/CREATE"]
    assert {"/YES/RENAME", "/YES/RENAMED", "/DEV/CONSOLE"} < set(run.lookups)


def test_a_second_name_comes_into_being_only_where_it_is_allowed(run: Run) -> None:
    """By a rename and by a clone."""
    assert run.files["/YES/RENAMED"] == run.files["/YES/CLONED"] == BEFORE
    assert not {"/NO/RENAMED", "/NO/CLONED"} & set(run.files)


def test_a_remount_can_be_refused(run: Run) -> None:
    """After one to read-only and back, a third is denied: files can be changed."""
    assert run.results["/"] == -ERRORS["DENIED"]
    assert by_kind(run.seen["/"], "") == [
        *("AUTH_REMOUNT 1", "AUTH_REMOUNT 0", "AUTH_REMOUNT 1"),
        *("NOTIFY_REMOUNT 1", "NOTIFY_REMOUNT 0"),
    ]


def test_a_device_can_be_refused(run: Run) -> None:
    """The console may be opened, the link may not."""
    assert run.results["/DEV/LINK"] == -ERRORS["DENIED"]
    assert run.seen["/DEV/LINK"] == ["AUTH_IOKIT_OPEN 1"]
    assert by_kind(run.seen["/DEV/CONSOLE"], "") == [
        "AUTH_IOKIT_OPEN 2",
        "NOTIFY_IOKIT_OPEN 2",
    ]


def test_the_path_of_an_open_file_follows_it(run: Run) -> None:
    """It was renamed while it was open, and is closed by its new name."""
    assert run.seen["/YES/MOVED2"] == ["NOTIFY_CLOSE 0"]
