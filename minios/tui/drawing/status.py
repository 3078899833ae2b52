"""The state of a machine and its parts: a title line, and a list."""

from __future__ import annotations

from minios.lab.quantities import short
from minios.session.frames import Frame
from minios.session.status import Health, MachinePart, State
from minios.tui.drawing.lines import Line, Span, fit, flow, length, line

_SIGNS = {
    State.RUNNING: ("●", "good"),
    State.DIED: ("✖", "bad"),
    State.GAVE_UP: ("■", "bad"),
    State.REFUSED: ("⊘", "dim"),
    State.ENDED: ("○", "dim"),
    State.STOPPED: ("■", "bad"),
}
_LIGHTS = {
    Health.STOPPED: ("■", "bad"),
    Health.OFF: ("○", "dim"),
    Health.RECOVERING: ("✚", "warn"),
    Health.STARTING: ("◌", "dim"),
    Health.PROTECTED: ("●", "good"),
    Health.UNPROTECTED: ("○", "bad"),
}

_INDENT = 4  # of a title's second row: under the name
_WIDE_FROM = 34  # cells for a name, a ring and the longest words
_COMPACT_BELOW = 7  # rows


def light(frame: Frame) -> Span:
    """The health of a machine, as a sign and a word."""
    health = frame.status.health
    sign, role = _LIGHTS[health]
    words = health.value.upper() if role == "bad" else health.value
    return Span(f"{sign} {words}", role)


def title(
    frame: Frame, number: int, width: int, *, active: bool, rows: int = 1
) -> list[Line]:
    """The heading of a machine. Items that do not fit are left out, not cut.

    One blank stays free before the next machine.
    """
    status = frame.status
    version = status.content.rpartition(" ")[2]
    mark = "▶" if active else " "
    head = line((f"{mark}{number} {frame.world} ", "heading"), " ", light(frame))
    up = short(max(0, frame.t - status.booted_at))
    pieces = [
        line(f"boot {status.boot}"),
        line((f"({status.mode})", "warn")) if status.mode else (),
        line((f"crashes {status.crashes}", "bad" if status.crashes else "")),
        line(f"deaths {status.deaths}"),
        line((f"ring {frame.ring}", f"ring{frame.ring}")),
        line(f"v{version}") if version else (),
        line((f"up {up}", "dim")),
    ]
    content, longer = 5, line(f"content v{version}")
    chosen: list[Line] = [()] * len(pieces)

    def with_one_more(at: int, piece: Line) -> list[Line]:
        wanted = [*chosen[:at], piece, *chosen[at + 1 :]]
        return flow([head, *filter(None, wanted)], width - 1, indent=_INDENT)

    for at in (2, 0, 1, 6, content, 3, 4):  # the order in which items get room
        if len(with_one_more(at, pieces[at])) > rows:
            break
        chosen[at] = pieces[at]
    if chosen[content] and len(with_one_more(content, longer)) <= rows:
        chosen[content] = longer
    return with_one_more(content, chosen[content])


def part_span(part: MachinePart) -> Span:
    """The sign and name of a part."""
    sign, role = _SIGNS[part.state]
    return Span(f"{sign} {part.name}", role)


def parts_or_text(frame: Frame, width: int, height: int) -> list[Line]:
    """One line for each part, or flowing text if there are few rows."""
    if height >= _COMPACT_BELOW:
        return parts(frame, width)
    return compact(frame, width, height)


def parts(frame: Frame, width: int) -> list[Line]:
    """One line for each part, the sensor first; two lines if it is narrow."""
    found = sorted(frame.status.parts, key=lambda part: not part.is_sensor)
    draw = _wide if width >= _WIDE_FROM else _narrow
    lines = [line for part in found for line in draw(part, frame.t, width)]
    return lines + _content(frame)


def compact(frame: Frame, width: int, height: int) -> list[Line]:
    """Flowing text for a few rows, with the most important parts first.

    Other parts that run need no words, because the sign says that they run.
    """

    def weight(part: MachinePart) -> int:
        return 0 if part.is_sensor else 1 if part.state is not State.RUNNING else 2

    pieces: list[Line] = []
    after = 0
    for part in sorted(frame.status.parts, key=weight):
        pieces += (
            _short(part, frame.t, width) if weight(part) < 2 else [(part_span(part),)]
        )
        after = len(pieces) if weight(part) < 2 else after
    content = frame.status.content
    if content:
        told = content if len(content) <= width else content.replace("version ", "v")
        pieces.insert(after, line((told, "heading")))
    if frame.status.moved_away:
        pieces.insert(
            after, line((f"⊘ quarantined: {frame.status.moved_away}", "warn"))
        )
    up = short(max(0, frame.t - frame.status.booted_at))
    pieces.append(line((f"up {up}", "dim")))
    lines = flow(pieces, width)
    if len(lines) > height > 0:
        last = fit(lines[height - 1], width - 2, sign="")
        lines = [*lines[: height - 1], (*last, Span(" …"))]
    return lines


def _wide(part: MachinePart, now: int, _width: int) -> list[Line]:
    sign, role = _SIGNS[part.state]
    return [
        line(
            (f"{sign} ", role),
            f"{part.name:13}",
            (f"r{part.ring} ", f"ring{part.ring}"),
            (part.words(now), role),
        )
    ]


def _short(part: MachinePart, now: int, width: int) -> list[Line]:
    """The state of a part beside its name, or on a line of its own."""
    whole = line(part_span(part), f" {part.words(now)}")
    return [whole] if length(whole) <= width else _narrow(part, now, width)


def _narrow(part: MachinePart, now: int, width: int) -> list[Line]:
    """A part on two lines; on one if it runs, because the sign says so."""
    sign, role = _SIGNS[part.state]
    head = line((f"{sign} {part.name} ", role), (f"r{part.ring}", f"ring{part.ring}"))
    if part.state is State.RUNNING:
        return [head]
    return [head, line((f"  {part.words(now, width - 2)}", role))]


def _content(frame: Frame) -> list[Line]:
    status = frame.status
    lines: list[Line] = []
    if status.content:
        name, _, version = status.content.partition(" ")
        lines += [(), line((name, "heading")), line("  ", version)]
    if status.moved_away:
        lines += [line(("⊘ quarantined", "warn")), line("  ", status.moved_away)]
    return lines
