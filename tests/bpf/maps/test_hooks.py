"""Hooks: when programs are called, and that what one denies has not happened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import pytest

from minios.abi import bpf
from minios.abi.errors import BY_NAME as ERRORS
from minios.bpf.image import Map
from minios.disk import Volume
from minios.lab import Lab, events, kernel_view, milliseconds
from minios.lab.system_disk import system_files
from tests.bpf.maps import objects
from tests.trust import probe

DENIED: Final = -ERRORS["DENIED"]
ACTOR: Final = """
#define A(text) ((uint64_t)(text))

static void pipes(const char *name)
{
    long made = call(SYSCALL_PIPE_CREATE, A(name), 0, 0);
    plugin_log("pipe_create %s %d", name, made > 0 ? 0 : (int)made);
    long opened = call(SYSCALL_PIPE_OPEN, A(name), 0, 0);
    plugin_log("pipe_open %s %d", name, opened > 0 ? 0 : (int)opened);
}

static void files(const char *path)
{
    long file = call(SYSCALL_OPEN, A(path), OPEN_WRITE, 0);
    long result = call(SYSCALL_WRITE, (uint64_t)file, A("after!"), 6);
    plugin_log("file_write %s %d", path, result > 0 ? 0 : (int)result);
    (void)call(SYSCALL_CLOSE, (uint64_t)file, 0, 0);
}

static void programs(const char *path)
{
    struct spawn request = {0};
    memcpy(request.path, path, strlen(path));
    long result = call(SYSCALL_SPAWN, A(&request), 0, 0);
    plugin_log("process_start %s %d", path, result > 0 ? 0 : (int)result);
}

static void act(void *context)
{
    (void)context;
    pipes("Yes");
    pipes("No");
    files("/YES.TXT");
    files("/NO.TXT");
    programs("/YES");
    programs("/NO");
    (void)call(SYSCALL_SLEEP, 100000000, 0, 0);
    plugin_log("done");
}

