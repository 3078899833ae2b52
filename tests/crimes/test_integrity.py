"""The kernel notices that it was altered: later than the write, and at no fixed time.

The memory is altered from outside, as no driver could without leaving other traces.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from minios.abi import enumerations, memory_map, structures
from minios.lab import Bugcheck, Lab, explain, seconds
from minios.lab.crimes import CRIMES, Scene
from minios.lab.events import BugcheckEvent
from minios.lab.gallery import Gallery

CODE = 0x109
LONGEST_PAUSE = seconds(structures.INTEGRITY_SECONDS_AT_MOST + 0.1)
SHORTEST_PAUSE = seconds(structures.INTEGRITY_SECONDS_AT_LEAST)
REGION = enumerations.CORRUPTED
QUIET = {"event_ms": "0"}


@pytest.fixture(name="lab")
def lab_that_is_ready() -> Iterator[Lab]:
    """A machine without content to look at, ready."""
    with Lab(model="windows", options=QUIET) as lab:
        lab.boot()
        yield lab


def alter(lab: Lab, address: int) -> None:
    """Change one bit of one byte, wherever it lies in the kernel's image."""
    physical = address - memory_map.KERNEL_BASE
    found = lab.machine.read_virtual(address, 1)
    assert found is not None
    lab.machine.write_physical(physical, bytes([found[0] ^ 1]))


def stop_of(lab: Lab) -> BugcheckEvent:
    """The stop that must come within the longest pause between two looks."""
    return lab.run_until(Bugcheck(), within=LONGEST_PAUSE)


def moments_of(lab: Lab, number: int) -> list[int]:
    """When it looks at itself, so many times from now on."""
    found = []
    for _ in range(number):
        lab.run_to("check_table", within=LONGEST_PAUSE)
        found.append(lab.machine.now)
        lab.run_for(SHORTEST_PAUSE // 2)
    return found


@pytest.mark.parametrize(
    ("symbol", "region", "name"),
    [
        ("boot_high", "CODE", "code"),
        ("kernel_rodata_start", "DATA", "read-only data"),
        ("gdt", "GDT", "segment table"),
    ],
)
def test_one_altered_bit_stops_the_machine_and_says_where(
    lab: Lab, symbol: str, region: str, name: str
) -> None:
    """Parameter 4 is the region, 2 the word, 3 what it holds."""
    address = lab.address_of(symbol)
    alter(lab, address + 8)
    now = lab.machine.read_virtual(address + 8, 8)
    assert now is not None

    stop = stop_of(lab)

    word = int.from_bytes(now, "little")
    assert (stop.code, stop.params) == (CODE, (0, address + 8, word, REGION[region]))
    assert f"its {name} was altered at +0x8" in lab.console_text


def test_the_last_byte_of_the_constants_is_looked_at_too(lab: Lab) -> None:
    """The part ends where the writable data begin."""
    end = lab.address_of("kernel_data_start")
    alter(lab, end - 1)

    assert stop_of(lab).params[1] == end - 8


def test_an_altered_gate_names_where_it_leads(lab: Lab) -> None:
    """Bits 15..0 of the handler's address are the first two bytes of the gate."""
    gate = lab.address_of("idt") + 16 * 3
    alter(lab, gate)
    where = lab.machine.read_virtual(gate, 16)
    assert where is not None
    handler = int.from_bytes(where[:2] + where[6:12], "little")

    stop = stop_of(lab)

    assert stop.params == (0, gate, handler, REGION["IDT"])
    said = str(explain(lab, stop))
    assert (
        f"Gate 3 of the interrupt table (IDT) was altered. It now leads to "
        f"{handler:#x}" in said
    )


def test_the_stop_comes_later_than_the_write(lab: Lab) -> None:
    """Until the next look, everything goes on."""
    (look,) = moments_of(lab, 1)
    alter(lab, lab.address_of("boot_high"))

    assert SHORTEST_PAUSE <= stop_of(lab).t - look <= LONGEST_PAUSE


def test_looks_are_never_a_fixed_time_apart(lab: Lab) -> None:
    """Between one and five seconds, and not always the same."""
    pauses = [
        after - before for before, after in itertools.pairwise(moments_of(lab, 7))
    ]

    assert len({it // seconds(0.1) for it in pauses}) >= 4
    assert all(SHORTEST_PAUSE <= it <= LONGEST_PAUSE for it in pauses)


def test_no_two_starts_look_at_the_same_moments(lab: Lab) -> None:
    """Neither with another seed, nor the next time on the same machine."""
    first = moments_of(lab, 3)
    with Lab(model="windows", seed=2, options=QUIET) as other:
        other.boot()
        second = moments_of(other, 3)
    lab.reset()
    started = lab.machine.now
    lab.boot()
    third = [it - started for it in moments_of(lab, 3)]

    assert not set(first) & set(second)
    assert not set(first) & set(third)


def test_no_look_is_left_out_where_the_start_counts_as_a_good_one(lab: Lab) -> None:
    """Two minutes after it is ready: the thread has something else to do, too."""
    lab.run_for(seconds(structures.BOOT_SETTLE_SECONDS) - LONGEST_PAUSE)
    looks = moments_of(lab, 4)

    assert looks[-1] > seconds(structures.BOOT_SETTLE_SECONDS)
    assert all(b - a <= LONGEST_PAUSE for a, b in itertools.pairwise(looks))


def test_a_kernel_that_nobody_alters_goes_on(lab: Lab) -> None:
    """Through the moment at which the start counts as a good one, and after it."""
    boots = lab.boots
    lab.run_for(seconds(structures.BOOT_SETTLE_SECONDS + 10))

    assert lab.boots == boots
    assert not [it for it in lab.events if isinstance(it, BugcheckEvent)]


def test_an_unloaded_culprit_is_still_named() -> None:
    """Its gate leads to where it had been."""
    crime = next(it for it in CRIMES if it.name == "hook")
    with Gallery() as gallery:
        lab = gallery.at_prompt(crime, Scene.DRIVER)
        lab.console(crime.command(Scene.DRIVER))
        lab.console("unload villain.sys")

        stop = stop_of(lab)

    assert stop.module == "villain.sys"


def test_why_says_what_was_altered_and_that_no_rule_was_broken(lab: Lab) -> None:
    """The same words that the interface shows."""
    alter(lab, lab.address_of("boot_high"))

    said = str(explain(lab, stop_of(lab)))

    assert "The kernel's code at 0xffffffff80101000, boot_high+0x0" in said
    assert "(minios/kernel/arch/boot.S:" in said
    assert "broke no rule of the CPU" in said
    assert "The fault came from ring 0" not in said
