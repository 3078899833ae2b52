"""QEMU prints the same lines: what the verifier says, and what programs return."""

from __future__ import annotations

import pytest

from minios.dev import qemu
from minios.lab.bpf import BpfMachine
from tests.bpf.test_shell import FILES

pytestmark = pytest.mark.witness

PROMPT = "minios> "
COMMANDS = (
    "bpf check /WILD.BPF",
    "bpf load /WATCH.BPF",
    "bpf load /GUARD.BPF",
    "run bench",
    "bpf list",
    "bpf remove guard",
    "bpf run /SUM.BPF",
    "bpf list",
    "echo the end",
)


def lines(text: str) -> list[str]:
    """What a person reads, up to the last command."""
    before, end, _ = text.replace("\r", "").partition("\nthe end\n")
    assert end
    return before.splitlines()


def test_the_shell_says_the_same_of_ebpf_on_qemu() -> None:
    """A refusal with its reason, a denied start, and the counts of calls."""
    if not qemu.is_installed():
        pytest.skip("qemu-system-x86_64 is not installed")
    with BpfMachine(files=FILES) as machine:
        disk, words = machine.lab.setup.disk, machine.lab.machine.command_line
        for command in COMMANDS:
            machine.lab.console(command)
        found = lines(machine.lab.console_text)
    assert disk is not None
    typed = [(PROMPT, f"{it}\r") for it in ("echo", *COMMANDS)]

    outcome = qemu.run(
        disk, words, typist=typed, enough=lambda text: "\nthe end\n" in text
    )

    assert found == lines(outcome.console)
    assert any("has denied it" in it for it in found)
