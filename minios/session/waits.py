"""How long nothing but time will pass: a restart is planned, recovery counts down.

Only waits with a known end count. `Conductor.skip` runs to the next record of any
machine, so it never goes past something that nobody has foreseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from minios.lab import events
from minios.lab.inputs import Type
from minios.lab.lab import countdown
from minios.lab.setup import Setup
from minios.session.conductor import Conductor
from minios.session.frames import Frame
from minios.session.paces import TICKS_A_SECOND
from minios.session.status import State

_LONG: Final = 2 * TICKS_A_SECOND  # ticks that somebody would wait


def left(frames: Sequence[Frame], setups: Sequence[Setup]) -> int:
    """Virtual nanoseconds until the first known end of a wait of any machine.

    0 if none is known, or if a machine is busy: it starts, or it is crashing.
    """
    if any(_is_busy(frame) for frame in frames):
        return 0
    now = max((frame.t for frame in frames), default=0)
    pairs = zip(frames, setups, strict=True)
    ends = [end for pair in pairs for end in _ends(*pair) if end > now]
    return min(ends, default=now) - now


def worth_skipping(conductor: Conductor, setups: Sequence[Setup]) -> int:
    """As `left`, but 0 if at the current pace the wait is over soon anyway."""
    pace, wait = conductor.pace, left(conductor.frames, setups)
    ticks = wait // pace.slice if pace.slice else wait * pace.ticks_an_instruction
    return 0 if conductor.is_skipping or ticks < _LONG else wait


def _is_busy(frame: Frame) -> bool:
    status = frame.status
    return not (status.off or status.recovering or status.ready) or status.stopped


def _ends(frame: Frame, setup: Setup) -> Iterator[int]:
    """When the waits of a machine end."""
    for part in frame.status.parts:
        if part.state is State.DIED and part.until is not None:
            yield part.until
    if frame.status.recovering and not _has_typed(frame):
        wait = countdown(setup.options)
        began = (
            it.t for it in reversed(frame.log) if isinstance(it, events.RecoveryEntered)
        )
        yield next(began, 0) + wait


def _has_typed(frame: Frame) -> bool:
    """Whether somebody has pressed a key since the reset: then nothing counts down."""
    resets = (it.t for it in reversed(frame.log) if isinstance(it, events.ResetEvent))
    since = next(resets, 0)
    return any(t >= since and isinstance(it, Type) for t, it in frame.inputs)
