"""A driver and an extension come to the same verdicts, on the same work.

A program does thousands of things that a seed chooses: it starts programs, uses files
and opens pipes. The sensor has rules for some of them. The program writes down what
came of each, and the sensor reports what it finds. Both worlds are compared with what
the rules say, which are read here by other code than the sensor's.

Deep: five thousand events take most of a minute; the usual test has some hundred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import pytest

from minios.abi import disk_layout
from minios.abi.content import BY_NAME
from minios.abi.errors import BY_NAME as ERRORS
from minios.content import Action, ChannelFile, Criterion, Instance, encode
from minios.content.source import criterion
from minios.disk import SectorsOfBuffer, Volume
from minios.lab import Console, events, milliseconds, seconds
from tests.trust import probe

FILES: Final = tuple(f"/{kind}{number}.DAT" for kind in "ABC" for number in range(4))
PIPES: Final = ("mojo.1", "mojo.2", "spoolss", "lsass")
PROGRAMS: Final = ("/BIN/BENCH", "/BIN/LOOP", "/BIN/KILLINIT")
RESULTS: Final = "/RESULTS.BIN"
DENIED: Final = -ERRORS["DENIED"]
DEEDS: Final = ("exec", "read", "create", "truncate", "delete", "rename", "pipe")


OPERATIONS: Final = {
    "exec": "auth_exec",
    "open": "auth_open",
    "create": "auth_create",
    "truncate": "auth_truncate",
    "delete": "auth_unlink",
    "rename": "auth_rename",
}


class Rule(NamedTuple):
    """A rule of the content: what it is about, what it does, and what must match."""

    template: str
    action: Action
    match: dict[str, str]


RULES: Final = (
    Rule("process", Action.BLOCK, {"program_path": "/BIN/LOOP"}),
    Rule("process", Action.BLOCK, {"program_name": "kill*", "process_name": "usage"}),
    Rule("process", Action.REPORT, {"program_path": "/BIN/B*"}),
    Rule("file", Action.BLOCK, {"operation": "delete", "path": "/B?.DAT"}),
    Rule("file", Action.BLOCK, {"operation": "create", "path": "/B[3].DAT"}),
    Rule("file", Action.BLOCK, {"operation": "create", "path": "/?3.DAT"}),
    Rule("file", Action.BLOCK, {"operation": "rename", "new_path": "/B*"}),
    Rule("file", Action.BLOCK, {"path": "/C0.DAT", "access": "write"}),
    Rule("file", Action.REPORT, {"operation": "open", "access": "read", "path": "/A*"}),
    Rule("file", Action.REPORT, {"operation": "truncate", "process_name": "usage"}),
    Rule("ipc", Action.REPORT, {"operation": "open", "pipe_name": "mojo.?"}),
)


def content_file() -> bytes:
    """The rules as content. The detection id of each counts from 0x100."""
    instances = []
    for number, rule in enumerate(RULES):
        template = BY_NAME[rule.template]
        criteria = tuple(
            criterion(rule.match[name], name) if name in rule.match else Criterion()
            for name in template.fields
        )
        one = Instance(rule.template, 0x100 + number, criteria, rule.action)
        instances.append(one)
    return encode(ChannelFile(291, 9, tuple(instances)))


PROGRAM: Final = """
static const char *const files[] = {FILES};
static const char *const pipes[] = {PIPES};
static const char *const programs[] = {PROGRAMS};
enum { DEEDS = HOW_MANY, INBOX = 2 };
enum { EXEC, READ, CREATE, TRUNCATE, DELETE, RENAME, PIPE };

static struct {
    uint8_t deed, what, to;
    int8_t result;
} done[DEEDS];

static uint64_t state = SEED;

static uint8_t choose(uint64_t count)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint8_t)(state % count);
}

static long use(const char *path, uint32_t flags)
{
    long handle = call(SYSCALL_OPEN, (uint64_t)path, flags, 0);
    return handle < 0 ? handle : call(SYSCALL_CLOSE, (uint64_t)handle, 0, 0);
}

static long start(const char *path)
{
    struct spawn request = {.death_port = INBOX};
    memcpy(request.path, path, strlen(path) + 1);
    struct message end;
    long id = call(SYSCALL_SPAWN, (uint64_t)&request, 0, 0);
    return id < 0 ? id : call(SYSCALL_PORT_RECEIVE, INBOX, (uint64_t)&end, UINT64_MAX);
}

static long open_pipe(const char *name)
{
    long handle = call(SYSCALL_PIPE_OPEN, (uint64_t)name, 0, 0);
    return handle < 0 ? handle : call(SYSCALL_CLOSE, (uint64_t)handle, 0, 0);
}

