"""The kernel refuses hostile system calls; a kernel that does not is found."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from minios import cli
from minios.abi.memory_map import KERNEL_BASE, PAGE_SIZE
from minios.abi.security_events import EVENT_TYPE
from minios.abi.syscalls import BY_NAME, RIGHTS
from minios.dev.fuzz.hostile_calls import Call, UserMemory, wrong_claim
from minios.dev.fuzz.hostile_machine import HostileMachine, Round
from minios.dev.fuzz.syscalls import (
    Figures,
    Finding,
    fuzz,
    make_round,
    smallest,
    words_of,
)
from minios.lab import Lab
from minios.machine.paging import USER, WRITE

WRITABLE, READABLE, SUPERVISOR = 0x40_0000, 0x40_1000, 0x40_2000
MEMORY = UserMemory(
    {WRITABLE: USER | WRITE, READABLE: USER, SUPERVISOR: WRITE},
)
RIGHT = {name: bit for name, bit, _ in RIGHTS}
RETURN_0 = bytes.fromhex("b800000000 c3".replace(" ", ""))  # mov eax, 0; ret


@pytest.fixture(scope="module", params=["windows", "macos"])
def machine(request: pytest.FixtureRequest) -> Iterator[HostileMachine]:
    """One that every test of this file may use: each round starts afresh."""
    with HostileMachine(request.param) as made:
        yield made


def call(name: str, *arguments: int) -> Call:
    """A call by its name."""
    return Call(BY_NAME[name].number, (*arguments, *[0] * (6 - len(arguments))))


def test_hostile_calls_find_nothing(machine: HostileMachine) -> None:
    """A sample of what `minios dev fuzz syscalls` does."""
    *_, figures = fuzz(machine, seed=1, count=3000)

    assert figures.finding is None
    assert figures.calls >= 3000
    assert figures.granted > 300  # it gets through the door, too


def test_a_subscription_to_events_ends_with_the_process(
    machine: HostileMachine,
) -> None:
    """Its port does not wait for the next event to be given back."""
    no_name = machine.places.texts
    types = EVENT_TYPE["PIPE_OPEN"].to_bytes(4, "little")
    subscribe = call("event_subscribe", 2, machine.places.arena, 1)
    calls = (call("port_create", no_name), subscribe)

    result = machine.run(Round(RIGHT["EVENTS"], types, calls))

    assert (result.made, result.kind, result.words) == (2, "", "")


def test_a_round_is_decided_by_seed_and_number(machine: HostileMachine) -> None:
    """So a finding can be had again."""
    places = machine.places

    assert make_round(1, 2, places) == make_round(1, 2, places)
    assert make_round(1, 2, places) != make_round(2, 2, places)
    assert make_round(1, 2, places) != make_round(1, 3, places)


@pytest.mark.parametrize(
    ("made", "is_right"),
    [
        pytest.param(call("read", 1, WRITABLE, PAGE_SIZE), True, id="whole-page"),
        pytest.param(call("read", 1, WRITABLE + 1, PAGE_SIZE), False, id="a-byte-more"),
        pytest.param(call("write", 1, WRITABLE + 1, PAGE_SIZE), True, id="to-be-read"),
        pytest.param(call("write", 1, SUPERVISOR, 1), False, id="supervisor"),
        pytest.param(call("write", 1, READABLE, 1 << 63), False, id="too-large"),
        pytest.param(call("write", 1, 0, 0), True, id="nothing-at-null"),
        pytest.param(call("open", READABLE), True, id="a-text"),
        pytest.param(call("open", KERNEL_BASE), False, id="a-text-of-the-kernel"),
        pytest.param(call("process_list", 0, READABLE), False, id="a-structure"),
        pytest.param(
            call("event_subscribe", 2, READABLE, PAGE_SIZE // 4), True, id="a-list"
        ),
        pytest.param(
            call("event_subscribe", 2, READABLE, PAGE_SIZE // 4 + 1),
            False,
            id="an-entry-more",
        ),
        pytest.param(call("log_read", WRITABLE, 0, 0), True, id="no-byte-of-the-log"),
        pytest.param(call("log_read", READABLE, 0, 0), False, id="a-position"),
        pytest.param(call("log_read", WRITABLE, 0, 1), False, id="a-byte-of-the-log"),
        pytest.param(
            call("boot_option", READABLE, WRITABLE + 1, PAGE_SIZE),
            True,
            id="room-that-a-text-may-not-need",
        ),
        pytest.param(call("handle_path", 1, READABLE, 0), True, id="no-byte-of-a-text"),
        pytest.param(call("bpf_list", 0, WRITABLE + PAGE_SIZE - 1), False, id="an-end"),
        pytest.param(call("boot_choose", 0, 0), True, id="no-words"),
        pytest.param(call("boot_choose", 0, SUPERVISOR), False, id="forbidden-words"),
        pytest.param(call("clock", 0), True, id="no-pointer"),
        pytest.param(Call(1 << 40, (0,) * 6), True, id="no-such-call"),
    ],
)
def test_a_pointer_is_a_claim_to_memory(made: Call, is_right: bool) -> None:
    """The types in the table say to which, and whether it is to be written."""
    assert (wrong_claim(made, MEMORY) == "") is is_right


@pytest.mark.parametrize(("size", "words"), [(1, "1 byte "), (7, "7 bytes ")])
def test_a_wrong_claim_is_told_in_words(size: int, words: str) -> None:
    """How much, where, and what may not be done with it."""
    told = wrong_claim(call("read", 1, READABLE, size), MEMORY)

    assert told == f"{words}at {READABLE:#x} may not be written"


@pytest.mark.parametrize("check", ["copy_to_user", "copy_text_from_user"])
def test_a_kernel_that_believes_pointers_is_found(check: str) -> None:
    """What proves a pointer says "yes". One call shows it, or one more prepares it."""

    def believe(lab: Lab) -> None:
        place = lab.address_of(check)
        copy = (
            place - lab.address_of("kernel_text_start") + lab.address_of("kernel_copy")
        )
        for address in (place, copy):  # the kernel compares itself with its copy
            lab.machine.write_physical(address - KERNEL_BASE, RETURN_0)

    with HostileMachine(prepare=believe) as machine:
        *_, figures = fuzz(machine, seed=1, count=3000)

    assert figures.finding is not None
    assert figures.finding.kind == "granted"
    assert len(figures.finding.work.calls) <= 2


def test_the_command_says_how_much_was_tried(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As one JSON object, and in its exit code."""
    code = cli.main(["dev", "fuzz", "syscalls", "--count", "300", "--json"])

    said = json.loads(capsys.readouterr().out)
    assert (code, said["finding"]) == (0, None)
    assert said["calls"] >= 300


def test_a_finding_is_told_call_by_call() -> None:
    """With the rights that the process had, in words."""
    work = Round(
        RIGHT["LINK"] | RIGHT["SPAWN"], b"", (call("read", 1, 0, 9), Call(99, (0,) * 6))
    )
    finding = Finding(3, "granted", "why", work)

    assert words_of(Figures(4, 1000, 200, finding)).splitlines() == [
        "1000 calls in 4 rounds, 200 of them granted: a finding",
        "round 3: granted: why",
        "    a process with SPAWN, LINK makes",
        "    read(0x1, 0x0, 0x9)",
        "    call 0x63",
    ]


def test_the_smallest_round_keeps_what_is_needed() -> None:
    """Of a hundred calls the two that fail together are left, in their order."""
    calls = tuple(call("seek", number) for number in range(100))

    least = smallest(
        Round(0, b"", calls), lambda less: {calls[17], calls[64]} <= set(less.calls)
    )

    assert least.calls == (calls[17], calls[64])
