"""`minios dev mutate`: mutation testing, to find code that no test checks.

The command changes one thing at a time in a copy of the checkout: an operator, a number
or a condition, or it leaves a statement out. Such a change is a mutant. The command
builds it, and runs the nearest tests, then wider ones, until one fails.

killed      a test failed, so the tests noticed the change
survived    no test failed: a test is missing, or the changed code does not matter
not built   the compiler or a check of the build refused the change
same code   the compiler made the same kernel as without the change
equivalent  no test can notice the change; `mutation_table.py` has the reason

The score is killed / (killed + survived). A mutant that survives takes minutes.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from minios import paths
from minios.arguments import at_least_one, require_known, whole_number
from minios.dev import mutants
from minios.dev.mutant_trials import Fate, Outcome, Trials
from minios.dev.mutants import Mutant
from minios.dev.mutation_table import AREAS
from minios.errors import ScenarioError
from minios.lazy_parser import Command

COMMAND: Final = Command(
    "dev mutate",
    "Test the tests: change the code at random.",
    place=110,
)

_COUNT: Final = 60
_DESCRIPTION: Final = """\
Test the tests: change the code at random.
Each change, called a mutant, is built and tested. If no test fails, a test is missing
or the changed code does not matter.
Use this command to find code that no test checks. It takes minutes for each mutant
that survives. The exit code is 1 if any mutant survives."""
_EXAMPLES: Final = """\
examples:
  minios dev mutate memory --count 20
  minios dev mutate --list --only trap.c"""
_COLUMNS: Final = tuple(fate.value for fate in Fate)


def mutants_of(root: Path, pattern: str) -> list[Mutant]:
    """All mutants of the files whose path matches the pattern."""
    return [
        mutant
        for file in sorted(root.glob(pattern))
        if file.suffix in (".py", ".c", ".h", ".S")
        for mutant in mutants.find(
            file.relative_to(root).as_posix(), file.read_text("utf-8")
        )
    ]


def sample(groups: Sequence[Sequence[Mutant]], count: int, seed: int) -> list[Mutant]:
    """Choose this many mutants, as equally as possible from each group."""
    chance = random.Random(seed)  # noqa: S311 - to be repeatable is its purpose
    decks = [chance.sample(group, len(group)) for group in groups]
    chosen = [
        deck[number]
        for number in range(max(map(len, decks), default=0))
        for deck in decks
        if number < len(deck)
    ]
    return chosen[:count]


def score(outcomes: Iterable[Outcome]) -> float | None:
    """The share of noticed mutants among those that can be noticed."""
    fates = Counter(outcome.fate for outcome in outcomes)
    noticeable = fates[Fate.KILLED] + fates[Fate.SURVIVED]
    return round(fates[Fate.KILLED] / noticeable, 3) if noticeable else None


def _groups(arguments: argparse.Namespace, root: Path) -> list[list[Mutant]]:
    """The chosen mutants, area by area. Raises ScenarioError if there are none."""
    require_known(arguments.area, AREAS, "area")
    groups = [
        [it for it in mutants_of(root, AREAS[area]) if arguments.only in it.name]
        for area in arguments.area or AREAS
    ]
    if not any(groups):
        raise ScenarioError(
            f"no mutant has {arguments.only!r} in its name",
            advice="List all names with `minios dev mutate --list`",
        )
    return groups


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios dev mutate`."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "area",
        nargs="*",
        metavar="AREA",
        help=f"the parts of the source to change: {', '.join(AREAS)} (default: all)",
    )
    parser.add_argument(
        "--count",
        type=at_least_one,
        default=_COUNT,
        metavar="N",
        help="how many changes to try in all, spread evenly over the areas"
        " (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=whole_number,
        default=1,
        metavar="N",
        help="the seed for the choice of the changes (default: 1)",
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="TEXT",
        help="try only the changes with this text in their name: "
        '"trap.c:32", "left out"',
    )
    parser.add_argument(
        "--list", action="store_true", help="list all changes, and try none"
    )
    parser.add_argument(
        "--stages",
        type=at_least_one,
        metavar="N",
        help="run only the first N stages of tests; the tests nearest to the changed"
        " code come first (default: all)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Try the mutants and print the results. Returns 1 if a mutant survived."""
    root = paths.checkout()
    groups = _groups(arguments, root)
    if arguments.list:
        print(*(mutant.name for group in groups for mutant in group), sep="\n")
        return 0
    chosen = sample(groups, arguments.count, arguments.seed)
    outcomes = []
    for outcome in _tried(chosen, root, arguments.stages):
        outcomes.append(outcome)
        if not arguments.json:
            by = f" ({outcome.by})" if outcome.by else ""
            print(f"{outcome.fate.value:10} {outcome.mutant.name}{by}", flush=True)
    if arguments.json:
        print(json.dumps(_as_json(outcomes)))
    else:
        _print_table(outcomes)
    return int(any(outcome.fate is Fate.SURVIVED for outcome in outcomes))


def _tried(
    chosen: Iterable[Mutant], root: Path, stages: int | None
) -> Iterator[Outcome]:
    with Trials(root, stages=stages) as trials:
        for mutant in chosen:
            yield trials.try_one(mutant)


def _area_of(outcome: Outcome) -> str:
    return next(
        area
        for area, pattern in AREAS.items()
        if fnmatch.fnmatch(outcome.mutant.path, pattern)
    )


def _print_table(outcomes: Sequence[Outcome]) -> None:
    print(f"\n{'area':10}" + "".join(f"{name:>12}" for name in (*_COLUMNS, "score")))
    for area in (*AREAS, "all"):
        rows = [it for it in outcomes if area in ("all", _area_of(it))]
        if rows:
            fates = Counter(it.fate for it in rows)
            found = score(rows)
            words = "-" if found is None else f"{found:.1%}"
            print(
                f"{area:10}"
                + "".join(f"{fates[it]:12}" for it in Fate)
                + f"{words:>12}"
            )


def _as_json(outcomes: Sequence[Outcome]) -> dict[str, object]:
    return {
        "score": score(outcomes),
        "counts": dict(Counter(it.fate.value for it in outcomes)),
        "mutants": [
            {**asdict(it.mutant), "fate": it.fate.value, "by": it.by} for it in outcomes
        ],
    }
