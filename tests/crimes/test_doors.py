"""What ring 3 leaves in the registers has no power in ring 0, and the other way round.

Read from the CPU itself, at the first C function behind each door into ring 0 and at
the first instruction in ring 3. Registers are filled by way of a snapshot, so that none
of them holds the right value by chance.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import pytest

from minios.abi import memory_map, vectors
from minios.disk import make_image
from minios.lab import Death, Lab, events, seconds
from minios.lab.system_disk import FOLDERS, system_files
from minios.machine import binding
from minios.machine.cpu_state import CpuState

WITHIN: Final = seconds(1)
# By their number in the encoding of instructions.
GENERAL: Final = (
    *("rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"),
    *(f"r{number}" for number in range(8, 16)),
)
BY_SYSCALL: Final = {
    "rax",
    "rcx",
    "r11",
}  # the result, and what `syscall` itself writes
SYSCALL: Final = b"\x0f\x05"
NT, DF, AC = 1 << 14, 1 << 10, 1 << 18
FRAME_VECTOR, FRAME_RFLAGS = 120, 152  # minios/kernel/arch/trapframe.h
INVALID_OPCODE, GENERAL_PROTECTION = 6, 13


@pytest.fixture(name="lab")
def lab_at_its_prompt() -> Iterator[Lab]:
    """A machine that waits for a command."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.console("echo")
        yield lab


def fill(lab: Lab, but: set[str]) -> dict[str, int]:
    """Fill the general registers with values of their own; all of them afterwards."""
    snapshot = lab.snapshot()
    state = bytearray(snapshot.machine.cpu)
    cpu = CpuState(memoryview(state), binding.places().layout)
    for number, name in enumerate(GENERAL):
        if name not in but:
            cpu.set_general(number, 0x5EC4E700 + number)
    lab.restore(replace(snapshot, machine=replace(snapshot.machine, cpu=bytes(state))))
    return general(lab)


def general(lab: Lab) -> dict[str, int]:
    """The general registers."""
    registers = lab.machine.registers()
    return {name: registers[name] for name in GENERAL}


def without(registers: Mapping[str, int], names: set[str]) -> dict[str, int]:
    """All but these."""
    return {name: it for name, it in registers.items() if name not in names}


def word(lab: Lab, address: int) -> int:
    """Eight bytes of the guest's memory."""
    data = lab.machine.read_virtual(address, 8)
    assert data is not None
    return int.from_bytes(data, "little")


def syscall_in(lab: Lab, function: str) -> int:
    """The address of the `syscall` instruction in a function of the running program."""
    start = lab.address_of(function)
    code = lab.machine.read_virtual(start, 64)
    assert code is not None
    return start + code.index(SYSCALL)


def test_a_program_begins_with_nothing_of_the_kernel_in_its_registers(
    lab: Lab,
) -> None:
    """All are zero at its first instruction, but RSP and the argument in RDI."""
    lab.type("run noright\r")
    lab.run_to("enter_ring3", within=WITHIN)
    fill(lab, but={"rsp", "rdi", "rsi", "rdx"})  # RIP, RSP and argument to be

    lab.run_to("noright!_start", within=WITHIN)

    registers = general(lab)
    assert lab.machine.ring == 3
    assert registers["rdi"] == registers["rsp"]
    assert not any(without(registers, {"rsp", "rdi"}).values())


@pytest.mark.parametrize(
    ("program", "function"),
    [("noright", "sys_power"), ("shell", "sys_write")],
    ids=["refused", "done"],
)
def test_a_system_call_gives_every_register_back(
    lab: Lab, program: str, function: str
) -> None:
    """But RAX, the result, and RCX and R11, which then hold RIP and RFLAGS."""
    lab.type("run noright\r")
    lab.run_to(f"{program}!{function}", within=WITHIN)
    lab.run_to(syscall_in(lab, f"{program}!{function}"), within=WITHIN)
    arguments = {"rax", "rdi", "rsi", "rdx", "rsp"}
    before = fill(lab, but=arguments)

    behind = lab.machine.registers()["rip"] + len(SYSCALL)
    lab.run_to(behind, within=WITHIN)

    after = general(lab)
    assert lab.machine.ring == 3
    assert without(after, BY_SYSCALL) == without(before, BY_SYSCALL)
    assert after["rcx"] == behind
    assert after["r11"] == lab.machine.registers()["rflags"]


def test_an_interrupt_gives_every_register_back(lab: Lab) -> None:
    """The program is a jump to itself: only the kernel could change them."""
    lab.type("run loop\r")
    lab.run_to("loop!main", within=WITHIN)
    lab.machine.step(10)
    place = lab.machine.registers()["rip"]
    before = fill(lab, but={"rsp"})

    lab.run_to("thread_preempt", within=WITHIN)
    lab.run_to(place, within=WITHIN)

    assert lab.machine.ring == 3
    assert general(lab) == before


@pytest.mark.parametrize(
    ("place", "vector"),
    [
        ("syscall_dispatch", 256),
        ("trap_dispatch", vectors.IRQ_BASE + vectors.IRQ_TIMER),
        ("trap_dispatch", INVALID_OPCODE),
    ],
    ids=["system call", "interrupt", "fault"],
)
def test_ring_0_begins_with_flags_of_its_own(lab: Lab, place: str, vector: int) -> None:
    """AC would switch SMAP off, DF turn copies round, NT break `iretq`."""
    dangerous = AC | DF | NT
    lab.type("run flags\r")
    lab.run_to("flags!main", within=WITHIN)

    for _ in range(100):
        lab.run_to(place, within=WITHIN)
        frame = lab.machine.registers()["rdi"]
        saved = word(lab, frame + FRAME_RFLAGS)
        if word(lab, frame + FRAME_VECTOR) == vector and saved & dangerous:
            break

    assert saved & dangerous == dangerous
    assert lab.machine.registers()["rflags"] & dangerous == 0


def program_at_the_end_of_the_user_half() -> bytes:
    """An ELF file whose last instruction is a `syscall` at the last two addresses."""
    code = b"\xb8\xff\xff\x00\x00" + SYSCALL  # mov eax, 0xffff: no such call
    page = memory_map.USER_TOP - memory_map.PAGE_SIZE
    entry = memory_map.USER_TOP - len(code)
    headers = 64 + 56
    header = struct.pack(
        "<4sBBB9xHHIQQQIHHHHHH",
        *(b"\x7fELF", 2, 1, 1, 2, 62, 1, entry, 64, 0, 0, 64, 56, 1, 0, 0, 0),
    )
    padding = memory_map.PAGE_SIZE - len(code)
    segment = struct.pack(
        "<IIQQQQQQ", 1, 5, headers, page, page, *(memory_map.PAGE_SIZE,) * 3
    )
    return header + segment + bytes(padding) + code


def test_a_system_call_at_the_end_of_the_user_half_does_not_return_there() -> None:
    """The address behind it is not canonical: the kernel must not give it to `sysretq`.

    On Intel's CPUs that faults in ring 0, so the process ends before any CPU sees it.
    """
    files = {**system_files(), "/BIN/EDGE": program_at_the_end_of_the_user_half()}
    disk = make_image(files, directories=FOLDERS)
    with Lab(model="macos", options={"event_ms": "0"}, disk=disk) as lab:
        lab.boot()
        lab.console("echo")
        lab.type("run edge\r")
        death = lab.run_until(Death("edge"), within=WITHIN)

        assert (death.vector, death.rip) == (GENERAL_PROTECTION, memory_map.USER_TOP)
        assert not [it for it in lab.events if isinstance(it, events.Faulted)]
        lab.console("echo")  # nothing else has ended