static int probe_start(void)
{
    (void)tell("init", "ready");
    return (int)plugin_defer(act, NULL, UINT64_C(100000000));
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
FILES: Final = {
    "/YES.TXT": b"before",
    "/NO.TXT": b"before",
    **{f"/{it}": system_files()["/BIN/LAMPS"] for it in ("YES", "NO")},
}

# Adds 1 to its entry of an array, if it was the actor (or a child of it) that acted.
COUNT: Final = """
    r2 = *(u8 *)(r1 + {at})
    if r2 != {letter} goto out
    r2 = 0
    *(u32 *)(r10 - 4) = r2
    r2 = r10
    r2 += -4
    r1 = map[counts]
    call map_lookup_elem
    if r0 == 0 goto out
    r1 = 1
    lock *(u64 *)(r0 + 0) += r1
out:
    r0 = 0
    exit
"""
# Denies what has a name whose first letter is N.
DENY: Final = """
    r0 = 0
    r2 = *(u8 *)(r1 + {at})
    if r2 != 78 goto out
    r0 = -16
out:
    exit
"""
NAME_AT: Final = {
    "pipe_create": objects.PIPE_NAME,
    "pipe_open": objects.PIPE_NAME,
    "process_start": objects.PROCESS_PATH + 1,
    "process_end": objects.PROCESS_PATH + 1,
    "file_write": objects.FILE_PATH + 1,
}
DECIDING: Final = [it.name for it in bpf.HOOKS if it.decides]
NOTIFYING: Final = [it.name for it in bpf.HOOKS if not it.decides]
TARGETS: Final = {
    "pipe_open": "No",
    "process_start": "/NO",
    "file_write": "/NO.TXT",
}


def deciding(hook: str) -> bytes:
    """An object that denies what begins with N."""
    return objects.made_of((hook, DENY.format(at=NAME_AT[hook.split("/")[1]])))


def run(lab: Lab) -> dict[str, int]:
    """Let the actor do everything. Returns what came of each deed."""
    lab.boot()
    lab.run_for(milliseconds(800))
    said = probe.said(lab)
    assert "done" in said
    deeds = (re.fullmatch(r"(\w+ \S+) (-?\d+)", line) for line in said)
    return {it[1]: int(it[2]) for it in deeds if it}


@pytest.fixture(scope="module", name="undisturbed")
def machine_without_objects() -> Iterator[tuple[Lab, dict[str, int]]]:
    """What happens if there is no program at all."""
    with objects.machine({}, actor=ACTOR, rights="spawn,disk_write", more=FILES) as lab:
        yield lab, run(lab)


def test_without_programs_everything_happens(
    undisturbed: tuple[Lab, dict[str, int]],
) -> None:
    """So what is denied below is denied by a program."""
    lab, results = undisturbed
    assert len(results) == 8
    assert set(results.values()) == {0}
    assert not [it for it in lab.events if isinstance(it, events.Denied)]


@pytest.mark.parametrize("hook", DECIDING)
def test_what_a_program_denies_has_not_happened(
    hook: str, undisturbed: tuple[Lab, dict[str, int]]
) -> None:
    """The actor gets an error, the rest is as without the program."""
    deed = hook.removeprefix("decide/")
    with objects.machine(
        {"judge": deciding(hook)},
        actor=ACTOR,
        rights="spawn,disk_write",
        more=FILES,
    ) as lab:
        results = run(lab)
        target = TARGETS[deed]
        expected = {**undisturbed[1], f"{deed} {target}": DENIED}
        assert results == expected
        denied = [it for it in lab.events if isinstance(it, events.Denied)]
        assert [(it.client, it.target) for it in denied] == [("judge.bpf", target)]
        started = [
            it.name for it in lab.events if isinstance(it, events.ProcessStarted)
        ]
        assert ("no" in started) == (deed != "process_start")
        assert "yes" in started
        disk = lab.machine.disk
        assert disk is not None
        written = Volume(disk).read("/NO.TXT")
        assert written == (b"before" if deed == "file_write" else b"after!")
        assert Volume(disk).read("/YES.TXT") == b"after!"


@pytest.mark.parametrize("hook", NOTIFYING)
def test_a_program_is_told_of_each_deed_once(hook: str) -> None:
    """It counts what has this name in a map, and ring 3 reads the map."""
    letter = ord("Y")
    at = NAME_AT[hook.split("/")[1]]
    watch = objects.made_of(
        (hook, COUNT.format(at=at, letter=letter)),
        maps=[Map("counts", "ARRAY", 4, 8, 1)],
    )
    reader = ACTOR.replace(
        'plugin_log("done");',
        """struct bpf_map_request request = {.key_size = 4, .value_size = 8};
    uint32_t key = 0;
    uint64_t value = 77;
    memcpy(request.object, "watch.bpf", 10);
    memcpy(request.map, "counts", 7);
    request.key = A(&key);
    request.value = A(&value);
    long result = call(SYSCALL_BPF_MAP_LOOKUP, A(&request), 0, 0);
    plugin_log("counted times%u %d", (unsigned)value, (int)result);
    plugin_log("done");""",
    )
    event = next(it.event for it in bpf.HOOKS if it.name == hook)
    with objects.machine(
        {"watch": watch},
        actor=reader,
        rights="spawn,disk_write,bpf,events",
        events=(event,),
        more=FILES,
    ) as lab:
        results = run(lab)
        assert results["counted times1"] == 0
        assert set(results.values()) == {0}


def test_a_result_that_is_no_error_number_still_denies() -> None:
    """Of a result the lower 32 bits count, and only 0 of them allows."""
    text = DENY.format(at=objects.PIPE_NAME).replace("r0 = -16", "r0 = -1")
    with objects.machine(
        {"judge": objects.made_of(("decide/pipe_open", text))},
        actor=ACTOR,
        rights="spawn,disk_write",
        more=FILES,
    ) as lab:
        assert run(lab)["pipe_open No"] == DENIED


def test_the_shell_lists_what_was_called_and_what_was_denied() -> None:
    """The counts of `bpf list` are those of the events."""
    with objects.machine(
        {"judge": deciding("decide/pipe_open")},
        actor=ACTOR,
        rights="spawn,disk_write",
        more=FILES,
    ) as lab:
        run(lab)
        row = re.search(r"judge.bpf +p0 +decide/pipe_open +(\d+) +(\d+)", _list(lab))
        assert row is not None
        opened = sum(it.opened for it in kernel_view.look(lab).pipes)
        assert [int(it) for it in row.groups()] == [opened + 1, 1]
        lab.console("bpf remove judge.bpf")
        assert "judge.bpf" not in _list(lab)


def _list(lab: Lab) -> str:
    return lab.console("bpf list").partition("\n")[2]
