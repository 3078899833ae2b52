"""Check the parts of a submission, each one by itself.

The files are known to be small and regular (`submission.py`). What they say is not
trusted: each kind is read by the room that knows it, which answers with a sentence.
A plugin is built here, under limits of the host, and kept for the scenarios.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from minios.errors import MiniosError
from minios.lab import Lab, content_files
from minios.session import recording
from minios.testing.budgets import Budget
from minios.testing.grading.assignment import Assignment, Kind, Part
from minios.testing.grading.submission import Submission
from minios.testing.plugins import PluginBuilder
from minios.testing.replaying import play
from minios.testing.scenarios import reading
from minios.testing.submission import Submission as Folder


@dataclass(slots=True)
class Checked:
    """What is wrong with the parts, and whether the scenarios can be run for them.

    That is so if no required part has a problem.
    """

    problems: list[str]
    is_usable: bool


def check(root: Path, submission: Submission, assignment: Assignment) -> Checked:
    """Check each part that was handed in. `root` is the folder that holds them."""
    found = Checked(list(submission.problems), not submission.problems)
    for part in assignment.part:
        path = root / part.file
        if not path.exists():
            continue
        try:
            _CHECKS[part.kind](path, part, assignment)
        except MiniosError as error:
            found.problems.append(str(error).replace(f"{root}/", ""))
            found.is_usable = found.is_usable and not part.required
    return found


def _plugin(path: Path, _part: Part, _assignment: Assignment) -> None:
    PluginBuilder(None)(path)


def _content(path: Path, _part: Part, _assignment: Assignment) -> None:
    """A source must compile. What a compiled file holds is often the point."""
    content_files.find(path)


def _scenario(path: Path, _part: Part, _assignment: Assignment) -> None:
    reading.read(path)


def _recording(path: Path, part: Part, assignment: Assignment) -> None:
    """Refuse what is no recording, and what goes beyond the budget when it is played.

    Later it does the same again: the machines are deterministic.
    """
    found = recording.load(path)
    allowance = Budget(**assignment.budget).allowance()
    for number, setup in enumerate(found.machines):
        with Lab.of(setup) as lab:
            lab.machine.allowance = allowance
            play(lab, found, number, where=part.file)


def _answers(path: Path, _part: Part, _assignment: Assignment) -> None:
    _ = Folder(path.parent).answers


_CHECKS: Final[Mapping[Kind, Callable[[Path, Part, Assignment], None]]] = {
    Kind.PLUGIN: _plugin,
    Kind.CONTENT: _content,
    Kind.SCENARIO: _scenario,
    Kind.RECORDING: _recording,
    Kind.ANSWERS: _answers,
}
