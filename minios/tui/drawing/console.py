"""The end of what the guest has said on its serial port."""

from __future__ import annotations

from minios.tui.drawing.lines import Line, line


def console(text: str, width: int, height: int, *, typing: bool) -> list[Line]:
    """The last lines, folded at the width as a terminal does."""
    width = max(width, 8)
    rows: list[str] = []
    # More than enough of the end: every line takes at least one row.
    for part in text.replace("\r", "").split("\n")[-height - 1 :]:
        clean = "".join(c if " " <= c <= "~" else "·" for c in part)
        rows += [clean[at : at + width] for at in range(0, len(clean), width)] or [""]
    shown = rows[-height:] if height > 0 else []
    lines: list[Line] = [line(row) for row in shown]
    if typing and lines:
        lines[-1] = (*lines[-1], *line(("▁", "selected")))
    return lines
