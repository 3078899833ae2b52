"""Find the fields of the engine's CPU state by experiment.

The engine publishes most registers, but not what the delivery of an exception needs:
the true privilege level, the error code, and the mark that an exception is in flight.
These are in its CPU state, at offsets that depend on the build of the engine. So an
experiment plants a known value, or causes a known fault, and searches the state for
what has changed.

A value must be found exactly once, or calibration ends with an `EngineError`: no
machine is better than a machine that guesses. The experiments need 64 KiB of guest
memory and half a millisecond, once in each process.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from minios.errors import EngineError
from minios.machine import cpu_state as cpu
from minios.machine.cpu_state import StateLayout
from minios.machine.host_memory import HostMemory

PROBE_RAM_BYTES: Final = 0x10000
_ENGINE_BYTES: Final = 0x1000
_CPU_BYTES: Final = 0x10000
_HOST_ADDRESSES: Final = range(0x10000, 1 << 48, 8)  # Arm has 48 bits, x86 uses 47
_BEYOND: Final = 0x400  # how far the CPU model's features may lie behind the state
_CODE: Final = 0x5000
_UNMAPPED: Final = 0x9000
_COUNT: Final = 0x5A5A
_CPUID: Final = b"\x0f\xa2"
_XGETBV: Final = b"\x0f\x01\xd0"
_QUESTIONS: Final = (_CPUID, _XGETBV)
_PLANTED: Final = {
    "star": 0x1111222233334444,
    "lstar": 0x2222888877776666,
    "fmask": 0x47701,
    "efer": 0xD01,
}


class Probe(Protocol):
    """An engine for experiments: 64 KiB of RAM at 0, in 64-bit mode, in ring 0."""

    address: int  # of the engine in this process
    context_size: int  # bytes of CPU state that the engine saves

    def write_register(self, name: str, value: int) -> None:
        """Write a register through the public interface, by its lower-case name."""

    def read_register(self, name: str) -> int:
        """Read a register through the public interface."""

    def write_memory(self, address: int, data: bytes) -> None:
        """Write at a physical address."""

    def run(self, address: int, count: int) -> tuple[int, bytes] | None:
        """Run `count` instructions, or up to an exception.

        Returns its vector and the state.
        """

    def watch_state(self, address: int) -> None:
        """From now on, `run` copies the CPU state from this host address."""


@dataclass(frozen=True, slots=True)
class Places:
    """The offsets of fields in the engine's own structures, in bytes."""

    cpu_pointer: int  # in the engine, of the pointer to the CPU
    state: int  # in the CPU, of its state
    counter: int  # in the engine, of the count of instructions so far
    limit: int  # in the engine, of the count at which it stops
    leaf_1_ecx: int  # in the state, of ECX of CPUID's leaf 1
    xsave_parts: int  # in the state, of EAX of CPUID's leaf 0DH
    xcr0: int  # in the state
    layout: StateLayout


@dataclass(frozen=True, slots=True)
class Evidence:
    """The state in a hook after one known exception, and what it must contain."""

    state: bytes
    vector: int
    error_code: int
    is_int: int


def _refuse(what: str) -> EngineError:
    return EngineError(
        f"calibration failed: {what}",
        where="unicorn",
        advice="Install unicorn==2.1.4, the version that pyproject.toml pins",
    )


def only(places: Iterable[int], what: str) -> int:
    """The only place at which something was found.

    Raises:
        EngineError: it was found nowhere, or at several places.
    """
    found = list(places)
    if len(found) != 1:
        raise _refuse(f"{what} found at {found or 'no place'}")
    return found[0]


def words_equal(state: bytes, value: int, size: int) -> set[int]:
    """The aligned offsets at which a word of 4 or 8 bytes has this value."""
    pattern = value.to_bytes(size, "little")
    found = set()
    at = state.find(pattern)
    while at >= 0:
        if at % size == 0:
            found.add(at)
        at = state.find(pattern, at + 1)
    return found


