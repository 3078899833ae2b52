"""`minios dev fuzz cpu --qemu`: run the same cases here and on QEMU, and compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from minios.dev import qemu
from minios.dev.fuzz import witness
from minios.dev.fuzz.differences import TABLE, Row, explain
from minios.dev.fuzz.witness import Case, Result, Results
from minios.errors import ScenarioError

_SHOWN: Final = 50


def _collect(parts: Iterable[Results]) -> Results:
    found: Results = {}
    for part in parts:
        found.update(part)
    return found


def compare(cases: Sequence[Case]) -> tuple[Results, Results]:
    """The results of our machine and of QEMU for these cases.

    Raises ScenarioError if QEMU is not installed, and ImageError if the compiler is
    not.
    """
    if not qemu.is_installed():
        raise ScenarioError(
            "the program is not installed",
            where=qemu.PROGRAM,
            advice="Install it with `apt-get install qemu-system-x86`",
        )
    guest = witness.build(cases)
    theirs = _collect(witness.theirs(guest, 0, len(cases)))
    return _collect(witness.ours(guest, 0, len(cases))), theirs


def run(seed: int, count: int) -> int:
    """Compare and print. Returns 1 if the table does not list a difference."""
    cases = witness.cases(seed, count)
    ours, theirs = compare(cases)
    used: Counter[Row] = Counter()
    unknown = 0
    for number, case in enumerate(cases):
        rows, left = explain(case, ours[number], theirs[number])
        used.update(rows)
        unknown += bool(left)
        if left and unknown <= _SHOWN:
            _print_unknown(case, ours[number], theirs[number], left)
    _print_table(used)
    equal = sum(ours[number] == theirs[number] for number in range(count))
    print(f"{count} cases: {equal} equal, {unknown} differ and nobody knows why")
    return int(bool(unknown))


def _print_unknown(case: Case, ours: Result, theirs: Result, left: list[str]) -> None:
    print(f"ring {case.ring}: {case.code.hex(' ')}")
    for name in left:
        print(f"    {name}: minios {ours[name]:#x}, QEMU {theirs[name]:#x}")
    for who, result in (("minios", ours), ("QEMU", theirs)):
        if result["vector"] in witness.ENDS:
            print(f"    {who}: {witness.ENDS[result['vector']]}")


def _print_table(used: Counter[Row]) -> None:
    print("cases  right   instructions: what minios does; what QEMU does")
    for row in TABLE:
        if row in used:
            print(f"{used[row]:5}  {row.right:7} {row.instructions}")
            print(f"{'':15}{row.ours}; {row.theirs} ({row.manual})")
