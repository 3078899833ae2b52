"""What a sensor costs: a chart for each kind of work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from minios.lab.cost import (
    CAUTION,
    LEGEND,
    Arrangement,
    Cost,
    LinuxArrangement,
    Operation,
)
from minios.tui.drawing.lines import Line, flow, line, wrapped

_NAME: Final = 26  # cells
_BAR: Final = 10
_COUNTS: Final = "{0:>13}{1:>7}{2:>10}{3:>12}"
_HEADS: Final = ("instructions", "rings", "switches", "busy")
_WIDE: Final = _NAME + 1 + _BAR + len(_COUNTS.format(*_HEADS))
_RINGS: Final = {"windows": "ring0", "macos": "ring3"}


def costs(found: Sequence[Cost], width: int, *, is_over: bool) -> list[Line]:
    """What is known so far. A row that is still measured says so, until it is over."""
    lines: list[Line] = []
    for operation in Operation:
        own = {it.arrangement: it for it in found if it.operation is operation}
        lines += [*_chart(operation, own, width, is_over=is_over), ()]
    for name, meaning in LEGEND:
        lines += wrapped(f"{name}: {meaning}", width, "dim")
    return [*lines, *wrapped(CAUTION, width, "dim")]


def _chart(
    operation: Operation,
    found: dict[Arrangement | LinuxArrangement, Cost],
    width: int,
    *,
    is_over: bool,
) -> Iterator[Line]:
    """A line for each arrangement; two if there is little room."""
    yield from wrapped(
        f"{operation.words}, {operation.count} times: each time", width, "heading"
    )
    if width >= _WIDE:
        heads = _COUNTS.format(*_HEADS)
        yield line((f"{'':{_NAME + 1 + _BAR}}{heads}", "dim"))
    most = max((it.counts.instructions for it in found.values()), default=1)
    for arrangement in Arrangement:
        cost = found.get(arrangement)
        name = (
            f"{arrangement.words:{_NAME}} ",
            _RINGS[arrangement.model] if arrangement.told else "",
        )
        if cost is not None:
            yield from _row(name, cost, most, width)
        elif not is_over:
            yield line(name, ("measuring...", "dim"))


def _row(name: tuple[str, str], cost: Cost, most: int, width: int) -> Iterator[Line]:
    cells = max(4, min(_BAR, width - _NAME - 1))
    full = max(1, round(cells * cost.counts.instructions / most))
    bar = "█" * full, name[1]
    rest = "·" * (cells - full), "dim"
    counts = (
        f"{cost.each('instructions'):.0f}",
        f"{cost.each('crossings'):.1f}",
        f"{cost.each('switches'):.1f}",
        f"{cost.each('time') / 1000:.1f} us",
    )
    if width >= _WIDE:
        yield line(name, bar, rest, _COUNTS.format(*counts))
        return
    yield line(name, bar, rest)
    named = [line(f"{it} {head}") for it, head in zip(counts, _HEADS, strict=True)]
    yield from flow([line(" "), *named], width, gap=1, indent=2)
