"""Whether a frame shows what a lesson claims of a machine: the claims of scenarios."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from minios.devices.text_screen import COLUMNS
from minios.session.frames import Frame
from minios.session.status import State
from minios.testing.scenarios import claims, conditions, records


@singledispatch
def shows(claim: Any, frame: Frame) -> bool:  # noqa: ANN401 - one of the claims
    """Whether a claim holds for a machine now."""
    raise NotImplementedError(claim, frame)


@shows.register
def _(claim: claims.LatestIs, frame: Frame) -> bool:
    if claim.count is not None:
        found = sum(records.matches(it, claim.event, claim.fields) for it in frame.log)
        return records.agrees(found, claim.count)
    kind = records.KINDS[claim.event]
    latest = next((it for it in reversed(frame.log) if isinstance(it, kind)), None)
    return latest is not None and records.matches(latest, claim.event, claim.fields)


@shows.register
def _(claim: claims.ServiceIs, frame: Frame) -> bool:
    found = [
        part.state is State.RUNNING
        for part in frame.status.parts
        if claim.service in (part.name, part.name.partition(".")[0])
    ]
    return claim.running in (None, any(found))


@shows.register
def _(claim: claims.ConsoleHas, frame: Frame) -> bool:
    return claim.console in frame.console


@shows.register
def _(claim: claims.ScreenHas, frame: Frame) -> bool:
    text = frame.screen[::2].decode("latin-1")  # beside each letter stands its colour
    lines = (text[at : at + COLUMNS] for at in range(0, len(text), COLUMNS))
    return any(claim.screen in line for line in lines)


@shows.register
def _(claim: claims.SensorProtects, frame: Frame) -> bool:
    return frame.status.protected == claim.protected


@shows.register
def _(claim: claims.Unprotected, frame: Frame) -> bool:
    time = frame.status.unprotected_until(frame.t)
    return records.agrees(time, claim.unprotected_time)


def claim_of(
    wanted: conditions.ConsoleShows | conditions.ScreenShows,
) -> claims.ConsoleHas | claims.ScreenHas:
    """The claim that what is waited for is there now."""
    if isinstance(wanted, conditions.ConsoleShows):
        return claims.ConsoleHas(console=wanted.console)
    return claims.ScreenHas(screen=wanted.screen)
