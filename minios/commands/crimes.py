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
from minios.lab.gallery import Cell, Gallery
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
        for cell in gallery.measure_all(crimes):
            count += 1
            failed += not cell.ok
            print(_json(cell) if arguments.json else _line(cell), flush=True)
    if not arguments.json:
        print(f"{count} crimes committed, {failed} with another end than expected")
    return int(failed > 0)


def _chosen(names: list[str] | None) -> tuple[Crime, ...]:
    if names is None:
        return CRIMES
    known = sorted({crime.name for crime in CRIMES})
    require_known(names, known, "crime", "--only")
    return tuple(crime for crime in CRIMES if crime.name in names)


def _line(cell: Cell) -> str:
    verdict = "yes" if cell.ok else f"NO: {cell.expected}"
    measured = visible(cell.measured)
    return _ROW.format(cell.crime.key, cell.scene.value, measured, verdict)


def _json(cell: Cell) -> str:
    told = json.dumps(
        {
            "crime": cell.crime.key,
            "words": cell.crime.words,
            "where": cell.scene.value,
            "ring": cell.scene.ring,
            "expected": cell.expected,
            "measured": cell.measured,
            "ok": cell.ok,
        }
    )
    return visible_json(told)
