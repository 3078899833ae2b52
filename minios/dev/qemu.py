"""QEMU's microvm as a witness: the same kernel and disk on an independent machine.

Only the devices of the board are used (`minios/boards.py` is a copy of this machine),
and a second serial port, which is our update link. With `-no-reboot` a reset of the
guest ends the process, so a crash loop ends after one round.

Left out: feeding the update link, and everything that needs QEMU's monitor.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from minios import paths
from minios.errors import ScenarioError
from minios.host_files import temporary_folder
from minios.interrupts import before_the_end

PROGRAM: Final = "qemu-system-x86_64"
_HANG_SECONDS: Final = 60  # of the host: only ends a guest that has hung
_MACHINE: Final = (
    *("-M", "microvm,pit=on,pic=on,acpi=off,ioapic2=off"),
    *("-cpu", "max", "-m", "16M"),
    *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
    *("-global", "virtio-mmio.force-legacy=false"),
    *("-device", "virtio-blk-device,drive=disk"),
    *("-serial", "stdio"),
    *("-chardev", "null,id=link", "-device", "isa-serial,index=1,chardev=link"),
    *("-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
)


def is_installed() -> bool:
    """Whether QEMU is installed."""
    return shutil.which(PROGRAM) is not None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run: the console text, and the disk."""

    console: str
    disk: bytes


def run(
    disk: bytes,
    command_line: str,
    *,
    enough: Callable[[str], bool] = lambda _text: False,
    typist: Iterable[tuple[str, str]] = (),
) -> Outcome:
    """Boot the built kernel with a copy of this disk.

    Ends when the guest resets or switches off, or when `enough` returns true for the
    text so far. `typist` contains pairs: when the console ends with the first text, the
    second is typed, and the next pair comes. Raises ScenarioError if QEMU is not
    installed or ends with an error.
    """
    if not is_installed():
        raise ScenarioError(
            "the program is not installed",
            where=PROGRAM,
            advice="Install it with `apt-get install qemu-system-x86`",
        )
    with temporary_folder("qemu") as folder:
        image = folder / "disk.img"
        image.write_bytes(disk)
        drive = f"if=none,id=disk,format=raw,file={image}"
        command = [PROGRAM, *_MACHINE, "-drive", drive]
        command += ["-kernel", str(paths.guest_file("kernel.elf"))]
        command += ["-append", command_line]
        console = _console_of(command, enough, deque(typist))
        return Outcome(console, image.read_bytes())


def _console_of(
    command: list[str],
    enough: Callable[[str], bool],
    typist: deque[tuple[str, str]],
) -> str:
    running = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with running as process, before_the_end(process.kill):
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        watchdog = threading.Timer(_HANG_SECONDS, process.kill)
        watchdog.start()
        text = ""
        try:
            while chunk := os.read(process.stdout.fileno(), 65536):
                text += chunk.decode("latin-1")
                if typist and text.endswith(typist[0][0]):
                    process.stdin.write(typist.popleft()[1].encode())
                    process.stdin.flush()
                if enough(text):
                    process.terminate()
                    return text
            errors = str(process.stderr.read(), errors="replace").strip()
        finally:
            watchdog.cancel()
    if process.returncode != 0:
        raise ScenarioError(
            f"QEMU ended with code {process.returncode}: {errors or 'no message'}",
            where=PROGRAM,
            advice=f"Look at the end of the console: {text[-200:]!r}",
        )
    return text
