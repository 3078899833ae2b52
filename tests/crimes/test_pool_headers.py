"""Every word of a block's header is looked at, when it is handed out and given back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios import paths
from minios.image import layouts
from minios.lab import Bugcheck, Lab, LabSnapshot, seconds
from minios.lab.guest_values import Piece, at

BAD_POOL_HEADER, BAD_POOL_CALLER = 0x19, 0xC2
FREE_LIST_DAMAGED, HEADER_DAMAGED, FREED_TWICE = 0x03, 0x20, 0x07
HEADER, MAGIC, STATE, SELF = 16, 0, 4, 8
FREE, USED = 0xFEE, 0x05ED


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Lab, LabSnapshot]]:
    """A machine in which nothing happens by itself, with a program that never ends."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.console("run loop &")
        yield lab, lab.snapshot()


@pytest.fixture
def lab(running: tuple[Lab, LabSnapshot]) -> Lab:
    """The same for every test."""
    running[0].restore(running[1])
    return running[0]


def variable(lab: Lab, unit: str, name: str) -> Piece:
    """A variable of the kernel's."""
    found = layouts.load(paths.KERNEL).variable(unit, name)
    return at(lab.machine.read_virtual, found.address, found.type)


def put(lab: Lab, address: int, value: int, size: int = 4) -> None:
    """Write into the kernel's memory from outside."""
    physical = lab.machine.walk(address, ring=0).physical
    assert physical is not None
    lab.machine.write_physical(physical, value.to_bytes(size, "little"))


def free_headers(lab: Lab) -> list[int]:
    """Of the blocks that will be handed out next, one of each size."""
    lists = variable(lab, "memory/heap.c", "free_blocks").items()
    return [it.number - HEADER for it in lists if it.number]


def header_of_loop(lab: Lab) -> int:
    """Of the block that goes when the program `loop` ends."""
    for pointer in variable(lab, "tasks/process.c", "processes").items():
        process = pointer.follow()
        if process is not None and process["name"].text == "loop":
            return process.address - HEADER
    raise AssertionError("loop does not run")


def stop_after(lab: Lab, command: str) -> tuple[int, int]:
    """Stop code and first parameter, when this is typed."""
    lab.type(command + "\r")
    stop = lab.run_until(Bugcheck(), within=seconds(2))
    return stop.code, stop.params[0]


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        pytest.param(MAGIC, 0, id="magic"),
        pytest.param(STATE, USED, id="in-use"),
        pytest.param(STATE, 0, id="state"),
        pytest.param(SELF, 0, id="self"),
    ],
)
def test_a_free_block_whose_header_was_written_over_is_not_handed_out(
    lab: Lab, offset: int, value: int
) -> None:
    """One word is enough, whichever it is."""
    for header in free_headers(lab):
        put(lab, header + offset, value)

    assert stop_after(lab, "run bench") == (BAD_POOL_HEADER, FREE_LIST_DAMAGED)


@pytest.mark.parametrize(
    ("offset", "value", "stop"),
    [
        pytest.param(MAGIC, 0, (BAD_POOL_HEADER, HEADER_DAMAGED), id="magic"),
        pytest.param(STATE, 0, (BAD_POOL_HEADER, HEADER_DAMAGED), id="state"),
        pytest.param(SELF, 0, (BAD_POOL_HEADER, HEADER_DAMAGED), id="self"),
        pytest.param(STATE, FREE, (BAD_POOL_CALLER, FREED_TWICE), id="is-free"),
    ],
)
def test_a_block_whose_header_was_written_over_is_not_taken_back(
    lab: Lab, offset: int, value: int, stop: tuple[int, int]
) -> None:
    """Nor one that is free already."""
    put(lab, header_of_loop(lab) + offset, value)

    process = variable(lab, "tasks/process.c", "next_id").number - 1
    assert stop_after(lab, f"kill {process}") == stop


def test_with_sound_headers_the_machine_goes_on(lab: Lab) -> None:
    """What the other tests type stops no machine by itself."""
    process = variable(lab, "tasks/process.c", "next_id").number - 1

    assert "bench" in lab.console("run bench")
    lab.console(f"kill {process}")
    assert f"loop (process {process}) ended: killed" in lab.console("ps")
