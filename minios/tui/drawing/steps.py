"""The steps of a scenario: those that are done, the next one, and what each saw."""

from __future__ import annotations

from typing import Final

from minios.session.script import Script, ScriptStep
from minios.tui.drawing.lines import Line, line, wrapped

_DONE: Final = ("✓", "good")
_FAILED: Final = ("✖", "bad")
_RUNNING: Final = ("▶", "warn")
_LATER: Final = ("·", "dim")
_INDENT: Final = "    "


def steps(script: Script, done: int, wanted: int, width: int) -> tuple[list[Line], int]:
    """A line for each step, and lines for what the latest one saw.

    Also the first line of the latest step. `done` is the number of the latest step that
    all machines have behind them, `wanted` of the one to which they are on their way.
    """
    lines: list[Line] = []
    latest = 0
    for number, step in enumerate(script.steps):
        sign = _sign(step, number, done, wanted)
        is_latest = number == max(done, 0)
        if is_latest:
            latest = len(lines)
        role = "heading" if is_latest else "dim" if number > done else ""
        lines.append(line(sign, f" {step.line:3} ", (step.words, role)))
        if number <= done and step.saw and (is_latest or step.failed):
            lines += _saw(step, width)
    return lines, latest


def _sign(step: ScriptStep, number: int, done: int, wanted: int) -> tuple[str, str]:
    if number > done:
        return _RUNNING if number <= wanted else _LATER
    return _FAILED if step.failed else _DONE


def _saw(step: ScriptStep, width: int) -> list[Line]:
    role = "bad" if step.failed else "good"
    return [
        it
        for text in step.saw.splitlines()
        for it in wrapped(f"{_INDENT}  {text}", width, role)
    ]
