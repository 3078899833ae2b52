"""The same instructions on our machine and on QEMU, in the same guest (`witness.S`).

The guest runs each case from registers, flags and pages that are the same on both, and
writes down a result:

      0  vector, error code, RIP, CS, RFLAGS, RSP, SS     56  the general registers
    184  CR2    192  pages of ring 3    200  vector registers    208  x87 registers

The last three are hashes. Vector 256 stands for `syscall`. A case after which the guest
does not go on has no result but one of the vectors in `ENDS`; this, too, is compared.

Left out: privileged instructions in ring 0, because they would pull the ground from
under the guest itself; XOP, of which nobody here can tell the length.
"""

from __future__ import annotations

import multiprocessing
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Final

import capstone

from minios.boards import MICROVM
from minios.dev import qemu
from minios.dev.fuzz import instructions
from minios.dev.fuzz.shape import Shape
from minios.errors import ScenarioError
from minios.host_files import temporary_folder
from minios.image import toolchain
from minios.image.recipe import ROOT
from minios.interrupts import before_the_end
from minios.machine.events import ResetHappened
from minios.machine.machine import Machine
from minios.machine.stops import ConditionMet, PoweredOff

RECORD: Final = 256
USER_CODE: Final = 0x201000
FIELDS: Final = (
    *("vector", "error", "rip", "cs", "rflags", "rsp", "ss"),
    *(f"r{number}" for number in range(16)),
    *("cr2", "memory", "vectors", "floats"),
)
_RESULTS: Final = 0xA00000
_RAM: Final = 16 << 20
_MARK: Final = b"minios: from, to"
_CHUNK: Final = 2500  # cases that our machine runs in one process
_NS_PER_CASE: Final = 2_000_000
_PATIENCE: Final = 10  # seconds of the host: only ends a case that never ends
_LONGEST: Final = 32
_CR0: Final = 0x80050033
_CR4: Final = 0x50620
_CR4_GUARDED: Final = 0x700624  # TSD, SMEP, SMAP, PKE instead of XSAVE, FSGSBASE
_ADDRESSES: Final = (
    *(0x203000, 0x203008, 0x203800, 0x202FFC, 0x203FF9, 0x205000, 0x204800, 0x204FF8),
    *(
        0x203100,
        0x204FFC,
        0x201800,
        0x201FFC,
        0x206000,
        0x206FFE,
        0x207010,
        0x1234567,
        0x7FFFFFFFFFF8,
    ),
    *(0x800000000000, 0xFFFF7FFFFFFFFFFF, 0xFFFF800000000000, (1 << 64) - 8),
)
_NUMBERS: Final = (
    *(0, 1, 2, 3, 5, 8, 0x10, 0x1F, 0x2B, 0x40, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000),
    *(0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 63, (1 << 63) - 1, (1 << 64) - 1),
)
_STACK: Final = 0x204800
_DISASSEMBLER: Final = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
_FLAGS: Final = (1, 4, 0x10, 0x40, 0x80, 0x400, 0x800, 0x200000)
_CPU: Final = (
    "Cooperlake,-pcid,-x2apic,-tsc-deadline,-hle,-invpcid,-rtm,-avx512f,-avx512dq"
    ",-rdseed,-rdrand,-avx512cd,-avx512bw,-avx512vl,-avx512vnni,-spec-ctrl,-stibp"
    ",-arch-capabilities,-ssbd,-avx512-bf16,-3dnowprefetch,-xsavec,-xsaves"
    ",-avx,-avx2,-fma,-f16c,-vaes"
)
_MACHINE: Final = (
    *("-M", "microvm,pit=on,pic=on,acpi=off,ioapic2=off,memory-backend=ram"),
    *("-m", "16M", "-cpu", _CPU, "-nodefaults", "-no-user-config"),
    *("-display", "none", "-no-reboot"),
    *("-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """An instruction, and from which state it is run."""

    code: bytes
    ring: int
    registers: tuple[int, ...]
    rflags: int
    offset: int
    cr4: int

    def packed(self) -> bytes:
        """As the guest reads it."""
        numbers = (*self.registers, self.rflags, self.ring, self.offset, _CR0, self.cr4)
        return struct.pack(f"<{_LONGEST}s21Q", self._code, *numbers).ljust(
            RECORD, b"\0"
        )

    @property
    def _code(self) -> bytes:
        return self.code.ljust(_LONGEST, b"\xcc")


_EXAMPLE: Final = (
    *(0xD, 0, 2, 0x8877665544332211, _STACK, 0x1122334455667788),
    *(0x203100, 0x202000, *range(8, 16)),
)


def example(code: bytes) -> Case:
    """A case in ring 3 with registers that are good for looking at one instruction."""
    return Case(code, 3, _EXAMPLE, 0x8D7, 0x100, _CR4)


Result = dict[str, int]
Results = dict[int, Result]
RESET, NO_END, DIED = 257, 258, 259
ENDS: Final = {RESET: "the machine is reset", NO_END: "no end", DIED: "process died"}


def cases(seed: int, count: int) -> list[Case]:
    """So many cases, always the same for a seed."""
    rng = Random(f"witness {seed}")  # noqa: S311  (no secret)
    return [_case(rng) for _ in range(count)]


def _register(rng: Random) -> int:
    kind = rng.random()
    if kind < 0.5:
        return rng.choice(_ADDRESSES)
    return rng.choice(_NUMBERS) if kind < 0.8 else rng.getrandbits(64)


def _first(code: bytes) -> bytes:
    """Only the first instruction, if the disassembler knows where it ends."""
    without_lock = code.replace(b"\xf0", b"\x3e")  # else it refuses some
    known = next(_DISASSEMBLER.disasm_lite(without_lock, 0, 1), None)
    return code if known is None else code[: known[1]]


def _is_fit(code: bytes, ring: int) -> bool:
    shape = Shape.of(code)
    is_known = len(code) <= _LONGEST and not shape.is_xop
    return is_known and not (ring == 0 and shape.is_privileged)


def _case(rng: Random) -> Case:
    registers = [_register(rng) for _ in range(16)]
    if rng.random() < 0.9:
        registers[4] = _STACK
    ring = 3 if rng.random() < 0.8 else 0
    code = _first(instructions.instruction(rng))
    while not _is_fit(code, ring):
        code = _first(instructions.instruction(rng))
    rflags = 2 | sum(flag for flag in _FLAGS if rng.random() < 0.3)
    offset = 0x1000 - rng.randrange(16) if rng.random() < 0.05 else 0x100
    cr4 = _CR4 if rng.random() < 0.8 else _CR4_GUARDED
    return Case(code, ring, tuple(registers), rflags, offset, cr4)


# The guest.


def build(cases: Sequence[Case]) -> bytes:
    """The guest with these cases. Raises ImageError if the compiler is not there."""
    with temporary_folder("witness") as folder:
        (folder / "cases.bin").write_bytes(b"".join(case.packed() for case in cases))
        here = Path(__file__).parent.relative_to(ROOT)
        unit = toolchain.Unit(here / "witness.S", toolchain.KERNEL_FLAGS, (folder,))
        objects = toolchain.compile_all([unit], folder, root=ROOT)
        options = ("-T", str(here / "witness.ld"))
        toolchain.link(folder / "elf", objects.values(), options, root=ROOT)
        return (folder / "elf").read_bytes()


def _part(guest: bytes, first: int, end: int) -> bytes:
    """The same guest, but it runs only these cases."""
    at = guest.index(_MARK) + len(_MARK)
    return guest[:at] + struct.pack("<2Q", first, end) + guest[at + 16 :]


def _reached(ram: bytes) -> int:
    """The case that the guest runs, from its memory; 0 if it has not begun."""
    at = ram.find(_MARK, 0x100000) + len(_MARK)
    (number,) = struct.unpack_from("<Q", ram, at)
    return int(number)


def _results(ram: bytes, first: int, end: int) -> Results:
    found: Results = {}
    for number in range(first, end):
        words = struct.unpack_from("<27Q", ram, _RESULTS + number * RECORD)
        found[number] = dict(zip(FIELDS, words, strict=True))
    return found


def _end(vector: int) -> Result:
    return dict.fromkeys(FIELDS, 0) | {"vector": vector}


# Our machine.


def _run_ours(guest: bytes, first: int, end: int, told: Connection) -> None:
    """In a child process: the memory at the end, or which of `ENDS` it was."""
    machine = Machine(MICROVM, ram_bytes=_RAM)
    machine.power_on(_part(guest, first, end), "", None)
    limit = (end - first) * _NS_PER_CASE
    stop = machine.run_until(lambda _: True, limit_ns=limit, events=[ResetHappened])
    if isinstance(stop, PoweredOff):
        told.send(machine.ram.tobytes())
    else:
        told.send(RESET if isinstance(stop, ConditionMet) else NO_END)


def ours(guest: bytes, first: int, end: int) -> Iterator[Results]:
    """What our machine says, part by part."""
    answer = _in_child(guest, first, end) if end - first <= _CHUNK else NO_END
    if isinstance(answer, bytes):
        yield _results(answer, first, end)
    elif end - first == 1:
        yield {first: _end(answer)}
    else:
        middle = (first + end) // 2
        yield from ours(guest, first, middle)
        yield from ours(guest, middle, end)


def _in_child(guest: bytes, first: int, end: int) -> bytes | int:
    """Run our machine in a process that may die: its memory, or which of `ENDS`."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_run_ours, args=(guest, first, end, sender))
    child.start()
    sender.close()
    answer: bytes | int = DIED
    with suppress(EOFError):
        answer = receiver.recv()
    child.join()
    return answer


# QEMU.


def theirs(guest: bytes, first: int, end: int) -> Iterator[Results]:
    """What QEMU says, part by part. Raises ScenarioError if it does not work."""
    with temporary_folder("witness") as folder:
        kernel, ram = folder / "kernel", folder / "ram"
        while first < end:
            kernel.write_bytes(_part(guest, first, end))
            ram.unlink(missing_ok=True)
            how = _run_qemu(kernel, ram)
            memory = ram.read_bytes()
            reached = _reached(memory)
            if not first <= reached <= end:
                raise ScenarioError(
                    "QEMU has not run the guest",
                    where=qemu.PROGRAM,
                    advice="Check that it can boot minios: `minios dev oracle`",
                )
            yield _results(memory, first, reached)
            if reached < end:
                yield {reached: _end(how)}
            first = reached + 1


def _run_qemu(kernel: Path, ram: Path) -> int:
    """Run it until it ends or no longer gets on; how the last case has ended."""
    memory = f"memory-backend-file,id=ram,size={_RAM},share=on,mem-path={ram}"
    command = [qemu.PROGRAM, *_MACHINE, "-object", memory, "-kernel", str(kernel)]
    before = -1
    running = subprocess.Popen(command, stderr=subprocess.PIPE)
    with running as process, before_the_end(process.kill):
        while True:
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                reached = _reached(ram.read_bytes())
                if reached != before:
                    before = reached
                    continue
                process.kill()
                return NO_END
            return RESET if process.returncode == 0 else DIED
