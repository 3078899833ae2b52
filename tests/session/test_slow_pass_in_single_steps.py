"""The slow pass is what single steps show, value by value, though it does not stop.

The witness is the same walk on a machine that stops behind every instruction.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from minios.machine.machine import Machine
from tests.session.test_slow_pass import found


def in_single_steps(
    machine: Machine, is_there: Callable[[], bool], *, most: int, limit_ns: int
) -> None:
    """`Machine.step_until`, as slow as it can be."""
    end = machine.now + limit_ns
    for _ in range(most):
        before = machine.instructions
        machine.step()
        if is_there() or machine.instructions == before or machine.now >= end:
            return


@pytest.mark.parametrize(
    ("world", "content"),
    [("windows", "channel-291-bad"), ("macos", ""), ("linux", "")],
)
def test_the_steps_are_those_of_single_steps(
    world: str, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every sentence, register, crossing and number."""
    fast = found(world, content)
    monkeypatch.setattr(Machine, "step_until", in_single_steps)
    slow = found.__wrapped__(world, content)

    assert len(fast.steps) > 4
    assert slow == fast
