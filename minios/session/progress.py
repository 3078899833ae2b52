"""How far a student came in each lab: opened, pushed, explained.

The progress is kept in a small JSON file in the user's data folder. A file that cannot
be read counts as empty, and a failure to write is ignored: progress is never worth an
error message.
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
    """The furthest step in each lab."""

    def __init__(self, folder: Path | None) -> None:
        """Read the file. With a folder of None, nothing is remembered."""
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
        """The furthest step in a lab; "" if there was none."""
        step = self._steps.get(lab, "")
        return step if step in STEPS else ""

    def note(self, lab: str, step: str) -> None:
        """Note a step.

        It replaces no later step, and nothing that another process noted.
        """
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
    """For each lab, the later of two steps. An unknown word comes before all steps."""

    def rank(step: str) -> int:
        return STEPS.index(step) if step in STEPS else -1

    return {
        lab: max(one.get(lab, ""), other.get(lab, ""), key=rank)
        for lab in {**one, **other}
    }


def of_this_user() -> tuple[Progress, Path | None]:
    """The progress from the user's data folder, and the folder for the last visits."""
    try:
        folder = paths.user_data()
        visits = folder / "visits"
        visits.mkdir(exist_ok=True)
    except OSError:
        return Progress(None), None
    return Progress(folder), visits
