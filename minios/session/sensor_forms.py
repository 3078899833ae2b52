"""A lab in which the sensor has another form: `minios lab --sensor bpf-checked`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from msgspec.structs import replace as changed

from minios.errors import ScenarioError
from minios.lab import sensors
from minios.lab.setup import Setup
from minios.session import catalogue
from minios.session.catalogue import LabCard
from minios.session.goals.aims import NO_GOAL_LIST

USUAL_LAB: Final = "linux"
"""For whoever names a form, and no lab."""


def with_sensor(card: LabCard, form: str) -> LabCard:
    """The lab with this form of the sensor, "" for that of the lab.

    The goals of a lab are about the form that it comes with: with another one it has
    none. Raises ScenarioError if there is no form to choose in this lab.
    """
    if not form:
        return card
    _require_choice(card)
    if form == sensors.SENSORS[0].name:
        return card

    def equipped(setup: Setup) -> Setup:
        if not sensors.has_forms(setup.model):
            return setup
        services = sensors.services(setup.model, form, setup.services)
        return changed(setup, services=services)

    return replace(
        card,
        machines=tuple(map(equipped, card.machines)),
        will_see=_words(form),
        sensor=form,
        goal_list=NO_GOAL_LIST,
    )


def will_see(card: LabCard, machines: Sequence[Setup]) -> str:
    """What there is to see in a lab that was opened with these machines."""
    forms = set(_forms(machines))
    (form,) = forms if len(forms) == 1 and _has_choice(card) else {""}
    return _words(form) if form not in {"", sensors.SENSORS[0].name} else card.will_see


def _words(form: str) -> str:
    return f"on Linux the sensor is {sensors.BY_NAME[form].words}"


def _forms(machines: Sequence[Setup]) -> list[str]:
    """The form of the sensor in each machine that has a choice."""
    return [
        sensors.form_of(it.model, it.services)
        for it in machines
        if sensors.has_forms(it.model)
    ]


def _has_choice(card: LabCard) -> bool:
    """Whether some machine could have another form, and none has one already."""
    return set(_forms(card.machines)) == {sensors.SENSORS[0].name}


def _require_choice(card: LabCard) -> None:
    if _has_choice(card):
        return
    able = " or ".join(it.name for it in catalogue.LABS if _has_choice(it))
    raise ScenarioError(
        f"the lab {card.name} gives each machine its own form of the sensor"
        if _forms(card.machines)
        else f"no machine of the lab {card.name} has a choice of sensors",
        where="--sensor",
        advice=f"Open the lab {able}, or leave out --sensor",
    )
