"""Helpers: what the kernel does for an eBPF program, and how far it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from minios.abi import security_events
from minios.abi.errors import BY_NAME as ERRORS
from minios.bpf.image import Map
from minios.lab import events, milliseconds
from minios.lab.bpf import Answer, BpfMachine, Question
from tests.bpf.maps import objects

EVENT_BYTES: Final = security_events.EVENT.size
OPENS: Final = """
static void act(void *context)
{
    (void)context;
    (void)call(SYSCALL_PIPE_CREATE, (uint64_t)"errand.one", 0, 0);
    (void)call(SYSCALL_PIPE_OPEN, (uint64_t)"errand.one", 0, 0);
}

static int probe_start(void)
{
    (void)tell("init", "ready");
    return (int)plugin_defer(act, NULL, UINT64_C(100000000));
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
BLOCK: Final = Map("block", "DATA", value_size=64)


@pytest.fixture(scope="module", name="machine")
def shared_machine() -> Iterator[BpfMachine]:
    """A machine that runs programs once."""
    with BpfMachine() as machine:
        yield machine


def run(machine: BpfMachine, text: str, *maps: Map, memory: bytes = b"") -> Answer:
    """Verify a program of the hook TEST, and run it."""
    return machine.ask(
        [Question.run(objects.made_of(("test", text), maps=maps), memory)]
    )[0]


def signed(answer: Answer) -> int:
    """R0 as a signed number."""
    assert answer.is_good, answer.log
    return answer.result - (1 << 64) if answer.result >> 63 else answer.result


COPY: Final = """
    r3 = r6
    r3 += {at}
    r1 = value[block] + 0
    r2 = {size}
    call probe_read_kernel_str
    r3 = r0
    r1 = value[block] + 0
    r4 = *(u64 *)(r1 + 0)
    r5 = *(u64 *)(r1 + 8)
    r1 = 7595717636902054949 ll
    *(u64 *)(r10 - 16) = r1
    r1 = 32199665369097504 ll
    *(u64 *)(r10 - 8) = r1
    r1 = r10
    r1 += -16
    r2 = 16
    call trace_printk
"""
COPIES: Final = (
    (objects.PIPE_NAME, 16, b"errand.one"),
    (objects.PIPE_NAME + 7, 16, b"one"),
    (objects.PIPE_NAME, 4, b"err"),
    (objects.PIPE_NAME, 11, b"errand.one"),
    (objects.PIPE_NAME, 1, b""),
    (EVENT_BYTES - 1, 64, b""),  # the last byte of the event
)


def test_a_text_is_copied_up_to_its_end_or_that_of_the_memory() -> None:
    """Whichever comes first; the length counts the NUL, and what follows is 0."""
    copies = "".join(COPY.format(at=at, size=size) for at, size, _ in COPIES)
    form = b"%lu %lx %lx\0".ljust(16, b"\0")
    for at in (0, 8):
        number = str(int.from_bytes(form[at : at + 8], "little"))
        old = ("7595717636902054949", "32199665369097504")[at // 8]
        copies = copies.replace(old, number)
    watch = objects.made_of(
        ("notify/pipe_open", f"r6 = r1\n{copies}\nr0 = 0\nexit"), maps=[BLOCK]
    )
    with objects.machine({"watch": watch}, actor=OPENS) as lab:
        lab.boot()
        lab.run_for(milliseconds(500))
        text = lab.console_text.replace("\r", "")
    seen = [
        it.split()[2:] for it in text.splitlines() if it.startswith("bpf: watch.bpf: ")
    ]
    expected, block = [], bytearray(16)
    for _, size, copied in COPIES:
        block[:size] = copied.ljust(size, b"\0")
        halves = (int.from_bytes(block[it : it + 8], "little") for it in (0, 8))
        expected.append([str(len(copied) + 1), *(f"{it:x}" for it in halves)])
    assert seen[-len(COPIES) :] == expected  # before it, another pipe was opened


def test_a_read_only_map_is_not_changed_by_a_helper(machine: BpfMachine) -> None:
    """Whether the verifier or the helper says so."""
    text = """
        r1 = 0
        *(u32 *)(r10 - 4) = r1
        *(u64 *)(r10 - 16) = r1
        r1 = map[fixed]
        r2 = r10
        r2 += -4
        r3 = r10
        r3 += -16
        r4 = 0
        call map_update_elem
        exit
    """
    fixed = Map("fixed", "ARRAY", 4, 8, 1, flags=1)
    answer = run(machine, text, fixed)
    refused = answer.error == "UNSAFE"
    assert refused or signed(answer) == -ERRORS["READ_ONLY"]
    plain = run(machine, text, Map("fixed", "ARRAY", 4, 8, 1))
    assert signed(plain) == 0


PRINT: Final = """
    r1 = {low} ll
    *(u64 *)(r10 - 16) = r1
    r1 = {high} ll
    *(u64 *)(r10 - 8) = r1
    r1 = r10
    r1 += -16
    r2 = 16
    r3 = -7
    r4 = 255
    r5 = -1 ll
    call trace_printk
    exit
"""


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (b"%d %x %lu", "-7 ff 18446744073709551615"),
        (b"%u%x%d", "4294967289ff-1"),
        (b"no numbers", "no numbers"),
        (b"%d%d%d%d", "-7255-10"),  # there are three numbers; a fourth is 0
        (b"a\nb\x1b[2J\xff", "a?b?[2J?"),
        (b"sixteen letters!", "sixteen letters!"),  # without a NUL
    ],
)
def test_a_line_of_a_program_is_one_line_of_the_console(
    machine: BpfMachine, form: bytes, said: str
) -> None:
    """Only what can be printed, so that no program moves the cursor."""
    padded = form.ljust(16, b"\0")
    low, high = (int.from_bytes(padded[it : it + 8], "little") for it in (0, 8))
    answer = run(machine, PRINT.format(low=low, high=high))
    assert signed(answer) == len(said)
    lines = machine.lab.console_text.replace("\r", "").split("\n")
    assert f"bpf: p0: {said}" in lines