static long act(uint8_t deed, uint8_t what, uint8_t to)
{
    const char *path = files[what % 12];
    switch (deed) {
    case EXEC:
        return start(programs[what % 3]);
    case READ:
        return use(path, OPEN_READ);
    case CREATE:
        return use(path, OPEN_WRITE | OPEN_CREATE);
    case TRUNCATE:
        return use(path, OPEN_WRITE | OPEN_TRUNCATE);
    case DELETE:
        return call(SYSCALL_UNLINK, (uint64_t)path, 0, 0);
    case RENAME:
        return call(SYSCALL_RENAME, (uint64_t)path, (uint64_t)files[to % 12], 0);
    default:
        return open_pipe(pipes[what % 4]);
    }
}

static uint8_t choose_deed(void)
{
    static const uint8_t upto[] = {2, 24, 50, 62, 72, 82, 100};  // of hundred
    uint8_t chosen = choose(100), deed = 0;
    while (chosen >= upto[deed]) {
        deed++;
    }
    return deed;
}

static int usage_start(void)
{
    (void)tell("init", "ready");
    (void)call(SYSCALL_SLEEP, 1000000000, 0, 0);  // the test counts, and then looks on
    for (unsigned i = 0; i < 4; i++) {
        (void)call(SYSCALL_PIPE_CREATE, (uint64_t)pipes[i], 0, 0);
    }
    for (unsigned i = 0; i < DEEDS; i++) {
        if (i % 16 == 0) {  // what was told must not pile up in the sensor's inbox
            (void)call(SYSCALL_SLEEP, 1, 0, 0);
        }
        done[i].deed = choose_deed();
        done[i].what = choose(12);
        done[i].to = choose(12);
        done[i].result = (int8_t)act(done[i].deed, done[i].what, done[i].to);
    }
    uint32_t flags = OPEN_WRITE | OPEN_CREATE;
    long file = call(SYSCALL_OPEN, (uint64_t)"RESULTS", flags, 0);
    for (unsigned at = 0; at < sizeof(done); at += 512) {
        size_t left = sizeof(done) - at < 512 ? sizeof(done) - at : 512;
        (void)call(SYSCALL_WRITE, (uint64_t)file, (uint64_t)done + at, left);
    }
    (void)call(SYSCALL_CLOSE, (uint64_t)file, 0, 0);
    plugin_log("done");
    return (int)call(SYSCALL_SLEEP, UINT64_MAX, 0, 0);
}

