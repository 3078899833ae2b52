"""Types and variables of C as values: what a debugger knows of a guest's data."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Kind(enum.Enum):
    """What the bytes of a type mean."""

    NUMBER = "number"
    SIGNED = "signed"
    BOOL = "bool"
    POINTER = "pointer"
    ENUM = "enum"
    STRUCTURE = "structure"
    ARRAY = "array"
    OPAQUE = "opaque"  # nothing that can be read: void, functions, declared only


@dataclass(slots=True)
class Type:
    """A type of C.

    It is filled in after it was made: structures can point to themselves.

    `target` is the type to which a pointer points, or of which an array consists.
    `count` is the number of elements of an array. `names` are the names of an
    enumeration's numbers.
    """

    kind: Kind
    name: str = ""
    size: int = 0
    target: Type | None = None
    count: int = 0
    fields: dict[str, Field] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a structure."""

    offset: int
    type: Type


@dataclass(frozen=True, slots=True)
class Variable:
    """A global or static variable."""

    unit: str
    name: str
    address: int
    type: Type


@dataclass(frozen=True, slots=True)
class Unit:
    """What one source file has: its variables with an address, and its structures.

    A structure that the file only declares is not among them.
    """

    variables: dict[str, Variable]
    structures: dict[str, Type]
