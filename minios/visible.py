"""Make text safe to print: one function for all text that others have written.

The name of a service or a file, or the text of a recording, may contain codes that move
the cursor, change a window's title, reverse the direction of writing, or begin a new
line. All text from a guest, a disk or a file goes through `visible` before it reaches a
terminal. Then it can be read, and does nothing.
"""

from __future__ import annotations

import re
from typing import Final

_UNSEEN: Final = re.compile(r"[^ -~]")
_SURROGATES: Final = range(0xDC80, 0xDD00)  # bytes of a file's name that are no UTF-8


def visible(text: object) -> str:
    r"""The text in one line, with an escape for all that cannot be seen: ESC is \x1b.

    That is every character that Unicode does not call printable: control codes of both
    kinds, line and paragraph separators, and marks that change the direction.
    """
    return _UNSEEN.sub(_escape, str(text))


def visible_json(text: str) -> str:
    """JSON that says the same in ASCII, and holds nothing that a terminal would obey.

    JSON itself escapes only the control codes below 0x20. What an output with another
    encoding cannot show would become an escape that JSON does not know.
    """
    return _UNSEEN.sub(_escape_in_json, text)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character.isprintable():
        return character
    if ord(character) in _SURROGATES:
        return f"\\x{ord(character) - 0xDC00:02x}"
    return ascii(character)[1:-1]


def _escape_in_json(found: re.Match[str]) -> str:
    character = found[0]
    if character == "\n":  # between lines, not in a text
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
