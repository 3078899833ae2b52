"""What the sensor costs in each form: figures of the machine, the same on every host.

    verifier_visits_NAME         instructions of the programs at which the verifier has
                                 looked, until it accepted or refused them
    verifier_instructions_NAME   what the CPU has executed meanwhile
    event_ns_FORM                virtual nanoseconds for which the machine works on one
                                 event, with the content of a fresh disk

`module` is sentinel.sys on Linux, `program` checked.bpf, `extension` sentinel.ext on
macOS, and `collector` collect.bpf with sentinel.ext behind it. An event is that
somebody opens a named pipe. Its price is the difference to a machine without a sensor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from minios import paths
from minios.bpf import assembly, image
from minios.image import variants
from minios.lab import Lab, cost, own_plugins, sensors
from minios.lab.bpf import BpfMachine, Question
from minios.lab.cost import Operation

_QUIET: Final = {"event_ms": "0", "recovery": "no"}
_NS: Final = 10  # of an instruction
_FORMS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "module": ("linux", sensors.BY_NAME["module"].services),
    "program": ("linux", sensors.BY_NAME["bpf-checked"].services),
    "extension": ("macos", {}),
    "collector": ("linux", sensors.BY_NAME["bpf-collector"].services),
}


def figures() -> dict[str, float | None]:
    """All of them."""
    of_events = dict(of_events_in(_FORMS))
    return {**dict(of_the_verifier(variants.PORTS)), **of_events}


def of_the_verifier(ports: Iterable[variants.Port]) -> Iterator[tuple[str, int]]:
    """What the verifier has to do for each of these."""
    nothing = image.pack(
        [image.Program("p", "notify/pipe_open", assembly.assemble("r0 = 0\nexit"))]
    )
    with BpfMachine() as machine:

        def spent(program: bytes) -> tuple[int, int]:
            """Visits, and instructions of the machine for the whole question."""
            (answer,) = machine.ask([Question.check(program)])
            return answer.visits, machine.lab.machine.instructions

        _, usual = spent(nothing)
        for port in ports:
            shipped = paths.guest_file(f"disk/SYSTEM/BPF/{port.name.upper()}.BPF")
            visits, instructions = spent(shipped.read_bytes())
            yield f"verifier_visits_{port.name}", visits
            yield f"verifier_instructions_{port.name}", instructions - usual


def of_events_in(forms: Iterable[str]) -> Iterator[tuple[str, float]]:
    """What an event costs in each of these forms of the sensor."""
    without: dict[str, float] = {}
    for form in forms:
        model, services = _FORMS[form]
        if model not in without:
            none = dict.fromkeys(own_plugins.sensors(), "disabled")
            without[model] = _instructions(model, none)
        more = _instructions(model, services) - without[model]
        yield f"event_ns_{form}", more * _NS


def _instructions(model: str, services: Mapping[str, str]) -> float:
    """What the machine executes for each pipe that somebody opens and closes."""
    with Lab(model, services=services, options=_QUIET) as lab:
        lab.boot()
        lab.console("run errand &")
        start = lab.snapshot()
        found = []
        for count in (Operation.PIPES.count, 0):
            lab.restore(start)
            found.append(cost.count_work(lab, Operation.PIPES, count).instructions)
        return (found[0] - found[1]) / Operation.PIPES.count
