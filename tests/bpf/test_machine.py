"""A machine that is asked about eBPF programs, and the program `bpf` in its shell."""

from __future__ import annotations

import pytest

from minios.abi import bpf
from minios.bpf import assembly, image
from minios.bpf.image import Map, Program
from minios.errors import ScenarioError
from minios.lab import Lab
from minios.lab.bpf import BpfMachine, Question


def packed(text: str, *, hook: str = "test", maps: tuple[Map, ...] = ()) -> bytes:
    """An image of one program."""
    return image.pack([Program("one", hook, assembly.assemble(text))], maps)


def unverified(text: str, memory: bytes = b"", maps: tuple[Map, ...] = ()) -> Question:
    """A question: run this, and check it at each step."""
    return Question.run(packed(text, maps=maps), memory, is_verified=False)


@pytest.fixture(scope="module")
def machine() -> object:
    """One machine for all tests of this file: each batch finds it as it was."""
    with BpfMachine() as found:
        yield found


def test_answers_come_in_the_order_of_the_questions(
    machine: BpfMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with its own result, also if they do not fit into one file."""
    monkeypatch.setattr("minios.lab.bpf._FILE_BYTES", 4096)
    count = 100  # of about 200 bytes each

    answers = machine.ask([unverified(f"r0 = {it}\nexit") for it in range(count)])

    assert [it.result for it in answers] == list(range(count))


def test_the_program_gets_its_memory_and_the_size_of_it(machine: BpfMachine) -> None:
    """R1 is its address, R2 its size; both are 0 without memory."""
    both = "r0 = *(u8 *)(r1 + 2)\nr0 += r2\nexit"
    neither = "r0 = r1\nr0 |= r2\nexit"

    first, second = machine.ask(
        [unverified(both, bytes([9, 9, 5])), unverified(neither)]
    )

    assert first.result == 5 + 3
    assert second.result == 0


@pytest.mark.parametrize(
    "text",
    [
        "r0 = *(u8 *)(r1 + 8)",  # behind the memory
        "r0 = *(u8 *)(r1 - 1)",
        "r0 = *(u64 *)(r1 + 1)",  # half inside
        "r0 = *(u8 *)(r10 + 0)",  # above the stack
        "r0 = *(u8 *)(r10 - 513)",
        "*(u64 *)(r10 - 516) = 0",
        "r1 = 0\nr0 = *(u64 *)(r1 + 0)",
        "r1 = -4\nr0 = *(u64 *)(r1 + 0)",  # wraps around
        "r1 = 0xffffffff80200000 ll\n*(u8 *)(r1 + 0) = 1",  # the kernel
        "r1 = 0x400000 ll\nr0 = *(u8 *)(r1 + 0)",  # a process
        "r1 = 1\nlock *(u32 *)(r1 + 0) += w1",
        "r1 = map[0]\nr0 = *(u64 *)(r1 + 0)",  # the map itself, not its value
        "r1 = value[0] + 16\nr0 = *(u8 *)(r1 + 0)",
        "r1 = value[1]\n*(u8 *)(r1 + 0) = 1",  # read-only
    ],
)
def test_an_unverified_program_touches_only_its_own_memory(
    text: str, machine: BpfMachine
) -> None:
    """Its stack, its memory, the values of its maps; all else is a refusal."""
    maps = (
        Map("mine", "DATA", value_size=16),
        Map("fixed", "DATA", value_size=8, flags=bpf.BPF_MAP_READ_ONLY),
    )

    (answer,) = machine.ask([unverified(f"{text}\nexit", bytes(8), maps)])

    assert answer.error == "UNSAFE"
    assert "memory that is not its own" in answer.reason


@pytest.mark.parametrize(
    "text",
    [
        "r0 = 0",  # falls off the end
        "goto -2",
        "goto +5",
        "r0 = 5 ll\ngoto -2\nexit",  # into the second half
        ".8byte 0x0",
        ".8byte 0x61",  # cut: the rest of it is read from register 0, which is a number
        ".8byte 0xffffffffffffffff",
        "r10 = 5\nexit",
        ".8byte 0x18",  # lddw without its second half
    ],
)
def test_an_unverified_program_executes_only_what_exists(
    text: str, machine: BpfMachine
) -> None:
    """It ends with a reason, and the machine goes on."""
    (answer,) = machine.ask([unverified(text)])

    assert answer.error == "UNSAFE"
    assert answer.reason.startswith("instruction ")


TABLE = Map("table", "HASH", key_size=8, value_size=16, entries=4)
KEY = "*(u64 *)(r10 - 8) = 5\nr2 = r10\nr2 += -8"
VALUE = "*(u64 *)(r10 - 24) = 70\n*(u64 *)(r10 - 16) = 7\nr3 = r10\nr3 += -24"


def test_an_unverified_program_may_use_the_values_of_its_maps(
    machine: BpfMachine,
) -> None:
    """Also those that it has looked up; not a byte behind them."""
    put = f"{KEY}\n{VALUE}\nr1 = map[0]\nr4 = 0\ncall map_update_elem"
    find = f"{put}\n{KEY}\nr1 = map[0]\ncall map_lookup_elem\nr1 = r0"

    good, behind = machine.ask(
        [
            unverified(f"{find}\nr0 = *(u64 *)(r1 + 8)\nexit", maps=(TABLE,)),
            unverified(f"{find}\nr0 = *(u64 *)(r1 + 16)\nexit", maps=(TABLE,)),
        ]
    )

    assert good.result == 7
    assert "memory that is not its own" in behind.reason


@pytest.mark.parametrize(
    "text",
    [
        "r1 = map[0]\nr2 = 0\ncall map_lookup_elem",  # a key at no address
        "r1 = map[0]\nr2 = r10\nr2 += -4\ncall map_lookup_elem",  # half of a key
        f"{KEY}\nr1 = r10\ncall map_lookup_elem",  # what is no map
        f"{KEY}\nr1 = map[1]\ncall map_lookup_elem",  # a ring buffer
        f"{KEY}\nr1 = map[0]\nr3 = r10\nr3 += -8\nr4 = 0\ncall map_update_elem",
        "r1 = map[1]\nr2 = 8\nr3 = 0\ncall ringbuf_reserve",
        "r1 = r10\nr1 += -8\nr2 = 9\ncall get_current_comm",
        "r1 = r10\nr1 += -8\nr2 = -1\ncall get_current_comm",
    ],
)
def test_an_unverified_program_lends_only_its_own_memory_to_a_helper(
    text: str, machine: BpfMachine
) -> None:
    """The helper itself believes what it gets: the verifier usually asks before."""
    maps = (TABLE, Map("ring", "RING", entries=4096))

    (answer,) = machine.ask([unverified(f"{text}\nexit", maps=maps)])

    assert answer.error == "UNSAFE"
    assert "memory that is not its own" in answer.reason


def test_a_program_without_an_end_is_stopped(machine: BpfMachine) -> None:
    """It may not keep the machine: no other thread runs before it returns."""
    (answer,) = machine.ask([unverified("goto -1")])

    assert answer.error == "UNSAFE"
    assert answer.steps == bpf.BPF_STEPS_LIMIT
    assert "too many instructions" in answer.reason


def test_one_program_does_not_see_the_stack_of_another(machine: BpfMachine) -> None:
    """What the first has left there would be data of somebody else."""
    leave = unverified("*(u64 *)(r10 - 8) = 77\nr0 = 0\nexit")
    look = unverified("r0 = *(u64 *)(r10 - 8)\nexit")

    assert [it.result for it in machine.ask([leave, look])] == [0, 0]


def test_a_question_that_is_too_large_is_refused(machine: BpfMachine) -> None:
    """Before anything is asked."""
    with pytest.raises(ScenarioError, match="too large"):
        machine.ask([Question(bytes(bpf.BPF_IMAGE_BYTES + 1))])


def test_what_the_machine_does_not_survive_is_found(machine: BpfMachine) -> None:
    """An answer for each question, also if one of them ends the program that asks.

    Nothing that the kernel is asked here does that. So a file is damaged behind its
    back: the size of an image in the middle of the batch is larger than the kernel
    takes, and the program gives up without any answers.
    """
    good = unverified("r0 = 7\nexit")
    batch = [good.packed, b"\xff" * len(good.packed), good.packed]

    answers = machine._ask(batch)

    assert [it.error for it in answers] == ["", "DIED", ""]
    assert "BAD_IMAGE" not in answers[1].log
    assert "bpf" in answers[1].log


def test_the_shell_runs_a_program_from_the_disk() -> None:
    """`bpf run` says what R0 was; what is no image is one sentence."""
    files = {"/ONE.BPF": packed("r0 = 5\nexit"), "/BAD.BPF": b"no image"}
    with BpfMachine(files=files) as own:
        bad = own.lab.console("bpf run /BAD.BPF")
        none = own.lab.console("bpf run /NONE.BPF")
        usage = own.lab.console("bpf frob")
        listed = own.lab.console("bpf list")

    assert "this is no image of eBPF programs" in bad
    assert "no such file" in none
    assert usage.startswith("usage: bpf list")
    assert listed.split()[:4] == ["object", "program", "hook", "runs"]


@pytest.mark.parametrize("model", ["windows", "macos"])
def test_other_models_run_no_ebpf_program(model: str) -> None:
    """The shell says so; the kernel would refuse the system call, too."""
    with Lab(model) as lab:
        lab.boot()
        lab.console("echo")
        said = lab.console("bpf check /BIN/SHELL")

    assert "only the model linux has this" in said
