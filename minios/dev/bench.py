"""`minios dev bench`: measure how fast minios is. Figures are medians of several runs.

    boot_ms         from the first instruction to "ready", on a new machine
    cycle_ms        from the first instruction to the bugcheck and the reset, on a new
                    machine with the bad file on its disk
    qemu_cycle_ms   the same on QEMU, in the same run
    syscall_us      a system call that does nothing: from ring 3 to ring 0 and back
    fault_us        a page fault, with a handler that skips the instruction and returns
    empty_hook_us   an instruction that calls an empty Python function
    snapshot_ms     take a snapshot of a machine with 16 MiB, of which all but the first
                    4 MiB have changed
    restore_ms      restore such a snapshot
    scenario_warm_ms   a scenario test: take a booted machine from the stock of the
                    fixtures, push the bad file, run to the bugcheck, give it back
    scenario_cold_ms   the same on a new machine that has to boot first
    content_check_ms   check a lesson's content file that was changed (lesson 07)
    driver_check_ms the same for a driver in C, which is built first (lesson 18)
    demo_s          `minios demo` in a process of its own
    compute_ratio   instructions per second under our kernel, divided by those of the
                    same code on Unicorn alone in its counting mode

It also says what the sensor costs in each of its forms (`bench_sensors.py`). These
figures are counted in the machine, so they are the same on every host.

With --tui it measures the interface (`bench_tui.py`). With --against it measures this
checkout and another one in turn (`bench_against.py`).

Only these modules read the clock of the host. Other work on the host disturbs the
figures, so compare only figures from the same run.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from minios import host_files, paths
from minios.arguments import at_least_one
from minios.dev import bench_against, bench_sensors, qemu
from minios.errors import ScenarioError
from minios.image import elf
from minios.lab import Bugcheck, Lab, Reset, content_files, seconds
from minios.lab.setup import Setup
from minios.lab.system_disk import system_disk
from minios.lazy_parser import Command
from minios.machine import cpu_state
from minios.machine.bare import CODE3, Bare
from minios.testing.stock import Stock
from minios.tutor import packs
from minios.tutor.work import Feedback, Work

_now: Final = time.perf_counter
COMMAND: Final = Command(
    "dev bench",
    "Measure how fast minios is.",
    place=60,
    uses=(
        (
            "measure how fast it is",
            "`dev bench`",
        ),
    ),
)

_RUNS: Final = 9
_CALLS: Final = 20_000
_FAULTS: Final = 20_000
_INSTRUCTIONS: Final = 20_000_000
_OPTIONS: Final = {"first_event_ms": "0"}
_BAD: Final = "channel-291-bad"
_VECTOR_PF: Final = 14
_CHANGED: Final = (".c", ".toml")
_DESCRIPTION: Final = """\
Measure how fast minios is.
The figures are medians of several runs: milliseconds for a start and for a crash,
microseconds for a system call and for a page fault, and others.
Use this command before and after a change that might make minios slower."""
_EXAMPLES: Final = """\
examples:
  minios dev bench                               measure this checkout
  minios dev bench --tui                         measure the interface
  minios dev bench --against ../minios-before    compare with another checkout"""


def _median(measure: Callable[[], float], runs: int = _RUNS) -> float:
    return statistics.median(measure() for _ in range(runs))


def _timed(work: Callable[[], object]) -> float:
    """How many seconds a call takes."""
    begin = _now()
    work()
    return _now() - begin


def boot_ms() -> float:
    """From the first instruction to "ready"."""

    def once() -> float:
        with Lab() as lab:
            return _timed(lab.boot) * 1e3

    return _median(once)


def cycle_ms() -> float:
    """From the first instruction to the reset after the bugcheck."""

    def once() -> float:
        with Lab(content=_BAD, options=_OPTIONS) as lab:
            return _timed(lambda: lab.run_until(Reset(), within=seconds(5))) * 1e3

    return _median(once)


def qemu_cycle_ms() -> float | None:
    """The same on QEMU, with the start of its process. None if it is not installed."""
    if not qemu.is_installed():
        return None
    disk = system_disk(content_files.find(_BAD).data)

    def once() -> float:
        return _timed(lambda: qemu.run(disk, "model=windows seed=1 first_event_ms=0"))

    return _median(once) * 1e3


def syscall_us() -> float:
    """One system call that does nothing."""
    with Lab() as lab:
        lab.boot()
        lab.console("run bench calls 1")

        def once() -> float:
            none = _timed(lambda: lab.console("run bench calls 1"))
            many = _timed(lambda: lab.console(f"run bench calls {_CALLS + 1}"))
            return (many - none) / _CALLS * 1e6

        return _median(once)


def fault_us() -> float:
    """One page fault in ring 3. The handler skips the instruction."""
    bare = Bare()
    bare.hearing.cancel()  # nobody listens: what the machine itself costs
    handler = bytes.fromhex("4883c408 48830424 03 48cf".replace(" ", ""))
    bare.memory.write(
        bare.handler(_VECTOR_PF), handler
    )  # add rsp,8; add [rsp],3; iretq
    loop = bytes.fromhex("488b03 ffc9 75f9")  # mov rax,[rbx]; dec ecx; jnz

    def once() -> float:
        bare.put(loop + b"\xf4", 3)
        bare.enter(3)
        bare.state.set_general(cpu_state.RBX, 0x700000)
        bare.state.set_general(cpu_state.RCX, _FAULTS)
        instructions = _FAULTS * 6
        return _timed(lambda: bare.run(instructions)) / _FAULTS * 1e6

    return _median(once)


def empty_hook_us() -> float:
    """One call of an empty Python function by the engine."""
    bare = Bare()
    bare.hearing.cancel()
    code = bytes.fromhex("90 ffc9 75fb")  # nop; dec ecx; jnz

    def once() -> float:
        bare.put(code, 3)
        bare.enter(3)
        bare.state.set_general(cpu_state.RCX, _CALLS)
        return _timed(lambda: bare.run(3 * _CALLS))

    plain = _median(once)
    bare.processor.engine.watch(CODE3, lambda: None)
    return (_median(once) - plain) / _CALLS * 1e6


def snapshot_and_restore_ms() -> tuple[float, float]:
    """Snapshot and restore, while every page differs from the last snapshot."""
    with Lab() as lab:
        lab.boot()
        ram = lab.machine.ram
        count = len(ram) // 4096
        taken = []
        restored = []
        first = lab.machine.snapshot()
        for run in range(_RUNS):
            for page in range(1024, count):  # behind the kernel: nothing is executed
                struct.pack_into("<Q", ram, page * 4096, run * count + page + 1)
            begin = _now()
            lab.machine.snapshot()
            taken.append(_now() - begin)
            begin = _now()
            lab.machine.restore(first)
            restored.append(_now() - begin)
        return statistics.median(taken) * 1e3, statistics.median(restored) * 1e3


def scenario_warm_and_cold_ms() -> tuple[float, float]:
    """A scenario test up to its bugcheck: from the stock, and on a new machine."""
    stock = Stock()
    setup = Setup(content=content_files.find(content_files.FACTORY))

    def crash(lab: Lab) -> None:
        lab.push(_BAD)
        lab.run_until(Bugcheck(), within=seconds(5))

    def warm() -> None:
        lab, _ = stock.lend(setup)
        crash(lab)
        stock.take_back(lab)

    def cold() -> None:
        with Lab.of(setup) as lab:
            lab.boot()
            crash(lab)

    warm()
    figures = _median(lambda: _timed(warm)), _median(lambda: _timed(cold))
    stock.close()
    return figures[0] * 1e3, figures[1] * 1e3


def lesson_check_ms(name: str) -> float:
    """From a saved file of a lesson to the feedback on its solution, for all tasks."""
    lesson = next(it for it in packs.shipped("en").lessons if it.name == name)
    tasks = [it for it in lesson.tasks if isinstance(it.work, Path)]
    with host_files.temporary_folder("bench") as folder:
        work = Work(lesson, folder)
        work.begin()
        work.take(lesson.solution / "files")

        def once() -> float:
            for path in work.files:
                if path.suffix in _CHANGED:  # so that nothing is known of it
                    path.write_text(f"{path.read_text('utf-8')}\n", "utf-8")
            found: list[Feedback] = []
            took = _timed(lambda: found.extend(map(work.check, tasks)))
            if wrong := [it.words for it in found if not it.passed]:
                raise ScenarioError(f"the solution of {name} does not pass: {wrong}")
            return took * 1e3

        return _median(once, 5)


def demo_s() -> float:
    """`minios demo` as a process, without its output."""
    command = [sys.executable, "-m", "minios", "demo"]

    def once() -> float:
        return _timed(
            lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        )

    return _median(once, 5)


def _bare_rate(code: bytes) -> float:
    """Instructions per second of `compute` with nothing around it."""
    bare = Bare()
    bare.put(code, 3)
    bare.enter(3)
    bare.state.set_general(cpu_state.RDI, 1 << 60)
    bare.processor.run(_INSTRUCTIONS // 10)  # translated once
    return _INSTRUCTIONS / _timed(lambda: bare.processor.run(_INSTRUCTIONS))


def compute_ratio() -> float:
    """The same loop under the kernel and alone, in turn."""
    image = elf.read(paths.guest_file("bin/bench"))
    code = image.code("compute")
    with Lab() as lab:
        lab.boot()
        lab.type(f"run bench rounds {1 << 40}\r")
        lab.run_for(seconds(0.1))

        def once() -> float:
            bare = _bare_rate(code)
            before = lab.machine.instructions
            took = _timed(lambda: lab.run_for(_INSTRUCTIONS * 10))
            return (lab.machine.instructions - before) / took / bare

        return _median(once)


def measure() -> dict[str, float | None]:
    """All figures."""
    snapshot, restore = snapshot_and_restore_ms()
    warm, cold = scenario_warm_and_cold_ms()
    figures: dict[str, float | None] = {
        "boot_ms": boot_ms(),
        "cycle_ms": cycle_ms(),
        "qemu_cycle_ms": qemu_cycle_ms(),
        "syscall_us": syscall_us(),
        "fault_us": fault_us(),
        "empty_hook_us": empty_hook_us(),
        "snapshot_ms": snapshot,
        "restore_ms": restore,
        "scenario_warm_ms": warm,
        "scenario_cold_ms": cold,
        "content_check_ms": lesson_check_ms("07_twenty_one"),
        "driver_check_ms": lesson_check_ms("18_bounds_check"),
        "demo_s": demo_s(),
        "compute_ratio": compute_ratio(),
    }
    return rounded(figures) | bench_sensors.figures()


def _of_interface(watched: float) -> dict[str, float | None]:
    if sys.platform != "win32":
        from minios.dev import bench_tui  # noqa: PLC0415 - not everywhere

        return rounded(bench_tui.measure(watched))
    raise ScenarioError(
        "this system has no pseudo-terminals",
        advice="Measure the interface on Linux or macOS",
    )


def rounded(figures: Mapping[str, float | None]) -> dict[str, float | None]:
    """Round to three digits: a shared host cannot promise more."""
    return {
        name: None if value is None else round(value, 3)
        for name, value in figures.items()
    }


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios dev bench`."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--tui", action="store_true", help="measure the interface")
    what.add_argument(
        "--against",
        type=Path,
        metavar="PATH",
        help="also measure the checkout of minios in this folder, in turn with this"
        " one; a ratio below 1 means that this one is faster",
    )
    parser.add_argument(
        "--pairs",
        type=at_least_one,
        default=bench_against.PAIRS,
        metavar="N",
        help="how often to measure each of the two checkouts (default: %(default)s)",
    )
    parser.add_argument(
        "--seconds",
        type=_duration,
        default=30.0,
        metavar="N",
        help="for how many seconds to watch the interface (default: 30)",
    )
    parser.set_defaults(run=run)


def _duration(text: str) -> float:
    """Read a number of seconds that is at least 1.

    Raises argparse.ArgumentTypeError for anything else.
    """
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 1 <= found < math.inf:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of seconds of at least 1"
        )
    return found


def run(arguments: argparse.Namespace) -> int:
    """Measure, and print the figures. Returns 0."""
    if arguments.against is not None:
        other, count = arguments.against, arguments.pairs
        return bench_against.run(other, count, as_json=arguments.json)
    figures = _of_interface(arguments.seconds) if arguments.tui else measure()
    if arguments.json:
        print(json.dumps(figures))
        return 0
    for name, value in figures.items():
        print(f"{name:30} {'not measured' if value is None else f'{value:.3f}'}")
    return 0
