"""What a machine does around its CPU: start, stop, reset, power off, wait."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from minios.boards import MICROVM
from minios.errors import ImageError, MachineError
from minios.machine import events, pvh, stops
from minios.machine.events import ResetReason
from minios.machine.machine import Machine

Start = Callable[..., Machine]
ENTRY = 0x100000
HALT = "faf4"  # cli; hlt
FOREVER = "ebfe"  # jmp to itself
OFF = "b003 e6f4"  # mov al, 3; out 0xf4, al
PRINT = "66baf803 b041 ee"  # mov dx, 0x3f8; mov al, 'A'; out dx, al
RESET = "66baf90c b006 ee"  # mov dx, 0xcf9; mov al, 6; out dx, al
SECOND = 1_000_000_000


def test_the_cpu_starts_as_the_boot_protocol_promises(start: Start) -> None:
    """32-bit protected mode, paging off, interrupts off, EBX at the start info."""
    machine = start(HALT)

    registers = machine.registers()
    assert registers["rip"] == ENTRY
    assert registers["rbx"] == pvh.START_INFO
    assert registers["cr0"] & 0x80000001 == 1
    assert (registers["cr4"], registers["efer"], registers["rflags"]) == (0, 0, 2)
    assert machine.ring == 0


def test_the_kernel_finds_its_command_line_and_memory_map(start: Start) -> None:
    """`hvm_start_info`, version 1."""
    machine = start(HALT, "model=macos")

    ram = machine.ram
    info = struct.unpack_from("<4I4Q2I", ram, pvh.START_INFO)
    assert info[:2] == (pvh.MAGIC, 1)
    line, memory_map, count = info[5], info[7], info[8]
    assert ram[line : line + 12].tobytes() == b"model=macos\0"
    base, size, kind, _ = struct.unpack_from(
        "<2Q2I", ram, memory_map + 24 * (count - 1)
    )
    assert (base, size, kind) == (0x100000, len(ram) - 0x100000, 1)


def test_console_output_is_heard_at_its_instruction(start: Start) -> None:
    """The byte comes with the time of the `out`: the third instruction."""
    machine = start(PRINT + HALT)
    heard: list[events.ConsoleOutput] = []
    machine.observe(events.ConsoleOutput, heard.append)

    machine.run_until(None, limit_ns=SECOND)

    assert heard == [events.ConsoleOutput(30, 3, b"A")]


def test_a_condition_stops_right_after_the_instruction_that_met_it(
    start: Start,
) -> None:
    """The instruction behind the `out` has not run; going on runs it."""
    machine = start(PRINT + "b342" + FOREVER)  # mov bl, 0x42

    stop = machine.run_until(
        lambda event: isinstance(event, events.ConsoleOutput), limit_ns=SECOND
    )

    assert isinstance(stop, stops.ConditionMet)
    assert isinstance(stop.event, events.ConsoleOutput)
    assert (machine.instructions, machine.now) == (3, 30)
    assert machine.registers()["rip"] == ENTRY + 7
    machine.step()
    assert machine.registers()["rbx"] & 0xFF == 0x42


def test_a_stop_inside_of_a_register_access_lets_it_end(start: Start) -> None:
    """A store to a register is done once, and the next run goes on behind it."""
    # mov dword [0xfee00080], 0x30; mov eax, [0xfee00080]
    machine = start("c7058000e0fe30000000 a18000e0fe" + HALT)
    heard: list[events.MmioAccess] = []
    machine.observe(events.MmioAccess, heard.append)

    for _ in range(2):
        machine.run_until(
            lambda event: isinstance(event, events.MmioAccess), limit_ns=SECOND
        )

    assert [(e.instructions, e.is_write, e.value) for e in heard] == [
        (1, True, 0x30),
        (2, False, 0x30),
    ]
    assert machine.registers()["rax"] == 0x30


def test_a_limit_is_reached_exactly(start: Start) -> None:
    """100 ns are ten instructions."""
    machine = start(FOREVER)

    stop = machine.run_until(None, limit_ns=100)

    assert stop == stops.LimitReached(100, 10)


def test_a_halted_cpu_that_nothing_will_wake_is_a_deadlock(start: Start) -> None:
    """No device has a deadline."""
    machine = start(HALT)

    stop = machine.run_until(None, limit_ns=SECOND)

    assert stop == stops.Deadlock(20, 2)
    assert machine.is_halted


def test_power_off_ends_the_run_with_its_code(start: Start) -> None:
    """The debug exit port."""
    machine = start(OFF + FOREVER)

    assert machine.run_until(None, limit_ns=SECOND) == stops.PoweredOff(20, 2, 3)
    assert machine.run_until(None, limit_ns=SECOND) == stops.PoweredOff(20, 2, 3)


@pytest.mark.parametrize(
    ("code", "reason"),
    [(RESET + FOREVER, ResetReason.RESET_CONTROL), ("0f0b", ResetReason.TRIPLE_FAULT)],
    ids=["port", "triple fault"],
)
def test_a_reset_starts_the_kernel_again(
    start: Start, code: str, reason: ResetReason
) -> None:
    """By itself, as often as it happens; time goes on."""
    machine = start(code)
    heard: list[events.ResetHappened] = []
    machine.observe(events.ResetHappened, heard.append)

    machine.run_until(
        lambda event: isinstance(event, events.ResetHappened) and event.count == 3,
        limit_ns=SECOND,
    )

    assert [(event.count, event.reason) for event in heard] == [
        (1, reason),
        (2, reason),
        (3, reason),
    ]
    assert machine.resets == 3
    assert machine.registers()["rip"] == ENTRY
    assert machine.now == 10 * machine.instructions > 0


def test_a_reset_clears_ram_and_loads_the_kernel_anew(start: Start) -> None:
    """What the last run left is gone, damage to the kernel included."""
    machine = start(HALT)
    machine.write_physical(0x200000, b"left over")
    machine.write_physical(ENTRY, b"\x90")

    machine.reset()

    assert machine.ram[0x200000:0x200009].tobytes() == bytes(9)
    assert machine.ram[ENTRY : ENTRY + 2].tobytes() == bytes.fromhex(HALT)


def test_unassigned_ports_read_ones_and_ignore_writes(start: Start) -> None:
    """The bytes: in al, 0x10; in eax, 0x10 at a place where nobody answers."""
    machine = start("e610 31c0 e410 e510" + HALT)

    machine.step(3)
    assert machine.registers()["rax"] == 0xFF
    machine.step()
    assert machine.registers()["rax"] == 0xFFFFFFFF


def test_memory_that_is_not_there_reads_ones(start: Start) -> None:
    """The bytes: mov [0x2000000], eax; mov eax, [0x2000000], beyond the 16 MiB."""
    machine = start("a300000002 a100000002" + HALT)

    machine.step(2)

    assert machine.registers()["rax"] == 0xFFFFFFFF


def test_the_timestamp_counter_counts_virtual_nanoseconds(start: Start) -> None:
    """RDTSC as the second and the fourth instruction."""
    machine = start("90 0f31 89c3 0f31" + HALT)

    machine.step(4)

    registers = machine.registers()
    assert (registers["rbx"], registers["rax"], registers["rdx"]) == (20, 40, 0)


def test_nobody_listens_to_a_cancelled_subscription(start: Start) -> None:
    """`cancel` may be called twice."""
    machine = start(PRINT + HALT)
    heard: list[events.ConsoleOutput] = []
    subscription = machine.observe(events.ConsoleOutput, heard.append)

    subscription.cancel()
    subscription.cancel()
    machine.run_until(None, limit_ns=SECOND)

    assert heard == []


def test_an_error_of_a_listener_comes_out_of_the_run(start: Start) -> None:
    """Our own bugs are not swallowed by the engine."""
    machine = start(PRINT + HALT)

    def fail(_: events.ConsoleOutput) -> None:
        raise ZeroDivisionError

    machine.observe(events.ConsoleOutput, fail)

    with pytest.raises(ZeroDivisionError):
        machine.run_until(None, limit_ns=SECOND)


def test_a_closed_machine_is_an_error_not_a_crash(start: Start) -> None:
    """Its engine's memory is gone."""
    machine = start(HALT)
    machine.close()

    with pytest.raises(ValueError, match="released"):
        machine.registers()


