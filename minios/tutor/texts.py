"""The text files of a lesson. They may come from anybody, so they are bounded.

A terminal obeys some characters: escape sequences can move the cursor, change a title,
or reverse the direction of writing. A text with one of them is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from minios import host_files, toml_text
from minios.testing.scenarios.syntax import not_toml
from minios.tutor import actions
from minios.tutor.errors import LessonError
from minios.visible import visible

LARGEST: Final = 128 << 10  # bytes of a text file
_DEEPEST: Final = 16
_NO_TOML: Final = "Texts need quotes, and the name of each table stands in brackets"
LONGEST_LINE: Final = 2000  # characters


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
        table = toml_text.loads(text)
    except ValueError as error:
        raise not_toml(path, text, error, _NO_TOML) from error
    for place, _ in values(table):
        if len(place) > _DEEPEST:
            raise LessonError(
                f"there are more than {_DEEPEST} tables in one another",
                where=str(path),
                advice="Write them with fewer dots and brackets",
            )
    return text, table


def read_table(path: Path) -> tuple[str, dict[str, Any]]:
    r"""The same, of a file whose values a learner reads.

    TOML can write a character that cannot be printed as `\u001b`, which is none in the
    text of the file. So the values are looked at, too.
    """
    text, table = read_toml(path)
    for place, value in values(table):
        for words in (*place[-1:], value):
            bad = _harmful(words, "\n\t")
            if bad:
                raise _unprintable(bad, f"{path}: {visible('.'.join(place))}")
    return text, table


def values(table: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The path of each value, and the value if it is a text, else ""."""
    todo: list[tuple[tuple[str, ...], object]] = [((), table)]
    while todo:
        place, value = todo.pop()
        yield place, value if isinstance(value, str) else ""
        if len(place) > _DEEPEST:
            continue
        if isinstance(value, dict):
            todo += [((*place, key), it) for key, it in value.items()]
        elif isinstance(value, list):
            todo += [((*place, str(at)), it) for at, it in enumerate(value, 1)]


def _harmful(text: str, allowed: str) -> str:
    """The first character that a terminal could obey; "" if there is none."""
    for it in allowed:
        text = text.replace(it, "")
    return "" if text.isprintable() else next(it for it in text if not it.isprintable())


def _unprintable(character: str, where: str) -> LessonError:
    return LessonError(
        f"the character U+{ord(character):04X} cannot be printed",
        where=where,
        advice="Remove it: a terminal could obey it",
    )


def _require_harmless(path: Path, text: str) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        bad = _harmful(line, "\t")
        if bad:
            raise _unprintable(bad, f"{path}:{number}")
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
