"""Verified is not "cannot crash": a program faults if the kernel itself has a defect.

Each defect is planted by a boot option, and harms nobody without it. The programs are
the same, and the verifier accepts them in both machines.
"""

from __future__ import annotations

import re
from typing import Final

import pytest

from minios.abi import bpf
from minios.bpf.image import Map
from minios.lab import Lab, events, milliseconds
from tests.bpf.maps import objects

NOTHING: Final = objects.made_of(("notify/pipe_open", "r0 = 0\nexit"))
COPIES: Final = objects.made_of(
    (
        "notify/pipe_open",
        f"""
        r3 = r1
        r3 += {objects.PIPE_NAME}
        r1 = value[room] + 0
        r2 = 8192
        call probe_read_kernel_str
        r0 = 0
        exit
        """,
    ),
    maps=[Map("room", "DATA", value_size=8192)],
)
OBJECTS: Final = {"first": NOTHING, "second": COPIES}
WHAT: Final = {
    "missing_page": (
        "#PF: supervisor write access in kernel mode",
        "RIP: 0008:call_program+",
    ),
    "helper_length": (
        "#PF: supervisor read access in kernel mode",
        " call_probe_read_kernel_str+",
    ),
}


def run(defect: str, **options: str) -> Lab:
    """A machine with this defect, after the first pipe was opened."""
    lab = objects.machine(
        OBJECTS, options={"event_ms": "100", "bpf_defect": defect, **options}
    )
    lab.boot()
    lab.run_for(milliseconds(300))
    return lab


def loaded(lab: Lab) -> list[str]:
    """What the verifier has accepted."""
    return [it.name for it in lab.events if isinstance(it, events.BpfLoaded)]


@pytest.mark.parametrize("defect", ["none", "bounds32"])
def test_without_these_defects_the_programs_do_no_harm(defect: str) -> None:
    """Both are called at each opening of a pipe."""
    with run(defect) as lab:
        assert loaded(lab) == ["first.bpf", "second.bpf"]
        assert not [it for it in lab.events if isinstance(it, events.Oops)]
        rows = re.findall(
            r"(\w+).bpf +p0 +notify/pipe_open +(\d+)", lab.console("bpf list")
        )
        assert [name for name, runs in rows if int(runs) >= 2] == ["first", "second"]


@pytest.mark.parametrize("defect", WHAT)
def test_a_verified_program_faults_in_ring_0_if_the_kernel_is_wrong(
    defect: str,
) -> None:
    """The opener of the pipe dies, and the report names the kernel's own function."""
    with run(defect) as lab:
        assert loaded(lab) == ["first.bpf", "second.bpf"]
        text = lab.console_text
        for words in WHAT[defect]:
            assert words in text
        assert "Comm: workload" in text
        oops = next(it for it in lab.events if isinstance(it, events.Oops))
        assert oops.module == "second.bpf"
        assert lab.console("echo still here").strip().endswith("still here")


@pytest.mark.parametrize("defect", WHAT)
def test_in_another_model_the_same_fault_stops_the_machine(defect: str) -> None:
    """It was not the program's fault, but it is the machine's end."""
    options = {"plugins": "bpf", "after_fault": "stop_machine"}
    with run(defect, **options) as lab:
        stopped = [it for it in lab.events if isinstance(it, events.BugcheckEvent)]
        assert {it.module for it in stopped} == {"second.bpf"}
        assert {it.irql for it in stopped} == {2}  # where nothing may wait
        assert {it.name for it in stopped} == {"IRQL_NOT_LESS_OR_EQUAL"}


def test_an_object_in_which_a_thread_has_died_cannot_be_removed() -> None:
    """Nobody knows what it was doing there; the one beside it goes as usual."""
    with run("missing_page") as lab:
        assert "second.bpf" in lab.console("bpf list")
        lab.console("bpf remove second.bpf")
        lab.console("bpf remove first.bpf")
        listed = lab.console("bpf list")
        assert "second.bpf" in listed
        assert "first.bpf" not in listed


def test_each_defect_has_a_test() -> None:
    """A new row of the table asks for one; bounds32 is the verifier's own."""
    assert {it.name for it in bpf.DEFECTS} == {"none", "bounds32", *WHAT}


RESERVES: Final = objects.made_of(
    (
        "notify/pipe_open",
        f"""
        r6 = r1
        r1 = map[ring]
        r2 = 16
        r3 = 0
        call ringbuf_reserve
        if r0 == 0 goto out
        r7 = r0
        r3 = r6
        r3 += {objects.PIPE_NAME}
        r1 = value[room] + 0
        r2 = 8192
        call probe_read_kernel_str
        r1 = r7
        r2 = 0
        call ringbuf_submit
    out:
        r0 = 0
        exit
        """,
    ),
    maps=[Map("ring", "RING", entries=4096), Map("room", "DATA", value_size=8192)],
)


def test_what_a_dead_program_had_reserved_stays_in_the_ring() -> None:
    """Nobody submits it, and nothing behind it can be read: the list shows it."""
    options = {"event_ms": "100", "bpf_defect": "helper_length"}
    with objects.machine({"first": RESERVES}, options=options) as lab:
        lab.boot()
        lab.run_for(milliseconds(300))
        oopses = len([it for it in lab.events if isinstance(it, events.Oops)])
        assert oopses > 0
        row = re.search(
            r"ring +(\d+) records, (\d+) dropped, (\d+) of 4096 bytes wait",
            lab.console("bpf maps"),
        )
        assert row is not None
        records, dropped, waiting = map(int, row.groups())
        # A header of 8 bytes and 16 bytes of the program, for each that has died.
        assert (records, dropped) == (0, 0)
        assert waiting == 24 * oopses
