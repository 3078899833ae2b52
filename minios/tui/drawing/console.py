"""The end of the guest's serial output, and input that the guest has not read yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from minios.lab.inputs import Type
from minios.session.frames import Frame
from minios.session.serial_lines import serial_lines
from minios.tui.drawing.lines import Line, line

_SIGNS: Final = {"\n": "↵", "\x7f": "←"}


def waiting(frame: Frame) -> str:
    """The text that was typed since time was paused: the guest has not read it yet.

    A backspace takes back what was typed before it. One for which there is nothing left
    is shown: it is for the guest.
    """
    now = [given for t, given in frame.inputs if t == frame.t]
    text = ""
    for key in "".join(given.text for given in now if isinstance(given, Type)):
        is_taken_back = key == "\x7f" and text[-1:] not in ("", key)
        text = text[:-1] if is_taken_back else text + key
    return text


def console(  # noqa: PLR0913 - all that says what is drawn
    text: str,
    width: int,
    height: int,
    *,
    typing: bool,
    waits: str = "",
    back: int = 0,
) -> list[Line]:
    """The last lines, folded at the width: between words, if there are any.

    `back`: so many rows further up, as far as there are any.
    """
    # So many lines are always enough, as every line takes at least one row.
    rows = _rows(serial_lines(text)[-height - 1 - back :], width)
    end = max(height, len(rows) - back)
    shown = rows[max(0, end - height) : end] if height > 0 else []
    lines: list[Line] = [line(row) for row in shown]
    if waits and lines:
        lines[-1] = (*lines[-1], *line((_keys(waits), "dim")))
    if typing and lines:
        lines[-1] = (*lines[-1], *line(("▁", "selected")))
    return lines


def further_up(text: str, width: int, height: int) -> int:
    """The number of rows above those that `console` draws."""
    return max(0, len(_rows(serial_lines(text), width)) - height)


def _rows(lines: Iterable[str], width: int) -> list[str]:
    width = max(width, 8)
    return [row for it in lines for row in _folded(_clean(it), width)]


def _folded(text: str, width: int) -> list[str]:
    """Rows of at most this width. A blank at which a line is folded stays above."""
    rows = []
    while len(text) > width:
        at = text.rfind(" ", 1, width) + 1 or width
        if not text[:at].strip():
            at = width
        rows.append(text[:at])
        text = text[at:]
    return [*rows, text]


def _clean(text: str) -> str:
    return "".join(c if " " <= c <= "~" else "·" for c in text)


def _keys(typed: str) -> str:
    return "".join(_SIGNS.get(key) or _clean(key) for key in typed)
