"""The heading of a machine: its health, its sensor, and what has happened to it."""

from __future__ import annotations

from typing import Final

from minios.abi.enumerations import taint_letters
from minios.lab.quantities import short
from minios.session.frames import Frame
from minios.session.status import Health, State, Status
from minios.tui.drawing.lines import Line, Span, flow, line

SIGNS: Final = {
    State.RUNNING: ("●", "good"),
    State.DIED: ("✖", "bad"),
    State.GAVE_UP: ("■", "bad"),
    State.REFUSED: ("⊘", "dim"),
    State.ENDED: ("○", "dim"),
    State.STOPPED: ("■", "bad"),
}
_LIGHTS: Final = {
    Health.STOPPED: ("■", "bad"),
    Health.OFF: ("○", "dim"),
    Health.RECOVERING: ("✚", "warn"),
    Health.STARTING: ("◌", "dim"),
    Health.WITHOUT_CONTENT: ("◐", "warn"),
    Health.PROTECTED: ("●", "good"),
    Health.UNPROTECTED: ("○", "bad"),
}
_WEIGHTIEST: Final = 3  # pieces that get their full words before others get any
_NEVER_AGAIN: Final = (State.GAVE_UP, State.ENDED)  # until somebody starts it
_NO_SENSOR: Final = ("no sensor", "dim")
_INDENT: Final = 4  # of a title's second row: under the name


def light(frame: Frame) -> Span:
    """The health of a machine, as a sign and a word."""
    status = frame.status
    health = status.health
    sign, role = _LIGHTS[health]
    words = health.value.upper() if role == "bad" else health.value
    if health is Health.UNPROTECTED:
        words += f" for {short(frame.t - status.turned_at)}"
    return Span(f"{sign} {words}", role)


def title(
    frame: Frame, number: int, width: int, *, active: bool, rows: int = 1
) -> list[Line]:
    """The heading of a machine. Items that do not fit are left out, not cut.

    One blank stays free before the next machine.
    """
    mark = "▶" if active else " "
    head = line((f"{mark}{number} {frame.world} ", "heading"), " ", light(frame))
    pieces = _pieces(frame)
    chosen: list[Line] = [()] * len(pieces)

    def flowed(at: int, piece: Line) -> list[Line]:
        wanted = [*chosen[:at], piece, *chosen[at + 1 :]]
        return flow([head, *filter(None, wanted)], width - 1, indent=_INDENT)

    weightiest, others = range(_WEIGHTIEST), range(_WEIGHTIEST, len(pieces))
    few, more = 0, 1  # words
    for length, places in ((few, weightiest), (more, weightiest), (few, others)):
        for at in places:
            words = pieces[at][length]
            if words and len(flowed(at, words)) <= rows:
                chosen[at] = words
    return flowed(0, chosen[0])


def _pieces(frame: Frame) -> list[tuple[Line, Line]]:
    """What is told of a machine, the weightiest first, each in few and more words."""
    status = frame.status
    version = status.content.rpartition(" ")[2]
    bare = short(status.unprotected_until(frame.t))
    few = "in all" if status.health is Health.UNPROTECTED else "unprotected"
    in_all = line(f"{bare} {few}"), line(f"{bare} unprotected in all")
    up = short(max(0, frame.t - status.booted_at))
    once = (
        line((f"crashes {status.crashes}", "bad" if status.crashes else "")),
        line((f"({status.mode})", "warn")) if status.mode else (),
        line(f"boot {status.boot}"),
        line(f"deaths {status.deaths}"),
        line((f"up {up}", "dim")),
        line(f"content v{version}") if version else (),
    )
    where = _where(status)
    weighty = [(where, where), *[_oopses(status)] * bool(status.oopses), in_all]
    return [*weighty, *((it, it) for it in once)]


def _oopses(status: Status) -> tuple[Line, Line]:
    """How many oopses there were in this start, and what taints the kernel."""
    few = Span(f"oopses {status.oopses}", "bad")
    return line(few), line(few, (f", tainted {taint_letters(status.taint)}", "warn"))


def _where(status: Status) -> Line:
    """In which ring the sensor runs, or that it does so no more."""
    sensor = status.sensor
    if sensor is None:
        kept_out = [it.name for it in status.parts if it.is_sensor]
        return line((f"{kept_out[0]} refused", "warn") if kept_out else _NO_SENSOR)
    words = f"sensor in ring {sensor.ring}"
    if sensor.state in _NEVER_AGAIN:
        return line((f"{words} {sensor.state.value}", SIGNS[sensor.state][1]))
    return line((words, f"ring{sensor.ring}"))
