"""The six switches as a talk.

Deep: all 48 settings are tried. `tests/commands/test_pipeline.py` makes the same table.
"""

from __future__ import annotations

import pytest

from minios import plain
from minios.plain import pipeline as talking
from minios.session import catalogue
from minios.session.files import Files
from minios.tutor.pipeline import HISTORICAL, TITLE, WORDS, Pipeline
from tests.plain.talking import Talker

SEND, STAGES, EXPLAIN, COMPARE, RESET = "7", "8", "9", "10", "11"
NAMES = ("channel-291-good", "channel-291-bad")


def talk(*answers: str) -> Talker:
    """A talk about two files and two machines."""
    talker = Talker(*answers)
    with Pipeline(NAMES, machines=2, rings=(1,), processes=1) as pipeline:
        talking.run(pipeline, HISTORICAL, talker.say, talker.ask)
    return talker


def test_a_switch_is_turned_and_the_files_are_sent_again() -> None:
    """First the outage, then nothing."""
    talker = talk(SEND, "4", SEND, "0")
    outage = (
        "channel-291-bad: All 2 machines stop with 0x50 PAGE_FAULT_IN_NONPAGED_AREA."
    )
    refused = "channel-291-bad: The validator refuses the file: no machine gets it."
    assert outage in talker.lines
    assert outage not in talker.after("Switch 4 is on")
    assert refused in talker.after("Switch 4 is on")


def test_the_bounds_check_has_three_positions() -> None:
    """None, right, wrong, and none again."""
    talker = talk("2", "2", "2", "0")
    told = [it for it in talker.lines if it.startswith("Switch 2 is")]
    assert [it.split(".")[0] for it in told] == [
        "Switch 2 is on, the right check",
        "Switch 2 is on, the wrong check",
        "Switch 2 is off",
    ]
    assert "then it aborts" in told[1]


def test_every_stage_is_told_for_a_file() -> None:
    """Six sentences, each after the name of its stage."""
    talker = talk(STAGES, "2", "0")
    begins = [it.partition(":")[0] for it in talker.after("Which file?")]
    assert begins[:6] == [
        "sensor build",
        "sensor tests",
        "validator",
        "pre-release run",
        "rollout",
        "customers",
    ]


def test_what_a_switch_means_is_told() -> None:
    """The finding and what was changed."""
    talker = talk(EXPLAIN, "6", "0")
    assert any(it.startswith("What was found: All customers") for it in talker.lines)
    assert any(it.startswith("What was changed: A few") for it in talker.lines)


def test_an_empty_line_does_not_leave() -> None:
    """It is answered; a switch can be explained by its number."""
    talker = talk("", "? 6", "?", "q")

    assert len(talker.prompts) == 4
    assert "Please type a number, 1 to 11, or 0 to leave." in talker.lines
    assert any(it.startswith("What was changed: A few") for it in talker.lines)
    assert sum(it.startswith("1. Turn switch 1") for it in talker.lines) == 2


@pytest.mark.deep
def test_all_settings_are_compared_and_all_switches_turned_off() -> None:
    """Nine groups; afterwards the talk goes on."""
    talker = talk("1", COMPARE, RESET, "0")
    groups = [it for it in talker.lines if "setting" in it and "off" in it]
    assert "One setting: 1 off, 2 none, 3 off, 4 off, 5 off, 6 off." in groups
    assert "All switches are off." in talker.lines


def test_every_question_can_be_declined() -> None:
    """And the end of the input is no mistake."""
    assert talk(STAGES, "0", EXPLAIN, "", "0").prompts
    assert talk(STAGES).prompts
    assert talk().prompts


def test_the_list_of_labs_offers_the_switches() -> None:
    """A line of its own, behind the labs."""
    talker = Talker("six switches", "1", "0", "0")
    plain.run(None, Files(), talker.say, talker.ask)
    assert f"1. {TITLE}: {WORDS}" in talker.lines
    assert talker.lines.count("Labs:") == 3
    assert len(catalogue.LABS) > 1
