"""Each death and each stop is joined to its own fault, and never to the latest one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import msgspec
import pytest

from minios.abi import events as abi_events
from minios.abi.events import RECORD as KIND
from minios.abi.structures import RECORD
from minios.lab import Bugcheck, Lab, beacon, events, seconds
from minios.lab.memory import Memory
from minios.testing import PluginBuilder

PROGRAMS = ("null", "wild", "null")  # page faults, two of them at the same place
STAMP = {"world": "windows", "t": 1, "instructions": 1}


def nowhere(_address: int, _size: int) -> None:
    """What is read where nothing is mapped."""


LAYOUTS = {kind.name: kind.layout for kind in abi_events.RECORDS}


@pytest.fixture(name="lab", scope="module")
def lab_of_three_deaths() -> Iterator[Lab]:
    """A machine in which three processes have died of a fault."""
    with Lab(options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.wait_for_prompt()
        for program in PROGRAMS:
            lab.console(f"run {program}", within=seconds(5))
        yield lab


def deaths_in(lab: Lab) -> list[events.DeathEvent]:
    """How the three ended."""
    found = [it for it in lab.events if isinstance(it, events.DeathEvent)]
    assert len(found) == len(PROGRAMS)
    return found


def faults_in(lab: Lab) -> list[events.Faulted]:
    """Why."""
    found = [it for it in lab.events if isinstance(it, events.Faulted)]
    assert len(found) == len(PROGRAMS)
    return found


def memory_before_the_reports(lab: Lab) -> Memory:
    """What the lab remembers when all have faulted, and none is reported yet."""
    memory = lab._recorder.memory.copy()
    memory.faults = list(faults_in(lab))
    return memory


def packed(kind: str, *values: int, name: str, process_id: int) -> bytes:
    """A record, with its values in the order in which C has them."""
    return RECORD.pack(
        kind=KIND[kind],
        process_id=process_id,
        name=name,
        values=values_of(LAYOUTS[kind.lower()].pack(*values)),
    )


def values_of(raw: bytes) -> tuple[int, ...]:
    """These bytes as whole values."""
    size = RECORD.size - RECORD.offset("values")
    filled = raw.ljust(size, b"\0")
    return tuple(
        int.from_bytes(filled[at : at + 8], "little") for at in range(0, 48, 8)
    )


def death(died: events.DeathEvent) -> bytes:
    """What the kernel tells of this death."""
    values = (died.process_id, died.vector, died.error_code, died.address, died.rip)
    numbers = (it or 0 for it in values)
    return packed("DEATH", *numbers, name=died.name, process_id=0)


def stop(vector: int = 0, rip: int = 0, process_id: int = 0) -> bytes:
    """What the kernel tells of a stop, and of the fault that was its cause."""
    values = (rip, 1, 2, 3, 4, 0xE2, vector, 15)
    return packed("BUGCHECK", *values, name="kernel", process_id=process_id)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_each_death_is_joined_to_its_own_fault(
    lab: Lab, order: tuple[int, ...]
) -> None:
    """In whichever order the kernel comes to tell of them.

    Two of the processes run the same program, and have faulted at the same instruction.
    """
    deaths, faults = deaths_in(lab), faults_in(lab)
    memory = memory_before_the_reports(lab)
    left = list(faults)

    for number in order:
        told = beacon.read(death(deaths[number]), STAMP, memory, nowhere)

        assert told == msgspec.structs.replace(deaths[number], **STAMP)
        left.remove(faults[number])
        assert memory.faults == left


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_each_death_has_the_picture_of_its_own_fault(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Also where another process has faulted at the same instruction in between."""
    deaths, faults = deaths_in(lab), faults_in(lab)
    memory = memory_before_the_reports(lab)
    for index, (death, fault) in enumerate(zip(deaths, faults, strict=True)):
        table = index << 12  # here one process came after the other: they shared some
        memory.modules.page_tables[death.process_id] = table
        taken = memory.pictures[fault]
        registers = {**taken.registers, "cr3": table}
        memory.pictures[fault] = dataclasses.replace(taken, registers=registers)
    monkeypatch.setattr(lab._recorder, "memory", memory)
    late = msgspec.structs.replace(deaths[number], instructions=deaths[-1].instructions)

    assert lab._recorder.picture_of(late) is memory.pictures[faults[number]]


