"""The files of a grading, in one folder: first with 0 points, then with the grades.

    grades.csv, junit.xml                        all submissions, for the instructor
    feedback/NAME.txt                            what each student should read
    gradescope/NAME/results.json                 and so on for each format
    recordings/NAME/1.jsonl                      for `minios lab --replay`
    recordings-of-hidden-tests/NAME/1.jsonl      the same, for the instructor alone

With a single submission there is one format, and its file stands in the folder itself.
Each file is written as a whole (`host_files.py`), so whoever reads one while grading
goes on, or after Ctrl-C, finds a complete file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from minios import host_files
from minios.errors import ScenarioError
from minios.testing.grading import feedback
from minios.testing.grading.results import Grade, Scenario, nothing_yet
from minios.testing.grading.submission import Found
from minios.testing.grading.writers import (
    classroom50,
    exercism,
    gradescope,
    junit,
    spreadsheet,
)

FORMATS: Final = ("csv", "junit", "feedback", "gradescope", "exercism", "classroom50")
USUAL: Final = FORMATS[:-1]  # the last one needs Classroom 50's environment
HIDDEN: Final = "recordings-of-hidden-tests"
_OF_ALL: Final = ("csv", "junit")


class Reports:
    """The files for some submissions.

    Args:
        folder: where to write.
        formats: names from `FORMATS`.
        found: the submissions.
        tests: what each of them has to pass.
        environment: where Classroom 50 says what is graded.
        is_single: whether the files stand in the folder itself.
    """

    def __init__(  # noqa: PLR0913 - all that a folder of reports is made from
        self,
        folder: Path,
        formats: Sequence[str],
        found: Sequence[Found],
        tests: tuple[Scenario, ...],
        environment: Mapping[str, str],
        *,
        is_single: bool,
    ) -> None:
        self._folder = folder
        self._formats = formats
        self._found = found
        self._tests = tests
        self._is_single = is_single
        self._identity = (
            classroom50.identity(environment) if "classroom50" in formats else {}
        )
        self.grades = [nothing_yet(it.name, tests, feedback.NOT_YET) for it in found]

    def begin(self) -> None:
        """Write all files, with 0 points. Raises ScenarioError."""
        for number in range(len(self._found)):
            self._write_one(number)
        self.write_all()

    def add(self, number: int, grade: Grade) -> None:
        """Take the grade of a submission, and write its own files."""
        self.grades[number] = grade
        self._write_one(number)

    def write_all(self) -> None:
        """Write the files about all submissions."""
        if "csv" in self._formats:
            self._write(
                spreadsheet.FILE_NAME, spreadsheet.write(self.grades, self._tests)
            )
        if "junit" in self._formats:
            self._write(junit.FILE_NAME, junit.write(self.grades))

    def _write_one(self, number: int) -> None:
        grade, name = self.grades[number], self._found[number].file_name
        for format_name in self._formats:
            if format_name not in _OF_ALL:
                self._write(*self._file(format_name, grade, name))
        hidden = [it for it in grade.results if it.scenario.is_hidden]
        for folder, results in (("recordings", grade.public), (HIDDEN, hidden)):
            for count, result in enumerate(results, 1):
                if result.recording:
                    self._write(f"{folder}/{name}/{count}.jsonl", result.recording)

    def _file(self, format_name: str, grade: Grade, name: str) -> tuple[str, bytes]:
        """The path and the contents of a submission's file."""
        if format_name == "feedback":
            path = "feedback.txt" if self._is_single else f"feedback/{name}.txt"
            return path, feedback.full_text(grade, f"recordings/{name}").encode()
        if format_name == "gradescope":
            file, data = gradescope.FILE_NAME, gradescope.write(grade)
        elif format_name == "exercism":
            file, data = exercism.FILE_NAME, exercism.write(grade)
        else:
            file, data = classroom50.FILE_NAME, classroom50.write(grade, self._identity)
        return file if self._is_single else f"{format_name}/{name}/{file}", data

    def _write(self, name: str, data: bytes) -> None:
        path = self._folder / name
        refuse = partial(_unwritable, path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise refuse(f"cannot be written: {error.strerror}") from error
        host_files.write(path, data, refuse)


def _unwritable(path: Path, what: str) -> ScenarioError:
    return ScenarioError(
        f"the file {what}", where=str(path), advice="Name another folder with --output"
    )
