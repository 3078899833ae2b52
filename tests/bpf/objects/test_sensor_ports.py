"""The sensor as eBPF programs, and what the verifier of the kernel says to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios import paths
from minios.abi import bpf, structures
from minios.abi import content as content_layout
from minios.bpf import image
from minios.image import bytecode, variants
from minios.lab.bpf import Answer, BpfMachine, Question

_ROOT = Path(__file__).parents[3]
_INPUTS = content_layout.IPC_INPUTS_SUPPLIED
_INPUT_BYTES = 4 + structures.PATH_SIZE  # struct input: the length, and the text
_INTERPRETER = "drivers/sentinel/interpreter.c"


def _shipped(name: str) -> bytes:
    return paths.guest_file(f"disk/SYSTEM/BPF/{name.upper()}.BPF").read_bytes()


@pytest.fixture(scope="module")
def answers() -> dict[str, Answer]:
    """The verdict on each port, out of one machine."""
    names = [it.name for it in variants.PORTS]
    with BpfMachine() as machine:
        found = machine.ask([Question.check(_shipped(name)) for name in names])
    return dict(zip(names, found, strict=True))


def _line_of_the_fault() -> int:
    """The line of interpreter.c that reads through the pointer."""
    text = (_ROOT / _INTERPRETER).read_text("utf-8")
    return text[: text.index("uint32_t length = input->length;")].count("\n") + 1


def test_the_naive_port_is_refused_at_the_line_that_faults_in_the_other_rings(
    answers: dict[str, Answer],
) -> None:
    """Input 21 of 20: it would lie where the array ends."""
    naive = answers["naive"]
    assert naive.error == "UNSAFE"
    assert f"{_INTERPRETER}:{_line_of_the_fault()}" in naive.log
    end = _INPUTS * _INPUT_BYTES
    assert naive.reason.startswith(
        f"4 bytes at {end}, but the variables' section .bss.inputs ends at {end}"
    )


def test_the_port_with_a_bounds_check_is_verified(answers: dict[str, Answer]) -> None:
    """It differs in the bounds check alone."""
    assert answers["checked"].is_good
    assert answers["checked"].visits < bpf.BPF_VISITS_LIMIT


def test_the_collector_is_verified(answers: dict[str, Answer]) -> None:
    """It copies the event into a ring buffer, and gives back what it has reserved."""
    assert answers["collect"].is_good


def test_the_ports_listen_to_the_events_of_the_sensor() -> None:
    """A pipe that is created, and one that is opened."""
    for port in variants.PORTS:
        found = {it.hook for it in image.unpack(_shipped(port.name)).programs}
        assert found == {
            bpf.BPF_HOOK["NOTIFY_PIPE_CREATE"],
            bpf.BPF_HOOK["NOTIFY_PIPE_OPEN"],
        }


def test_the_collector_sends_what_an_extension_reads() -> None:
    """An extension without a feed looks for a ring buffer called `events`."""
    (ring,) = image.unpack(_shipped("collect")).maps
    assert (ring.name, ring.kind) == ("events", bpf.BPF_MAP["RING"])


def test_naive_and_checked_are_one_source() -> None:
    """So the bounds check is what makes the difference."""
    ports = {it.name: it for it in variants.PORTS}
    assert ports["naive"].source == ports["checked"].source
    assert ports["checked"].flags == ("-DSENSOR_BOUNDS_RIGHT",)


def test_a_stranger_builds_the_same_port_in_the_sandbox() -> None:
    """`minios bpf compile` sees the sensor's files and the SDK, as the build does."""
    for port in variants.PORTS:
        path = _ROOT / "drivers/sentinel" / (port.source or "sentinel.bpf.c")
        built = bytecode.build(path, more=port.flags)
        assert image.unpack(built.image) == image.unpack(_shipped(port.name))
