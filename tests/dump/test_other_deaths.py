"""Deaths that no content file brings about: patched into the driver's code.

The bytes at the instruction that would fault are replaced while the machine stands
still, so that ring 0 does something else that the CPU refuses.
"""

from __future__ import annotations

import pytest

from minios.abi.disk_layout import DUMP_SECTOR, SECTOR_SIZE
from minios.abi.memory_map import DIRECT_MAP
from minios.dump import parts, post_mortem, report
from minios.dump.post_mortem import PostMortem
from minios.lab import (
    Bugcheck,
    Happened,
    Lab,
    Reset,
    content_files,
    events,
    seconds,
)
from minios.lab.system_disk import system_disk
from minios.machine import rules
from tests.dump.conftest import Crash

OPTIONS = {"first_event_ms": "20"}


def examined(lab: Lab) -> PostMortem:
    """Wait for the dump and read it."""
    lab.run_until(Happened(events.DumpWritten), within=seconds(1))
    finding = post_mortem.examine(
        parts.parse(lab.disk_image()[DUMP_SECTOR * SECTOR_SIZE :])
    )
    assert str(report.explanation(finding))
    assert not finding.dump.missing
    return finding


def death_by(code: bytes, crash: Crash) -> PostMortem:
    """Run this code where the sensor would have faulted."""
    disk = system_disk(content_files.find("channel-291-bad").data)
    with Lab(model="windows", disk=disk, options=OPTIONS) as lab:
        lab.boot()
        assert crash.stop.rip is not None
        place = lab.machine.walk(crash.stop.rip).physical
        assert place is not None
        lab.machine.write_physical(place, code)
        lab.run_until(Bugcheck(), within=seconds(1))
        return examined(lab)


def code_of(finding: PostMortem) -> int:
    """The stop code."""
    assert finding.dump.stop is not None
    return finding.dump.stop.code


def test_an_invalid_opcode_has_no_bad_address(kernel_half: Crash) -> None:
    """`ud2`: 0x7E, no page walk, and that is no loss."""
    finding = death_by(b"\x0f\x0b", kernel_half)

    assert code_of(finding) == 0x7E
    assert finding.walk is None
    assert finding.picture is not None
    assert finding.picture.fault.rule == rules.INVALID_OPCODE
    assert finding.frames[0].location is not None
    assert finding.frames[0].location.function == "interpreter_matches"


def test_a_pointer_that_is_not_canonical_is_named(kernel_half: Crash) -> None:
    """`mov rax, 0x1234567812345678; mov eax, [rax]`: #GP tells no address, we do."""
    code = b"\x48\xb8" + (0x1234567812345678).to_bytes(8, "little") + b"\x8b\x00"
    finding = death_by(code, kernel_half)

    assert code_of(finding) == 0x7E
    assert finding.picture is not None
    assert finding.picture.fault.rule == rules.NOT_CANONICAL
    assert "used the address 0x1234567812345678" in str(report.explanation(finding))


def test_a_write_to_code_is_refused_by_the_lowest_entry(kernel_half: Crash) -> None:
    """`mov [rip], al`: all four levels are there, the last one says read-only."""
    finding = death_by(b"\x88\x05\x00\x00\x00\x00", kernel_half)

    assert code_of(finding) == 0xBE
    assert finding.walk is not None
    assert finding.walk.refusal is not None
    assert finding.walk.refusal.rule == rules.READ_ONLY
    assert finding.walk.refusal.level == 3
    assert len(finding.walk.levels) == 4


def test_a_jump_to_nowhere_is_blamed_on_who_jumped(kernel_half: Crash) -> None:
    """`jmp rdx` with a small number: RIP lies in no module, its caller does."""
    finding = death_by(b"\xff\xe2", kernel_half)

    assert finding.dump.stop is not None
    assert finding.dump.stop.registers["rip"] < 21
    assert finding.blamed is not None
    assert finding.blamed.module == "sentinel.sys"
    assert "lies in no module" in finding.blamed.why
    assert finding.code == ()


def test_an_overflowed_stack_is_shown_from_its_lowest_page(kernel_half: Crash) -> None:
    """`sub rsp, 64; push rax; jmp -7`: RSP ends in the guard page below."""
    finding = death_by(b"\x48\x83\xec\x40\x50\xeb\xf9", kernel_half)
    stop, stack = finding.dump.stop, finding.dump.stack

    assert (code_of(finding), stop and stop.parameters[0]) == (0x7F, 8)
    assert stop is not None
    assert stack is not None
    assert 0 < stack.address - stop.registers["rsp"] <= 0x1000
    assert stop.registers["rax"].to_bytes(8, "little") in stack.data[:128]


def test_a_stop_without_a_trap_shows_who_called_for_it() -> None:
    """Somebody ends the first process: the kernel stops of its own accord."""
    with Lab(model="windows", options={**OPTIONS, "protection": "off"}) as lab:
        lab.boot()
        lab.type("kill 1\r")
        finding = examined(lab)
    names = [it.location.function for it in finding.frames if it.location]

    assert code_of(finding) == 0xEF
    assert finding.picture is None
    assert "process_end" in names
    assert finding.frames[0].note == "called for the stop"
    assert [it.instruction.text[:4] for it in finding.code if it.is_fault] == ["call"]


def test_a_disk_that_is_not_ours_gets_no_dump() -> None:
    """Where no volume says which sectors are free to use, none is written."""
    disk = bytearray(system_disk(b"x"))
    disk[11:13] = b"\0\0"  # bytes a sector
    with Lab(model="windows", disk=bytes(disk)) as lab:
        lab.run_until(Bugcheck("INACCESSIBLE_BOOT_DEVICE"), within=seconds(1))
        lab.run_until(Reset(), within=seconds(1))

        assert lab.disk_image() == disk


@pytest.mark.parametrize("model", ["windows", "macos"])
def test_a_world_without_a_crash_has_no_dump(model: str) -> None:
    """The reserved sectors stay empty."""
    with Lab(model=model) as lab:
        lab.boot()
        reserve = lab.disk_image()[DUMP_SECTOR * SECTOR_SIZE :]

    assert parts.parse(reserve).is_empty


def test_a_kernel_that_cannot_look_at_memory_leaves_half_a_dump() -> None:
    """Its page tables are out of reach: a second fault resets, but half is on disk."""
    disk = system_disk(content_files.find("channel-291-bad").data)
    with Lab(model="windows", disk=disk, options=OPTIONS) as lab:
        lab.run_until(Bugcheck(), within=seconds(1))
        top = lab.machine.registers()["cr3"] & ~0xFFF
        entry = lab.machine.walk(DIRECT_MAP + top).levels[-1]
        lab.machine.write_physical(entry.entry_address, bytes(8))
        lab.restore(lab.snapshot())  # the CPU forgets the walks that it has cached
        lab.run_until(Happened(events.ResetEvent), within=seconds(1))
        dump = parts.parse(lab.disk_image()[DUMP_SECTOR * SECTOR_SIZE :])
        written = [it for it in lab.events if isinstance(it, events.DumpWritten)]
    finding = post_mortem.examine(dump)

    assert written == []
    assert dump.missing == ()  # nothing else was written, and the dump says so
    assert (dump.walk, dump.stack, dump.memory) == (None, None, ())
    assert code_of(finding) == 0x50
    assert finding.blamed is not None
    assert finding.blamed.module == "sentinel.sys"
