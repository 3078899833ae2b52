"""`minios crimes`: commits every crime at every scene, and says what came of it.

    minios crimes                      the whole table, as measured
    minios crimes --only null          one crime, wherever it can be committed
    minios crimes --json               one JSON object a line

Exit code 1 if any outcome is not the expected one.
"""

from __future__ import annotations

import argparse
import json
from typing import Final

from minios.arguments import require_known
from minios.lab.crimes import CRIMES, Crime
from minios.lab.gallery import Gallery, Trial
from minios.visible import visible, visible_json

_ROW: Final = "{0:21} {1:9} {2:50} {3}"


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.epilog = "example: minios crimes --only overrun"
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="this crime alone (repeatable)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Commit them; 1 if any ends otherwise than the table says."""
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
        print(f"{count} crimes committed, {failed} with another end than expected")
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
