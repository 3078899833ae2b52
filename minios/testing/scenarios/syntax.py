"""What to write instead where a text is no TOML at all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from minios.testing.scenarios import positions
from minios.testing.scenarios.mistakes import ScenarioFileError

_TOML_SAYS: Final = re.compile(
    r"(.*) \(at (?:line (\d+), column (\d+)|.*)\)", re.DOTALL
)
_MARKS: Final = re.compile(
    rf"(?:{positions.STRING.pattern})|#[^\n]*|[\[\]{{}}]", re.DOTALL
)
_LINE_ENDS: Final = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|$)")
_TYPOGRAPHIC: Final = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_ADVICE: Final = {
    "Cannot": "Write each key and each table once",
    "Expected newline": "Texts need quotes, and each key stands in a line of its own",
    "Unclosed array": "Close the list with ]",
    "Unescaped": r"Write \\ for one \ in a text",
}
_USUAL: Final = "Texts need quotes, and each step begins with [[steps]]"


def not_toml(
    path: Path, text: str, error: Exception, usual: str = _USUAL
) -> ScenarioFileError:
    """What `tomllib` says of a text, with its place and with advice.

    `usual` is the advice if nothing better is known.
    """
    said = _TOML_SAYS.fullmatch(str(error))
    what, line, column = said.groups() if said else (str(error), None, None)
    at = len(text.rstrip())
    if line and column:
        at = positions.offset(text, int(line), int(column))
    elif said:  # "at end of document"
        line, column = positions.line_and_column(text, at)
    return ScenarioFileError(
        f"this is not TOML: {what[:1].lower()}{what[1:]}",
        where=f"{path}:{line}:{column}" if line else str(path),
        advice=_advice(text, at, what) or usual,
    )


def _advice(text: str, at: int, what: str) -> str:
    if _bracket_before(text, at) == "{":
        if _LINE_ENDS.match(text, at):
            return "{ and its } must stand in one line"
        if text[at] == "}" and text[:at].rstrip().endswith(","):
            return "Leave out the comma before }"
    if text[at : at + 1] in tuple(_TYPOGRAPHIC):
        return 'Write straight quotes: "..."'
    return next((it for key, it in _ADVICE.items() if what.startswith(key)), "")


def _bracket_before(text: str, at: int) -> str:
    """The innermost bracket that is open at an offset; "" if none is."""
    opened = [""]
    for mark in _MARKS.finditer(text, 0, at):
        if mark[0] in ("[", "{"):
            opened.append(mark[0])
        elif mark[0] in ("]", "}") and len(opened) > 1:
            opened.pop()
    return opened[-1]
