"""The sensor blocks what its content tells it to block, in either ring."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.lab import Lab, events, milliseconds


@pytest.fixture(scope="module", params=["windows", "macos"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A machine with the shipped content that blocks a program."""
    with Lab(
        model=request.param, content="channel-291-block", options={"event_ms": "0"}
    ) as made:
        made.boot()
        yield made


def test_a_program_that_a_rule_forbids_does_not_begin(lab: Lab) -> None:
    """It is reported and denied; its process was never there, and init lives on."""
    before = len(lab.all(events.ProcessStarted))

    said = lab.console("run killinit")

    assert "has denied it" in said
    assert len(lab.all(events.ProcessStarted)) == before
    denied = lab.all(events.Denied)[-1]
    assert (denied.target, denied.operation) == ("/BIN/KILLINIT", "auth_exec")
    found = lab.all(events.Detected)[-1]
    assert (found.detection, found.text) == (0x3001, "exec /BIN/KILLINIT by shell")


def test_a_rule_that_only_reports_lets_the_program_begin(lab: Lab) -> None:
    """And a program that no rule is about is not reported."""
    denied = len(lab.all(events.Denied))

    said = lab.console("run bench calls 1")

    assert "exit status 0" in said
    assert len(lab.all(events.Denied)) == denied
    assert lab.all(events.Detected)[-1].detection == 0x3002


def test_the_sensor_counts_what_it_saw(lab: Lab) -> None:
    """What it compared, what it found, and what it denied."""
    lab.console("run bench calls 1")
    lab.console("run killinit")

    found = len(lab.all(events.Detected))
    said = lab.console("sensor")

    assert f"{found} detections" in said
    assert f"{len(lab.all(events.Denied))} operations were denied" in said


def test_content_without_rules_for_programs_is_not_asked_about_them() -> None:
    """So a machine with the usual content pays nothing for it."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.console("run bench calls 1")
        lab.run_for(milliseconds(10))

        assert "0 events seen" in lab.console("sensor")
