"""`minios demo --slow`: the steps of a slow pass, as lines and as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from minios.session.slow_pass import walk
from minios.session.slow_pass.steps import MOST_STEPS
from minios.session.slow_pass.words import said
from tests.commands.running import minios
from tests.session.test_slow_pass import found


@pytest.fixture(scope="module", params=["windows", "macos"])
def told(request: pytest.FixtureRequest) -> tuple[str, list[dict[str, Any]]]:
    """A world, and what is said of it with --json."""
    done = minios("demo", "--slow", "--model", request.param, "--json")
    assert done.returncode == 0, done.stderr
    return request.param, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass is over after two steps."""
    monkeypatch.setattr(walk, "MOST_STEPS", 2)


def test_the_first_pass_is_that_of_a_lab(
    told: tuple[str, list[dict[str, Any]]],
) -> None:
    """Sentence by sentence, with the same evidence."""
    world, lines = told
    first = [
        it
        for it in lines
        if it["kind"] == "slow_step" and it["content"] == "channel-291-factory"
    ]
    expected = found(world).steps

    assert [it["sentence"] for it in first] == [it.sentence for it in expected]
    assert [it["changed"] for it in first] == [list(it.changed) for it in expected]
    assert [int(it["rip"], 16) for it in first] == [it.spot.rip for it in expected]
    assert [len(it["crossings"]) for it in first] == [
        len(it.crossings) for it in expected
    ]


def test_the_second_pass_has_the_fault(
    told: tuple[str, list[dict[str, Any]]],
) -> None:
    """In ring 0 or in ring 3; each pass says at its end why it is over."""
    world, lines = told
    faults = [it for it in lines if it.get("way") == "fault"]
    ends = [it for it in lines if it["kind"] == "slow_end"]

    assert [it["content"] for it in faults] == ["channel-291-bad"]
    assert faults[0]["ring_before"] == {"windows": 0, "macos": 3}[world]
    assert [it["content"] for it in ends] == ["channel-291-factory", "channel-291-bad"]
    assert all(0 < it["steps"] <= MOST_STEPS and it["over"] for it in ends)


def test_plain_lines_are_those_of_the_pass() -> None:
    """Without colours and without columns."""
    done = minios("demo", "--slow", "--model", "windows", "--plain")
    lines = done.stdout.splitlines()

    for step in found("windows").steps:
        assert set(said(step)) <= set(lines)


def test_the_schema_names_both_kinds_of_lines() -> None:
    """For a program that reads --json."""
    described = json.loads(minios("demo", "--slow", "--schema").stdout)

    assert set(described["$defs"]) >= {"SlowStep", "SlowEnd", "CrossedRing"}


def test_no_disk_is_saved_after_a_slow_pass() -> None:
    """The two options do not go together, and it is said so."""
    done = minios("demo", "--slow", "--save-disk", "disks")

    assert done.returncode == 2
    assert "Leave out --slow" in done.stderr


@pytest.mark.usefixtures("two_steps")
def test_a_content_that_is_refused_is_told_before_its_pass() -> None:
    """Else a reader would take the second pass for one with the new content."""
    arguments = ("demo", "--slow", "--model", "macos", "--plain")

    done = minios(*arguments, "--content", "channel-291-random")

    assert done.returncode == 0
    told = " ".join(done.stdout.split())
    assert "The updater does not store the file: " in told
    assert "The old content stays in use." in told


@pytest.mark.usefixtures("two_steps")
def test_a_slow_pass_takes_a_form_of_the_sensor() -> None:
    """Its name is in the heading, and in each line of JSON."""
    words = ("demo", "--slow", "--model", "linux", "--sensor", "bpf-naive")
    plain = minios(*words, "--plain")
    lines = [json.loads(it) for it in minios(*words, "--json").stdout.splitlines()]

    assert plain.returncode == 0, plain.stderr
    assert "== linux bpf-naive: one event step by step" in plain.stdout
    assert {it["world"] for it in lines} == {"linux bpf-naive"}
