"""No accepted program harms the kernel: a sample of `minios dev fuzz bpf`.

The usual tests try some hundred programs. Deep: twenty thousand of them. By hand:
`minios dev fuzz bpf --count 200000`. What the fuzzer would overlook, it overlooks here,
too; so each defect of the kernel is planted, and must be found.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from minios import cli
from minios.bpf.assembly import assemble
from minios.bpf.instructions import Instruction, unpack
from minios.dev.fuzz import bpf as fuzz
from minios.dev.fuzz import bpf_library
from minios.dev.fuzz.bpf_changes import without
from minios.dev.fuzz.bpf_library import Library
from minios.dev.fuzz.bpf_programs import MAPS, Case, case
from minios.dev.fuzz.children import Finding, Job

pytestmark = pytest.mark.skipif(
    not bpf_library.is_possible(), reason="the kernel's code cannot be built here"
)
SIZES: Final = pytest.mark.parametrize(
    "size",
    [
        pytest.param(1, id="some"),
        pytest.param(40, id="all", marks=pytest.mark.deep),
    ],
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library, built once."""
    return bpf_library.build(tmp_path_factory.mktemp("fuzz"))


@pytest.fixture(autouse=True)
def _closed(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has a machine and a library of its own."""
    monkeypatch.setattr(bpf_library, "build", lambda: path)
    yield
    fuzz._machine.cache_clear()
    fuzz._library.cache_clear()


def tried(
    count: int, *, defect: str = "none", ring0: int = 0
) -> tuple[Counter[tuple[str, str]], list[Finding]]:
    """The first cases of seed 1: the counts, and what was found."""
    results: Counter[tuple[str, str]] = Counter()
    found = []
    job = Job(1, None, 0, count)
    for tally in fuzz.work(defect, ring0, job, ctypes.c_int64()):
        results += tally.results
        found += tally.findings
    return results, found


def program(text: str, memory: bytes = bytes(16), hook: str = "test") -> Case:
    """A program of some lines that runs once."""
    code = assemble(text, maps=[it.name for it in MAPS])
    return Case(
        tuple(unpack(code, at) for at in range(len(code) // 8)),
        hook,
        len(memory) if hook == "test" else 0,
        (memory,),
        "by hand",
        is_changed=False,
    )


@SIZES
def test_no_accepted_program_does_what_it_must_not(size: int) -> None:
    """A sample is worth something only if enough of it is accepted, and refused."""
    cases = 500 * size
    results, found = tried(cases, ring0=5)

    assert [it.problem for it in found] == []
    assert results["cases", ""] == cases
    accepted = results["accepted", ""]
    assert cases // 20 < accepted < cases // 2
    assert results["accepted, changed", ""] > cases // 20
    assert results["runs", ""] == 4 * accepted
    assert results["claims", ""] > accepted * 9 // 10
    reasons = {it for it in results if it[0] == "refused"}
    assert len(reasons) > 20
    assert all(results["ring 0", it] > 0 for it in ("run", "called", "refused"))


@pytest.mark.parametrize(
    ("defect", "cases", "ring0", "words"),
    [
        ("bounds32", 200, 0, "no state of the verifier is true"),
        ("helper_length", 460, 0, "watched, it ends otherwise: R0"),
        ("missing_page", 30, 1, "#PF: supervisor write access in kernel mode"),
    ],
)
def test_each_defect_is_found(defect: str, cases: int, ring0: int, words: str) -> None:
    """Without the defect, the same programs do nothing wrong (the test above)."""
    _, found = tried(cases, defect=defect, ring0=ring0)

    assert any(words in it.problem for it in found)


def test_a_finding_is_the_smallest_program(path: Path) -> None:
    """Of case 122: an OR of 32 bits with a constant, and what a program needs."""
    library = Library(path, "bounds32")
    whole = case(1, 122)

    least = fuzz.smallest(library, whole, ignores_claims=False)

    assert len(least.code) <= 8 < len(whole.code)
    assert library.run(least).fault
    fine = Library(path).run(least)
    assert not fine.fault


WRONG: Final = """
    r3 = 0
    w3 |= 64
    r1 += r3
"""
"""The defect bounds32 believes that R3 is 0 at the end."""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("r0 = *(u8 *)(r1 + 0)\nexit", "touched memory that is not its own"),
        ("*(u8 *)(r1 + 0) = 1\nr0 = 0\nexit", "touched memory that is not its own"),
        (
            "r2 = 8\nr3 = 5\ncall text_number\nr0 = 0\nexit",
            "touched memory that is not its own",
        ),
    ],
)
def test_what_is_not_its_own_is_noticed(path: Path, text: str, fault: str) -> None:
    """Loads, stores and helpers: with the defect, the verifier lets them through."""
    wrong = program(WRONG + text)

    assert fault in Library(path, "bounds32").run(wrong, ignores_claims=True).fault
    assert not Library(path).run(wrong).is_accepted


def test_what_the_verifier_believes_is_compared_with_what_is_true(path: Path) -> None:
    """Also where nothing bad comes of it."""
    harmless = program(WRONG.replace("r1 += r3", "r0 = r3") + "exit")

    believed = Library(path, "bounds32").run(harmless)
    ignored = Library(path, "bounds32").run(harmless, ignores_claims=True)

    assert "no state of the verifier is true; R0..R3 0" in believed.fault
    assert ignored.fault == ""
    assert ignored.runs == ((64, 4),)


def test_what_a_helper_copies_from_behind_the_event_is_noticed(path: Path) -> None:
    """The program asks for what the verifier allows; the helper is wrong."""
    text = """
        r3 = r1
        r3 += 231
        r1 = value[wide] + 0
        r2 = 64
        call probe_read_kernel_str
        r0 = 0
        exit
    """
    copies = program(text, b"x" * 232, "notify/file_write")

    assert not Library(path).run(copies).fault
    fault = Library(path, "helper_length").run(copies).fault
    assert "something that is not its own has reached its memory" in fault


def test_a_good_program_returns_what_it_should(path: Path) -> None:
    """Four steps, and the second byte of the memory."""
    trial = Library(path).run(
        program("r2 = 1\nr1 += r2\nr0 = *(u8 *)(r1 + 0)\nexit", b"ab" * 8)
    )

    assert trial.is_accepted
    assert trial.fault == ""
    assert trial.claims == 4
    assert trial.runs == ((ord("b"), 4),)


def test_the_same_number_is_the_same_case() -> None:
    """A finding can be looked at again."""
    assert case(1, 17) == case(1, 17)
    assert case(1, 17) != case(2, 17)
    assert case(1, 17) != case(1, 18)


def test_jumps_lead_where_they_did_when_something_is_left_out() -> None:
    """Forwards and backwards, and of what is left out itself to what follows it."""
    code = list(
        program("r0 = 1\nif r0 == 1 goto +2\nr0 = 2\nr0 = 3\ngoto -4\nexit").code
    )

    without(code, 2)

    assert code == list(
        program("r0 = 1\nif r0 == 1 goto +1\nr0 = 3\ngoto -3\nexit").code
    )


def test_a_program_that_cannot_be_is_refused_and_harms_nobody(path: Path) -> None:
    """Bytes that are no instruction do not reach the interpreter."""
    bad = replace(program("r0 = 0\nexit"), code=(Instruction(0xFF, 1, 2, 3, 4),))

    trial = Library(path).run(bad)

    assert not trial.is_accepted
    assert trial.runs == ()


def test_the_command_prints_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    """One job, so that only one process is started."""
    words = ("dev", "fuzz", "bpf", "--count", "40", "--ring0", "10", "--jobs", "1")

    assert cli.main(words) == 0

    said = capsys.readouterr().out
    assert said.startswith("40 programs, ")
    assert "refused because:" in said
    assert said.endswith("nothing found\n")
