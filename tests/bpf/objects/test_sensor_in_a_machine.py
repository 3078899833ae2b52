"""The sensor's three eBPF ports in a machine of the model linux.

Deep: the verifier takes long for the checked programs, and each of these tests has
them verified once or twice more. The usual test has the good content file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pytest

from minios.lab import Lab, events, seconds
from minios.lab.booted import BootedLabs


class Machine(Protocol):
    """Makes a machine without the module, after some pipes were opened."""

    def __call__(self, content: str, **services: str) -> Lab:
        """With this content file, and these services."""


@pytest.fixture(scope="module")
def labs() -> Iterator[BootedLabs]:
    """The machines: the verifier takes its time, so once for each setup."""
    with BootedLabs() as found:
        yield found


@pytest.fixture
def machine(labs: BootedLabs) -> Machine:
    """One of them, as it was at first."""

    def made(content: str, **services: str) -> Lab:
        def boot() -> Lab:
            named = {name.replace("_", "."): it for name, it in services.items()}
            lab = Lab(
                model="linux",
                content=content,
                services={"sentinel.sys": "demand", **named},
                options={"recovery": "no"},
            )
            lab.boot()
            lab.run_for(seconds(3))
            return lab

        return labs.at_start((content, *services.items()), boot)

    return made


def test_the_naive_port_never_runs_and_the_machine_does(machine: Machine) -> None:
    """The same bad file that ends the others' machines: here nobody has read it."""
    lab = machine("channel-291-bad", naive_bpf="auto")
    (refused,) = lab.all(events.BpfRefused)
    assert refused.name == "naive.bpf"
    assert "4 bytes at 1360, but" in refused.reason
    assert not lab.all(events.BugcheckEvent)


@pytest.mark.parametrize(
    ("content", "finds"),
    [
        ("channel-291-good", True),
        pytest.param("channel-291-bad", False, marks=pytest.mark.deep),
    ],
)
def test_the_checked_port_compares_pipes_with_the_content_file(
    content: str, *, finds: bool, machine: Machine
) -> None:
    """Good content detects some of them. Bad content detects and harms nothing."""
    lab = machine(content, checked_bpf="auto", checked_ext="auto")
    said = lab.console("dmesg")
    assert ("detection 0x1005" in said) is finds
    detected = {(it.plugin, it.detection, it.ring) for it in lab.all(events.Detected)}
    assert detected == ({("checked", 0x1005, 0)} if finds else set())
    assert all(it.text.endswith(" by workload") for it in lab.all(events.Detected))
    assert "checked.bpf is loaded" in said
    assert not lab.all(events.BugcheckEvent)


def test_the_parser_behind_the_collector_is_the_extension(machine: Machine) -> None:
    """It reads the ring, loads the content, and knows nothing of eBPF."""
    lab = machine("channel-291-factory", collect_bpf="system", sentinel_ext="auto")
    (attached,) = lab.all(events.RingAttached)
    assert (attached.name, attached.map) == ("collect.bpf", "events")
    assert [it.ring for it in lab.all(events.ContentLoaded)] == [3]


def _loaded_anew(lab: Lab, name: str) -> str:
    """What the console says for ten seconds after the object was loaded once more."""
    lab.console(f"bpf remove {name}")
    lab.run_for(seconds(3))
    before = len(lab.console_text)
    lab.console(f"bpf load /SYSTEM/BPF/{name.upper()} {name}")
    lab.run_for(seconds(10))
    return lab.console_text[before:]


def test_a_collector_that_is_loaded_anew_has_its_parser_again(machine: Machine) -> None:
    """Its ring buffer went with the old one; the parser looks for the new one."""
    lab = machine("channel-291-good", collect_bpf="system", sentinel_ext="auto")
    said = _loaded_anew(lab, "collect.bpf")
    assert "the ring buffer is gone" in lab.console_text
    assert "there is a ring buffer again" in said
    assert "detection 0x1005" in said
    attached = [(it.name, it.map) for it in lab.all(events.RingAttached)]
    assert attached == [("collect.bpf", "events")] * 2
    assert not lab.all(events.DeathEvent)


@pytest.mark.deep
def test_checked_programs_that_are_loaded_anew_get_their_rules_again(
    machine: Machine,
) -> None:
    """The maps of the new object are empty, until its extension fills them."""
    lab = machine("channel-291-good", checked_bpf="auto", checked_ext="auto")
    said = _loaded_anew(lab, "checked.bpf")
    assert "checked.bpf was loaded anew" in said
    assert "detection 0x1005" in said.partition("was loaded anew")[2]
    assert len(lab.all(events.ContentLoaded)) == 2