def test_a_stop_of_the_kernels_own_takes_no_fault(lab: Lab) -> None:
    """Neither one of ring 3 that is still to be told, nor one that was handled."""
    memory = memory_before_the_reports(lab)
    memory.faults += [msgspec.structs.replace(it, ring=0) for it in memory.faults]
    before = list(memory.faults)

    told = beacon.read(stop(), STAMP, memory, nowhere)

    assert isinstance(told, events.BugcheckEvent)
    assert (told.vector, told.rip, told.rule) == (None, None, "")
    assert (told.params, told.irql, told.code) == ((1, 2, 3, 4), 15, 0xE2)
    assert memory.faults == before


def test_a_stop_is_joined_to_the_fault_that_caused_it(lab: Lab) -> None:
    """And not to a later one, or to one at the same place in another process."""
    memory = memory_before_the_reports(lab)
    first = deaths_in(lab)[0]
    assert first.vector is not None
    assert first.rip is not None

    told = beacon.read(
        stop(first.vector, first.rip, first.process_id), STAMP, memory, nowhere
    )

    assert isinstance(told, events.BugcheckEvent)
    assert (told.vector, told.rip) == (first.vector, first.rip)
    assert memory.faults == faults_in(lab)[1:]


def test_a_fault_under_other_page_tables_is_still_the_cause(lab: Lab) -> None:
    """A driver may have switched to them before it faulted."""
    memory = memory_before_the_reports(lab)
    first, second, third = faults_in(lab)
    other = deaths_in(lab)[1].process_id
    assert third.vector is not None
    assert third.rip is not None

    told = beacon.read(stop(third.vector, third.rip, other), STAMP, memory, nowhere)

    assert isinstance(told, events.BugcheckEvent)
    assert told.rip == third.rip
    assert memory.faults == [first, second]


HANDLES_A_FAULT = """
#include <minios/plugin.h>

struct [[gnu::packed]] table_register {
    uint16_t limit;
    uint64_t base;
};

static uint64_t gates[512];

// Takes over the interrupt table for one fault.
static int start(void)
{
    struct table_register own = {.limit = sizeof(gates) - 1, .base = (uint64_t)gates};
    struct table_register kernels;
    uint64_t handler;
    // The handler goes on after the two bytes of ud2.
    __asm__("lea 1f(%%rip), %0; jmp 2f; 1: addq $2, (%%rsp); iretq; 2:"
            : "=r"(handler));
    __asm__ volatile("cli; sidt %0" : "=m"(kernels));
    for (unsigned i = 0; i < 512; i++) {
        gates[i] = ((const uint64_t *)kernels.base)[i];
    }
    gates[12] = (gates[12] & 0x0000ffffffff0000) | (handler & 0xffff) |
                (handler >> 16 & 0xffff) << 48;
    gates[13] = handler >> 32;
    __asm__ volatile("lidt %0; ud2; lidt %1; sti" ::"m"(own), "m"(kernels) : "memory");
    plugin_log("has handled a fault");
    return 0;
}

const struct plugin plugin = {.name = "mine", .start = start};
"""


def test_a_fault_that_a_driver_handles_is_not_the_cause_of_a_later_stop(
    plugin_builder: PluginBuilder,
) -> None:
    """Somebody asks for a crash long after it."""
    plugin = plugin_builder.from_text(HANDLES_A_FAULT, kinds=["driver"])
    with Lab(plugins=[plugin], options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.wait_for_prompt()
        assert "has handled a fault" in lab.console_text
        assert lab.last(events.Faulted).module == "mine.sys"

        lab.type("crash\r")
        stopped = lab.run_until(Bugcheck(), within=seconds(5))

        assert (stopped.vector, stopped.rip, stopped.instruction) == (None, None, None)


def test_a_late_report_has_the_picture_of_its_own_fault(lab: Lab) -> None:
    """Not the latest picture before it, which is another process's."""
    first, second = deaths_in(lab)[:2]
    late = msgspec.structs.replace(first, instructions=second.instructions + 1)
    picture = lab.picture_of(late)

    assert picture is not None
    assert picture.fault.rip == first.rip != second.rip