def test_an_unknown_form_of_a_number_prints_nothing(machine: BpfMachine) -> None:
    """`%s` would read memory that the program has not been given."""
    low = int.from_bytes(b"%s\0\0\0\0\0\0", "little")
    answer = run(machine, PRINT.format(low=low, high=0))
    assert signed(answer) == -ERRORS["BAD_ARGUMENT"]


def test_the_running_process_has_its_name_and_its_numbers(machine: BpfMachine) -> None:
    """Here it is the program `bpf`, which has asked the kernel to run this one."""
    name = run(
        machine,
        """
        r1 = value[block] + 0
        r2 = 16
        call get_current_comm
        r1 = value[block] + 0
        r0 = *(u64 *)(r1 + 0)
        exit
        """,
        BLOCK,
    )
    assert name.result.to_bytes(8, "little") == b"bpf".ljust(8, b"\0")
    both = run(machine, "call get_current_pid_tgid\nexit")
    started = [it for it in machine.lab.events if isinstance(it, events.ProcessStarted)]
    process = {it.process_id for it in started if it.name == "bpf"}
    assert both.result >> 32 in process
    assert both.result & 0xFFFFFFFF > 0


def test_a_record_that_is_too_large_for_the_ring_is_no_crash(
    machine: BpfMachine,
) -> None:
    """The size is a number that the program computes; the answer is an error."""
    text = """
        r1 = map[ring]
        r2 = value[block] + 0
        r3 = 64
        r4 = 0
        call ringbuf_output
        exit
    """
    ring = Map("ring", "RING", entries=64)
    answer = run(machine, text, ring, BLOCK)
    assert signed(answer) == -ERRORS["NO_SPACE"]