def exception_fields(idle: bytes, evidence: tuple[Evidence, ...]) -> tuple[int, int]:
    """Offsets of `error_code` (`exception_is_int` follows it) and `old_exception`.

    Args:
        idle: the state before any exception.
        evidence: two different faults and an `int n`.
    """
    faults = [e for e in evidence if not e.is_int]
    codes = set.intersection(*(words_equal(e.state, e.error_code, 4) for e in faults))
    flight = set.intersection(
        words_equal(idle, 0xFFFFFFFF, 4),
        *(words_equal(e.state, e.vector, 4) for e in faults),
    )
    error_code = only(codes, "error_code")
    for e in evidence:
        (is_int,) = struct.unpack_from("<I", e.state, error_code + 4)
        if is_int != e.is_int:
            raise _refuse("exception_is_int does not follow error_code")
    return error_code, only(flight, "old_exception")


def _plant_registers(probe: Probe, seed: int) -> bytes:
    """Give the first registers unique values, and return them as bytes."""
    values = [seed + number * 0x0101010101010101 for number in range(4)]
    for name, value in zip(cpu.GENERAL, values, strict=False):
        probe.write_register(name, value)
    return struct.pack("<4Q", *values)


def _find_state(probe: Probe, memory: HostMemory) -> tuple[int, int, int]:
    """Find the pointer to the CPU, the state in it, and the state's host address."""
    pattern = _plant_registers(probe, 0x1122334455667788)
    engine = memory.read(probe.address, _ENGINE_BYTES)
    found: list[tuple[int, int, int]] = []
    for at in range(0, len(engine) - 7, 8):
        (pointer,) = struct.unpack_from("<Q", engine, at)
        if pointer not in _HOST_ADDRESSES:
            continue
        offset = memory.read(pointer, _CPU_BYTES).find(pattern)
        if offset >= 0:
            found.append((offset, at, pointer + offset))
    # A copy that lies about in the heap does not follow when the registers change. Of
    # the pointers that lead to the state, the nearest is not one to a neighbour.
    pattern = _plant_registers(probe, 0x2233445566778811)
    found = [it for it in found if memory.read(it[2], len(pattern)) == pattern]
    if len({state for _, _, state in found}) != 1:
        raise _refuse(f"CPU state found at {found or 'no place'}")
    offset, at, state = min(found)
    return at, offset, state


def _prove_head(probe: Probe, memory: HostMemory, state: int) -> None:
    """Check the fields whose offsets `cpu_state.py` assumes."""
    probe.write_register("rip", _CODE)
    probe.write_register("cr2", 0xDEADBEEF)
    probe.write_register("gdtr", 0x6000)
    probe.write_register("idtr", 0x7000)
    head = memory.read(state, 0x400)

    def expect(offset: int, value: int, what: str) -> None:
        (seen,) = struct.unpack_from("<Q", head, offset)
        if seen != value:
            raise _refuse(f"{what} is {seen:#x} at offset {offset}, not {value:#x}")

    for segment, base in ((cpu.GDTR, 0x6000), (cpu.IDTR, 0x7000)):
        at = cpu.SEGMENTS_AT + segment * cpu.SEGMENT_SIZE
        expect(at + 8, base, cpu.SEGMENTS[segment])
    expect(cpu.RIP_AT, _CODE, "rip")
    expect(cpu.CR_AT + 16, 0xDEADBEEF, "cr2")
    expect(cpu.CR_AT + 32, probe.read_register("cr4"), "cr4")
    (hflags,) = struct.unpack_from("<I", head, cpu.HFLAGS_AT)
    wanted = cpu.HF_PE | cpu.HF_LMA | cpu.HF_CS64
    if hflags & (wanted | cpu.HF_CPL) != wanted:
        raise _refuse(f"hflags is {hflags:#x}")


