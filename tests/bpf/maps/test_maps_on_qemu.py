"""QEMU prints the same lines: programs that print and deny, maps, and each defect."""

from __future__ import annotations

import re
from typing import Final

import pytest

from minios.dev import qemu
from minios.dev.oracle import until
from minios.lab import Lab, milliseconds
from tests.bpf.maps import objects, test_collector, test_defects, test_hooks

pytestmark = pytest.mark.witness

PRINTS: Final = """
    r6 = r1
    r1 = 33051478989431155 ll
    *(u64 *)(r10 - 16) = r1
    r1 = 0
    *(u64 *)(r10 - 8) = r1
    r1 = r10
    r1 += -16
    r2 = 16
    r3 = *(u64 *)(r6 + 104)
    r4 = 0
    r5 = 0
    call trace_printk
    r0 = 0
    exit
"""


@pytest.fixture(autouse=True)
def _needs_qemu() -> None:
    if not qemu.is_installed():
        pytest.skip("qemu-system-x86_64 is not installed")


def both(lab: Lab, disk: bytes, words: str, last: str) -> tuple[list[str], list[str]]:
    """What is printed here and there, up to a line with `last`."""
    with lab:
        lab.boot()
        lab.run_for(milliseconds(800))
        ours = _lines(lab.console_text, last)
    theirs = qemu.run(
        disk,
        f"model=linux seed=1 {words}",
        enough=lambda text: bool(until(text.rpartition("\n")[0], last)),
    )
    return ours, _lines(theirs.console, last)


def _lines(text: str, last: str) -> list[str]:
    """Up to that one; without bit 16 of EFLAGS, RF.

    The CPU sets it in the copy that a fault leaves on the stack (Intel SDM vol. 3B,
    "Instruction-Breakpoint Exception Condition"). QEMU does not.
    """
    return [re.sub(r"(EFLAGS: 000)[01]", r"\1.", it) for it in until(text, last)]


def about_programs(lines: list[str]) -> list[str]:
    """Without what another program prints that starts at the same moment."""
    return [it for it in lines if it.startswith(("bpf: ", "probe.ext: "))]


def test_programs_print_and_deny_the_same() -> None:
    """Verified, loaded, called, and removed by nobody."""
    disk = objects.disk_of(
        {
            "judge": test_hooks.deciding("decide/file_write"),
            "tells": objects.made_of(("notify/pipe_open", PRINTS)),
        },
        actor=test_hooks.ACTOR,
        rights="spawn,disk_write",
        more=test_hooks.FILES,
    )
    lab = objects.machine_of(disk)
    ours, theirs = both(lab, disk, "event_ms=0", "probe.ext: done")
    assert about_programs(ours) == about_programs(theirs)
    assert "probe.ext: file_write /NO.TXT -16" in ours
    assert any(it.startswith("bpf: tells.bpf: saw ") for it in ours)


def test_a_ring_is_read_in_the_same_steps() -> None:
    """The reader of the ring, its errors, and what it reads."""
    disk = objects.disk_of(
        {"watch": test_collector.COLLECTOR},
        actor=test_collector.READS,
        rights="events",
        events=test_collector.TYPES,
    )
    last = "probe.ext: name later"
    ours, theirs = both(objects.machine_of(disk), disk, "event_ms=0", last)
    assert ours == theirs
    assert ours[-1].startswith(last)


@pytest.mark.parametrize("defect", test_defects.WHAT)
def test_the_report_of_a_planted_defect_is_the_same(defect: str) -> None:
    """What was tried, where, and the calls that led there."""
    disk = objects.disk_of(test_defects.OBJECTS)
    options = {"event_ms": "100", "bpf_defect": defect}
    lab = objects.machine_of(disk, options)
    words = " ".join(f"{name}={value}" for name, value in options.items())
    ours, theirs = both(lab, disk, words, "end trace")
    assert ours == theirs
    for expected in test_defects.WHAT[defect]:
        assert any(expected in it for it in ours)