def test_a_machine_that_is_off_cannot_run() -> None:
    """The error says what to do."""
    machine = Machine(MICROVM)

    with pytest.raises(MachineError, match="power_on"):
        machine.run_until(None, limit_ns=1)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (b"not a kernel", "not an ELF64 file"),
        (b"\x7fELF\x02\x01\x01".ljust(64, b"\0"), "not for x86-64"),
    ],
    ids=["no ELF", "wrong machine"],
)
def test_a_file_that_is_no_kernel_is_refused(image: bytes, words: str) -> None:
    """Before anything runs."""
    with pytest.raises(ImageError, match=words):
        Machine(MICROVM).power_on(image, "", None)


def test_the_same_program_takes_the_same_time_in_any_steps(start: Start) -> None:
    """A run cut into single steps ends in the same state as one in a piece."""
    # mov ecx, 50; again: add eax, ecx; rcl eax, 3; imul eax, eax, 77; loop again
    code = "b932000000 01c8 c1d003 6bc04d e2f6" + HALT
    whole, cut = start(code), start(code)

    whole.run_until(None, limit_ns=SECOND)
    while not cut.is_halted:
        cut.step()

    assert cut.registers() == whole.registers()
    assert (cut.instructions, cut.now) == (whole.instructions, whole.now)