const struct plugin plugin = {.name = "usage", .start = usage_start};
"""


class Done(NamedTuple):
    """What the program did, to what, and what came of it: 0, or a negated error."""

    deed: str
    what: int
    to: int
    result: int


@dataclass(slots=True)
class Run:
    """What one world says: results, detections and denials in order, and two counts."""

    done: list[Done] = field(default_factory=list)
    found: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    denied: list[tuple[str, str]] = field(default_factory=list)
    seen: int = 0
    detections: int = 0


def listed(texts: Sequence[str]) -> str:
    """The texts as a list of C."""
    return ", ".join(f'"{it}"' for it in texts)


def machine_disk(seed: int, count: int) -> bytes:
    """A disk with the program, half of the files and the rules."""
    body = (
        PROGRAM.replace("HOW_MANY", str(count))
        .replace("SEED", str(seed))
        .replace("RESULTS", RESULTS)
        .replace("{FILES}", f"{{{listed(FILES)}}}")
        .replace("{PIPES}", f"{{{listed(PIPES)}}}")
        .replace("{PROGRAMS}", f"{{{listed(PROGRAMS)}}}")
    )
    usage = probe.upstairs(body, rights=("SPAWN", "DISK_WRITE"), name="usage")
    files = dict.fromkeys(FILES[::2], b"some")
    files["/BIN/USAGE"] = usage["/SYSTEM/EXTENS/USAGE.EXT"]
    line = "usage program /BIN/USAGE auto normal spawn,disk_write"
    disk = bytearray(probe.disk_with(files, line, without=("workload",)))
    Volume(SectorsOfBuffer(disk)).write(disk_layout.CONTENT_PATH, content_file())
    return bytes(disk)


_COUNTS: Final = re.compile(r"(\d+) events seen, (\d+) detections")


def run(model: str, disk: bytes) -> Run:
    """Let the program do its work in one world."""
    with probe.machine(model, disk) as lab:
        lab.boot()
        lab.run_for(milliseconds(500))  # until all others have come to rest
        counts = [_counts(lab.console("sensor"))]
        before = len(lab.events)
        lab.run_until(Console("usage.ext: done"), within=seconds(600))
        counts.append(_counts(lab.console("sensor")))
        made = Run(seen=counts[1][0] - counts[0][0], detections=counts[1][1])
        for it in lab.events[before:]:
            assert not isinstance(it, events.EventDropped | events.DeadlineMissed)
            if isinstance(it, events.Detected):
                kind = "ipc" if it.text.split()[0] in PIPES else "asked"
                made.found.setdefault(kind, []).append((int(it.detection), it.text))
            elif isinstance(it, events.Denied):
                made.denied.append((it.operation, it.target))
        data = lab.files().read(RESULTS)
        for at in range(0, len(data), 4):
            deed, what, to = data[at : at + 3]
            result = int.from_bytes(data[at + 3 : at + 4], signed=True)
            made.done.append(Done(DEEDS[deed], what, to, result))
        return made


def _counts(said: str) -> tuple[int, int]:
    found = _COUNTS.search(said)
    assert found is not None, said
    return int(found[1]), int(found[2])


# ---- What the rules say, without the sensor.


class Fact(NamedTuple):
    """An event: the kind of template that it belongs to, and its inputs."""

    template: str
    inputs: dict[str, str]

    @property
    def target(self) -> str:
        """What the records call it."""
        names = {"process": "program_path", "file": "path", "ipc": "pipe_name"}
        return self.inputs[names[self.template]]

    @property
    def text(self) -> str:
        """What the sensor reports of it."""
        before = "" if self.template == "ipc" else f"{self.inputs['operation']} "
        return f"{before}{self.target} by usage"


def on_file(operation: str, path: str, access: str = "write", to: str = "") -> Fact:
    """An event about a file."""
    inputs = {"operation": operation, "path": path, "access": access, "new_path": to}
    return Fact("file", {**inputs, "process_name": "usage"})


def facts(one: Done, there: set[str]) -> Iterator[Fact]:
    """The events of a deed, as long as none is denied. `there` are the files."""
    path, to = FILES[one.what % len(FILES)], FILES[one.to % len(FILES)]
    match one.deed:
        case "exec":
            program = PROGRAMS[one.what % len(PROGRAMS)]
            name = program.rpartition("/")[2].lower()
            inputs = {"operation": "exec", "program_path": program}
            inputs |= {"program_name": name, "process_name": "usage"}
            yield Fact("process", inputs)
        case "pipe":
            name = PIPES[one.what % len(PIPES)]
            yield Fact("ipc", {"operation": "open", "pipe_name": name})
        case "create":
            if path not in there:
                yield on_file("create", path)
            yield on_file("open", path)
        case _ if path not in there:
            return  # nobody is asked about what is not there
        case "read":
            yield on_file("open", path, "read")
        case "truncate":
            yield on_file("open", path)
            yield on_file("truncate", path)
        case "delete":
            yield on_file("delete", path)
        case _:
            yield on_file("rename", path, to=to)


def matching(fact: Fact) -> Iterator[tuple[int, Rule]]:
    """The rules that match, with their detection ids. [ is a letter like any other."""
    for number, rule in enumerate(RULES):
        patterns = {
            name: re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
            for name, text in rule.match.items()
        }
        if rule.template == fact.template and all(
            re.fullmatch(pattern, fact.inputs[name])
            for name, pattern in patterns.items()
        ):
            yield 0x100 + number, rule


def after(one: Done, there: set[str]) -> set[str]:
    """The files that there are after a deed that was done."""
    what, to = {FILES[one.what % len(FILES)]}, {FILES[one.to % len(FILES)]}
    match one.deed:
        case "create":
            return there | what
        case "delete":
            return there - what
        case "rename":
            return (there - what) | to
        case _:
            return there


def expected(done: Sequence[Done]) -> Run:
    """What must come of these deeds. Whether a file is there is told by the results."""
    made, there = Run(found={"ipc": [], "asked": []}), set(FILES[::2])
    for one in done:
        denied = False
        for fact in facts(one, there):
            found = list(matching(fact))
            denied = any(rule.action is Action.BLOCK for _, rule in found)
            kind = "ipc" if fact.template == "ipc" else "asked"
            made.found[kind] += [(number, fact.text) for number, _ in found]
            made.seen += 1
            made.detections += len(found)
            if denied:
                made.denied.append((OPERATIONS[fact.inputs["operation"]], fact.target))
                break
        made.done.append(one._replace(result=DENIED) if denied else one)
        if not denied and one.result == 0:
            there = after(one, there)
    made.seen += len(PIPES) + 2  # its pipes are made, and the file with its results
    return made


@pytest.mark.parametrize(
    ("count", "least"),
    [
        pytest.param(400, 300, id="short"),
        pytest.param(5800, 5000, id="whole", marks=pytest.mark.deep),
    ],
)
def test_both_worlds_come_to_the_verdicts_that_the_rules_say(
    count: int, least: int
) -> None:
    """Each result, each detection and each denial, in order; and what was counted."""
    disk = machine_disk(7, count)
    worlds = {model: run(model, disk) for model in ("windows", "macos")}

    for world in worlds.values():
        assert len(world.done) == count
        assert world == expected(world.done)
        assert world.seen >= least
        assert {one.deed for one in world.done if one.result == DENIED} == {*DEEDS} - {
            "read",
            "pipe",
        }
    assert worlds["windows"] == worlds["macos"]
