"""QEMU goes the whole way: loop, recovery, a file deleted by hand, ready."""

from __future__ import annotations

import pytest

from minios.dev import qemu
from minios.lab import Happened, Lab, Reset, content_files, events, seconds
from minios.lab.system_disk import system_disk

pytestmark = pytest.mark.witness

KEYS = (
    ("unless a key is pressed\n", "4\r"),
    ("recovery# ", "dump\r"),
    ("recovery# ", "rm /system/content/c-000291.sys\r"),
    ("recovery# ", "exit\r"),
    ("recovery> ", "1\r"),
)
# Time enough for the dump of the first crash to become a file before the second: QEMU
# goes by the host's clock.
WORDS = {"first_event_ms": "400"}
OPTIONS = "model=windows seed=1 first_event_ms=400"


@pytest.fixture(autouse=True)
def _needs_qemu() -> None:
    if not qemu.is_installed():
        pytest.skip("qemu-system-x86_64 is not installed")


def ours(disk: bytes) -> tuple[list[str], list[str]]:
    """Three starts on our machine: the console of the two crashes, and of the third."""
    with Lab(model="windows", options=WORDS, disk=disk) as lab:
        for _ in range(2):
            lab.run_until(Reset(), within=seconds(5))
        crashes = len(lab.console_text)
        lab.run_until(Happened(events.RecoveryEntered), within=seconds(1))
        lab.run_for(seconds(0.1))
        for prompt, keys in KEYS:
            lab.run_for(seconds(0.1))
            assert lab.console_text.endswith(prompt)
            lab.type(keys)
            lab.run_for(seconds(0.1))
        text = lab.console_text
    return lines(text[:crashes]), until_ready(text[crashes:])


def theirs(disk: bytes) -> tuple[list[str], list[str]]:
    """The same on QEMU, whose process ends at every reset; the disk goes on."""
    crashes = ""
    for _ in range(2):
        outcome = qemu.run(disk, OPTIONS)
        disk = outcome.disk
        crashes += outcome.console
    last = qemu.run(
        disk, OPTIONS, typist=KEYS, enough=lambda text: "init: ready" in text
    )
    return lines(crashes), until_ready(last.console)


def lines(text: str) -> list[str]:
    """What a person reads."""
    return text.replace("\r", "").splitlines()


def until_ready(text: str) -> list[str]:
    """The same, up to where the machine is ready: there QEMU is stopped."""
    before, ready, _ = text.partition("init: ready")
    return lines(before + ready)


def test_qemu_recovers_by_the_same_keys() -> None:
    """Every line of both crashes, of the menu, of the shell and of the last start."""
    disk = system_disk(content_files.find("channel-291-bad").data)
    our_crashes, our_recovery = ours(disk)
    their_crashes, their_recovery = theirs(disk)

    assert our_crashes == their_crashes
    assert our_recovery == their_recovery
    assert any("2 starts in a row have failed" in line for line in their_recovery)
    assert any("in sentinel.sys+0x" in line for line in their_recovery)
