"""QEMU takes an interrupt that waits at the same instruction as we do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from minios.boards import MICROVM
from minios.dev import qemu
from minios.image import toolchain
from minios.image.recipe import ROOT
from minios.machine.events import ConsoleOutput
from minios.machine.machine import Machine
from minios.machine.stops import PoweredOff

pytestmark = pytest.mark.witness

SECOND = 1_000_000_000
HANG_SECONDS = 60  # of the host: only ends a guest that has hung
MACHINE = (
    *("-M", "microvm,pit=on,pic=on,acpi=off,ioapic2=off", "-cpu", "max", "-m", "16M"),
    *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
    *("-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
)
STI, POPF, IRETQ = 2, 6, 21  # bytes from the start of the piece to where it is taken


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guest of windows.S, built."""
    folder = tmp_path_factory.mktemp("windows")
    source = Path(__file__).with_name("windows.S")
    unit = toolchain.Unit(source, toolchain.KERNEL_FLAGS, ())
    objects = toolchain.compile_all([unit], folder, root=ROOT)
    options = ("--image-base=0x100000", "--entry=entry", "--no-pie")
    toolchain.link(folder / "elf", objects.values(), options, root=ROOT)
    return folder / "elf"


def distances(text: str) -> list[int]:
    """What the guest has printed: one character a line, from "0" on."""
    return [ord(line) - ord("0") for line in text.split()]


def ours(guest: Path) -> list[int]:
    """On our machine."""
    heard: list[bytes] = []
    machine = Machine(MICROVM)
    machine.observe(ConsoleOutput, lambda event: heard.append(event.data))
    machine.power_on(guest.read_bytes(), "", None)
    stop = machine.run_until(None, limit_ns=SECOND)
    assert isinstance(stop, PoweredOff)
    machine.close()
    return distances(b"".join(heard).decode())


def theirs(guest: Path) -> list[int]:
    """On QEMU, which ends with code 1."""
    command = [qemu.PROGRAM, *MACHINE, "-kernel", str(guest)]
    done = subprocess.run(
        command, capture_output=True, timeout=HANG_SECONDS, check=False
    )
    assert done.returncode == 1, done.stderr
    return distances(done.stdout.decode())


def test_an_interrupt_is_taken_where_the_manual_says(guest: Path) -> None:
    """The boundary behind the shadow of STI, behind POPF, and behind IRETQ."""
    if not qemu.is_installed():
        pytest.skip("qemu-system-x86_64 is not installed")
    expected = [n + at for n in range(8) for at in (STI, POPF, IRETQ)]

    assert ours(guest) == expected
    assert theirs(guest) == expected
