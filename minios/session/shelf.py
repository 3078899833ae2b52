"""The recordings in the user's data folder: the last visit of each lab, and saved ones.

two-worlds.jsonl      the last visit, overwritten each time
two-worlds-3.jsonl    saved by hand
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from minios.session.catalogue import BY_NAME, LabCard

_NAME: Final = re.compile(r"(?P<lab>.+?)(?:-(?P<number>[0-9]+))?\.jsonl")


@dataclass(frozen=True, slots=True)
class KeptRecording:
    """A recording to choose: its lab, and the name to show."""

    card: LabCard
    words: str
    path: Path


class Shelf:
    """A folder of recordings. A folder of None keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def recordings(self) -> tuple[KeptRecording, ...]:
        """The recordings in the folder: first the last visits, then the saved ones."""
        if self._folder is None:
            return ()
        found = []
        for path in self._folder.glob("*.jsonl"):
            parts = _NAME.fullmatch(path.name)
            if parts is not None and parts["lab"] in BY_NAME:
                number = int(parts["number"] or 0)
                words = f"recording {number}" if number else "your last visit"
                found.append(
                    (number, KeptRecording(BY_NAME[parts["lab"]], words, path))
                )
        order = list(BY_NAME)
        found.sort(key=lambda it: (it[0] > 0, order.index(it[1].card.name), it[0]))
        return tuple(kept for _, kept in found)

    def visit(self, lab: str) -> Path | None:
        """The file for the last visit of a lab."""
        return None if self._folder is None else self._folder / f"{lab}.jsonl"

    def fresh(self, lab: str) -> Path | None:
        """A file that does not exist yet, to save a recording of a lab."""
        if self._folder is None:
            return None
        names = (self._folder / f"{lab}-{number}.jsonl" for number in count(1))
        return next(path for path in names if not path.exists())
