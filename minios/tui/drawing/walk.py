"""A page walk, level by level, with the bit that said no."""

from __future__ import annotations

from minios.machine.paging import PRESENT, Walk
from minios.tui.drawing.lines import Line, line


def walk(found: Walk | None) -> list[Line]:
    """A line a level, then what came of it."""
    if found is None:
        return [line(("no page tables are in force yet", "dim"))]
    lines = [line(("page walk of ", "heading"), f"{found.address:#x}")]
    for number, level in enumerate(found.levels):
        refused = found.refusal is not None and found.refusal.level == number
        rights = level.rights if level.entry & PRESENT else "not present"
        text = f"{'✖' if refused else '│'} {level.name:4} {level.entry:#018x} {rights}"
        lines.append(line((text, "bad" if refused else "")))
    if found.refusal is not None:
        lines.append(line(("✖ ", "bad"), (str(found.refusal.rule), "bad")))
    elif found.physical is not None:
        lines.append(line(("└ allowed: physical ", "good"), f"{found.physical:#x}"))
    return lines
