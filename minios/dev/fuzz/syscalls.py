"""`minios dev fuzz syscalls`: make hostile system calls in ring 3 of a real guest.

Each round starts a process with random rights, which makes a few hundred random calls:

- with numbers of system calls that exist, and that do not exist;
- with pointers to unmapped memory, to the kernel's half, to non-canonical addresses,
  across the end of a page, to code and to texts;
- with sizes from zero to the largest number;
- with handles that are closed, not yet open, or of another kind.

A finding is of one of these kinds:

granted    a call succeeded with memory that ring 3 may not use
stopped    the kernel stopped, or the machine was reset
hangs      the machine did not go on
changed    memory that ring 3 may only read has changed
left over  the kernel holds more objects, or fewer, than before the round

The same seed gives the same calls. For a finding, the command looks for the fewest
calls that still cause it.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from minios.abi import policies
from minios.abi.syscalls import RIGHTS
from minios.arguments import at_least_one, whole_number
from minios.dev.fuzz.hostile_author import Author, Places
from minios.dev.fuzz.hostile_machine import HostileMachine, Result, Round

_COUNT: Final = 20_000
_CALLS: Final = 256  # in each round
_DESCRIPTION: Final = """\
Make hostile system calls in ring 3.
Processes with random rights make random system calls. No call may stop the kernel,
change memory that ring 3 must not change, or leave something behind in the kernel.
Use this command after a change of a system call. The exit code is 1 if a call did."""
_EXAMPLES: Final = """\
examples:
  minios dev fuzz syscalls
  minios dev fuzz syscalls --seed 7 --count 500000"""
_RIGHTS: Final = sum(bit for name, bit, _ in RIGHTS if name != "CRITICAL")


@dataclass(frozen=True, slots=True)
class Finding:
    """What went wrong, in which round, and the fewest calls that cause it."""

    round: int
    kind: str
    words: str
    work: Round


@dataclass(frozen=True, slots=True)
class Figures:
    """How many rounds and calls were made, and what was found."""

    rounds: int = 0
    calls: int = 0
    granted: int = 0
    finding: Finding | None = None


def make_round(seed: int, number: int, places: Places) -> Round:
    """Make the round with this number. It depends only on the seed and the number."""
    words = f"{seed} {number}"
    chance = random.Random(words)  # noqa: S311 - to be repeatable is its purpose
    rights = chance.choice((0, _RIGHTS, _RIGHTS & chance.getrandbits(32)))
    author = Author(chance, places, rights)
    return Round(rights, author.arena(), tuple(author.calls(_CALLS)))


def smallest(work: Round, fails: Callable[[Round], bool]) -> Round:
    """Leave out calls while the round still fails: many at a time, then single ones."""
    size = len(work.calls) // 2
    while size:
        at = 0
        while at < len(work.calls):
            less = replace(work, calls=work.calls[:at] + work.calls[at + size :])
            if fails(less):
                work = less
            else:
                at += size
        size //= 2
    return work


def fuzz(machine: HostileMachine, seed: int, count: int) -> Iterator[Figures]:
    """Yield the figures after each round, until `count` calls or the first finding."""
    done = Figures()
    while done.calls < count and done.finding is None:
        work = make_round(seed, done.rounds, machine.places)
        result = machine.run(work)
        done = Figures(
            done.rounds + 1,
            done.calls + result.made,
            done.granted + result.granted,
            _finding(machine, done.rounds, work, result) if result.kind else None,
        )
        yield done


def _finding(
    machine: HostileMachine, number: int, work: Round, result: Result
) -> Finding:
    least = smallest(work, lambda less: machine.run(less).kind == result.kind)
    return Finding(number, result.kind, machine.run(least).words, least)


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios dev fuzz syscalls`."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--seed",
        type=whole_number,
        default=1,
        metavar="N",
        help="the seed for the calls: the same seed gives the same calls (default: 1)",
    )
    parser.add_argument(
        "--count",
        type=at_least_one,
        default=_COUNT,
        metavar="N",
        help="the least number of calls to make (default: %(default)s)",
    )
    parser.add_argument(
        "--model",
        choices=sorted(policies.BY_NAME),
        default="windows",
        help="the world in which the calls are made (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the calls and print the result. Returns 1 if there is a finding."""
    with HostileMachine(arguments.model) as machine:
        *_, figures = fuzz(machine, arguments.seed, arguments.count)
    print(json.dumps(_as_json(figures)) if arguments.json else words_of(figures))
    return int(figures.finding is not None)


def words_of(figures: Figures) -> str:
    """The figures and the finding as text."""
    lines = [
        f"{figures.calls} calls in {figures.rounds} rounds, {figures.granted} of them "
        "granted: " + ("nothing found" if figures.finding is None else "a finding")
    ]
    if found := figures.finding:
        lines += [f"round {found.round}: {found.kind}: {found.words}", *_steps(found)]
    return "\n".join(lines)


def _steps(found: Finding) -> list[str]:
    """The fewest calls that cause the finding, as lines of text."""
    names = [name for name, bit, _ in RIGHTS if bit & found.work.rights]
    rights = ", ".join(names) or "no rights"
    return [f"    a process with {rights} makes"] + [
        f"    {call}" for call in found.work.calls
    ]


def _as_json(figures: Figures) -> dict[str, object]:
    found = figures.finding
    return {
        "rounds": figures.rounds,
        "calls": figures.calls,
        "granted": figures.granted,
        "finding": None
        if found is None
        else {
            "round": found.round,
            "kind": found.kind,
            "words": found.words,
            "rights": found.work.rights,
            "calls": [[call.number, *call.arguments] for call in found.work.calls],
        },
    }
