"""The end of the guest's serial output, and input that the guest has not read yet."""

from __future__ import annotations

from minios.lab.inputs import Type
from minios.session.frames import Frame
from minios.tui.drawing.lines import Line, line


def waiting(frame: Frame) -> str:
    """The text that was typed since time was paused: the guest has not read it yet."""
    now = [given for t, given in frame.inputs if t == frame.t]
    return "".join(given.text for given in now if isinstance(given, Type))


def console(
    text: str, width: int, height: int, *, typing: bool, waits: str = ""
) -> list[Line]:
    """The last lines, folded at the width as in a terminal."""
    width = max(width, 8)
    rows: list[str] = []
    # So many lines are always enough, as every line takes at least one row.
    for part in text.replace("\r", "").split("\n")[-height - 1 :]:
        clean = _clean(part)
        rows += [clean[at : at + width] for at in range(0, len(clean), width)] or [""]
    shown = rows[-height:] if height > 0 else []
    lines: list[Line] = [line(row) for row in shown]
    if waits and lines:
        lines[-1] = (*lines[-1], *line((_clean(waits), "dim")))
    if typing and lines:
        lines[-1] = (*lines[-1], *line(("▁", "selected")))
    return lines


def _clean(text: str) -> str:
    return "".join(c if " " <= c <= "~" else "·" for c in text)
