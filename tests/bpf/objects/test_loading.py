"""What the kernel says to images, names and places before it loads an object."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Iterator
from typing import Final

import pytest

from minios.abi import bpf
from minios.bpf import image
from minios.bpf.assembly import assemble
from minios.bpf.image import Map, Program, SourceLine
from minios.lab import refusal_words
from minios.lab.bpf import Answer, BpfMachine, Question

GOOD: Final = assemble("r0 = 0\nexit")
BAD: Final = assemble("r0 = r5\nexit")
HOOK: Final = "notify/pipe_open"
PLAIN: Final = image.pack([Program("p", HOOK, GOOD)])
ARRAY: Final = Map("m", "ARRAY", 4, 8, 1)


@pytest.fixture(scope="module", name="machine")
def shared_machine() -> Iterator[BpfMachine]:
    """It is as at first before each batch."""
    with BpfMachine() as machine:
        yield machine


def _changed(data: bytes, at: int, value: int, size: int = 4) -> bytes:
    """The image with another number, and with the checksum that belongs to it."""
    head = bpf.BPF_IMAGE.size
    body = bytearray(data)
    body[at : at + size] = value.to_bytes(size, "little")
    body[12:16] = zlib.crc32(body[head:]).to_bytes(4, "little")
    return bytes(body)


def _two(first: str, second: str) -> bytes:
    return image.pack([Program(first, HOOK, GOOD), Program(second, HOOK, GOOD)])


def _line(file: str) -> bytes:
    return image.pack([Program("p", HOOK, BAD, (SourceLine(0, file, 1),))])


PROGRAM: Final = bpf.BPF_IMAGE.size
MAP: Final = PROGRAM + bpf.BPF_IMAGE_PROGRAM.size
WITH_MAP: Final = image.pack([Program("p", HOOK, GOOD)], [ARRAY])
TROUBLES: Final = {
    "no image": (b"BPF?" + PLAIN[4:], "this is no image of eBPF programs"),
    "version": (_changed(PLAIN, 4, 9), "a version that this kernel does not know"),
    "cut short": (PLAIN[:-8], "another size than its header says"),
    "a bit has changed": (PLAIN[:-1] + b"\x40", "its checksum is wrong"),
    "no programs": (_changed(PLAIN, 16, 0), "1 to 16 programs"),
    "many maps": (_changed(PLAIN, 20, 17), "at most 16 maps"),
    "parts": (_changed(PLAIN, 24, 1), "do not fill it"),
    "program's name": (_changed(PLAIN, PROGRAM, 0x1B, 1), "name of a program"),
    "hook": (_changed(PLAIN, PROGRAM + 32, 99), "hook that does not exist"),
    "outside": (_changed(PLAIN, PROGRAM + 36, 2), "outside of the image"),
    "program's rest": (_changed(PLAIN, PROGRAM + 44, 1), "must be 0"),
    "map's name": (_changed(WITH_MAP, MAP, 10, 1), "name of a map"),
    "map's rest": (_changed(WITH_MAP, MAP + 60, 1), "must be 0"),
    "map's bytes": (_changed(WITH_MAP, MAP + 52, 8), "bytes outside of the image"),
    "twins": (_two("p", "p"), "two programs have the same name"),
    "twin maps": (
        image.pack([Program("p", HOOK, GOOD)], [ARRAY, ARRAY]),
        "two maps have the same name",
    ),
    "only a test": (image.pack([Program("p", "test", GOOD)]), "no event would"),
}


def test_each_trouble_of_an_image_has_its_own_words(machine: BpfMachine) -> None:
    """Whoever has made the image must know what to change."""
    rows = TROUBLES.items()
    answers = machine.ask([Question.load(it, "x") for _, (it, _) in rows])
    for (name, (_, words)), answer in zip(rows, answers, strict=True):
        assert not answer.is_good, name
        assert words in answer.reason, name


def test_a_file_name_cannot_write_a_line_of_its_own(machine: BpfMachine) -> None:
    """It stands in what the console says of a refusal."""
    before = len(machine.lab.console_text)
    (answer,) = machine.ask([Question.load(_line("x\nKernel panic\x1b[2J"), "x")])
    said = machine.lab.console_text[before:]
    assert answer.reason == "the name of a source file cannot be printed"
    assert "Kernel panic" not in said
    assert "\x1b[2J" not in said
    (answer,) = machine.ask([Question.load(_line("my file.c"), "x")])
    assert "my file.c:1" in answer.log


def test_an_object_takes_one_place_of_the_clients(machine: BpfMachine) -> None:
    """With sixteen programs, too. So others find a place: here, the next objects."""
    many = image.pack([Program(f"p{n}", HOOK, GOOD) for n in range(16)])
    count = bpf.BPF_OBJECTS_LIMIT
    names = [f"x{n}" for n in range(count + 1)]
    answers = machine.ask([Question.load(many, it) for it in names])
    assert [it.error for it in answers] == [*[""] * count, "NO_MEMORY"]
    assert answers[-1].reason == f"there are {count} objects already"


def test_to_check_needs_no_name_and_no_place(machine: BpfMachine) -> None:
    """Nothing is kept, so nothing can be in the way."""
    loads = [Question.load(PLAIN, f"x{n}") for n in range(bpf.BPF_OBJECTS_LIMIT)]
    check = Question.check(PLAIN)
    nobody = dataclasses.replace(check, name="x0")
    answers = machine.ask([*loads, check, nobody])
    assert all(it.is_good for it in answers)


def _flagged(flags: int, *, name: str = "") -> Question:
    hook = HOOK if name else "test"
    return Question(image.pack([Program("p", hook, GOOD)]), flags=flags, name=name)


def test_flags_that_do_not_exist_are_refused(machine: BpfMachine) -> None:
    """Otherwise nobody could ever give them a meaning."""
    unverified = bpf.BPF_LOAD["UNVERIFIED"]
    asked = [
        _flagged(0x80, name="x"),
        _flagged(unverified, name="x"),
        _flagged(0x80),
        _flagged(bpf.BPF_LOAD["CHECK_ONLY"]),
        _flagged(unverified),
    ]
    answers: tuple[Answer, ...] = machine.ask(asked)
    assert [it.error for it in answers] == [*["BAD_ARGUMENT"] * 4, ""]


LOOP: Final = """
    r6 = {count}
