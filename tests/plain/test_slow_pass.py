"""The slow pass in plain mode: the steps of the machines, one question after each.

Deep: every step in a second world.
"""

from __future__ import annotations

import pytest

from minios.session.catalogue import LabCard
from minios.session.frames import Frame
from minios.session.slow_pass.steps import MOST_STEPS
from minios.session.spoken import evidence
from tests.plain.talking import BAD, MAC, TWO, WINDOWS, Talker, lab_of, talk
from tests.session.test_slow_pass import found


@pytest.mark.parametrize(
    "card", [pytest.param(WINDOWS, marks=pytest.mark.deep), MAC], ids=lambda it: it.name
)
def test_every_step_is_told_as_the_machine_took_it(card: LabCard) -> None:
    """The same sentences as in the pass itself, and what changed; then its end."""
    (world,) = card.worlds
    expected = found(world)
    told = talk(card, ">slow pass", "2").lines

    at = 0
    for step in expected.steps:
        wanted = f"{step.number}. {evidence(step.sentence)}"
        at = next(n for n in range(at, len(told)) if told[n].endswith(wanted))
        assert evidence(step.changed[-1]) in told[at:] if step.changed else True
    assert expected.over in told[at:]


def test_what_the_worlds_share_is_said_once() -> None:
    """The way into the kernel is the same in both."""
    told = talk(TWO, ">slow pass", "1", *[""] * 4, "0").text

    assert "windows and macos: 2. workload asks the kernel to create a pipe" in told
    assert "windows: 5. The kernel calls sentinel.sys: sentinel_event." in told
    assert "macos: 5. The kernel returns to sentinel.ext." in told


def test_the_fault_is_in_it_after_the_bad_file() -> None:
    """One machine stops, in the other a process ends."""
    told = talk(
        *(TWO, ">go on for", "60 ms", *BAD, ">go on for", "45 ms"),
        *(">slow pass", "1", *[""] * MOST_STEPS),
    ).text

    assert "windows: 6. The CPU refuses mov r11d, dword ptr [r10] of sent" in told
    assert "The ring does not change: the handler is in ring 0, too." in told
    assert "macos: 6. The CPU refuses mov r11d, dword ptr [r10] of sentinel.ext" in told
    assert "sentinel.ext (process 4) dies." in told


def test_afterwards_all_machines_stand_at_one_moment() -> None:
    """However far each has come."""
    talker = Talker(">slow pass", "1", *[""] * 3, "0", "0")
    lab = lab_of(TWO, talker)
    lab.run()
    first, second = lab.conductor.frames
    lab.close()

    assert isinstance(first, Frame)
    assert first.slow_pass is second.slow_pass is None
    assert abs(first.t - second.t) < 1000
