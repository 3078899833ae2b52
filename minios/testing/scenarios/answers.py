"""Whether what a student has answered is right."""

from __future__ import annotations


def agree(given: object, wanted: object) -> bool:
    """Whether an answer is right.

    A number may be written as a text, "0x50" or "80". Of texts, neither blanks at the
    ends nor capital letters count.
    """
    if isinstance(wanted, bool) or isinstance(given, bool):
        return given is wanted
    if isinstance(wanted, int):
        return _number(given) == wanted
    if isinstance(wanted, str) and isinstance(given, str):
        return given.strip().casefold() == wanted.strip().casefold()
    return given == wanted


def _number(given: object) -> object:
    if not isinstance(given, str):
        return given
    try:
        return int(given.strip(), 0)
    except ValueError:
        return None
