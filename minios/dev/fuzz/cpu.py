"""`minios dev fuzz cpu`: run random instructions in ring 3 and in ring 0.

    ring  instructions  no fault       #UD       #PF       #GP     other     wrong
       3        100000      0.5%     31.1%     21.5%     40.2%      6.7%         0
       0        100000     35.6%     35.6%     10.9%     10.5%      7.4%         0

No instruction may end the process of the emulator, raise a Python exception or run for
ever. `arena.py` says what must be true of memory and registers. Each case that breaks a
rule is printed with its bytes, and with the arguments that run this case alone.

With --qemu the same number of cases, of one instruction each, run here and on QEMU. The
table in `differences.py` must list every difference.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from minios.arguments import at_least_one, whole_number
from minios.dev.fuzz import children, comparison, random_code
from minios.dev.fuzz.children import Finding, Job
from minios.dev.fuzz.modes import MODES

_COUNT: Final = 100_000
_RINGS: Final = (3, 0)
_SHOWN: Final = 50
_DESCRIPTION: Final = """\
Run random instructions in ring 3 and in ring 0.
No instruction may crash the emulator, make it hang, or break the rules of the rings.
Use this command after a change of the machine. The exit code is 1 if one does."""
_EXAMPLES: Final = """\
examples:
  minios dev fuzz cpu --seed 1 --count 100000
  minios dev fuzz cpu --first 4711 --count 1   run one case alone
  minios dev fuzz cpu --qemu --count 1000      compare with QEMU"""
_Vectors: TypeAlias = dict[int | None, Counter[Any]]
_VECTORS: Final = {None: "no fault", 6: "#UD", 14: "#PF", 13: "#GP"}


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios dev fuzz cpu`."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--count",
        type=at_least_one,
        default=_COUNT,
        metavar="N",
        help="how many cases to run in each ring (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=whole_number,
        default=1,
        metavar="N",
        help="the seed for the instructions (default: 1)",
    )
    parser.add_argument(
        "--first",
        type=whole_number,
        default=0,
        metavar="N",
        help="the number of the first case (default: 0)",
    )
    parser.add_argument(
        "--jobs",
        type=at_least_one,
        default=os.cpu_count() or 1,
        metavar="N",
        help="how many processes run at the same time (default: one for each CPU)",
    )
    parser.add_argument(
        "--qemu", action="store_true", help="compare the results with QEMU's"
    )
    parser.set_defaults(run=run)


def jobs_of(seed: int, first: int, count: int) -> Iterator[Job]:
    """The cases in both rings, divided into jobs."""
    end = first + count
    for ring in _RINGS:
        for start in range(first, end, random_code.JOB_CASES):
            yield Job(seed, ring, start, min(start + random_code.JOB_CASES, end))


def run(arguments: argparse.Namespace) -> int:
    """Run the cases and print the results. Returns 1 if a rule is broken."""
    if arguments.qemu:
        return comparison.run(arguments.seed, arguments.count)
    jobs = jobs_of(arguments.seed, arguments.first, arguments.count)
    vectors: _Vectors = {ring: Counter() for ring in _RINGS}
    wrong: Counter[int | None] = Counter()
    for tally in children.run(random_code.run_job, jobs, arguments.jobs):
        vectors[tally.ring] += tally.results
        for finding in tally.findings:
            wrong[finding.ring] += 1
            if wrong.total() <= _SHOWN:
                _print_finding(finding)
    _print_table(vectors, wrong)
    return int(bool(wrong))


def _print_finding(finding: Finding) -> None:
    case = random_code.case_of(finding.seed, finding.number)
    print(f"ring {finding.ring}, {MODES[case.mode].name}: {case.code.hex(' ')}")
    print(f"    {finding.problem}")
    alone = f"--seed {finding.seed} --first {case.number} --count 1"
    print(f"    alone: {alone}", flush=True)


def _print_table(vectors: _Vectors, wrong: Counter[int | None]) -> None:
    if wrong.total() > _SHOWN:
        print(f"... {wrong.total() - _SHOWN} more")
    names = "".join(f"{name:>10}" for name in _VECTORS.values())
    print(f"ring  instructions{names}     other     wrong")
    for ring, seen in vectors.items():
        cases = seen.total()
        shares = [seen[vector] / max(cases, 1) for vector in _VECTORS]
        shares.append(1 - sum(shares))
        words = "".join(f"{share:10.1%}" for share in shares)
        print(f"{ring or 0:4}{cases:14}{words}{wrong[ring]:10}")