def _enable_paging(probe: Probe) -> None:
    """Map the page of the code, and no other page."""
    for level in range(3):
        probe.write_memory(
            0x1000 * (level + 1), struct.pack("<Q", 0x1000 * (level + 2) | 3)
        )
    probe.write_memory(0x4000 + _CODE // 0x1000 * 8, struct.pack("<Q", _CODE | 3))
    probe.write_register("cr4", probe.read_register("cr4") | 1 << 5)  # PAE
    probe.write_register("cr3", 0x1000)
    probe.write_register("cr0", 0x80000011)


def _provoke(probe: Probe) -> tuple[Evidence, ...]:
    """Cause a #GP, a #PF by a write, and an `int n`, without a double fault."""
    probe.write_register("rax", 0x1238)
    probe.write_register("rbx", _UNMAPPED)
    crimes = (
        (bytes.fromhex("8ed8"), 13, 0x1238, 0),  # mov ds, ax: selector beyond the GDT
        (bytes.fromhex("488903"), 14, 2, 0),  # mov [rbx], rax
        (bytes.fromhex("cd42"), 0x42, 0, 1),  # int 0x42
    )
    evidence = []
    for number, (code, vector, error_code, is_int) in enumerate(crimes):
        at = _CODE + 0x10 * (number + 1)
        probe.write_memory(at, code)
        seen = probe.run(at, 2)
        if seen is None or seen[0] != vector:
            raise _refuse(f"{code.hex()} raised {seen and seen[0]}, not {vector}")
        evidence.append(Evidence(seen[1], vector, error_code, is_int))
    return tuple(evidence)


def _find_counter(probe: Probe, memory: HostMemory) -> tuple[int, int]:
    """Find the count of executed instructions, and the limit that we gave."""
    probe.write_memory(_CODE, bytes.fromhex("ebfe"))  # jmp to itself
    probe.run(_CODE, _COUNT)
    engine = memory.read(probe.address, _ENGINE_BYTES)
    limit = only(words_equal(engine, _COUNT, 8), "the instruction limit")
    counter = only(words_equal(engine, _COUNT + 1, 8), "the instruction count")
    if abs(limit - counter) != 8:
        raise _refuse("limit and count of instructions are not neighbours")
    return counter, limit


def _ask(probe: Probe, code: bytes, **registers: int) -> dict[str, int]:
    """Run one instruction at an address of its own, and read its result."""
    at = _CODE + 0x80 + 0x10 * _QUESTIONS.index(code)
    probe.write_memory(at, code)
    for name, value in registers.items():
        probe.write_register(name, value)
    probe.run(at, 1)
    return {name: probe.read_register(name) & 0xFFFFFFFF for name in ("rax", "rcx")}


def _find_features(probe: Probe, memory: HostMemory, state: int) -> tuple[int, int]:
    """Find where the CPU model keeps the answers of CPUID, behind the saved state."""
    everything = memory.read(state, probe.context_size + _BEYOND)

    def behind(value: int, what: str) -> int:
        places = words_equal(everything, value, 4)
        return only((p for p in places if p >= probe.context_size), what)

    leaf_1 = _ask(probe, _CPUID, rax=1, rcx=0)["rcx"]
    leaf_1 &= ~(1 << 27)  # OSXSAVE is not of the model: it mirrors CR4
    parts = _ask(probe, _CPUID, rax=0xD, rcx=0)["rax"]
    return behind(leaf_1, "CPUID leaf 1"), behind(parts, "CPUID leaf 0DH")


def _find_xcr0(probe: Probe, memory: HostMemory, state: int) -> int:
    """Find the register that XGETBV reads."""
    probe.write_register("cr4", probe.read_register("cr4") | 1 << 18)  # OSXSAVE
    value = _ask(probe, _XGETBV, rcx=0)["rax"]
    probe.write_register("rax", 0)
    saved = memory.read(state, probe.context_size)
    return only(words_equal(saved, value, 8), "XCR0")


def calibrate(probe: Probe) -> Places:
    """Run all experiments.

    Raises:
        EngineError: the engine cannot be used safely.
    """
    with HostMemory() as memory:
        cpu_pointer, in_cpu, address = _find_state(probe, memory)
        probe.watch_state(address)
        _prove_head(probe, memory, address)
        for name, value in _PLANTED.items():
            probe.write_register(name, value)
        planted = memory.read(address, probe.context_size)
        registers = {
            name: only(words_equal(planted, value, 8), name)
            for name, value in _PLANTED.items()
        }
        counter, limit = _find_counter(probe, memory)
        leaf_1, xsave_parts = _find_features(probe, memory, address)
        xcr0 = _find_xcr0(probe, memory, address)
        _enable_paging(probe)
        error_code, flight = exception_fields(planted, _provoke(probe))
    layout = StateLayout(
        size=probe.context_size,
        error_code=error_code,
        exception_is_int=error_code + 4,
        old_exception=flight,
        **registers,
    )
    return Places(
        cpu_pointer, in_cpu, counter, limit, leaf_1, xsave_parts, xcr0, layout
    )
