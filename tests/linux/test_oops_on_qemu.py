"""QEMU prints the same lines: reports of oopses, and panics that stand still."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from minios.dev import qemu
from minios.lab import Happened, Lab, events, gallery, seconds
from minios.lab.crimes import Scene
from minios.lab.system_disk import disk_of

pytestmark = pytest.mark.witness

PROMPT = "minios> "
END = "---[ end Kernel panic"


@pytest.fixture(autouse=True)
def _needs_qemu() -> None:
    if not qemu.is_installed():
        pytest.skip("qemu-system-x86_64 is not installed")


def lines(text: str) -> list[str]:
    """What a person reads, up to the end of the panic."""
    found = text.replace("\r", "").splitlines()
    end = next(i for i, it in enumerate(found) if it.startswith(END))
    return found[: end + 1]


def theirs(options: Mapping[str, str], disk: bytes, typed: str = "") -> list[str]:
    """The console of QEMU with the model linux."""
    words = {"model": "linux", "seed": "1", **options}
    outcome = qemu.run(
        disk,
        " ".join(f"{name}={value}" for name, value in words.items()),
        typist=[(PROMPT, typed)] if typed else (),
        enough=lambda text: f"\n{END}" in text and text.endswith("\n"),
    )
    return lines(outcome.console)


@pytest.mark.parametrize("crime", ["isrnull", "dpcgp", "overflow"])
def test_a_panic_says_the_same_on_qemu(crime: str) -> None:
    """In an interrupt, in a deferred call, and with the stack used up."""
    options = {"event_ms": "0"}
    disk = gallery.disk(Scene.DRIVER)
    with Lab("linux", options=options, disk=disk) as lab:
        lab.boot()
        lab.console("")
        typed = f"run commit {crime}\r"
    with Lab("linux", options=options, disk=disk) as lab:
        lab.wait_for_prompt()
        lab.type(typed)
        lab.run_until(Happened(events.KernelPanic), within=seconds(2))
        lab.run_for(seconds(0.1))
        ours = lines(lab.console_text)

    found = theirs(options, disk, typed)

    # The timer interrupts at another moment there: what it interrupted differs.
    assert [it for it in ours if _is_of_the_fault(it)] == [
        it for it in found if _is_of_the_fault(it)
    ]
    assert any(it.startswith("Kernel panic - not syncing: Fatal") for it in found)


def _is_of_the_fault(line: str) -> bool:
    return line.startswith(("BUG:", "#PF:", "RIP:", "Code:", "Kernel panic", "---["))


def test_so_many_oopses_say_the_same_on_qemu() -> None:
    """Two whole reports with their call traces, register by register."""
    options = {"first_event_ms": "20", "event_ms": "30", "oops_limit": "2"}
    with Lab("linux", content="channel-291-bad", options=options) as lab:
        disk = disk_of(lab.setup)
        lab.run_until(Happened(events.KernelPanic), within=seconds(5))
        lab.run_for(seconds(0.1))
        ours = lines(lab.console_text)

    found = theirs(options, disk)

    assert found == ours
    assert sum(": 0000 [#" in it for it in found) == 2
    assert any("Oopsed too often" in it for it in found)
