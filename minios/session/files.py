"""The files on the host that a session of the interface reads and writes."""

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
    """The files of a session: a recording to play, one to make, a film, progress.

    `visits` is the folder for the last visit of each lab and for saved recordings, if
    there is one. `reports` is the folder for reports of bugs in minios.
    """

    replay: Recording | None = None
    record: Path | None = None
    cast: Path | None = None
    progress: Progress = field(default_factory=lambda: Progress(None))
    visits: Path | None = None
    reports: Path | None = None

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

    def keep(self, lab: str, frames: Sequence[Frame]) -> None:
        """Write the recording that was asked for, and the visit if anything was done.

        Raises ScenarioError if a file cannot be written.
        """
        made = recording.of(lab, frames)
        if self.record is not None:
            recording.save(made, self.record)
        visit = self.shelf.visit(lab)
        if visit is not None and any(made.inputs):
            recording.save(made, visit)


def _numbered(path: Path | None, number: int) -> Path | None:
    """`talk.jsonl`, then `talk-2.jsonl`: a session overwrites none of its own files."""
    if path is None or number == 1:
        return path
    return path.with_stem(f"{path.stem}-{number}")
