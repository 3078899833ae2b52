"""The text files of a lesson. They may come from anybody, so they are bounded.

A terminal obeys some characters: escape sequences can move the cursor, change a title,
or reverse the direction of writing. A text with one of them is refused.
"""

from __future__ import annotations

import tomllib
from functools import partial
from pathlib import Path
from typing import Any, Final

from minios import host_files
from minios.testing.scenarios.syntax import not_toml
from minios.tutor import actions
from minios.tutor.errors import LessonError

LARGEST: Final = 128 << 10  # bytes of a text file
LONGEST_LINE: Final = 2000  # characters; tomllib is slow on longer ones


def read(path: Path) -> str:
    """The text of a file. Raises LessonError, with the line if there is one."""
    data = host_files.read(path, LARGEST, partial(_unreadable, path))
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LessonError(
            "the file is not UTF-8",
            where=f"{path}:{line}",
            advice="Save it as UTF-8",
        ) from error
    _require_harmless(path, text)
    return text


def read_prose(path: Path) -> str:
    """The text of a file that a learner reads. Raises LessonError."""
    text = read(path)
    require_acts(path, text)
    return text


def require_acts(path: Path, text: str) -> None:
    """Refuse a name in braces that no interface knows."""
    for number, line in enumerate(text.split("\n"), 1):
        for name in actions.unknown(line):
            raise LessonError(
                f"there is no act {{{name}}}",
                where=f"{path}:{number}",
                advice=f"There are: {', '.join(actions.ACTIONS)}",
            )


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file, and the table that it is.

    Raises LessonError or ScenarioFileError, with the line.
    """
    text = read(path)
    try:
        return text, tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise not_toml(path, text, error) from error


def _require_harmless(path: Path, text: str) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        bad = next((it for it in line if not it.isprintable() and it != "\t"), "")
        if bad:
            raise LessonError(
                f"the character U+{ord(bad):04X} cannot be printed",
                where=f"{path}:{number}",
                advice="Remove it: a terminal could obey it",
            )
        if len(line) > LONGEST_LINE:
            raise LessonError(
                f"the line has {len(line)} characters; at most {LONGEST_LINE} are read",
                where=f"{path}:{number}",
                advice="Break it into several lines",
            )


def _unreadable(path: Path, what: str) -> LessonError:
    return LessonError(
        f"the file {what}",
        where=str(path),
        advice="A lesson is a folder with a lesson.toml and a README.md",
    )
