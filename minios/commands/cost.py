"""`minios cost`: what it costs to have a sensor, in ring 0 and in ring 3."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from minios.arguments import require_known, whole_number
from minios.lab import cost
from minios.lab.cost import EVERYWHERE, Cost, Operation
from minios.lazy_parser import Command

COMMAND: Final = Command(
    "cost",
    "Measure what a sensor costs in ring 0 and in ring 3: the price of isolation.",
    place=55,
    uses=(
        (
            "measure what isolation costs",
            "`cost`; of one kind of work: `cost pipes`",
        ),
    ),
    interrupted="cost",
)

_ROW: Final = "  {0:26} {1:>12} {2:>6} {3:>8} {4:>10}  {5}"
_BAR: Final = 8
_WIDTH: Final = 79
_DESCRIPTION: Final = """\
Measure what it costs to have a sensor: the price of isolation.
A program opens files, opens named pipes and starts programs. A sensor hears of each,
and allows everything: as a driver in ring 0, or as an extension in ring 3. On Linux it
is a module, or an eBPF program where there is a hook for one. It is told after
something was done, or asked before. The counts are for one time, and for the whole
machine: also for the work that the sensor has with it.
Use this command to see why vendors wanted to be in ring 0, and how much they lose in
ring 3. Changes of the ring are what ring 3 costs: a driver is called like a function,
but a message has to reach a process, and its answer has to come back."""
_EXAMPLES: Final = """\
examples:
  minios cost             all of it, in a few seconds
  minios cost pipes       only what it costs to open a named pipe
  minios cost --json      print JSON, for a program to read"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    names = ", ".join(it.value for it in Operation)
    parser.add_argument(
        "work", nargs="*", metavar="WORK", help=f"only this kind of work: {names}"
    )
    parser.add_argument(
        "--seed",
        type=whole_number,
        default=1,
        metavar="N",
        help="choose the files and pipes (default: 1)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on each line"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, and print. Returns 0."""
    require_known(arguments.work, [it.value for it in Operation], "work", "WORK")
    wanted = tuple(
        it for it in Operation if not arguments.work or it.value in arguments.work
    )
    costs = list(cost.measure(arguments.seed, wanted, EVERYWHERE))
    for operation in wanted:
        found = sorted(
            (it for it in costs if it.operation is operation),
            key=lambda it: EVERYWHERE.index(it.arrangement),
        )
        for line in map(_json, found) if arguments.json else _table(found):
            print(line)
    if not arguments.json:
        for name, meaning in cost.LEGEND:
            print(f"{name:10} {meaning}")
        print(textwrap.fill(cost.CAUTION, _WIDTH))
    return 0


def _table(found: Sequence[Cost]) -> Iterator[str]:
    """A line for each arrangement, and a bar for its instructions."""
    operation = found[0].operation
    yield f"{operation.words}, {operation.count} times: each time"
    yield _ROW.format("", "instructions", "rings", "switches", "busy", "").rstrip()
    most = max(it.counts.instructions for it in found)
    for it in found:
        yield _ROW.format(
            it.arrangement.words,
            f"{it.each('instructions'):.0f}",
            f"{it.each('crossings'):.1f}",
            f"{it.each('switches'):.1f}",
            f"{it.each('time') / 1000:.1f} us",
            "#" * max(1, round(_BAR * it.counts.instructions / most)),
        )
    yield ""


def _json(it: Cost) -> str:
    return json.dumps(
        {
            "work": it.operation.value,
            "arrangement": it.arrangement.words,
            "times": it.count,
            "instructions": it.counts.instructions,
            "crossings": it.counts.crossings,
            "own_crossings": it.counts.own_crossings,
            "switches": it.counts.switches,
            "nanoseconds": it.counts.time,
        }
    )
