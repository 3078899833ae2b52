"""What a machine has written to its serial port, as the lines that a terminal shows."""

from __future__ import annotations

from typing import Final

_MOVES: Final = frozenset("\b\r")


def serial_lines(text: str) -> list[str]:
    r"""The lines, after all that moves the cursor within a line was obeyed.

    A shell takes a character back by "\b \b": a step to the left, a blank, a step to
    the left. Other control codes are left as they are.
    """
    return [_settled(row) for row in text.split("\n")]


def _settled(row: str) -> str:
    """One line as it stands in the end; the blanks after the cursor do not count."""
    if _MOVES.isdisjoint(row):
        return row
    cells: list[str] = []
    at = 0
    for character in row:
        match character:
            case "\b":
                at = max(0, at - 1)
            case "\r":
                at = 0
            case _:
                cells[at : at + 1] = character
                at += 1
    return "".join(cells[:at]) + "".join(cells[at:]).rstrip(" ")
