"""Whether the switches of a learner let only that happen which a task wants.

The learner's file sets the vendor's six switches:

    bounds-check = "right"
    rollout = true

A switch that it does not name is off. The content files go through the real pipeline,
which keeps what it has found out: only the first check of a setting runs machines.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from minios.testing.scenarios.tables import Tables
from minios.testing.submission import Submission
from minios.tutor import texts
from minios.tutor.model import Release, Want
from minios.tutor.pipeline import HISTORICAL, SWITCHES, Pipeline, Switches

_MOST_FILES: Final = 8  # content files whose runs are kept


def missed(release: Release, submission: Submission) -> str:
    """The first want that the learner's file does not meet, in words; "" if none.

    Raises MiniosError for a file that cannot be read, or that is no setting.
    """
    switches = _read(submission.path(release.file))
    for want in release.wants:
        found = _missed(want, switches)
        if found is not None:
            return f"{release.file}: {want.say} {found}".rstrip()
    return ""


def _read(path: Path) -> Switches:
    text, table = texts.read_toml(path)
    return Tables(path, text).table(Switches, table, ())


def _missed(want: Want, switches: Switches) -> str | None:
    """What has come of it, in a sentence or ""; None if it is as wanted."""
    on = {it.name for it in SWITCHES if it.is_on(switches)}
    if want.only is not None and not on <= set(want.only):
        return ""
    if not on >= set(want.needs):
        return ""
    if want.most is not None and len(on) > want.most:
        return f"Now {len(on)} are on."
    for setting, words in _settings(want, switches):
        outcome = _pipeline(want.file).run(setting).of(want.file)
        if outcome.crashed != want.crashed:
            return words + outcome.sentence
    return None


def _settings(want: Want, switches: Switches) -> Iterator[tuple[Switches, str]]:
    """The settings that must end as wanted, each with the first words of a report."""
    if want.crashed is None:
        return
    yield switches, "What happens: "
    if want.although_one_fails:
        for it in SWITCHES:
            if it.is_on(switches):
                off = {it.field: getattr(HISTORICAL, it.field)}
                less = msgspec.structs.replace(switches, **off)
                yield less, f"Without switch {it.number}, {it.name}: "


@lru_cache(maxsize=_MOST_FILES)
def _pipeline(file: str) -> Pipeline:
    return Pipeline([file], processes=1)
