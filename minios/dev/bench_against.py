"""`minios dev bench --against PATH`: compare the speed of this checkout with another.

Single figures from a shared host mean little, and figures from different minutes cannot
be compared. So both checkouts are measured in turn, and each begins every other pair.
Only the two figures of a pair are divided. The result is the median of these ratios:

    ratio          time here / time there: under 1, this checkout is faster
    compute_ratio  is a speed and not a time: over 1, this checkout is faster
    middle half    the range with the ratios of half of the pairs: if 1 lies in it,
                   there may be no difference at all
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
    """Compare each figure of the pairs (here, there)."""
    return {
        name: _compare([(here[name], there[name]) for here, there in pairs])
        for name in pairs[0][0]
        if name in pairs[0][1]  # an older checkout may not measure it
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
    """Measure this many pairs. The order changes from pair to pair."""
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
    """The command that starts Python with the packages of a checkout.

    Raises ScenarioError if the folder is no checkout, or has no Python.
    """
    if not (root / "minios/dev/bench.py").is_file():
        raise ScenarioError(
            "the folder is no checkout of minios that has `minios dev bench`",
            where=str(root),
            advice="Make one with `git worktree add PATH COMMIT`",
        )
    for name in ("bin/python", "Scripts/python.exe"):
        if (python := root / ".venv" / name).exists():
            return [str(python.absolute())]
    uv = shutil.which("uv")
    if uv is None:
        raise ScenarioError(
            "the folder has no .venv, and uv is not installed to make one",
            where=str(root),
            advice="Make a .venv there, and run `pip install -e .[dev]` in it",
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
            f"the checkout cannot be measured: {said}",
            where=str(root),
            advice="Check that `minios dev bench` works there",
        )
    found = json.loads(done.stdout.splitlines()[-1])
    if not Path(found["package"]).is_relative_to(root):
        raise ScenarioError(
            f"Python ran another checkout: {found['package']}",
            where=str(root),
            advice="Remove its .venv, so that it is made again",
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
