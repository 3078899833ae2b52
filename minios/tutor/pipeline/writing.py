"""Outcomes for other programs: JSON and CSV. The same outcomes give the same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

import msgspec

from minios.testing.grading.writers.spreadsheet import cell
from minios.tutor.pipeline.outcome import Outcome
from minios.tutor.pipeline.switches import SWITCHES

_COUNTS: Final = (
    "machines",
    "crashed",
    "unprotected",
    "protected",
    "refused",
    "spared",
)


def row(outcome: Outcome) -> dict[str, object]:
    """An outcome as a flat object: the switches, the file, and what came of it.

    `stops` is the stop codes with their names and `;` between them. A stage is "" if
    there is none.
    """
    switches = outcome.switches
    stages = (outcome.repaired_at, outcome.stopped_at)
    repaired, stopped = (it.value if it else "" for it in stages)
    return {
        **{it.name: it.state(switches) for it in SWITCHES},
        "file": outcome.file,
        "repaired_at": repaired,
        "stopped_at": stopped,
        **{name: getattr(outcome, name) for name in _COUNTS},
        "stops": ";".join(stop for stop, _ in outcome.stops),
        "sentence": outcome.sentence,
    }


def json(outcomes: Iterable[Outcome]) -> bytes:
    """One object for each outcome, in a list, one a line; with what each stage said."""
    objects = (
        msgspec.json.encode(
            {
                **row(it),
                "steps": [
                    {
                        "stage": step.stage.value,
                        "verdict": step.verdict.value,
                        "words": step.words,
                    }
                    for step in it.steps
                ],
            }
        )
        for it in outcomes
    )
    return b"[\n" + b",\n".join(objects) + b"\n]\n"


def table_csv(outcomes: Iterable[Outcome]) -> bytes:
    """One line for each outcome, below a line of names. UTF-8, RFC 4180."""
    rows = [row(it) for it in outcomes]
    for it in rows:
        it["file"] = cell(str(it["file"]))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
