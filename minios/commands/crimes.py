"""`minios crimes`: break every rule once in each ring, and compare what happens."""

from __future__ import annotations

import argparse
import json
from typing import Final

from minios.arguments import require_known
from minios.lab.crimes import CRIMES, Crime
from minios.lab.gallery import Gallery, Trial
from minios.visible import visible, visible_json

_ROW: Final = "{0:21} {1:9} {2:50} {3}"
_DESCRIPTION: Final = """\
Break every rule once, in ring 0 and in ring 3, and show what happens.
A crime is one thing that a program must not do, such as reading through a null
pointer or dividing by zero. A driver commits it in ring 0, a program in ring 3.
The table shows how each ends, and whether that is what minios expects.
Use this command to see that the same crime stops the machine in ring 0, but ends one
process in ring 3. The exit code is 1 if any crime ended in an unexpected way."""
_EXAMPLES: Final = """\
examples:
  minios crimes                  all crimes, in a few seconds
  minios crimes --only overrun   one crime, in each place where it is possible
  minios crimes --json           print JSON, for a program to read"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help="commit only this crime (may be given several times)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on each line"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Commit the crimes. Returns 1 if any of them ended in an unexpected way."""
    failed = 0
    count = 0
    crimes = _chosen(arguments.only)
    if not arguments.json:
        print(_ROW.format("crime", "where", "measured", "as expected"))
    with Gallery() as gallery:
        for trial in gallery.measure_all(crimes):
            count += 1
            failed += not trial.ok
            print(_json(trial) if arguments.json else _line(trial), flush=True)
    if not arguments.json:
        print(f"{count} crimes committed, {failed} ended in an unexpected way")
    return int(failed > 0)


def _chosen(names: list[str] | None) -> tuple[Crime, ...]:
    if names is None:
        return CRIMES
    known = sorted({crime.name for crime in CRIMES})
    require_known(names, known, "crime", "--only")
    return tuple(crime for crime in CRIMES if crime.name in names)


def _line(trial: Trial) -> str:
    verdict = "yes" if trial.ok else f"NO: {trial.expected}"
    measured = visible(trial.measured)
    return _ROW.format(trial.crime.key, trial.scene.value, measured, verdict)


def _json(trial: Trial) -> str:
    told = json.dumps(
        {
            "crime": trial.crime.key,
            "words": trial.crime.words,
            "where": trial.scene.value,
            "ring": trial.scene.ring,
            "expected": trial.expected,
            "measured": trial.measured,
            "ok": trial.ok,
        }
    )
    return visible_json(told)
