"""One machine in a slow pass: the step that is looked at, and the steps before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from minios.lab.quantities import seconds
from minios.session.frames import Frame
from minios.session.passages import asked
from minios.session.slow_pass.steps import Pass, PassStep, Way
from minios.tui.drawing.lines import Line, Span, line, wrapped

_LABEL = 9  # cells
_ALERTS = (Way.FAULT, Way.RECORD)


def slow_pass(found: Pass | None, at: int, width: int, begin: str = "") -> list[Line]:
    """The step with this index, what it changed, and the trail.

    A pass that has no such step shows its last. Without a pass the machine is still on
    its way to where one begins. `begin` is said with the first step.
    """
    if found is None:
        return [line(("running to the next event...", "dim"))]
    if not found.steps:
        return wrapped(f"■ {found.over}", width, "warn")
    steps = found.steps[: at + 1]
    lines = list(_step(steps[-1], width))
    if len(steps) == 1 and begin:
        lines += [(), *wrapped(begin, width, "heading")]
    if len(steps) == len(found.steps) and found.over:
        lines += wrapped(f"■ {found.over}", width, "heading")
    if len(steps) > 1:
        lines.append(())
    for step in reversed(steps[:-1]):
        lines += _labelled(f"{step.number:>6}.", step.sentence, width, "dim")
    return lines


def begin_words(before: Frame, first: Frame) -> str:
    """Which event is followed, and what came between the key and it.

    `before` is of when the pass was asked for, `first` of its first step. There the
    machine stands at a system call: rax says what for.
    """
    was, now = before.status, first.status
    said = []
    if was.stopped or now.boot != was.boot:
        said.append("This machine had to start again first.")
    elif not was.ready:
        said.append("This machine was still starting.")
    found, number = first.slow_pass, first.registers.get("rax")
    if found is not None and found.steps and number is not None:
        said.append(
            f"This pass follows the next event that any program causes, at "
            f"{seconds(first.t)}: {found.steps[0].spot.program} asks the kernel to "
            f"{asked(number)}."
        )
    return " ".join(said)


def _step(step: PassStep, width: int) -> Iterator[Line]:
    role = "bad" if step.way in _ALERTS else "heading"
    yield from _labelled(f"{step.number:>6}.", step.sentence, width, role)
    yield ()
    spot = step.spot
    if step.by:
        yield from _labelled("by", step.by, width)
    yield from _labelled("runs", spot.who, width, f"ring{spot.ring}")
    yield from _labelled("next", step.spot.instruction, width, "next")
    where = ", ".join(filter(None, (spot.function, _short(spot.source))))
    if where:
        yield from _labelled("", where, width, "dim")
    yield from _labelled("stack", step.stack, width)
    for number, it in enumerate(step.changed):
        yield from _labelled("" if number else "changed", it, width)


def _short(source: str) -> str:
    """The file without its folders, and the line."""
    return PurePosixPath(source).name


def _labelled(label: str, text: str, width: int, role: str = "") -> Iterator[Line]:
    """A text beside its label; what does not fit goes on below the text."""
    for number, row in enumerate(wrapped(text, width - _LABEL, role)):
        yield (Span(f"{'' if number else label:{_LABEL}}", "dim"), *row)
