"""`minios dev fuzz bpf`: programs that nobody would write, for the verifier of eBPF.

    20000 programs, 11921 of them changed: 7031 accepted (35.2 %), 12969 refused
    2612 of the accepted ones were changed; 28124 runs of accepted programs, ...
    ...
    refused because:
        2774  max value is outside of the allowed memory
        ...

`bpf_programs.py` says how the programs are made. Each is verified by the kernel's
verifier, built for this host. An accepted one runs with several inputs, and each step
is watched (`bpf_host.c`). Some of the accepted and of the refused ones are also given
to a machine, and run in ring 0 (`bpf_machine.py`). A finding is of one of these kinds:

- an accepted program touches a byte that is not its own, reads what nobody has written,
  gives an address away, changes what lies beside its memory, or does not end;
- a register holds a number that the verifier believes impossible;
- the verifier keeps memory;
- a machine faults, or says something else than the library.

For a finding, the command looks for the fewest instructions that still cause it.
"""

from __future__ import annotations

import argparse
import ctypes
import functools
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import perf_counter
from typing import Final

from minios.abi import bpf
from minios.arguments import at_least_one, whole_number
from minios.bpf import disassembly
from minios.dev.fuzz import bpf_library, children
from minios.dev.fuzz.bpf_changes import without
from minios.dev.fuzz.bpf_library import Library, Trial
from minios.dev.fuzz.bpf_machine import Checked, Ring0
from minios.dev.fuzz.bpf_programs import Case, case
from minios.dev.fuzz.children import Finding, Job, Tally
from minios.visible import visible

_COUNT: Final = 20_000
_JOB_CASES: Final = 1000
_PART: Final = 100
_EVERY: Final = 10
_REFUSED_EVERY: Final = 10  # of those that would go to a machine
_SHOWN: Final = 10
_TOLD: Final = 10_000  # programs, after which a line says how far it is
_SHRUNK: Final = 3  # findings of one job: more would take long
_QUOTED: Final = re.compile(r'\("(.*?)(?:"|$)')
_DESCRIPTION: Final = """\
Make random eBPF programs, and let the verifier judge them.
No accepted program may touch what is not its own, whatever its input is. Use this
command after a change of the verifier, the interpreter, a helper or a map. The exit
code is 1 if there is a finding."""
_EXAMPLES: Final = """\
examples:
  minios dev fuzz bpf --count 200000
  minios dev fuzz bpf --seed 7 --only 471   try one case alone
  minios dev fuzz bpf --defect bounds32     the same, if the kernel has this defect"""


# ---- One program.


def kind_of(fault: str) -> str:
    """What kind of fault it is, without its numbers."""
    if fault.startswith("before instruction"):
        return "the verifier is wrong about a register"
    return re.sub(r"\d+|: R0 .*|^instruction .*?: ", "", fault)


