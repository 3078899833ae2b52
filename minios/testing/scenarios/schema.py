"""A JSON schema of scenario files, with which an editor completes and checks them.

It is made from the structs that `reading.py` reads, and from the kinds of records. An
editor takes it from the first line of a file: `#:schema ./scenario.schema.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

import msgspec

from minios import paths
from minios.abi import policies
from minios.lab import content_files, fixes
from minios.lab.events import Hex, Nanoseconds
from minios.testing.scenarios import (
    claims,
    conditions,
    parameters,
    records,
    steps,
    times,
)
from minios.testing.scenarios.base import Span
from minios.testing.scenarios.keys import KEYS
from minios.testing.scenarios.model import Head, Machine

FILE: Final = paths.ASSETS / "scenarios" / "scenario.schema.json"
_TIME: Final = {"type": "string", "pattern": times.PATTERN}
_HEX: Final = {"anyOf": [{"type": "integer"}, {"type": "string"}]}
_FAMILIES: Final[Mapping[Any, Mapping[str, type[msgspec.Struct]]]] = {
    conditions.Condition: conditions.CONDITIONS,
    claims.Claim: claims.CLAIMS,
}
_FIELDS: Final[Mapping[Any, str]] = {
    int: "number",
    Nanoseconds: "time",
    Hex: "address",
    str: "text",
    bool: "flag",
    int | None: "number or nothing",
    Hex | None: "address or nothing",
    str | None: "text or nothing",
}
"""The types of records' fields, and what the schema calls them."""
_NAMES: Final = {
    "push": content_files.shipped(),
    "publish": content_files.shipped(),
    "content": content_files.shipped(),
    "same_as": content_files.shipped(),
    "offer_fix": fixes.shipped(),
    "press": tuple(KEYS),
    "world": tuple(policies.BY_NAME),
}
"""Names that an editor offers. Other texts may be paths."""


def text() -> str:
    """The schema as the text of a file."""
    return json.dumps(schema(), indent=1, ensure_ascii=True) + "\n"


def schema() -> dict[str, Any]:
    """JSON Schema (draft 7) of a scenario file."""
    head = _table(Head)
    head["properties"][parameters.KEY] = {
        "type": "object",
        "additionalProperties": {"type": "array", "minItems": 1},
    }
    head["properties"]["machines"] = {
        "type": "object",
        "additionalProperties": _table(Machine),
        "minProperties": 1,
    }
    head["properties"]["steps"] = {
        "type": "array",
        "items": {"anyOf": [_table(kind) for kind in steps.VERBS.values()]},
        "minItems": 1,
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "a scenario of minios",
        **head,
        "definitions": {
            "condition": _any(conditions.CONDITIONS),
            "claim": _any(claims.CLAIMS),
            "record": {"anyOf": list(map(_record, records.KINDS))},
            "any": {},
            **{name: _or_limits(kind) for kind, name in _FIELDS.items()},
        },
    }


def _any(family: Mapping[str, type[msgspec.Struct]]) -> dict[str, Any]:
    tables = [_table(kind) for key, kind in family.items() if key != "event"]
    return {"anyOf": [{"$ref": "#/definitions/record"}, *tables]}


def _record(name: str) -> dict[str, Any]:
    """A record that is waited for, or counted: its kind and any of its fields."""
    fields = {
        field: {"$ref": f"#/definitions/{_FIELDS.get(kind, 'any')}"}
        for field, kind in records.fields_of(name).items()
    }
    count = {"anyOf": [{"type": "integer"}, _table(conditions.Counts)]}
    return {
        "type": "object",
        "properties": {"event": {"const": name}, "count": count, **fields},
        "required": ["event"],
        "additionalProperties": False,
    }


def _or_limits(kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a field's type
    """A value of a record's field, or limits for it."""
    if kind is Nanoseconds:
        parts = [_part("", int), dict(_TIME)]
    else:
        kinds = get_args(kind) or (kind,)
        parts = [_part("", it) for it in kinds if it is not NoneType]
    keys = ("at_least", "at_most", *(("contains",) if kind is str else ()))
    limits = {
        "type": "object",
        "properties": {key: {"anyOf": parts} for key in keys},
        "additionalProperties": False,
    }
    return {"anyOf": [*parts, limits]}


def _table(kind: type[msgspec.Struct]) -> dict[str, Any]:
    fields = [it for it in msgspec.structs.fields(kind) if it.name != "fields"]
    return {
        "type": "object",
        "description": _first_words(kind),
        "properties": {
            it.encode_name: _value(it.encode_name, it.type) for it in fields
        },
        "required": [it.encode_name for it in fields if it.required],
        "additionalProperties": False,
    }


def _first_words(kind: type) -> str:
    """The docstring up to its first empty line."""
    return " ".join((kind.__doc__ or "").partition("\n\n")[0].split())


def _value(name: str, kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a field's type
    if kind in _FAMILIES:
        word = "condition" if kind == conditions.Condition else "claim"
        return {"$ref": f"#/definitions/{word}"}
    if kind == conditions.Simples:
        return {"type": "array", "items": {"$ref": "#/definitions/condition"}}
    is_union = get_origin(kind) in (Union, UnionType)
    kinds = get_args(kind) if is_union else (kind,)
    parts = [_part(name, it) for it in kinds if it is not NoneType]
    return parts[0] if len(parts) == 1 else {"anyOf": parts}


def _part(name: str, kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a field's type
    if kind in (conditions.Counts, conditions.Spans):
        return _table(kind)
    (found,), _ = msgspec.json.schema_components((kind,), schema_hook=_hook)
    if name in _NAMES and found.get("type") == "string":
        return {"anyOf": [{"enum": list(_NAMES[name])}, found]}
    return found


def _hook(kind: type) -> dict[str, Any]:
    if kind is Span:
        return dict(_TIME)
    if kind is Hex:
        return dict(_HEX)
    raise NotImplementedError(kind)
