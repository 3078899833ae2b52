"""The six switches, and what comes of the files, as lines.

A sign stands for each machine. Signs differ without colours, and the words beside them
say the same.
"""

from __future__ import annotations

from typing import Final

from minios.tui.drawing.lines import Line, Span, flow, length, line, wrapped
from minios.tutor.pipeline import (
    SWITCHES,
    End,
    Outcome,
    Pending,
    Sight,
    Stage,
    Switch,
    Switches,
)

CHOSEN: Final = "▶"
_NAME: Final = 14
_STATE: Final = 7
_SIGNS: Final = {
    End.PROTECTED: ("✓", "good"),
    End.STOPPED: ("✗", "bad"),
    End.UNPROTECTED: ("!", "warn"),
    End.REFUSED: ("-", "dim"),
}
_SPARED: Final = ("·", "dim")
_UNKNOWN: Final = ("?", "dim")
_LEGEND: Final = (
    (*_SIGNS[End.PROTECTED], "runs on, protected"),
    (*_SIGNS[End.STOPPED], "stopped"),
    (*_SIGNS[End.UNPROTECTED], "runs on without protection"),
    (*_SPARED, "never gets the file"),
    (*_UNKNOWN, "not known yet"),
)
_STAGES: Final = {
    Stage.VALIDATOR: "refused by the validator",
    Stage.PRE_RELEASE: "refused by the pre-release run",
}
_ROLES: Final = {"off": "dim", "none": "dim", "wrong": "bad"}


def switch_lines(
    switches: Switches, chosen: Switch, width: int, height: int
) -> list[Line]:
    """The switches in a list, then what the chosen one means."""
    rows = [_switch(it, switches, width, is_chosen=it is chosen) for it in SWITCHES]
    title = wrapped(f"{chosen.number} {chosen.name}", width, "heading")
    now = wrapped(_now(chosen, switches), width)
    found = wrapped(f"Found in 2024: {chosen.finding}", width)
    found += wrapped(f"What was changed: {chosen.mitigation}", width)
    whole = [*rows, (), *title, *now, *found]
    return whole if len(whole) <= height else [*rows, *found]


def _switch(switch: Switch, switches: Switches, width: int, *, is_chosen: bool) -> Line:
    """Number, name and state; what it does if there is room."""
    state, words = switch.state(switches), _now(switch, switches)
    sign = CHOSEN if is_chosen else " "
    role = "selected" if is_chosen else ""
    head = line(
        (f"{sign} {switch.number} {switch.name:{_NAME}}", role),
        " ",
        (f"{state:{_STATE}}", _ROLES.get(state, "good")),
    )
    has_room = length(head) + len(words) <= width
    return (*head, Span(words, "dim")) if has_room else head


def _now(switch: Switch, switches: Switches) -> str:
    if switch.number == 2 and switches.has_wrong_repair:
        return "The interpreter checks the index first, but then it aborts."
    return switch.on if switch.is_on(switches) else switch.off


def file_lines(
    sight: Sight, machines: int, width: int, height: int, begins: str = "channel-291-"
) -> list[Line]:
    """What came of each file: with sentences if there is room, else a line each."""
    legend = _legend(sight, machines, width)
    sensor = _sensor_lines(sight, width)
    files: list[Line] = []
    for it in sight.files:
        files += _whole(it, machines, width)
        files.append(())
    if len(sensor) + len(files) + len(legend) > height:
        files = [_short(it, machines, begins) for it in sight.files]
        if len(sensor) + len(files) + len(legend) > height:
            return [*files, *legend, *sensor]
        files.append(())
    return [*sensor, (), *files, *legend]


def _legend(sight: Sight, machines: int, width: int) -> list[Line]:
    """What the signs mean that can be seen."""
    seen = {sign for it in sight.files for sign, _ in _all_signs(it, machines)}
    told = (line((sign, role), f" {it}") for sign, role, it in _LEGEND if sign in seen)
    return flow(told, width)


def _sensor_lines(sight: Sight, width: int) -> list[Line]:
    """Which sensor the customers have."""
    if sight.sensor is None:
        return [line(("The sensor is built and tested ...", "dim"))]
    variant, found = sight.sensor.variant, sight.sensor.repaired_at
    words = f"The sensor supplies {variant.inputs} inputs for {variant.fields} fields"
    if found is not None:
        words += f": the {found.value} found the mistake"
    return wrapped(f"{words}.", width)


def _whole(it: Outcome | Pending, machines: int, width: int) -> list[Line]:
    if isinstance(it, Pending):
        return [
            line((it.file, "heading")),
            line("  ", *_signs(it, machines, width - 2)),
            line(("  The machines run ...", "dim")),
        ]
    return [
        line((it.file, "heading")),
        line("  ", *_signs(it, machines, width - 2)),
        *wrapped(f"  {it.sentence}", width),
    ]


def _short(it: Outcome | Pending, machines: int, begins: str) -> Line:
    name = it.file.removeprefix(begins)
    words = "..." if isinstance(it, Pending) else in_short(it)
    return line((f"{name:{_NAME}} ", "heading"), *_signs(it, machines, 20), f" {words}")


def in_short(it: Outcome) -> str:
    """An outcome in a few words."""
    if it.stopped_at in _STAGES:
        return _STAGES[it.stopped_at]
    parts = []
    if it.crashed:
        codes = " or ".join(stop.partition(" ")[0] for stop, _ in it.stops)
        parts.append(f"{it.crashed} stopped: {codes}")
    for number, words in (
        (it.unprotected, "without protection"),
        (it.protected, "protected"),
        (it.refused, "refused it"),
        (it.spared, "spared"),
    ):
        if number:
            parts.append(f"{number} {words}")
    return ", ".join(parts)


def _signs(it: Outcome | Pending, machines: int, width: int) -> Line:
    """A sign for each machine; of too many only the first, and how many follow."""
    found, more = _all_signs(it, machines), ""
    if len(found) > width:
        kept = max(1, width - 5)
        more = f" +{len(found) - kept}"
        found = found[:kept]
    return line(*found, (more, "dim"))


def _all_signs(it: Outcome | Pending, machines: int) -> list[tuple[str, str]]:
    nothing = _SPARED if isinstance(it, Outcome) else _UNKNOWN
    found = [nothing if ran is None else _SIGNS[ran.end] for ran in it.fates]
    return found + [_UNKNOWN] * (machines - len(found))
