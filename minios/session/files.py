"""What a visit of a lab reads and writes on the host: recordings, progress, films.

The recordings of this user, in the folder of the visits:

two-worlds.jsonl      the last visit, written anew each time
two-worlds-3.jsonl    saved by hand
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from minios import paths
from minios.session import recording
from minios.session.catalogue import BY_NAME, LABS, LabCard, has_words
from minios.session.frames import Frame
from minios.session.kept import Kept
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


class _Visited(msgspec.Struct, frozen=True):
    """What is kept of a lab: the names of the goals that were reached."""

    goals: frozenset[str] = frozenset()


_Kept: TypeAlias = dict[str, _Visited | str]
"""Labs by name. Earlier versions kept a word: "opened", "pushed", "explained"."""


class Progress:
    """Which labs a learner has opened, and which of their goals were reached.

    One small JSON file.
    """

    def __init__(self, folder: Path | None) -> None:
        """Read it; a folder of None remembers nothing."""
        path = None if folder is None else folder / _FILE
        self._file: Final = Kept[_Kept](path, _Kept, "your progress in labs")
        self._visited = self._read()

    def _read(self) -> dict[str, frozenset[str]]:
        kept: _Kept = self._file.read() or {}
        return {
            lab: it.goals if isinstance(it, _Visited) else frozenset()
            for lab, it in kept.items()
        }

    @property
    def trouble(self) -> str:
        """What is wrong with the file, in a sentence; "" if nothing is."""
        return self._file.trouble

    def goals(self, lab: str) -> frozenset[str]:
        """The names of the goals of a lab that were reached."""
        return self._visited.get(lab, frozenset())

    def note(self, lab: str, goals: Iterable[str] = ()) -> None:
        """A lab was opened, and these goals were reached.

        Undoes nothing that was noted before, nor what others have noted meanwhile.
        """
        known = self.goals(lab)
        if lab not in BY_NAME or (lab in self._visited and known.issuperset(goals)):
            return
        mine, others = self._visited | {lab: known.union(goals)}, self._read()
        self._visited = {
            it: mine.get(it, frozenset()) | others.get(it, frozenset())
            for it in {**others, **mine}
        }
        kept = {lab: _Visited(goals) for lab, goals in self._visited.items()}
        self._file.write(dict(kept))

    @property
    def is_begun(self) -> bool:
        """Whether any lab was opened."""
        return bool(self._visited)

    def words(self, card: LabCard) -> str:
        """How far somebody came: "2 of 5 goals reached"; "" if it was not opened."""
        if card.name not in self._visited:
            return ""
        names = {goal.name for goal in card.goal_list.goals}
        reached, most = len(names & self.goals(card.name)), len(names)
        if not reached:
            return "opened before"
        return f"{reached} of {most} goals reached"

    def next_after(self, lab: str = "") -> LabCard | None:
        """The first lab after this one with goals that are left; then from the start.

        None if there is no other.
        """
        at = 1 + next((n for n, card in enumerate(LABS) if card.name == lab), -1)
        others = (it for it in (*LABS[at:], *LABS[:at]) if it.name != lab)
        return next((it for it in others if not self.is_done(it)), None)

    def is_done(self, card: LabCard) -> bool:
        """Whether all goals of a lab were reached."""
        return self.goals(card.name).issuperset(it.name for it in card.goal_list.goals)


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
