"""What a session of the interface reads and writes on the host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from minios.session import recording
from minios.session.frames import Frame
from minios.session.progress import Progress
from minios.session.recording import Recording
from minios.session.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Files:
    """What is read and written: a recording to play, one to make, a film, progress.

    `visits` is the folder in which the last visit of each lab is kept, if any, and
    recordings that were saved; `reports` that for bugs of ours.
    """

    replay: Recording | None = None
    record: Path | None = None
    cast: Path | None = None
    progress: Progress = field(default_factory=lambda: Progress(None))
    visits: Path | None = None
    reports: Path | None = None

    def of_lab(self, number: int) -> Files:
        """The files of the lab that is opened as so many-th: each has its own."""
        return replace(
            self,
            record=_numbered(self.record, number),
            cast=_numbered(self.cast, number),
        )

    @property
    def shelf(self) -> Shelf:
        """The recordings of this user."""
        return Shelf(self.visits)

    def keep(self, lab: str, frames: Sequence[Frame]) -> None:
        """Write what was asked to be recorded, and the visit if anything was done.

        Raises ScenarioError if that cannot be.
        """
        made = recording.of(lab, frames)
        if self.record is not None:
            recording.save(made, self.record)
        visit = self.shelf.visit(lab)
        if visit is not None and any(made.inputs):
            recording.save(made, visit)


def _numbered(path: Path | None, number: int) -> Path | None:
    """`talk.jsonl`, then `talk-2.jsonl`: nothing is written over in one run."""
    if path is None or number == 1:
        return path
    return path.with_stem(f"{path.stem}-{number}")
