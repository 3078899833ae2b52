"""What a visit of a lab reads and writes on the host: recordings, progress, films.

The recordings of this user, in the folder of the visits:

two-worlds.jsonl      the last visit, written anew each time
two-worlds-3.jsonl    saved by hand
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Final

import msgspec

from minios import host_files, paths
from minios.errors import ScenarioError
from minios.session import recording
from minios.session.catalogue import BY_NAME, LabCard, has_words
from minios.session.frames import Frame
from minios.session.own_plugins import Folders
from minios.session.recording import OTHER, OTHER_LAB, Recording
from minios.session.script import Script

_NAME: Final = re.compile(r"(?P<lab>.+?)(?:-(?P<number>[0-9]+))?\.jsonl")


@dataclass(frozen=True, slots=True)
class KeptRecording:
    """A recording that is offered: of which lab, and what to call it."""

    card: LabCard
    words: str
    path: Path


class Shelf:
    """A folder of recordings; None keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def recordings(self, typed: str = "") -> tuple[KeptRecording, ...]:
        """What is there with these words: last visits first, then by lab and number."""
        if self._folder is None:
            return ()
        found, known = [], BY_NAME | {OTHER: OTHER_LAB}
        for path in self._folder.glob("*.jsonl"):
            parts = _NAME.fullmatch(path.name)
            if parts is not None and parts["lab"] in known:
                number = int(parts["number"] or 0)
                words = f"recording {number}" if number else "your last visit"
                found.append((number, KeptRecording(known[parts["lab"]], words, path)))
        order = list(known)
        found.sort(key=lambda it: (it[0] > 0, order.index(it[1].card.name), it[0]))
        return tuple(
            kept for _, kept in found if has_words(typed, kept.card.title, kept.words)
        )

    def visit(self, lab: str) -> Path | None:
        """Where the last visit of a lab is kept."""
        return None if self._folder is None else self._folder / f"{lab}.jsonl"

    def fresh(self, lab: str) -> Path | None:
        """Where another recording of a lab may be saved."""
        if self._folder is None:
            return None
        return free_path(self._folder, lab, ".jsonl")


def free_path(folder: Path, stem: str, suffix: str) -> Path:
    """The first name with a number that no file has yet."""
    names = (folder / f"{stem}-{number}{suffix}" for number in count(1))
    return next(path for path in names if not path.exists())


_FILE: Final = "labs.json"
_LARGEST: Final = 1 << 20
STEPS: Final = ("opened", "pushed", "explained")


class Progress:
    """How far a learner came in each lab: opened, pushed, explained.

    One small JSON file. What cannot be read counts as nothing, and what cannot be
    written is left: progress is never worth an error.
    """

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
        if lab not in BY_NAME:
            return
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


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a session: a recording to play, one to make, a film, progress.

    `visits` is the folder for the last visit of each lab and for saved recordings, if
    there is one. `reports` is the folder for reports of bugs in minios, and `folders`
    are those of the learner's own plugins. `script` is a scenario to follow.
    """

    replay: Recording | None = None
    record: Path | None = None
    cast: Path | None = None
    progress: Progress = field(default_factory=lambda: Progress(None))
    visits: Path | None = None
    reports: Path | None = None
    folders: Folders = field(default_factory=lambda: Folders(None))
    script: Script | None = None

    def of_lab(self, number: int) -> Files:
        """The files for the lab with this number: each lab has its own."""
        return replace(
            self,
            record=_numbered(self.record, number),
            cast=_numbered(self.cast, number),
        )

    @property
    def shelf(self) -> Shelf:
        """The recordings of this user."""
        return Shelf(self.visits)

    def keep(self, card: LabCard, frames: Sequence[Frame]) -> None:
        """Write the recording that was asked for, and the visit if anything was done.

        Raises ScenarioError if a file cannot be written.
        """
        made = recording.of(card, frames)
        if self.record is not None:
            recording.save(made, self.record)
        visit = self.shelf.visit(card.name)
        if visit is not None and any(made.inputs):
            recording.save(made, visit)


def _numbered(path: Path | None, number: int) -> Path | None:
    """`talk.jsonl`, then `talk-2.jsonl`: a session overwrites none of its own files."""
    if path is None or number == 1:
        return path
    return path.with_stem(f"{path.stem}-{number}")
