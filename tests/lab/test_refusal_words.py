"""Why the kernel has refused eBPF programs: what is said is what its verifier has seen.

The line of source is found by hand: it is where the array of inputs is read.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.abi.events import RECORDS
from minios.abi.structures import PATH_SIZE, RECORD
from minios.bpf import assembly, image
from minios.bpf.image import Program, SourceLine
from minios.image.recipe import ROOT
from minios.lab import Lab, beacon, events, explain, refusal_words, seconds
from minios.lab.bpf import BpfMachine
from minios.lab.explain import describe
from minios.lab.memory import Memory
from minios.lab.refusal_words import Refusal, parse

NAIVE = {"naive.bpf": "auto", "sentinel.sys": "disabled"}
QUIET = {"event_ms": "0"}
INTERPRETER = ROOT / "drivers/sentinel/interpreter.c"


@pytest.fixture(scope="module", name="lab")
def machine_without_its_sensor() -> Iterator[Lab]:
    """A machine of the model linux whose eBPF sensor was refused at the start."""
    with Lab("linux", services=NAIVE, options=QUIET) as made:
        made.boot()
        yield made


def refused(lab: Lab) -> events.BpfRefused:
    """The latest refusal."""
    return [it for it in lab.events if isinstance(it, events.BpfRefused)][-1]


def faulting_line() -> int:
    """Where the interpreter uses the pointer that it has loaded."""
    text = INTERPRETER.read_text().splitlines()
    found = [n for n, it in enumerate(text, 1) if "= input->length;" in it]
    assert len(found) == 1
    return found[0]


def test_a_refusal_is_explained_by_the_path_the_state_the_rule_and_the_line(
    lab: Lab,
) -> None:
    """The kernel's own log, taken apart; in other words first."""
    event = refused(lab)
    said = explain(lab, event)
    line = f"drivers/sentinel/interpreter.c:{faulting_line()}"
    titles = [it.title for it in said.evidence]
    sections = {it.title: it.lines for it in said.evidence}

    assert said.headline == (
        "The kernel has not loaded naive.bpf, because its verifier has refused a "
        "program in it."
    )
    assert any(it.startswith("One path comes to instruction") for it in said.reasons)
    assert any(it.endswith(f"from {line}.") for it in said.reasons)
    assert any("Every access must lie inside its memory" in it for it in said.reasons)
    assert titles == [
        "The instruction",
        "The path to it",
        "What the verifier knew before it",
    ]
    assert sections["The instruction"][-1].startswith(f"{line}: uint32_t length =")
    assert sections["The path to it"][0].startswith("from 0")
    assert "R1=" in sections["What the verifier knew before it"][0]


def test_what_is_said_is_what_the_verifier_says_when_it_is_asked_again(
    lab: Lab,
) -> None:
    """The shell loads the same file with a log of its own: the same lines."""
    kept = refusal_words.look(lab, refused(lab))
    said = lab.console("bpf load /SYSTEM/BPF/NAIVE.BPF", within=seconds(20))

    assert kept.instruction
    assert kept.instruction in said
    assert kept.reason in said


def test_the_record_has_the_whole_sentence_of_the_console(lab: Lab) -> None:
    """A record has room for 63 characters. It points to a reason that is longer."""
    event = refused(lab)
    said = f"bpf: {event.name} is not loaded: {event.reason}"

    assert len(event.reason) > PATH_SIZE
    assert said in lab.console_text.replace("\r", "").splitlines()
    assert describe(event) == said.removeprefix("bpf: ")


@pytest.mark.parametrize("address", [0, 1 << 47, (1 << 64) - 1, (1 << 64) - 256])
def test_a_record_that_points_nowhere_has_no_reason(lab: Lab, address: int) -> None:
    """A driver can send any record."""
    (row,) = (it for it in RECORDS if it.name == "bpf_refused")
    data = bytearray(RECORD.size)
    data[:4] = row.number.to_bytes(4, "little")
    at = RECORD.offset("values")
    data[at : at + row.layout.size] = row.layout.pack(1, address)
    stamp = {"world": "linux", "t": 1, "instructions": 1}
    event = beacon.read(bytes(data), stamp, Memory(), lab.machine.read_virtual)

    assert isinstance(event, events.BpfRefused)
    assert event.reason == ""


def test_an_image_that_is_none_was_not_asked_about(lab: Lab) -> None:
    """The verifier has not looked at it, so nothing is said of a path."""
    before = lab.snapshot()
    lab.console("bpf load /SYSTEM/SERVICES.INI")
    event = refused(lab)
    said = explain(lab, event)
    lab.restore(before)

    assert "this is no image of eBPF programs" in said.headline
    assert "The verifier was not asked" in said.reasons[0]


def test_of_an_earlier_refusal_only_the_reason_is_known(lab: Lab) -> None:
    """The kernel keeps one log: nothing of another object is said of this one."""
    before, event = lab.snapshot(), refused(lab)
    lab.console("bpf load /SYSTEM/SERVICES.INI")
    said = explain(lab, event)
    lab.restore(before)

    assert said.evidence == ()
    assert any("4 bytes at 1360" in it for it in said.reasons)


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ([], None),
        (["no"], Refusal(reason="no", log=("no",))),
        (
            ["9: exit", "p: refused at instruction 9", "why"],
            Refusal("p", "", "9: exit", (), "", "why"),
        ),
        (
            [
                "path: from 0",
                "1: exit",
                "    R1=5",
                "    R2=6",
                "p: refused at instruction 1, a.c:7",
                "why",
            ],
            Refusal("p", "from 0", "1: exit", ("R1=5", "R2=6"), "a.c:7", "why"),
        ),
    ],
    ids=["empty", "only a reason", "no path", "all of it"],
)
def test_a_log_is_taken_apart_as_far_as_it_goes(
    log: list[str], expected: Refusal | None
) -> None:
    """A program is refused before any path is walked, or after."""
    found = parse(log)

    if expected is None or found is None:
        assert found is expected
    else:
        assert (found.program, found.path, found.instruction) == (
            expected.program,
            expected.path,
            expected.instruction,
        )
        assert (found.state, found.source, found.reason) == (
            expected.state,
            expected.source,
            expected.reason,
        )
        assert found.log == tuple(log)


@pytest.mark.parametrize("file", ["/etc/passwd", "drivers/../CONTRIBUTING.md"])
def test_a_line_of_another_file_of_this_computer_is_not_shown(file: str) -> None:
    """An object says by itself where its lines are from, and may name any file."""
    code = assembly.assemble("r0 = r3\nexit")
    lines = (SourceLine(0, file, 1),)
    evil = image.pack([Program("evil", "notify/pipe_open", code, lines)])
    with BpfMachine(files={"/EVIL.BPF": evil}) as machine:
        machine.lab.console("bpf load /EVIL.BPF evil")
        said = explain(machine.lab, refused(machine.lab))

    assert said.evidence[0].lines == ("in the program evil", "0: r0 = r3")
    assert any(f"from {file}:1." in it for it in said.reasons)
