"""What the six switches come to: every setting, with every shipped file.

Deep: runs machines with every shipped file. The usual tests have a bad one and a
malformed one.
"""

from __future__ import annotations

import pytest

from minios.content import catalogue
from minios.tutor.pipeline import (
    HISTORICAL,
    Bounds,
    Outcome,
    Pipeline,
    Stage,
    Switches,
    Table,
    table,
    writing,
)
from minios.tutor.pipeline.switches import ALL, SETTINGS, WRONG_SETTINGS
from tests import pipeline_runs

MACHINES = 2
STOPS = {
    "channel-291-bad": "0x50 PAGE_FAULT_IN_NONPAGED_AREA",
    "channel-291-bad-user-half": "0x7E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED",
}
ABORTED = "0x139 KERNEL_SECURITY_CHECK_FAILURE"
FILES = ("channel-291-bad", "channel-291-truncated")
MALFORMED = ("channel-291-truncated", "channel-291-random")

Fate = tuple[Stage | None, int, int, int, str]
"""Where the file was stopped; how many crashed, run on with it, never got it; why."""


def expected(it: Switches, file: str) -> Fate:  # noqa: PLR0911 - a rule each
    """The outcome as the six findings of the public analysis foretell it."""
    everybody: Fate = (None, 0, MACHINES, 0, "")
    if file in MALFORMED:
        return (Stage.VALIDATOR, 0, 0, MACHINES, "")
    if file not in STOPS or it.compile_check or it.tests:
        return everybody
    if it.validator:
        return (Stage.VALIDATOR, 0, 0, MACHINES, "")
    if it.bounds_check is Bounds.RIGHT:
        return everybody
    if it.pre_release:
        return (Stage.PRE_RELEASE, 0, 0, MACHINES, "")
    stop = ABORTED if it.bounds_check is Bounds.WRONG else STOPS[file]
    if it.rollout:
        return (Stage.ROLLOUT, 1, 0, MACHINES - 1, stop)
    return (None, MACHINES, 0, 0, stop)


def measured(it: Outcome) -> Fate:
    """The same of what the machines did."""
    stops = ";".join(stop for stop, _ in it.stops)
    return (it.stopped_at, it.crashed, it.protected, it.spared, stops)


def fates(found: Table) -> dict[tuple[Switches, str], Fate]:
    """What has come of each file in each setting."""
    return {(it.switches, it.file): measured(it) for it in found.outcomes}


@pytest.fixture(scope="module")
def whole() -> Table:
    """All settings with these files, by this process."""
    return compared(FILES)


def compared(files: tuple[str, ...]) -> Table:
    """All settings with some files."""
    with (
        pipeline_runs.kept(),
        Pipeline(files, machines=MACHINES, rings=(1,), processes=1) as pipeline,
    ):
        return table(pipeline)


def test_there_are_64_settings_and_32_with_the_wrong_repair() -> None:
    """Five switches have two positions, and one has three."""
    assert (len(set(SETTINGS)), len(set(WRONG_SETTINGS))) == (64, 32)
    assert len(set(ALL)) == 96


def test_every_setting_ends_as_the_analysis_foretells(whole: Table) -> None:
    """Any one of switches 1 to 5 prevents the outage, and 6 only shrinks it."""
    assert fates(whole) == {
        (it, file): expected(it, file) for it in ALL for file in FILES
    }


@pytest.mark.deep
def test_every_shipped_file_ends_as_the_analysis_foretells() -> None:
    """In every setting."""
    assert fates(compared(catalogue.NAMES)) == {
        (it, file): expected(it, file) for it in ALL for file in catalogue.NAMES
    }


def test_only_one_setting_without_a_wrong_repair_is_an_outage(whole: Table) -> None:
    """All machines crash only if every switch is off."""
    outages = {
        it.switches
        for it in whole.outcomes
        if it.crashed == MACHINES and not it.switches.has_wrong_repair
    }
    assert outages == {HISTORICAL}


def test_groups_describe_exactly_their_settings(whole: Table) -> None:
    """A person reads nine lines in place of hundreds."""
    assert {it.conditions: len(it.settings) for it in whole.groups} == {
        ("1 on",): 48,
        ("1 off, 3 on",): 24,
        ("1 off, 3 off, 4 on",): 12,
        ("1 off, 2 right, 3 off, 4 off",): 4,
        ("1 off, 2 none or wrong, 3 off, 4 off, 5 on",): 4,
        ("1 off, 2 none, 3 off, 4 off, 5 off, 6 off",): 1,
        ("1 off, 2 none, 3 off, 4 off, 5 off, 6 on",): 1,
        ("1 off, 2 wrong, 3 off, 4 off, 5 off, 6 off",): 1,
        ("1 off, 2 wrong, 3 off, 4 off, 5 off, 6 on",): 1,
    }


@pytest.mark.deep
def test_two_processes_give_the_same_bytes_as_one(whole: Table) -> None:
    """How the machines share the work changes nothing."""
    some = (HISTORICAL, Switches(bounds_check=Bounds.WRONG))
    files = FILES[:2]
    with Pipeline(files, machines=MACHINES, rings=(1,), processes=2) as pipeline:
        shared = table(pipeline, some).outcomes
    same = [it for it in whole.outcomes if it.switches in some and it.file in files]
    order = {it: number for number, it in enumerate(some)}
    same.sort(key=lambda it: order[it.switches])
    assert writing.json(shared) == writing.json(same)
    assert writing.table_csv(shared) == writing.table_csv(same)
