"""An index of an image's data layouts, which the build keeps beside the image.

Reading the kernel's debug information takes a second, and reading its index a few
milliseconds. `kernel.layouts` belongs to `kernel.elf`. Its first line is a seal: the
digest of the image and of the rest of the index. So an index that is damaged, or that
belongs to another build, is not believed, and its reader turns to the debug
information.

The rest is JSON. Types refer to each other by their numbers, because a structure can
lead back to itself. Every source file has types of its own for what it includes. Those
that nobody can tell apart become one type here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec

from minios.image.c_types import Field, Kind, Type, Unit, Variable

_Numbers: TypeAlias = Mapping[int, int]
"""id() of a type -> its number in the index."""


class _Type(msgspec.Struct, frozen=True, array_like=True):
    """A type, with the numbers of the types that it consists of."""

    kind: Kind
    name: str
    size: int
    target: int | None
    count: int
    fields: tuple[tuple[str, int, int], ...]  # name, offset, type
    names: tuple[tuple[int, str], ...]


class _Unit(msgspec.Struct, frozen=True, array_like=True):
    """A source file."""

    variables: dict[str, tuple[int, int]]  # address, type
    structures: dict[str, int]


class _Index(msgspec.Struct, frozen=True):
    types: list[_Type]
    units: dict[str, _Unit]


def beside(path: Path) -> Path:
    """The place of the index of an image."""
    return path.with_suffix(".layouts")


def read(path: Path, image: bytes) -> dict[str, Unit] | None:
    """The source files of the image at `path`, which has these bytes.

    None if there is no index that belongs to it.
    """
    try:
        seal, _, body = beside(path).read_bytes().partition(b"\n")
        if seal != _seal(image, body):
            return None
        return _units(msgspec.json.decode(body, type=_Index))
    except (OSError, msgspec.DecodeError, IndexError):
        return None


def pack(units: Mapping[str, Unit], image: bytes) -> bytes:
    """The content of an index for an image with these bytes and source files."""
    types, numbers = _numbered(_all_types(units))
    index = _Index(
        types,
        {
            path: _Unit(
                {
                    name: (it.address, numbers[id(it.type)])
                    for name, it in unit.variables.items()
                },
                {name: numbers[id(it)] for name, it in unit.structures.items()},
            )
            for path, unit in units.items()
        },
    )
    body = msgspec.json.encode(index)
    return _seal(image, body) + b"\n" + body


def _seal(image: bytes, body: bytes) -> bytes:
    digest = hashlib.sha256(image)
    digest.update(body)
    return digest.hexdigest().encode()


def _units(index: _Index) -> dict[str, Unit]:
    types = [
        Type(it.kind, it.name, it.size, count=it.count, names=dict(it.names))
        for it in index.types
    ]
    for made, it in zip(types, index.types, strict=True):
        made.target = None if it.target is None else types[it.target]
        made.fields = {
            name: Field(offset, types[number]) for name, offset, number in it.fields
        }
    return {
        path: Unit(
            {
                name: Variable(path, name, address, types[number])
                for name, (address, number) in unit.variables.items()
            },
            {name: types[number] for name, number in unit.structures.items()},
        )
        for path, unit in index.units.items()
    }


def _all_types(units: Mapping[str, Unit]) -> list[Type]:
    """Every type to which the source files lead, always in the same order."""
    found: dict[int, Type] = {}
    left = [it for unit in units.values() for it in _types_of(unit)]
    while left:
        one = left.pop()
        if id(one) not in found:
            found[id(one)] = one
            left += (it.type for it in one.fields.values())
            left += (it for it in (one.target,) if it is not None)
    return list(found.values())


def _types_of(unit: Unit) -> Iterator[Type]:
    yield from (it.type for it in unit.variables.values())
    yield from unit.structures.values()


def _numbered(types: Iterable[Type]) -> tuple[list[_Type], _Numbers]:
    """Give each type a number, and equal types the same one.

    At first all types have the same number. In each round those get different numbers
    that are different by themselves, or that consist of types with different numbers.
    The last round finds no more differences.
    """
    numbers = {id(it): 0 for it in types}
    known: dict[_Type, int] = {}
    while True:
        before, known = len(known), {}
        numbers = {
            id(it): known.setdefault(_flat(it, numbers), len(known)) for it in types
        }
        if len(known) == before:
            return list(known), numbers


def _flat(one: Type, numbers: _Numbers) -> _Type:
    return _Type(
        one.kind,
        one.name,
        one.size,
        None if one.target is None else numbers[id(one.target)],
        one.count,
        tuple(
            (name, it.offset, numbers[id(it.type)]) for name, it in one.fields.items()
        ),
        tuple(one.names.items()),
    )
