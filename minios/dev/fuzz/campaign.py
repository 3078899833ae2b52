"""What `minios dev fuzz content` and `minios dev fuzz plugins` share.

Their arguments, the division of the cases into jobs, and the table at the end.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

from minios.arguments import at_least_one, whole_number
from minios.dev.fuzz import children
from minios.dev.fuzz.children import Job
from minios.dev.fuzz.trials import WORLDS, Make, work
from minios.visible import visible

_JOB_CASES: Final = 500
_SHOWN: Final = 20
_TOLD: Final = 2000  # trials, after which a line says how far it is
_FOLDER: Final = Path("fuzz-findings")


def add_arguments(parser: argparse.ArgumentParser, count: int, what: str) -> None:
    """Add the arguments. `what` are the cases, as a word: "content files"."""
    parser.add_argument(
        "--count",
        type=at_least_one,
        default=count,
        metavar="N",
        help=f"how many {what} to try in each world (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=whole_number,
        default=1,
        metavar="N",
        help=f"the seed: the same seed gives the same {what} (default: 1)",
    )
    parser.add_argument(
        "--first",
        type=whole_number,
        default=0,
        metavar="N",
        help="the number of the first case (default: 0)",
    )
    parser.add_argument(
        "--only",
        type=whole_number,
        metavar="N",
        help="try only the case with this number",
    )
    parser.add_argument(
        "--jobs",
        type=at_least_one,
        default=os.cpu_count() or 1,
        metavar="N",
        help="how many processes run at the same time (default: one for each CPU)",
    )
    parser.add_argument(
        "--save",
        type=Path,
        default=_FOLDER,
        metavar="FOLDER",
        help="where to keep findings, made if there are any (default: %(default)s)",
    )


def _jobs(arguments: argparse.Namespace) -> Iterator[Job]:
    first, end = arguments.first, arguments.first + arguments.count
    if arguments.only is not None:
        first, end = arguments.only, arguments.only + 1
    size = min(_JOB_CASES, -(-(end - first) // (2 * arguments.jobs)))
    for start in range(first, end, size):
        yield Job(arguments.seed, None, start, min(start + size, end))


def run(arguments: argparse.Namespace, make: Make) -> int:
    """Run the cases and print the results. Returns 1 if there is a finding."""
    begun = perf_counter()
    ends: Counter[tuple[str, str]] = Counter()
    wrong = 0
    task = partial(work, make, arguments.save)
    for tally in children.run(task, _jobs(arguments), arguments.jobs):
        told = ends.total() // _TOLD
        ends += tally.results
        if ends.total() // _TOLD > told:
            print(_progress(ends, wrong, begun), flush=True)
        for finding in tally.findings:
            wrong += 1
            if wrong <= _SHOWN:
                print(f"case {finding.number}: {_indented(finding.problem)}")
                print(
                    f"    alone: --seed {finding.seed} --only {finding.number}",
                    flush=True,
                )
    _print_table(ends, wrong, begun)
    return int(wrong > 0)


def _indented(text: str) -> str:
    return "\n    ".join(map(visible, text.splitlines()))


def _print_table(ends: Counter[tuple[str, str]], wrong: int, begun: float) -> None:
    print(f"{'end':36}" + "".join(f"{world:>10}" for world in WORLDS))
    for name in sorted({name for _, name in ends}):
        counts = "".join(f"{ends[world, name]:10}" for world in WORLDS)
        print(f"{visible(name):36}{counts}")
    print(_progress(ends, wrong, begun))


def _progress(ends: Counter[tuple[str, str]], wrong: int, begun: float) -> str:
    cases = ends.total() // len(WORLDS)
    return (
        f"{cases} cases in both worlds, {cases / (perf_counter() - begun):.1f} a "
        f"second; {f'{wrong} findings' if wrong else 'nothing found'}"
    )
