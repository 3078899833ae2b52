"""The sensor in four forms, for a model that takes modules and eBPF programs.

    with Lab("linux", sensor="bpf-checked") as lab:
        lab.boot()

All four lie on every disk of such a model. A form only says which services start: so
the same can be said by `services=`, or by hand in the guest's service list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from minios.abi import policies
from minios.abi.plugins import Kind
from minios.arguments import require_known
from minios.errors import ScenarioError
from minios.image import variants
from minios.lab import own_plugins


@dataclass(frozen=True, slots=True)
class Sensor:
    """One form of the sensor.

    Attributes:
        name: what it is called in commands and scenario files.
        words: what it is, in a few words.
        port: the name of its eBPF programs, "" for the module (`image/variants.py`).
        has_parser: whether the sensor's extension works with what they collect.
    """

    name: str
    words: str
    port: str = ""
    has_parser: bool = False

    @property
    def services(self) -> dict[str, str]:
        """The start types that make it, by the names of services.

        eBPF programs start as early as modules, so that they are there before a process
        that works with them.
        """
        if not self.port:
            return {}
        starts = without_module()
        starts[Kind.BPF.file_name(self.port)] = "system"
        if self.port == variants.RULES:
            starts[Kind.EXTENSION.file_name(self.port)] = "auto"
        if self.has_parser:
            starts |= dict.fromkeys(_sensors(Kind.EXTENSION), "auto")
        return starts


SENSORS: Final = (
    Sensor("module", "a kernel module in ring 0"),
    Sensor("bpf-naive", "eBPF programs without a bounds check", "naive"),
    Sensor("bpf-checked", "eBPF programs with a bounds check", "checked"),
    Sensor(
        "bpf-collector",
        "eBPF programs that collect, and a process that compares",
        "collect",
        has_parser=True,
    ),
)
"""All forms. The first is the one that a model starts with."""

BY_NAME: Final = {it.name: it for it in SENSORS}


LISTED: Final = "\n".join(f"  {it.name:14} {it.words}" for it in SENSORS)
"""One line for each form, for the help of a command."""


def without_module() -> dict[str, str]:
    """The start types with which the sensor is no module."""
    return dict.fromkeys(_sensors(Kind.DRIVER), "disabled")


def _sensors(kind: Kind) -> list[str]:
    """What the services of the sensor that comes with minios are called."""
    return [kind.file_name(it) for it in sorted(own_plugins.sensors())]


def has_forms(model: str) -> bool:
    """Whether the sensor has more than one form in a model."""
    return Kind.BPF in policies.BY_NAME[model].kinds


def services(model: str, sensor: str, others: Mapping[str, str]) -> dict[str, str]:
    """The start types for this form of the sensor, "" for that of the model.

    `others` are start types that were asked for besides, and count more.

    Raises ScenarioError if there is no such form, or none to choose in this model.
    """
    if not sensor:
        return dict(others)
    require_known([sensor], list(BY_NAME), "sensor", "sensor")
    if not has_forms(model):
        able = " or ".join(it.name for it in policies.POLICIES if has_forms(it.name))
        raise ScenarioError(
            f"the model {model} has one sensor only, so there is none to choose",
            where="sensor",
            advice=f"Take the model {able}, or leave out the sensor",
        )
    return {**BY_NAME[sensor].services, **others}


def form_of(model: str, starts: Mapping[str, str]) -> str:
    """The form that these start types make, "" if none of them or no choice."""
    if not has_forms(model):
        return ""
    found = (it.name for it in SENSORS[1:] if it.services.items() <= starts.items())
    is_gone = without_module().items() <= starts.items()
    return next(found, "" if is_gone else SENSORS[0].name)
