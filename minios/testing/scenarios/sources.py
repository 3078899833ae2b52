"""The files that a scenario names: beside it, in the submission, or shipped.

A scenario and a submission may come from anybody. A path is relative, stays in its
folder, and no symbolic link leads out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from minios.content.encode import encode
from minios.content.source import read_table
from minios.errors import ScenarioError
from minios.lab import content_files, fixes, own_plugins
from minios.lab.content_files import ContentFile
from minios.lab.mistakes import nearest
from minios.testing.submission import Submission

SUBMISSION: Final = "submission/"


@dataclass(frozen=True, slots=True)
class Sources:
    """The folder of the scenario, and the submission if there is one."""

    folder: Path
    submission: Submission | None = None

    def path(self, name: str) -> Path:
        """The path of an existing file or folder.

        Raises ScenarioError if there is none, or if it lies outside.
        """
        if name.startswith(SUBMISSION):
            return self.handed_in(name).path(name.removeprefix(SUBMISSION))
        root = self.folder.resolve()
        try:
            path = (root / name).resolve()
            is_there = path.exists()
        except (
            OSError,
            ValueError,
            RuntimeError,
        ) as error:  # null bytes, endless links
            raise ScenarioError(
                f"the path cannot be followed: {error}",
                where=name,
                advice="Write the path of a file",
            ) from error
        if not path.is_relative_to(root):
            raise ScenarioError(
                "the path leaves the folder of the scenario",
                where=name,
                advice="Copy the file into the folder",
            )
        if not is_there:
            raise ScenarioError(
                "there is no such file beside the scenario",
                where=name,
                advice="Compare the name, letter by letter",
            )
        return path

    def handed_in(self, what: str) -> Submission:
        """The submission. Raises ScenarioError if there is none."""
        if self.submission is None:
            raise ScenarioError(
                "there is no submission",
                where=what,
                advice="Name its folder with --submission",
            )
        return self.submission

    def plugin(self, name: str) -> str | Path:
        """A plugin, as a lab takes it. Raises ScenarioError."""
        shipped = own_plugins.shipped()
        if name in shipped:
            return name
        if _is_bare(name) and not (self.folder / name).exists():
            raise ScenarioError(
                f"there is no plugin {name!r}", advice=nearest(name, shipped)
            )
        return self.path(name)

    def fix(self, name: str) -> str | Path:
        """A fix, as `Lab.offer_fix` takes it. Raises ScenarioError."""
        return name if name in fixes.shipped() else self.path(name)

    def content(self, content: str | dict[str, Any]) -> ContentFile:
        """The content file that a scenario means.

        Raises ScenarioError or ContentError if there is none, or if it cannot be made.
        """
        if isinstance(content, dict):
            return ContentFile("inline", encode(read_table(content)))
        if content in content_files.shipped():
            return content_files.find(content)
        if _is_bare(content):
            raise ScenarioError(
                f"there is no content file {content!r}",
                advice=nearest(content, content_files.shipped()),
            )
        return content_files.find(self.path(content))


def _is_bare(name: str) -> bool:
    """Whether it looks like the name of something that comes with minios."""
    return "/" not in name and "." not in name
