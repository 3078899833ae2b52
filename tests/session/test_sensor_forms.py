"""A lab in which the sensor has another form: what it changes, and where it cannot."""

from __future__ import annotations

import pytest

from minios.errors import ScenarioError
from minios.lab import sensors
from minios.session import catalogue, own_plugins
from minios.session.catalogue import OwnPlugins
from minios.session.goals.aims import NO_GOAL_LIST
from minios.session.recording import End, Recording
from minios.session.sensor_forms import USUAL_LAB, with_sensor

LINUX = catalogue.find(USUAL_LAB)
OTHERS = [it.name for it in sensors.SENSORS[1:]]


@pytest.mark.parametrize("form", OTHERS)
def test_the_machine_starts_with_this_form_and_the_lab_says_so(form: str) -> None:
    """It says it in the words of the table."""
    found = with_sensor(LINUX, form)

    (machine,) = found.machines
    assert sensors.form_of(machine.model, machine.services) == form
    assert sensors.BY_NAME[form].words in found.will_see


@pytest.mark.parametrize("form", OTHERS)
def test_only_the_machines_that_have_a_choice_change(form: str) -> None:
    """Windows and macOS have one sensor."""
    three = catalogue.find("three-worlds")
    found = with_sensor(three, form)

    assert found.machines[:2] == three.machines[:2]
    assert sensors.form_of("linux", found.machines[2].services) == form


@pytest.mark.parametrize("form", ["", "module"])
def test_the_form_that_a_lab_has_anyway_changes_nothing(form: str) -> None:
    """Its goals stay, too."""
    assert with_sensor(LINUX, form) is LINUX


def test_another_form_has_no_goals() -> None:
    """Those of the lab wait for an oops, which would never come."""
    assert LINUX.goal_list is not NO_GOAL_LIST
    assert with_sensor(LINUX, "bpf-checked").goal_list is NO_GOAL_LIST


@pytest.mark.parametrize(
    ("lab", "words"),
    [
        ("windows", "no machine of the lab windows has a choice of sensors"),
        ("guarded-window", "gives each machine its own form of the sensor"),
    ],
)
@pytest.mark.parametrize("form", list(sensors.BY_NAME))
def test_a_lab_without_a_choice_names_the_labs_that_have_one(
    lab: str, words: str, form: str
) -> None:
    """Also for the form that the lab has anyway: nothing was chosen."""
    with pytest.raises(ScenarioError, match=words) as caught:
        with_sensor(catalogue.find(lab), form)
    assert "Open the lab three-worlds or linux" in str(caught.value)


def test_a_lab_that_is_built_again_keeps_its_form() -> None:
    """The plugin is built anew, and nothing else changes."""
    chosen = with_sensor(LINUX, "bpf-collector")
    card = own_plugins.with_plugins(chosen, OwnPlugins(("villain",)))

    again = own_plugins.built_again(card)

    assert again.machines[0].services == card.machines[0].services
    assert again.sensor == "bpf-collector"


@pytest.mark.parametrize("form", ["", *sensors.BY_NAME])
def test_a_recording_of_it_says_what_the_lab_says(form: str) -> None:
    """The machines in it have this form, and the lab that is named has another."""
    card = with_sensor(LINUX, form)
    kept = Recording(LINUX.name, card.machines, ((),), (End(),))

    assert kept.card.will_see == card.will_see


def test_a_recording_of_a_lab_with_all_forms_says_what_the_lab_says() -> None:
    """None of them is another one there."""
    card = catalogue.find("guarded-window")
    kept = Recording(card.name, card.machines, ((),) * 4, (End(),) * 4)

    assert kept.card.will_see == card.will_see


def test_only_the_reason_why_there_are_no_goals_is_said() -> None:
    """Another form of the sensor, a recording, or a scenario."""
    form = with_sensor(LINUX, "bpf-checked")
    played = Recording(LINUX.name, form.machines, ((),), (End(),)).card

    assert "its sensor" in form.no_goals(is_scenario=False)
    assert "a recording shows" in played.no_goals(is_scenario=False)
    assert "a scenario shows" in played.no_goals(is_scenario=True)
