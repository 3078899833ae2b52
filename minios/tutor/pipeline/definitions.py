"""The definitions file: how many fields an event has, says the vendor.

`assets/definitions.toml` is the shipped one. It says the same as the table in
`minios/abi/content.py`. A person may hand in another one, with fewer or more fields
after the 20 that the sensor's code supplies.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from minios import paths, toml_text
from minios.abi import content
from minios.abi.content import TemplateType
from minios.content import SourceError
from minios.content.files import read_text

FILE: Final = paths.ASSETS / "definitions.toml"
"""The shipped definitions."""
MOST_FIELDS: Final = 24
_SUPPLIED: Final = content.IPC.fields[: content.IPC_INPUTS_SUPPLIED]
_KEYS: Final = ("name", "number", "channel", "count", "fields")
_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_COPY: Final = "Copy assets/definitions.toml, and change only what you want to try"


@lru_cache(maxsize=1)
def shipped() -> TemplateType:
    """The definitions that come with minios."""
    return find(FILE)


def find(path: Path) -> TemplateType:
    """The template type that a definitions file declares.

    Raises SourceError if it declares nonsense, and FileError if it cannot be read. Both
    are ContentErrors.
    """
    return read(read_text(path), str(path))


def read(text: str, where: str = "the definitions") -> TemplateType:
    """The template type that a text declares. Raises SourceError."""
    try:
        table = toml_text.loads(text.removeprefix("\ufeff"))
    except ValueError as error:
        raise SourceError(
            f"this is not TOML: {error}", where=where, advice=_COPY
        ) from error
    templates = table.get("template")
    if set(table) != {"template"} or not isinstance(templates, list):
        raise _refused(where, "the file must have a [[template]], and nothing else")
    if len(templates) != 1 or not isinstance(templates[0], dict):
        raise _refused(where, "the sensor knows one template type, so declare one")
    return _template(templates[0], where)


def _template(table: dict[str, object], where: str) -> TemplateType:
    if unknown := set(table).symmetric_difference(_KEYS):
        names = ", ".join(sorted(map(ascii, unknown)))[:80]
        raise _refused(
            where, f"a template has the keys {', '.join(_KEYS)}; look at {names}"
        )
    known = {
        "name": content.IPC.name,
        "number": content.IPC.number,
        "channel": content.CHANNEL_NUMBER,
    }
    for key, value in known.items():
        if type(table[key]) is not type(value) or table[key] != value:
            raise _refused(where, f"the sensor knows only {key} = {_toml(value)}")
    fields = _fields(table["fields"], where)
    if type(table["count"]) is not int or table["count"] != len(fields):
        raise _refused(where, f"`count` must be {len(fields)}, as many as the fields")
    return TemplateType(content.IPC.number, content.IPC.name, fields)


def _fields(value: object, where: str) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [None]
    for number, name in enumerate(names, 1):
        if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
            raise _refused(
                where,
                f"field {number} needs a name in quotes: small letters, digits and _",
            )
        if name in names[: number - 1]:
            raise _refused(where, f"there are two fields called {name}")
    for number, name in enumerate(_SUPPLIED, 1):
        if names[number - 1 : number] != [name]:
            raise _refused(
                where,
                f"field {number} must be {name}, because the sensor's code supplies "
                f"{len(_SUPPLIED)} inputs in a fixed order",
            )
    if len(names) > MOST_FIELDS:
        raise _refused(
            where, f"{len(names)} fields are too many: the most is {MOST_FIELDS}"
        )
    return tuple(names)


def _refused(where: str, what: str) -> SourceError:
    return SourceError(what, where=where, advice=_COPY)


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
