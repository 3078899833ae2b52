"""A machine in a crash loop, as it was on 19 July 2024: good once, then the push."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from minios.lab import Happened, Lab, LabSnapshot, Reset, events, seconds

BAD = "/SYSTEM/CONTENT/C-000291.SYS"


@cache
def _looping() -> LabSnapshot:
    with Lab(model="windows") as lab:
        lab.boot()
        lab.push("channel-291-bad")
        for _ in range(2):
            lab.run_until(Reset(), within=seconds(5))
        return lab.snapshot()


@pytest.fixture
def looping() -> Iterator[Lab]:
    """Reset for the second time, by the second crash; nobody has touched it."""
    with Lab(model="windows") as lab:
        lab.restore(_looping())
        yield lab


@pytest.fixture
def in_recovery(looping: Lab) -> Lab:
    """The same, a moment later: the recovery environment counts down."""
    looping.run_until(Happened(events.RecoveryEntered), within=seconds(1))
    looping.run_for(seconds(0.5))
    return looping
