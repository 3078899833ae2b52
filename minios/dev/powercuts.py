"""`minios dev powercuts`: what the disk is like when the power goes at any instruction.

activity     cuts  torn  boots  sound  lost   old   new  wrong
windows       150    31    150    300    14    83    25      0

torn    cuts that left a request to the disk half done
boots   the machine got ready again
sound   fsck.fat was asked, and found nothing worse than lost clusters: twice a cut
lost    cuts that left lost clusters
old     the content file is as it was before the update that was cut
new     it is as it was to become; else the cut left it out of it
wrong   cuts after which something is not as it must be; they are named below
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from minios.arguments import at_least_one, require_known
from minios.dev.disk_work import ACTIVITIES, BY_NAME, Activity
from minios.dev.fsck import Fsck
from minios.dev.power_cuts import Outcome, cuts_behind_every_sector, random_cuts
from minios.visible import visible

_CUTS: Final = 500
_SHOWN: Final = 20
_COLUMNS: Final = ("cuts", "torn", "boots", "sound", "lost", "old", "new", "wrong")


@dataclass(frozen=True, slots=True)
class Counts:
    """What came of so many power cuts; the module says what the fields mean."""

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
        """Count them."""
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
    """How many of so many cuts during updates fall to an activity."""
    return round(cuts * activity.share)


def _chosen(names: Sequence[str]) -> list[Activity]:
    """The activities of these names, all if there are none. Raises ScenarioError."""
    require_known(names, BY_NAME, "activity")
    return [BY_NAME[name] for name in names or BY_NAME]


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """The arguments of `minios dev powercuts`."""
    parser.add_argument(
        "activity",
        nargs="*",
        help="; ".join(f"{it.name}: {it.about}" for it in ACTIVITIES) + " (all)",
    )
    parser.add_argument(
        "--cuts",
        type=at_least_one,
        default=_CUTS,
        metavar="N",
        help="cuts during updates; as many during fixes, recovery and changes of the "
        "service list together, a third as many elsewhere (default %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="chooses the instructions")
    parser.add_argument(
        "--every-sector",
        action="store_true",
        help="no chance: one cut behind each sector that is written",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.epilog = "example: minios dev powercuts --cuts 100 windows"
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Cut, judge and print; 1 if anything is wrong."""
    chosen = _chosen(arguments.activity)
    results: dict[str, list[Outcome]] = {}
    if not arguments.json:
        print(f"{'activity':12}" + "".join(f"{name:>7}" for name in _COLUMNS))
    with Fsck() as fsck:
        for activity in chosen:
            if arguments.every_sector:
                cuts = cuts_behind_every_sector(activity, fsck)
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
    """The sum over the updates, over all, and what is wrong."""
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
