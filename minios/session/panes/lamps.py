"""The bank of lamps: what glows, how warm it is, who drives it, and in which ring."""

from __future__ import annotations

from typing import Final

from minios.abi.plugins import plugin_of
from minios.lab import lamps_view
from minios.lab.lamps_view import BURNS_AT, COUNT, LampsView
from minios.lab.quantities import listed
from minios.session.frames import Frame
from minios.session.panes.pane import Pane, Reading, Told
from minios.session.spoken import counted
from minios.session.status import MachinePart

LAMPS_READ: Final = Reading("lamps", lambda it: lamps_view.look(it.lab))


def numbers(bits: int) -> list[str]:
    """The numbers of some lamps, as a driver is told them."""
    return [str(number) for number in range(COUNT) if bits >> number & 1]


def drivers(frame: Frame, found: LampsView) -> list[MachinePart]:
    """The parts that are a driver of the lamps: it that drives, or that did before."""
    name = plugin_of(found.driver) or "lamps"
    return [it for it in frame.status.parts if plugin_of(it.name) == name]


def driven_by(found: LampsView) -> str:
    """Who drives the device, and as what."""
    if not found.driver:
        return "No driver has the lamps"
    if found.ring == 0:
        return f"{found.driver} drives them in ring 0, as a part of the kernel"
    return f"{found.driver} drives them in ring 3, as process {found.process_id}"


def state_of(part: MachinePart, now: int) -> str:
    """The state of a driver, and how often it was started again."""
    again = f", restarted {counted(part.starts - 1, 'time')}" if part.starts > 1 else ""
    return f"{part.name}: {part.words(now)}{again}"


def heat(found: LampsView) -> str:
    """How warm the lamps are, and what is too warm."""
    return (
        f"{found.degrees:.1f} degrees; too hot from {found.limit}, "
        f"they burn out at {BURNS_AT}"
    )


def _tell(frame: Frame, _: str) -> Told:
    found = LAMPS_READ.found(frame)
    glowing = numbers(found.glowing)
    said = [
        f"Lamps that glow: {listed(glowing, 'none')}.",
        *[f"Broken: {listed(numbers(found.burnt))}."] * bool(found.burnt),
        *[f"Soon: {listed(numbers(found.wanted), 'none')}."] * found.is_busy,
        *["The device has no power."] * (not found.has_power),
        *[f"It wants an interrupt: {listed(found.causes)}."] * bool(found.causes),
        f"{heat(found)}.",
        f"{driven_by(found)}.",
        *(f"{state_of(it, frame.t)}." for it in drivers(frame, found)),
    ]
    return Told(said)


LAMPS: Final = Pane(
    words="the lamps, and who drives them",
    more=(
        "The board has eight lamps with a heat sensor. If all of them glow, their "
        "driver has to switch them off in time. You hear which glow, how warm they "
        "are, and in which ring the driver runs."
    ),
    tell=_tell,
    reading=LAMPS_READ,
    number=1,
)
PANES: Final = (LAMPS,)
