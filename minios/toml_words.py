"""A value of the wrong kind in a TOML file, in the words of whoever writes the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_SAID: Final = re.compile(
    r"Expected `(?P<wanted>[^`]*)`(?P<bound>.*?)"
    r"(?:, got `(?P<got>[^`]*)`)?(?: - at `\$?(?P<at>.*)`)?",
    re.DOTALL,
)
_TYPES: Final = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "date": "a date",
    "datetime": "a date",
    "time": "a time",
    "null": "left out",
}
_NUMBER: Final = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
_ADVICE: Final = {
    "str": 'Put it in quotes: "..."',
    "bool": "Write true or false, without quotes",
    "int": "Write a whole number, without quotes",
    "float": "Write a number, without quotes",
    "array": "Write a list: [...]",
    "object": "Write a table: { key = value }",
}
_PLACE: Final = re.compile(r"(.*) - at `\$\.(\w+)(.*)`", re.DOTALL)


def in_words(key: str, said: str, value: object) -> tuple[str, str]:
    """What msgspec says of a value, as a sentence about its key, and advice."""
    if said.startswith("Invalid enum value False"):
        return f"{key} = false does nothing", f"Write {key} = true, or leave it out"
    found = _SAID.fullmatch(said)
    if found is None:  # what a function of ours said of a value, with advice below it
        what, _, advice = said.partition(" - at `")[0].partition("\n")
        return f"{key}: {what}", advice
    types = [it for it in found["wanted"].split(" | ") if it != "null"]
    wanted = " or ".join(dict.fromkeys(_TYPES.get(it, it) for it in types))
    inner = f" (at {found['at']})" if found["at"] else ""
    got = found["got"]
    if got is not None:
        is_not = f", not {_TYPES.get(got, got)}"
        return f"{key} must be {wanted}{is_not}{inner}", _advice(types[0], value)
    return f"{key} must be {wanted}{found['bound']}{inner}", "Change the value"


def in_table(said: str, table: Mapping[str, object]) -> tuple[str, str]:
    """The same of a whole table, where msgspec says at which key the value is."""
    found = _PLACE.fullmatch(said)
    if found is None:
        return said, ""
    what, key, inner = found.groups()
    said = f"{what} - at `${inner}`" if inner else what
    return in_words(key, said, table.get(key))


def _advice(wanted: str, value: object) -> str:
    """How to write a value in this type: the value itself, if that can be one."""
    if isinstance(value, str) and (
        (wanted in ("int", "float") and _NUMBER.fullmatch(value))
        or (wanted == "bool" and value in ("true", "false"))
    ):
        return f"Write {value}, without quotes"
    return _ADVICE.get(wanted, "")
