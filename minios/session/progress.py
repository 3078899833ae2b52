"""How far a learner came in each lab: opened, pushed, explained.

Kept in the user's data folder, one small JSON file. What cannot be read counts as
nothing, and what cannot be written is left: progress is never worth an error.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from minios import host_files, paths
from minios.errors import ScenarioError

_FILE: Final = "labs.json"
_LARGEST: Final = 1 << 20
STEPS: Final = ("opened", "pushed", "explained")


class Progress:
    """The furthest step of each lab."""

    def __init__(self, folder: Path | None) -> None:
        """Read it; a folder of None remembers nothing."""
        self._path = None if folder is None else folder / _FILE
        self._steps = self._read()

    def _read(self) -> dict[str, str]:
        if self._path is None:
            return {}
        try:
            data = host_files.read(self._path, _LARGEST, ScenarioError)
            return msgspec.json.decode(data, type=dict[str, str])
        except (ScenarioError, msgspec.MsgspecError):
            return {}

    def of(self, lab: str) -> str:
        """The furthest step, or nothing."""
        step = self._steps.get(lab, "")
        return step if step in STEPS else ""

    def note(self, lab: str, step: str) -> None:
        """A step was made; it undoes neither a later one nor what others have noted."""
        assert step in STEPS
        known = self.of(lab)
        if known and STEPS.index(known) >= STEPS.index(step):
            return
        self._steps = _furthest(self._read(), self._steps | {lab: step})
        if self._path is not None:
            try:
                host_files.write(
                    self._path, msgspec.json.encode(self._steps), ScenarioError
                )
            except ScenarioError:
                self._path = None


def _furthest(one: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    """Of each lab the later step; what is no step comes before all."""

    def rank(step: str) -> int:
        return STEPS.index(step) if step in STEPS else -1

    return {
        lab: max(one.get(lab, ""), other.get(lab, ""), key=rank)
        for lab in {**one, **other}
    }


def of_this_user() -> tuple[Progress, Path | None]:
    """From the user's data folder; with the folder for the last visits."""
    try:
        folder = paths.user_data()
        visits = folder / "visits"
        visits.mkdir(exist_ok=True)
    except OSError:
        return Progress(None), None
    return Progress(folder), visits