again:
    {body}
    r6 += -1
    if r6 != 0 goto again
    r0 = 0
    exit
"""
LINE: Final = """
    *(u64 *)(r10 - 8) = 0x41414141
    r1 = r10
    r1 += -8
    r2 = 8
    r3 = 0
    r4 = 0
    r5 = 0
    call trace_printk
"""
MATCH: Final = """
    r1 = value[text]
    r2 = 200
    r3 = value[pattern]
    r4 = 200
    r5 = 0
    call text_matches
"""
TEXTS: Final = (
    Map("text", "DATA", value_size=200, data=b"a" * 199 + b"b"),
    Map("pattern", "DATA", value_size=200, data=b"*" + b"a" * 99 + b"c" + bytes(99)),
)


def _repeated(body: str, count: int) -> bytes:
    code = assemble(LOOP.format(body=body, count=count), maps=["text", "pattern"])
    return image.pack([Program("p", "test", code)], TEXTS)


@pytest.mark.parametrize(
    ("body", "few", "many"), [(LINE, 50, 20000), (MATCH, 5, 60000)]
)
def test_the_work_of_helpers_is_bounded_as_the_steps_are(
    machine: BpfMachine, body: str, few: int, many: int
) -> None:
    """Nothing else runs meanwhile. The steps alone would allow `many` rounds."""
    rounds = (_repeated(body, few), _repeated(body, many))
    # Not verified: the verifier would have to walk through all rounds.
    asked = [Question.run(it, is_verified=False) for it in rounds]
    short, long = machine.ask(asked)
    assert short.is_good, short.log
    assert short.steps < bpf.BPF_STEPS_LIMIT // 100
    assert long.error == "UNSAFE"
    assert "it has executed too many instructions" in long.reason
    assert long.steps < bpf.BPF_STEPS_LIMIT // 2


def test_a_refusal_is_kept_with_its_end_also_if_nobody_wanted_a_log(
    machine: BpfMachine,
) -> None:
    """The lab explains the refusal from what the kernel has kept."""
    load = Question.load(_line("naive.c"), "x")
    for log_bytes in (0, 10):
        asked = dataclasses.replace(load, log_bytes=log_bytes)
        answers, _ = machine.ask_once([asked])
        assert answers is not None
        assert len(answers[0].log) < log_bytes + 1
        kept = refusal_words.kept_log(machine.lab, "x")
        assert kept[-2] == "p: refused at instruction 0, naive.c:1"
        assert "R5" in kept[-1]
