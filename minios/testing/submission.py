"""What somebody has handed in: a folder, named by `pytest --submission DIR`.

It comes from a stranger. So only regular files inside of the folder are found, and no
link leads out of it.
"""

from __future__ import annotations

import contextlib
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, Final

from minios import host_files, toml_text
from minios.errors import ScenarioError
from minios.image import manifest
from minios.lab import content_files
from minios.lab.mistakes import Advised, nearest
from minios.testing.scenarios import SUFFIX
from minios.visible import visible

_ANSWERS: Final = "answers.toml"
_LARGEST: Final = 1 << 20
_MOST_FILES: Final = 1000


class SubmissionError(ScenarioError):
    """A submission does not hold what a test looks for."""


class _Answers(dict[str, Any]):
    """Answers that know their file: it is the student who has left one out."""

    def __init__(self, path: Path, table: dict[str, Any]) -> None:
        super().__init__(table)
        self._path = path

    def __missing__(self, name: str) -> Any:  # noqa: ANN401 - there is none
        raise SubmissionError(
            f"there is no answer {name!r}",
            where=str(self._path),
            advice=nearest(name, self) or f"Write {name} = ...",
        )


class Submission(Advised):
    """The fixture `submission`: a folder, and what it holds.

    Attributes:
        folder: the folder itself.
    """

    def __init__(self, folder: Path) -> None:
        """Raises SubmissionError if there is no such folder."""
        if not folder.is_dir():
            raise SubmissionError(
                "there is no such folder",
                where=f"--submission {folder}",
                advice="Give the folder that was handed in",
            )
        self.folder: Final = folder.resolve()

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of all files, relative to the folder, with slashes, in order.

        Raises SubmissionError if there are more than a thousand.
        """
        found: list[str] = []
        for path in self.folder.rglob("*"):
            if len(found) > _MOST_FILES:
                raise SubmissionError(
                    f"the folder has more than {_MOST_FILES} files",
                    where=str(self.folder),
                )
            if path.is_file() and path.resolve().is_relative_to(self.folder):
                found.append(path.relative_to(self.folder).as_posix())
        return tuple(sorted(found))

    def path(self, name: str) -> Path:
        """A file or a folder in it. Raises SubmissionError, with the nearest name."""
        with contextlib.suppress(OSError, ValueError):  # names that no file can have
            found = (self.folder / name).resolve()
            if found.exists() and found.is_relative_to(self.folder):
                return found
        near = get_close_matches(name, self.files, 1)
        advice = f"Is {near[0]} meant?" if near else f"It has {self._said(self.files)}"
        raise SubmissionError(
            f"the submission has no {name!r}",
            where=str(self.folder / name),
            advice=visible(advice),
        )

    @property
    def plugin(self) -> Path:
        """The folder of its plugin: the one with a plugin.toml.

        Raises SubmissionError if there is none, or more than one.
        """
        return self.folder / Path(self._only(manifest.FILE_NAME, "plugin")).parent

    @property
    def scenarios(self) -> tuple[Path, ...]:
        """Its scenario files."""
        return self._ending(SUFFIX)

    @property
    def contents(self) -> tuple[Path, ...]:
        """Its content files, `.sys` and `.toml`, as `push` takes them."""
        return tuple(self.folder / it for it in self.files if _is_content(it))

    @property
    def recordings(self) -> tuple[Path, ...]:
        """Its recordings of sessions in the interface."""
        return self._ending(".jsonl")

    @property
    def answers(self) -> dict[str, Any]:
        """The table in its answers.toml.

        Raises SubmissionError if there is none, or if it is not TOML; later, too, if
        it is asked for an answer that is not in it.
        """
        path = self.folder / self._only(_ANSWERS, "answers")
        data = host_files.read(path, _LARGEST, partial(_refused, path))
        try:
            return _Answers(path, toml_text.loads(data.decode()))
        except ValueError as error:
            raise SubmissionError(
                f"the file is not TOML: {visible(error)}",
                where=str(path),
                advice='Texts need quotes: module = "sentinel.sys"',
            ) from error

    def _ending(self, suffix: str) -> tuple[Path, ...]:
        return tuple(self.folder / it for it in self.files if it.endswith(suffix))

    def _only(self, name: str, what: str) -> str:
        found = [it for it in self.files if Path(it).name == name]
        if len(found) != 1:
            raise SubmissionError(
                f"the submission has no {what}"
                if not found
                else f"the submission has more than one {what}: {self._said(found)}",
                where=str(self.folder),
                advice=f"Hand in one {name}",
            )
        return found[0]

    def _said(self, names: tuple[str, ...] | list[str]) -> str:
        most = 10
        more = f" and {len(names) - most} more" if len(names) > most else ""
        return visible(", ".join(names[:most]) + more) or "no files"


def _is_content(name: str) -> bool:
    """Whether a file can be content: a TOML file can, if it is nothing else."""
    if name.endswith(content_files.SOURCE):
        others = (manifest.FILE_NAME, _ANSWERS)
        return Path(name).name not in others and not name.endswith(SUFFIX)
    return name.endswith(".sys")


def _refused(path: Path, what: str) -> SubmissionError:
    return SubmissionError(f"the file {what}", where=str(path))
