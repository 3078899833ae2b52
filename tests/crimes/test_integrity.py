"""The kernel notices that it was altered: later than the write, and at no fixed time.

The memory is altered from outside, as no driver could without leaving other traces.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from minios.abi import enumerations, memory_map
from minios.lab import Bugcheck, Lab, explain, seconds
from minios.lab.events import Bugchecked

CODE = 0x109
LONGEST_PAUSE = seconds(5.1)
EARLIEST = seconds(1)
REGION = enumerations.CORRUPTED


@pytest.fixture(name="lab")
def lab_that_is_ready() -> Iterator[Lab]:
    """A machine without content to look at, ready."""
    with Lab(model="windows", options={"event_ms": "0"}) as lab:
        lab.boot()
        yield lab


def alter(lab: Lab, address: int) -> None:
    """Change one bit of one byte, wherever it lies in the kernel's image."""
    physical = address - memory_map.KERNEL_BASE
    found = lab.machine.read_virtual(address, 1)
    assert found is not None
    lab.machine.write_physical(physical, bytes([found[0] ^ 1]))


def stop_of(lab: Lab) -> Bugchecked:
    """The stop that must come within the longest pause between two looks."""
    stop = lab.run_until(Bugcheck(), within=LONGEST_PAUSE)
    assert isinstance(stop, Bugchecked)
    return stop


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
    """Parameter 4 is the region, parameter 3 the word."""
    address = lab.address_of(symbol)
    alter(lab, address + 8)

    stop = stop_of(lab)

    assert (stop.code, stop.params) == (CODE, (0, 0, address + 8, REGION[region]))
    assert f"its {name} was altered" in lab.console_text


def test_the_last_byte_of_the_constants_is_looked_at_too(lab: Lab) -> None:
    """The part ends where the writable data begin."""
    end = lab.address_of("kernel_data_start")
    alter(lab, end - 1)

    assert stop_of(lab).params == (0, 0, end - 8, REGION["DATA"])


def test_an_altered_gate_names_where_it_leads(lab: Lab) -> None:
    """Bits 15..0 of the handler's address are the first two bytes of the gate."""
    gate = lab.address_of("idt") + 16 * 3
    alter(lab, gate)

    where = lab.machine.read_virtual(gate, 16)
    assert where is not None
    handler = where[:2] + where[6:12]
    assert stop_of(lab).params[2:] == (int.from_bytes(handler, "little"), REGION["IDT"])


def test_the_stop_comes_later_than_the_write_and_not_after_a_fixed_time(
    lab: Lab,
) -> None:
    """Four writes a tenth of a second apart, from the same state: four delays."""
    ready = lab.snapshot()
    delays = set()
    for tenths in range(4):
        lab.restore(ready)
        lab.run_for(seconds(6 + tenths / 10))
        written = lab.machine.now
        alter(lab, lab.address_of("boot_high"))
        delays.add(stop_of(lab).t - written)

    assert len(delays) == 4
    assert all(0 < it <= LONGEST_PAUSE for it in delays)


def test_two_looks_are_never_a_fixed_time_apart(lab: Lab) -> None:
    """Between one and five seconds, and not always the same."""
    moments = []
    for _ in range(6):
        lab.run_to("check_table", within=LONGEST_PAUSE)
        moments.append(lab.machine.now)
        lab.run_for(seconds(0.5))
    pauses = [after - before for before, after in itertools.pairwise(moments)]

    assert len({it // seconds(0.1) for it in pauses}) >= 4
    assert all(EARLIEST <= it <= LONGEST_PAUSE for it in pauses)


def test_a_kernel_that_nobody_alters_goes_on(lab: Lab) -> None:
    """Through the moment at which the start counts as a good one, and after it."""
    boots = lab.boots
    lab.run_for(seconds(150))

    assert lab.boots == boots
    assert not [it for it in lab.events if isinstance(it, Bugchecked)]


def test_why_says_what_was_altered_and_that_no_rule_was_broken(lab: Lab) -> None:
    """The same words that the interface shows."""
    alter(lab, lab.address_of("boot_high"))

    said = str(explain(lab, stop_of(lab)))

    assert "The kernel's code had been altered" in said
    assert "lies in kernel, boot_high+0x0 (minios/kernel/arch/boot.S:" in said
    assert "ring 0 may write" in said
    assert "The fault came from ring 0" not in said
