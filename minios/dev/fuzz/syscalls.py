"""`minios dev fuzz syscalls`: hostile system calls from ring 3, in a real guest.

Each round starts a process with rights that chance has chosen and lets it make a few
hundred calls: numbers in and out of the table; pointers to nothing, to the kernel's
half, to no address at all, across the edge of a page, to code and to texts; sizes of
nothing and of everything; handles that are closed, not yet open, or of another kind.

granted    a call succeeded with memory that ring 3 may not use
stopped    the kernel stopped, or the machine was reset
hangs      the machine did not go on
changed    memory that ring 3 may only read is not what it was
left over  the kernel holds more, or less, than before the round

The same seed gives the same calls. A finding is made as small as it goes.
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
from minios.arguments import at_least_one
from minios.dev.fuzz.hostile_author import Author, Places
from minios.dev.fuzz.hostile_machine import HostileMachine, Result, Round

_COUNT: Final = 20_000
_CALLS: Final = 256  # of a round
_RIGHTS: Final = sum(bit for name, bit, _ in RIGHTS if name != "CRITICAL")


@dataclass(frozen=True, slots=True)
class Finding:
    """What went wrong, in which round, and the least that does the same."""

    round: int
    kind: str
    words: str
    work: Round


@dataclass(frozen=True, slots=True)
class Figures:
    """What was done, and what came of it."""

    rounds: int = 0
    calls: int = 0
    granted: int = 0
    finding: Finding | None = None


def make_round(seed: int, number: int, places: Places) -> Round:
    """The round of this number: nothing but seed and number decides it."""
    words = f"{seed} {number}"
    chance = random.Random(words)  # noqa: S311 - to be repeatable is its purpose
    rights = chance.choice((0, _RIGHTS, _RIGHTS & chance.getrandbits(32)))
    author = Author(chance, places, rights)
    return Round(rights, author.arena(), tuple(author.calls(_CALLS)))


def smallest(work: Round, fails: Callable[[Round], bool]) -> Round:
    """Leave out calls, many at a time and then single ones, while it still fails."""
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
    """The figures after each round, until there were so many calls or one finding."""
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
    """The arguments of `minios dev fuzz syscalls`."""
    parser.add_argument("--seed", type=int, default=1, help="chooses the calls")
    parser.add_argument(
        "--count",
        type=at_least_one,
        default=_COUNT,
        metavar="N",
        help="how many calls at least (default %(default)s)",
    )
    parser.add_argument(
        "--model",
        choices=sorted(policies.BY_NAME),
        default="windows",
        help="of machine",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.epilog = "example: minios dev fuzz syscalls --seed 7 --count 500000"
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fuzz and print; 1 if there is a finding."""
    with HostileMachine(arguments.model) as machine:
        *_, figures = fuzz(machine, arguments.seed, arguments.count)
    print(json.dumps(_as_json(figures)) if arguments.json else words_of(figures))
    return int(figures.finding is not None)


def words_of(figures: Figures) -> str:
    """What was done and found, for a person."""
    lines = [
        f"{figures.calls} calls in {figures.rounds} rounds, {figures.granted} of them "
        "granted: " + ("nothing found" if figures.finding is None else "a finding")
    ]
    if found := figures.finding:
        lines += [f"round {found.round}: {found.kind}: {found.words}", *_steps(found)]
    return "\n".join(lines)


def _steps(found: Finding) -> list[str]:
    """The smallest reproduction, for a person to read."""
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
