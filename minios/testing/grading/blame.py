"""Whose mistake it is that a test has failed: the student's, or that of the test.

A student answers for a failed assertion, for a budget that is used up, for what was
waited for and has not happened, and for what minios says of a file that the assignment
asks for. Everything else is a mistake of the test, such as a TypeError or a name that
there is not. Nobody may lose points for it without a person who looks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Final

import pytest

import minios
from minios.errors import ImageError, MachineError, MiniosError
from minios.lab.mistakes import NoRecordError
from minios.lab.waiting import ConditionNotMetError
from minios.testing.grading.assignment import Part

_MINIOS: Final = Path(minios.__file__).parent
_SEEN: Final = (ConditionNotMetError, NoRecordError, MachineError)
"""What the machine did, or did not do."""
_LONGEST: Final = 500


class Blame:
    """Finds out whose mistake an error is.

    Args:
        submission: the folder with the parts that were handed in.
        scenarios: the folder of the tests.
        parts: what the assignment asks for.
    """

    def __init__(
        self, submission: Path, scenarios: Path, parts: Sequence[Part]
    ) -> None:
        self._submission = submission
        self._scenarios = scenarios
        self._parts = parts

    def mistake(
        self, item: pytest.Item, caught: pytest.ExceptionInfo[BaseException]
    ) -> str:
        """The mistake of the test in one line, with its file; "" for a student's."""
        error, place = caught.value, self._place(item, caught)
        if isinstance(error, pytest.fail.Exception):
            if error.__cause__ is None:
                return ""
            place = str(error).partition("\n")[0]  # a step of a scenario file
            error = error.__cause__
        if self._is_of_student(error, caught):
            return ""
        return " ".join(f"{place}: {_words(error)}".split())[:_LONGEST]

    def _is_of_student(
        self, error: BaseException, caught: pytest.ExceptionInfo[BaseException]
    ) -> bool:
        if isinstance(error, AssertionError):  # one of our own is a bug in minios
            return not Path(caught.traceback[-1].path).is_relative_to(_MINIOS)
        if isinstance(error, ImageError) and str(self._scenarios) not in str(error):
            return True
        if isinstance(error, _SEEN):
            return True
        return isinstance(error, MiniosError) and self._is_about_part(error)

    def _is_about_part(self, error: MiniosError) -> bool:
        """Whether an error names what the assignment asks for."""
        root = str(self._submission)
        if error.where == root:  # something that was looked for is not in it
            return any(
                it.kind.value in error.what
                and not (self._submission / it.file).exists()
                for it in self._parts
            )
        named = re.findall(re.escape(root) + r"/([^:'\"\n]*)", str(error))
        files = [PurePosixPath(it.file) for it in self._parts]
        return error.where in {it.name for it in files} or any(
            PurePosixPath(one).is_relative_to(it) for one in named for it in files
        )

    def _place(
        self, item: pytest.Item, caught: pytest.ExceptionInfo[BaseException]
    ) -> str:
        """The last line of the scenarios that ran; else where the test begins."""
        begin, line, _ = item.reportinfo()
        path, number = Path(begin), (line or 0) + 1
        for entry in caught.traceback:
            if Path(entry.path).is_relative_to(self._scenarios):
                path, number = Path(entry.path), entry.lineno + 1
        if path.is_relative_to(self._scenarios):
            path = path.relative_to(self._scenarios)
        return f"{path.as_posix()}:{number}"


def _words(error: BaseException) -> str:
    if isinstance(error, pytest.FixtureLookupError):
        name = str(error.argname)
        known = set(re.findall(r"\w+", error.formatrepr().errorstring)) - {name}
        near = get_close_matches(name, sorted(known), 1)
        asked = f". Did you mean {near[0]}?" if near else ""
        return f"there is no fixture {name!r}{asked}"
    kind = "" if isinstance(error, MiniosError) else f"{type(error).__name__}: "
    return f"{kind}{error}"
