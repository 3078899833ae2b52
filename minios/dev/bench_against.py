"""`minios dev bench --against PATH`: this checkout's speed against that of another.

Numbers of a shared host mean little alone, and those of one minute little in the next.
So both checkouts are measured in turn, this one first in every other pair, and only the
two numbers of a pair are divided. What is shown is the median of these ratios:

    ratio          time here / time there: under 1, this checkout is faster
    compute_ratio  is a speed and no time: over 1, this checkout is faster
    middle half    where the ratios of half the pairs lie: if 1 is between them, there
                   may be no difference at all
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from minios import paths
from minios.errors import ScenarioError

PAIRS: Final = 15
_PROBE: Final = Path(__file__).with_name("bench_probe.py")
_LAST_LINES: Final = 3

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure: the medians of both checkouts, and of their ratios."""

    here: float
    there: float
    ratio: float
    middle_half: tuple[float, float]


def compare(pairs: Sequence[tuple[Figures, Figures]]) -> dict[str, Comparison]:
    """Figure by figure, for pairs of (here, there)."""
    return {
        name: _compare([(here[name], there[name]) for here, there in pairs])
        for name in pairs[0][0]
    }


def _compare(pairs: Sequence[tuple[float, float]]) -> Comparison:
    ratios = sorted(here / there for here, there in pairs)
    quarter = (len(ratios) - 1) // 4
    return Comparison(
        here=round(statistics.median(here for here, _ in pairs), 3),
        there=round(statistics.median(there for _, there in pairs), 3),
        ratio=round(statistics.median(ratios), 3),
        middle_half=(round(ratios[quarter], 3), round(ratios[-1 - quarter], 3)),
    )


def alternate(
    here: Callable[[], Figures], there: Callable[[], Figures], count: int
) -> list[tuple[Figures, Figures]]:
    """So many pairs; who comes first changes from pair to pair."""
    pairs = []
    for number in range(count):
        if number % 2:
            second, first = there(), here()
        else:
            first, second = here(), there()
        pairs.append((first, second))
    return pairs


def run(other: Path, count: int, *, as_json: bool) -> int:
    """Measure and print.

    Raises ScenarioError if the other folder is no checkout, or cannot be measured.
    """
    command = interpreter_of(other)
    pairs = alternate(
        lambda: probe([sys.executable], paths.checkout()),
        lambda: probe(command, other),
        count,
    )
    figures = compare(pairs)
    if as_json:
        print(json.dumps({"pairs": count, "figures": _plain(figures)}))
    else:
        _print_table(figures, count)
    return 0


def interpreter_of(root: Path) -> list[str]:
    """The command that starts Python with what the checkout needs.

    Raises ScenarioError if it is none, or nothing can run it.
    """
    if not (root / "minios/dev/bench.py").is_file():
        raise ScenarioError(
            "is no checkout of minios that has `minios dev bench`",
            where=str(root),
            advice="Make one: `git worktree add PATH COMMIT`",
        )
    for name in ("bin/python", "Scripts/python.exe"):
        if (python := root / ".venv" / name).exists():
            return [str(python.absolute())]
    uv = shutil.which("uv")
    if uv is None:
        raise ScenarioError(
            "has no .venv, and there is no uv to make one",
            where=str(root),
            advice="Run `pip install -e .[dev]` in a .venv there",
        )
    return [uv, "run", "--quiet", "--project", str(root), "python"]


def probe(command: Sequence[str], root: Path) -> Figures:
    """The figures of one short run. Raises ScenarioError if it fails."""
    root = root.resolve()
    done = subprocess.run(
        [*command, "-P", str(_PROBE)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode != 0:
        said = " ".join(done.stderr.split("\n")[-_LAST_LINES:]).strip()
        raise ScenarioError(
            f"cannot be measured: {said}",
            where=str(root),
            advice="Does `minios dev bench` work there?",
        )
    found = json.loads(done.stdout.splitlines()[-1])
    if not Path(found["package"]).is_relative_to(root):
        raise ScenarioError(
            f"was not what ran: {found['package']} was",
            where=str(root),
            advice="Remove its .venv, then it is made again",
        )
    figures: Figures = found["figures"]
    return figures


def _plain(figures: dict[str, Comparison]) -> dict[str, object]:
    return {name: asdict(found) for name, found in figures.items()}


def _print_table(figures: dict[str, Comparison], count: int) -> None:
    print(f"{'figure':16}{'here':>10}{'there':>10}{'ratio':>8}   middle half")
    for name, it in figures.items():
        low, high = it.middle_half
        print(
            f"{name:16}{it.here:10.3f}{it.there:10.3f}{it.ratio:8.3f}"
            f"   {low:.3f} to {high:.3f}"
        )
    print(f"\nratio: here / there, the median of {count} pairs that ran in turn.")
    print("Under 1, this checkout is faster; for compute_ratio, a speed, over 1.")