def smallest(library: Library, program: Case, *, ignores_claims: bool) -> Case:
    """Leave out instructions while the same kind of fault is left."""
    kind = kind_of(library.run(program, ignores_claims=ignores_claims).fault)

    def fails(less: Case) -> bool:
        trial = library.run(less, ignores_claims=ignores_claims)
        return trial.is_accepted and kind_of(trial.fault) == kind

    length = len(program.code) + 1
    while len(program.code) < length:  # what goes can make more go
        length = len(program.code)
        size = max(2, length // 2)
        while size:
            program = _without_any(program, size, fails)
            size //= 2
    return program


def _without_any(program: Case, size: int, fails: Callable[[Case], bool]) -> Case:
    """Leave out so many instructions at once, wherever it still fails then."""
    at = 0
    while at + size < len(program.code):
        code = list(program.code)
        for _ in range(size):
            without(code, at)
        less = replace(program, code=tuple(code))
        if fails(less):
            program = less
        else:
            at += 1
    return program


def _report(library: Library, program: Case, trial: Trial, *, shrinks: bool) -> str:
    """A finding in words: what was changed, what it does, and the smallest program."""
    bold = library.run(program, ignores_claims=True)
    lines = [f"{program.hook}, {program.words}", trial.fault]
    if bold.fault and bold.fault != trial.fault:
        lines.append(f"it goes on, and: {bold.fault}")
    if shrinks:
        least = smallest(library, program, ignores_claims=bool(bold.fault))
        lines += disassembly.listing(least.packed)
    return "\n".join(lines)


def _reason(trial: Trial) -> str:
    """Why it is refused: the words of Linux, without numbers."""
    found = _QUOTED.search(trial.reason)
    words = re.sub(r"\bR?-?\d+\b ?", "", found[1] if found else trial.reason)
    return re.sub(r"unknown opcode.*", "unknown opcode", words).strip()


# ---- A job.


@functools.lru_cache(maxsize=1)
def _library(defect: str) -> Library:
    return Library(bpf_library.build(), defect)


@functools.lru_cache(maxsize=1)
def _machine(defect: str) -> Ring0:
    return Ring0(defect)


def _is_for_ring_0(trial: Trial, every: int, seen: Counter[bool]) -> bool:
    seen[trial.is_accepted] += 1
    pause = every if trial.is_accepted else every * _REFUSED_EVERY
    return every > 0 and seen[trial.is_accepted] % pause == 0


def work(
    defect: str, every: int, job: Job, progress: ctypes.c_int64
) -> Iterator[Tally]:
    """Run a job in this process. Yields a tally for each hundred cases.

    Args:
        defect: of the kernel, a name of DEFECTS.
        every: of so many accepted programs, one runs in ring 0, too; 0: none.
        job: the cases.
        progress: is set to the number of the current case.
    """
    library = _library(defect)
    for_ring_0: list[Checked] = []
    seen: Counter[bool] = Counter()
    shrunk = 0
    for start in range(job.first, job.end, _PART):
        tally = Tally(None, min(start + _PART, job.end))
        for number in range(start, tally.end):
            progress.value = number
            program = case(job.seed, number)
            trial = library.run(program)
            _count(tally, program, trial)
            words = ""
            if trial.fault:
                shrunk += 1
                shrinks = shrunk <= _SHRUNK
                words = _report(library, program, trial, shrinks=shrinks)
            elif trial.blocks_left:
                words = f"the verifier keeps {trial.blocks_left} blocks of memory"
            if words:
                tally.findings.append(Finding(job.seed, None, number, words))
            if _is_for_ring_0(trial, every, seen):
                for_ring_0.append(Checked(number, program, trial))
        if tally.end == job.end and for_ring_0:
            _run_in_ring_0(_machine(defect), for_ring_0, job, tally)
        yield tally


def _run_in_ring_0(
    machine: Ring0, programs: list[Checked], job: Job, tally: Tally
) -> None:
    before = machine.counts.copy()
    for problem in machine.run(programs):
        tally.findings.append(Finding(job.seed, None, problem.number, problem.words))
    for name, count in (machine.counts - before).items():
        tally.results["ring 0", name] += count


def _count(tally: Tally, program: Case, trial: Trial) -> None:
    results = tally.results
    results["cases", ""] += 1
    results["changed", ""] += program.is_changed
    if not trial.is_accepted:
        results["refused", _reason(trial)] += 1
        return
    results["accepted", ""] += 1
    results["accepted, changed", ""] += program.is_changed
    results["runs", ""] += len(trial.runs)
    results["claims", ""] += trial.claims > 0
    longest = max(steps for _, steps in trial.runs)
    results["steps", f"{_magnitude(longest)}"] += 1


def _magnitude(steps: int) -> int:
    """The next power of ten."""
    return int(10 ** len(str(max(0, steps - 1))))


# ---- The command.


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios dev fuzz bpf`."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    numbers = (
        ("--seed", 1, whole_number, "the seed: the same seed gives the same programs"),
        ("--count", _COUNT, at_least_one, "how many programs to make"),
        ("--first", 0, whole_number, "the number of the first case"),
        ("--only", None, whole_number, "try only the case with this number"),
        (
            "--ring0",
            _EVERY,
            whole_number,
            "run one of N accepted programs in a machine, too",
        ),
        ("--jobs", os.cpu_count() or 1, at_least_one, "how many run at the same time"),
    )
    for name, usual, kind, words in numbers:
        shown = "" if usual is None else " (default: %(default)s)"
        parser.add_argument(
            name, type=kind, default=usual, metavar="N", help=words + shown
        )
    parser.add_argument(
        "--defect",
        choices=[it.name for it in bpf.DEFECTS],
        default="none",
        help="a defect of the kernel that has to be found (default: none)",
    )
    parser.set_defaults(run=run)


def _jobs(arguments: argparse.Namespace) -> Iterator[Job]:
    first, end = arguments.first, arguments.first + arguments.count
    if arguments.only is not None:
        first, end = arguments.only, arguments.only + 1
    size = min(_JOB_CASES, -(-(end - first) // (2 * arguments.jobs)))
    for start in range(first, end, size):
        yield Job(arguments.seed, None, start, min(start + size, end))


def run(arguments: argparse.Namespace) -> int:
    """Make the programs and print the results. Returns 1 if there is a finding."""
    begun = perf_counter()
    bpf_library.build()
    results: Counter[tuple[str, str]] = Counter()
    findings = 0
    every = 1 if arguments.only is not None else arguments.ring0
    task = functools.partial(work, arguments.defect, every)
    for tally in children.run(task, _jobs(arguments), arguments.jobs):
        told = results["cases", ""] // _TOLD
        results += tally.results
        if results["cases", ""] // _TOLD > told:
            done, accepted = results["cases", ""], results["accepted", ""]
            print(f"{done} programs, {accepted} accepted", flush=True)
        for finding in tally.findings:
            findings += 1
            if findings <= _SHOWN:
                print(f"case {finding.number}: {_indented(finding.problem)}")
                print(f"    alone: --seed {finding.seed} --only {finding.number}")
    print("\n".join(words_of(results, perf_counter() - begun)))
    print(f"findings: {findings}" if findings else "nothing found")
    return int(findings > 0)


def _indented(text: str) -> str:
    return "\n    ".join(map(visible, text.splitlines()))


def words_of(results: Counter[tuple[str, str]], seconds: float) -> Iterator[str]:
    """The counts as lines of text."""
    cases, accepted = results["cases", ""], results["accepted", ""]
    share = 100 * accepted / max(1, cases)
    yield (
        f"{cases} programs, {results['changed', '']} of them changed: {accepted} "
        f"accepted ({share:.1f} %), {cases - accepted} refused"
    )
    yield (
        f"{results['accepted, changed', '']} of the accepted ones were changed; "
        f"{results['runs', '']} runs of accepted programs, each step watched"
    )
    steps = [int(most) for name, most in results if name == "steps"]
    yield (
        f"no run had more than {max(steps, default=0)} steps; of "
        f"{results['claims', '']} programs each register was compared with what the "
        "verifier knows"
    )
    ring0 = ((name, results["ring 0", name]) for name in ("run", "called", "refused"))
    yield "in ring 0: " + ", ".join(f"{count} {name}" for name, count in ring0)
    yield f"{cases / seconds:.0f} programs a second"
    reasons = Counter({it[1]: n for it, n in results.items() if it[0] == "refused"})
    yield "refused because:"
    for reason, count in reasons.most_common():
        yield f"{count:8}  {visible(reason)}"
