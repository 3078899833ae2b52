"""One short run of the figures, in the checkout that the interpreter finds.

`bench_against.py` starts this file with the interpreter of each checkout in turn. So it
uses only what `minios/dev/bench.py` has had from the beginning. It prints one JSON
object: the folder of the measured code, and the figures.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable

import minios
from minios.dev import bench

_RUNS = 3


def _median(measure: Callable[[], float], runs: int = _RUNS) -> float:
    return statistics.median(measure() for _ in range(min(runs, _RUNS)))


def main() -> None:
    """Measure and print."""
    vars(bench).update(_median=_median, _RUNS=_RUNS)
    bench.boot_ms()  # what only the first machine of a process pays
    snapshot, restore = bench.snapshot_and_restore_ms()
    figures = {
        "boot_ms": bench.boot_ms(),
        "cycle_ms": bench.cycle_ms(),
        "syscall_us": bench.syscall_us(),
        "fault_us": bench.fault_us(),
        "empty_hook_us": bench.empty_hook_us(),
        "snapshot_ms": snapshot,
        "restore_ms": restore,
        "demo_s": bench.demo_s(),
        "compute_ratio": bench.compute_ratio(),
    }
    print(json.dumps({"package": minios.__file__, "figures": figures}))


if __name__ == "__main__":
    main()
