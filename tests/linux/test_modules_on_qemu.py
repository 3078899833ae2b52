"""QEMU prints the same lines: modules in the shell, and the boot menu that heals.

Deep: QEMU boots once more, after an oops. The usual tests have the shell and the boot
menu.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from minios.dev import qemu
from minios.lab import Lab, Reset, content_files, seconds
from minios.lab.system_disk import disk_of

pytestmark = pytest.mark.witness

Keys = Sequence[tuple[str, str]]
PROMPT = "minios> "
SHELL: Keys = [
    (PROMPT, f"{line}\r")
    for line in (
        "uname -a",
        "lsmod",
        "insmod villain",
        "insmod villain",
        "rmmod villain",
        "rmmod -f sentinel",
        "rmmod sentinel",
        "lsmod",
        "dmesg",
        "echo the end",
    )
]
HEALING: Keys = [
    ("unless a key is pressed\n", "blocklist\r"),
    (PROMPT, "lsmod\r"),
    (PROMPT, "insmod sentinel\r"),
    (PROMPT, "rm /system/content/c-000291.sys\r"),
    (PROMPT, "echo the end\r"),
]
LIMPING: Keys = [
    (PROMPT, f"{line}\r")
    for line in (
        "insmod villain",
        "tell villain.sys null",
        "lsmod",
        "rmmod villain",
        "rmmod -f villain",
        "lsmod",
        "uname -a",
        "echo the end",
    )
]
LOOP = {
    "panic_on_oops": "1",
    "panic": "1",
    "first_event_ms": "400",
    "event_ms": "0",
}


@pytest.fixture(autouse=True)
def _needs_qemu() -> None:
    if not qemu.is_installed():
        pytest.skip("qemu-system-x86_64 is not installed")


def lines(text: str) -> list[str]:
    """What a person reads, up to the last command."""
    before, end, _ = text.replace("\r", "").partition("\nthe end\n")
    assert end
    return before.splitlines()


def ours(options: Mapping[str, str], disk: bytes, keys: Keys) -> list[str]:
    """The console of a start on our machine."""
    with Lab(model="linux", options=options, disk=disk) as lab:
        for prompt, typed in keys:
            for _ in range(600):  # `tell` waits some seconds for an answer
                if lab.console_text.replace("\r", "").endswith(prompt):
                    break
                lab.run_for(seconds(0.02))
            lab.type(typed)
            lab.run_for(seconds(0.02))
        lab.run_for(seconds(0.2))
        return lines(lab.console_text)


def theirs(options: Mapping[str, str], disk: bytes, keys: Keys) -> list[str]:
    """The same on QEMU."""
    words = {"model": "linux", "seed": "1", **options}
    command_line = " ".join(f"{name}={value}" for name, value in words.items())
    outcome = qemu.run(
        disk, command_line, typist=keys, enough=lambda text: "\nthe end\n" in text
    )
    return lines(outcome.console)


def fresh(content: str = "channel-291-factory") -> bytes:
    """The disk of a new machine with this content file."""
    with Lab(model="linux", content=content) as lab:
        return disk_of(lab.setup)


def after_two_crashes() -> bytes:
    """The disk of a machine that has crashed twice in a row."""
    content = content_files.find("channel-291-bad").name
    with Lab(model="linux", content=content, options=LOOP) as lab:
        for _ in range(2):
            lab.run_until(Reset(), within=seconds(5))
        return lab.disk_image()


def test_the_commands_for_modules_say_the_same_on_qemu() -> None:
    """Names, sizes, use counts, the log of the kernel and its taint."""
    quiet = {"event_ms": "0"}
    found = ours(quiet, fresh(), SHELL)

    assert found == theirs(quiet, fresh(), SHELL)
    assert any("could not insert module villain" in it for it in found)


@pytest.mark.deep
def test_a_module_after_an_oops_is_the_same_on_qemu() -> None:
    """Refused, then taken away by force, with the letters of the taint."""
    quiet = {"event_ms": "0"}
    found = ours(quiet, fresh(), LIMPING)

    assert found == theirs(quiet, fresh(), LIMPING)
    assert "rmmod: ERROR: Module villain is in use" in found
    assert "minios linux x86_64, Tainted: G R D O" in found
    assert "  R: a module was unloaded by force" in found


def test_the_boot_menu_heals_a_machine_on_qemu_as_here() -> None:
    """By the same keys, and with the same lines."""
    disk = after_two_crashes()
    found = ours(LOOP, disk, HEALING)

    assert found == theirs(LOOP, disk, HEALING)
    assert "start: entry blocklist: module_blacklist=sentinel" in found
    assert found.count("Module sentinel is blacklisted") == 2
