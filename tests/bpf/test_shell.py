"""The shell's command `bpf`: load, check, run, list and remove, and who may not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.bpf import assembly, image
from minios.bpf.image import Program
from minios.lab import Lab, LabSnapshot
from minios.lab.bpf import BpfMachine


def packed(name: str, hook: str, text: str) -> bytes:
    """An image of one program."""
    return image.pack([Program(name, hook, assembly.assemble(text))])


FILES = {
    "/WATCH.BPF": packed("seen", "notify/process_start", "r0 = 0\nexit"),
    "/GUARD.BPF": packed("nobody", "decide/process_start", "r0 = -1\nexit"),
    "/WILD.BPF": packed("wild", "notify/process_start", "r0 = *(u64 *)(r2 + 0)\nexit"),
    "/SUM.BPF": packed("sum", "test", "r0 = 5\nr0 += 2\nexit"),
}
TITLE = ["object", "program", "hook", "runs", "denied"]


@pytest.fixture(scope="module")
def booted() -> Iterator[tuple[Lab, LabSnapshot]]:
    """A machine with nothing but a shell, and the files above on its disk."""
    with BpfMachine(files=FILES) as machine:
        yield machine.lab, machine.lab.snapshot()


@pytest.fixture
def lab(booted: tuple[Lab, LabSnapshot]) -> Lab:
    """That machine as it was at first."""
    found, start = booted
    found.restore(start)
    return found


def listed(lab: Lab) -> list[list[str]]:
    """What `bpf list` shows, without its title."""
    title, *rows = [it.split() for it in lab.console("bpf list").splitlines()]
    assert title == TITLE
    return rows


def test_a_loaded_program_is_listed_and_counts_its_calls(lab: Lab) -> None:
    """Each start of a process is one; the name of the object is that of the file."""
    said = lab.console("bpf load /WATCH.BPF")
    before = listed(lab)
    lab.console("run bench calls 1")
    after = listed(lab)

    assert "seen: verified, 2 instructions looked at" in said
    assert before == [["watch", "seen", "notify/process_start", "0", "0"]]
    assert after == [["watch", "seen", "notify/process_start", "1", "0"]]


def test_an_object_is_loaded_under_another_name_and_removed(lab: Lab) -> None:
    """The same file twice is two objects, and each has its own name."""
    lab.console("bpf load /WATCH.BPF")
    lab.console("bpf load /WATCH.BPF again")
    lab.console("bpf remove watch")

    assert [row[0] for row in listed(lab)] == ["again"]
    assert "there is no object watch" in lab.console("bpf remove watch")


def test_a_refused_program_is_not_loaded_and_the_reason_is_on_the_console(
    lab: Lab,
) -> None:
    """R2 was never written: the verifier says so, with the instruction."""
    said = lab.console("bpf load /WILD.BPF")

    assert "0: r0 = *(u64 *)(r2 + 0)" in said
    assert said.count("R2 !read_ok") == 1
    assert "the verifier has refused the program" in said
    assert listed(lab) == []


def test_check_loads_nothing(lab: Lab) -> None:
    """It says that the program may be loaded; with `verbose`, why."""
    short = lab.console("bpf check /WATCH.BPF")
    long = lab.console("bpf check /WATCH.BPF verbose")

    assert "bpf: /WATCH.BPF may be loaded" in short
    assert "0: r0 = 0" in long
    assert listed(lab) == []


def test_a_program_that_denies_every_start_can_still_be_removed(lab: Lab) -> None:
    """The shell does that itself: nobody could start a program that does it."""
    lab.console("bpf load /GUARD.BPF")
    denied = lab.console("run bench calls 1")
    row = listed(lab)
    lab.console("bpf remove guard")
    allowed = lab.console("run bench calls 1")

    assert "has denied it" in denied
    assert row == [["guard", "nobody", "decide/process_start", "1", "1"]]
    assert "bench: 1 in" in allowed


def test_a_test_program_runs_once(lab: Lab) -> None:
    """And says what it returned."""
    assert "bpf: r0 is 0x7 after 3 instructions" in lab.console("bpf run /SUM.BPF")


@pytest.mark.parametrize(
    "what", ["load /WATCH.BPF", "check /WATCH.BPF", "run /SUM.BPF"]
)
def test_a_process_without_the_right_is_refused(what: str, lab: Lab) -> None:
    """`run` gives no rights to what it starts; `bpf` does."""
    said = lab.console(f"run bpf {what}")

    assert "the caller lacks the right for this call" in said
    assert listed(lab) == []


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("", "usage: bpf list"),
        ("remove ghost", "bpf: there is no object ghost; `bpf list` shows them"),
        ("load", "bpf load FILE [NAME]"),
        ("frob", "bpf load FILE [NAME]"),
        ("remove", "bpf load FILE [NAME]"),
        ("load /NONE.BPF", "no such file"),
        ("load /BIN/SHELL", "this is no image of eBPF programs"),
        ("run /SUM.BPF 0g", "an argument is out of range"),
        ("run /WATCH.BPF", "only one program, of the hook `test`, can be run"),
        ("check " + "x" * 80, "longer than 63 characters"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_the_shell_goes_on(
    words: str, answer: str, lab: Lab
) -> None:
    """Nothing is loaded afterwards."""
    assert answer in lab.console(f"bpf {words}")
    assert listed(lab) == []
