"""`minios dev powercuts`: check the disk after power cuts at any instruction.

activity     cuts  torn  boots  sound  lost   old   new  wrong
windows       150    31    150    300    14    83    25      0

cuts    how many power cuts were made
torn    cuts that interrupted a write to the disk halfway
boots   cuts after which the machine became ready again
sound   checks in which fsck.fat found nothing worse than lost clusters (two per cut)
lost    cuts that left lost clusters
old     cuts after which the content file is the one from before the update
new     cuts after which the content file is the one from the update
wrong   cuts after which something is wrong; these are named below the table

A cut outside of an update counts neither as old nor as new.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from minios.arguments import at_least_one, require_known, whole_number
from minios.dev.disk_work import ACTIVITIES, BY_NAME, Activity
from minios.dev.fsck import Fsck
from minios.dev.power_cuts import Outcome, cuts_behind_sectors, random_cuts
from minios.lazy_parser import Command
from minios.visible import visible

COMMAND: Final = Command(
    "dev powercuts",
    "Test that the disk survives power cuts.",
    place=70,
    interrupted="dev powercuts --cuts 20 windows",
)

_CUTS: Final = 500
_SHOWN: Final = 20
_COLUMNS: Final = ("cuts", "torn", "boots", "sound", "lost", "old", "new", "wrong")
_DESCRIPTION: Final = """\
Test that the disk survives power cuts.
The power goes at random instructions while the machine changes files. After each cut
the machine must start again, and every file must be the old one or the new one.
Use this command after a change of the file system or the disk driver. It needs
fsck.fat. The exit code is 1 if any file or disk is wrong."""
_EXAMPLES: Final = """\
examples:
  minios dev powercuts --cuts 100 windows
  minios dev powercuts --every-sector       one cut after each written sector"""


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of a row of the table; the head of this file explains them."""

    cuts: int
    torn: int
    boots: int
    sound: int
    lost: int
    old: int
    new: int
    wrong: int

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Counts:
        """Count the outcomes."""
        return cls(
            cuts=len(outcomes),
            torn=sum(it.kept < it.in_flight for it in outcomes),
            boots=sum(it.booted for it in outcomes),
            sound=sum(it.sound for it in outcomes),
            lost=sum(it.lost > 0 for it in outcomes),
            old=sum(it.content == "old" for it in outcomes),
            new=sum(it.content == "new" for it in outcomes),
            wrong=sum(bool(it.problems) for it in outcomes),
        )


def share_of(activity: Activity, cuts: int) -> int:
    """How many cuts an activity gets, if the updates get this many."""
    return round(cuts * activity.share)


def _chosen(names: Sequence[str]) -> list[Activity]:
    """The activities with these names, or all activities if no name is given.

    Raises ScenarioError for an unknown name.
    """
    require_known(names, BY_NAME, "activity")
    return [BY_NAME[name] for name in names or BY_NAME]


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios dev powercuts`."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "activity",
        nargs="*",
        metavar="ACTIVITY",
        help="what the machine does when the power goes: "
        + "; ".join(f"{it.name}: {it.about}" for it in ACTIVITIES)
        + " (default: all)",
    )
    parser.add_argument(
        "--cuts",
        type=at_least_one,
        default=_CUTS,
        metavar="N",
        help="how many power cuts to make during updates. The same number is shared by"
        " fixes, recovery and services, and a third of it by the other activities"
        " (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=whole_number,
        default=1,
        metavar="N",
        help="the seed for the instructions at which the power goes (default: 1)",
    )
    parser.add_argument(
        "--every-sector",
        action="store_true",
        help="cut the power once after each written sector, not at random instructions",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Cut the power and print the results. Returns 1 if any disk is wrong."""
    chosen = _chosen(arguments.activity)
    results: dict[str, list[Outcome]] = {}
    if not arguments.json:
        print(f"{'activity':12}" + "".join(f"{name:>7}" for name in _COLUMNS))
    with Fsck() as fsck:
        for activity in chosen:
            if arguments.every_sector:
                cuts = cuts_behind_sectors(activity, fsck)
            else:
                count = share_of(activity, arguments.cuts)
                cuts = random_cuts(activity, count, arguments.seed, fsck)
            results[activity.name] = list(cuts)
            if not arguments.json:
                _print_row(activity.name, Counts.of(results[activity.name]))
    if arguments.json:
        print(json.dumps(_as_json(results)))
    else:
        _print_end(results)
    return int(any(it.problems for outcomes in results.values() for it in outcomes))


def _print_row(name: str, counts: Counts) -> None:
    values = asdict(counts)
    print(f"{name:12}" + "".join(f"{values[column]:7}" for column in _COLUMNS))


def _print_end(results: dict[str, list[Outcome]]) -> None:
    """Print the sum of the updates, the sum of all, and what is wrong."""
    updates = [
        it
        for name, outcomes in results.items()
        if BY_NAME[name].is_update
        for it in outcomes
    ]
    everything = [it for outcomes in results.values() for it in outcomes]
    _print_row("updates", Counts.of(updates))
    _print_row("all", Counts.of(everything))
    wrong = [it for it in everything if it.problems]
    for outcome in wrong[:_SHOWN]:
        print(f"{outcome.work}, cut at {outcome.place}:")
        print(*(f"    {visible(problem)}" for problem in outcome.problems), sep="\n")
    if len(wrong) > _SHOWN:
        print(f"... {len(wrong) - _SHOWN} more")


def _as_json(results: dict[str, list[Outcome]]) -> dict[str, object]:
    wrong = [asdict(it) for all_ in results.values() for it in all_ if it.problems]
    return {
        "activities": {name: asdict(Counts.of(all_)) for name, all_ in results.items()},
        "wrong": wrong,
    }
