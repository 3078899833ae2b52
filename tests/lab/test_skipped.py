"""What is said of verified programs that a bad content file does not harm."""

from __future__ import annotations

from typing import Any

import pytest

from minios.lab import content_files, events
from minios.lab.inputs import Push
from minios.lab.skipped import skipped

_ABOUT: dict[str, Any] = {"world": "linux", "t": 0, "instructions": 0}
START = events.Booted(boot=1, model="linux", **_ABOUT)
CHECKED = events.BpfLoaded(name="checked.bpf", programs=2, visits=1, **_ABOUT)
MODULE = events.ModuleLoaded(name="sentinel.sys", base=events.Hex(0), size=1, **_ABOUT)


def loaded(version: int) -> events.ContentLoaded:
    """The sensor has loaded a content file."""
    return events.ContentLoaded(
        file="C-000291.SYS", version=version, instances=2, ring=3, **_ABOUT
    )


def pushed(name: str) -> list[tuple[int, Push]]:
    """What was given to the machine."""
    return [(0, Push(content_files.find(name)))]


@pytest.mark.parametrize("file", ["channel-291-bad", "channel-291-bad-user-half"])
def test_the_field_that_is_not_supplied_is_skipped(file: str) -> None:
    """Once the programs run, and have the rule that asks for it."""
    said = "the bounds check skips field 21, so the rule does not match"

    assert skipped(pushed(file), [START, CHECKED, loaded(1), loaded(3)]) == said
    assert not skipped(pushed(file), [START, CHECKED, loaded(1)])
    assert not skipped(pushed(file), [START, CHECKED, loaded(3), START])
    assert not skipped(pushed(file), [START, MODULE, loaded(3)])
    assert not skipped([], [START, CHECKED, loaded(3)])


@pytest.mark.parametrize("file", ["channel-291-latent", "channel-291-random"])
def test_a_file_that_asks_for_nothing_else_has_nothing_skipped(file: str) -> None:
    """Its 21st criterion is a wildcard, or there is none."""
    assert not skipped(pushed(file), [START, CHECKED, loaded(2)])
