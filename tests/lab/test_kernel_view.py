"""Threads, stacks, ports and queues, as the kernel's own memory has them."""

from __future__ import annotations

import random

import pytest

from minios import paths
from minios.abi.memory_map import KERNEL_BASE, KERNEL_HEAP
from minios.image import layouts
from minios.lab import Bugcheck, Lab, kernel_view, milliseconds, page_tables, seconds
from minios.lab.kernel_view import KernelView, Thread


def named(found: KernelView, owner: str) -> Thread:
    """The thread of that process."""
    (thread,) = (it for it in found.threads if it.owner.startswith(owner))
    return thread


@pytest.fixture
def lab() -> Lab:
    """A macos machine that is up and waits for something to do."""
    lab = Lab(model="macos")
    lab.boot()
    lab.run_for(milliseconds(50))
    return lab


def test_every_process_has_its_thread_and_says_what_it_waits_for(lab: Lab) -> None:
    """The updater waits at the link, the sensor at its port."""
    found = kernel_view.look(lab)

    assert not found.trouble
    assert [it.id for it in found.threads] == sorted(it.id for it in found.threads)
    assert named(found, "updater").waits_for.endswith("uarts (serial.c)[1]")
    assert named(found, "sentinel.ext").waits_for == "a message to port sentinel.ext"
    assert named(found, "sentinel.ext").in_syscall
    assert {it.name for it in found.processes} >= {"init", "shell", "updater"}


def test_a_thread_that_no_list_names_is_found_in_the_heap(lab: Lab) -> None:
    """The list of those that wait for a time is cut: System waits in no other."""
    timed = layouts.load(paths.KERNEL).variable("tasks/thread.c", "timed").address
    place = lab.machine.walk(timed, ring=0).physical
    assert place is not None
    lab.machine.ram[place : place + 8] = bytes(8)

    found = kernel_view.look(lab)

    assert named(found, "System").waits_for == "time to pass"
    with_stack = [it for it in found.threads if it.stack_top]
    assert len(with_stack) == found.stacks_in_use


def test_a_stack_leads_from_the_switch_to_ring_3(lab: Lab) -> None:
    """The innermost call is the kernel's, the last the program's own."""
    calls = named(kernel_view.look(lab), "shell").calls

    assert calls[0].words.startswith("kernel switch_to_next")
    assert any("syscall_entry" in call.words for call in calls)
    assert [call.ring for call in calls] == sorted(call.ring for call in calls)
    assert (calls[0].ring, calls[-1].ring) == (0, 3)
    assert "shell sys_" in calls[-1].words


def test_the_event_that_killed_the_machine_still_lies_in_the_inbox(
    windows: Lab,
) -> None:
    """At the stop, the sensor's port holds what nobody will read any more."""
    windows.push("channel-291-bad")
    windows.run_until(Bugcheck(), within=seconds(5))

    found = kernel_view.look(windows)

    (port,) = (it for it in found.ports if it.name == "sentinel.sys")
    assert port.owner == "kernel"
    assert port.messages
    running = [it for it in found.threads if it.state == "running"]
    assert [it.owner for it in running] == ["System"]
    assert any("sentinel.sys" in call.words for call in running[0].calls)


def test_before_the_kernel_has_memory_there_is_nothing_to_see() -> None:
    """And that is said."""
    with Lab() as lab:
        assert "not switched its memory on" in kernel_view.look(lab).trouble


@pytest.mark.parametrize("seed", range(12))
def test_garbage_in_the_kernels_memory_is_survived(lab: Lab, seed: int) -> None:
    """Every word of data and heap may have been trampled over: no exception."""
    dice = random.Random(seed)  # noqa: S311 - any garbage will do, the same each time
    cr3 = lab.machine.registers()["cr3"]
    own = {it.address for it in layouts.load(paths.KERNEL).variables()}
    for address, size, bits, physical in page_tables.pages(lab.machine.ram, cr3):
        is_data = KERNEL_BASE <= address < KERNEL_BASE + (1 << 24) and bits & 2
        if not is_data and not KERNEL_HEAP <= address < KERNEL_HEAP + (1 << 30):
            continue
        for at in range(0, size, 8):
            if address + at in own or dice.random() < 0.2:
                word = dice.choice(
                    (dice.getrandbits(64), 1, address + at, (1 << 64) - 8)
                )
                lab.machine.ram[physical + at : physical + at + 8] = word.to_bytes(
                    8, "little"
                )

    found = kernel_view.look(lab)

    assert isinstance(found, KernelView)
    assert len(found.threads) < 5000


def test_a_list_that_was_bent_into_a_ring_ends(lab: Lab) -> None:
    """The first port points to itself."""
    known = layouts.load(paths.KERNEL)
    ports = known.variable("ipc/port.c", "ports")
    first = lab.machine.read_virtual(ports.address, 8)
    assert first is not None
    assert ports.type.target is not None
    at = int.from_bytes(first, "little") + ports.type.target.fields["next"].offset
    place = lab.machine.walk(at, ring=0).physical
    assert place is not None
    lab.machine.ram[place : place + 8] = first

    assert len(kernel_view.look(lab).ports) == 1


def test_the_tree_of_page_tables_leads_to_the_same_pages_as_a_walk(lab: Lab) -> None:
    """Every page of the tree is where the CPU finds it, with the same rights."""
    cr3 = lab.machine.registers()["cr3"]
    rows = page_tables.tree(lab.machine.ram, cr3)

    pages = [row for row in rows if row.table is None]
    assert len(pages) > 20
    for row in pages:
        walk = lab.machine.walk(row.start, ring=0)
        assert walk.physical == row.physical
        entries = [level.entry for level in walk.levels]
        assert page_tables.combined(entries) == row.rights
    assert {row.level for row in rows} == {0, 1, 2, 3}


def test_a_table_that_is_its_own_child_is_followed_no_deeper_than_the_cpu() -> None:
    """One page of entries that point to itself: four levels, then it ends."""
    page = ((3).to_bytes(8, "little") * 20).ljust(4096, b"\0")  # 20 ** 3 tables
    ram = memoryview(bytearray(page))

    assert len(page_tables.tree(ram, 0)) <= 4096


def test_messages_that_nobody_takes_are_seen_in_their_port() -> None:
    """A client that hangs: its inbox fills up, and has more room than others."""
    with Lab("macos", plugins=["gate"], options={"event_ms": "50"}) as lab:
        lab.boot()
        lab.console("tell gate.ext open")
        lab.console("tell gate.ext hang")
        lab.run_for(seconds(1))
        ports = {it.name: it for it in kernel_view.look(lab).ports}

    hung = ports["gate.ext"]
    assert hung.messages.count("event from 0") > 3
    assert hung.capacity > ports["shell"].capacity > 0
