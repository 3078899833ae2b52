"""Change a content file, by a seed: the same seed gives the same bytes.

    truncate  cut the end off
    extend    append bytes
    flip      flip one to eight bits, without a new checksum
    zero      make every byte zero (the rumour of July 2024; such a file is refused)
    set       set one field to a value that is likely to do harm, with a new checksum
    pattern   turn one wildcard into a pattern, with a new checksum

The first four test what the sensor checks when it loads a file. `set` and `pattern`
pass the check of the checksum. `pattern` in the 21st field is the fault of channel file
291.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Callable
from typing import Final

import msgspec

from minios.abi import content
from minios.content.decode import decode
from minios.content.encode import encode, with_checksum
from minios.content.errors import ContentError, suggest
from minios.content.model import ChannelFile, Criterion, CriterionKind, Instance
from minios.content.spans import FieldSpan, FilePart, name_bytes
from minios.content.verdict import check, where

_MAXIMUM_FLIPS: Final = 8
_MAXIMUM_EXTENSION: Final = 64
_NUMBERS: Final = {FilePart.HEADER, FilePart.INSTANCE, FilePart.CRITERION}


class MutationKind(enum.Enum):
    """A kind of change to a file."""

    TRUNCATE = "truncate"
    EXTEND = "extend"
    FLIP = "flip"
    ZERO = "zero"
    SET = "set"
    PATTERN = "pattern"


class Mutation(msgspec.Struct, frozen=True):
    """What was changed, in words, and the resulting file."""

    kind: MutationKind
    words: str
    data: bytes


def mutate(
    data: bytes,
    *,
    seed: int,
    kind: MutationKind | None = None,
    field: str | None = None,
) -> Mutation:
    """Change a file.

    Args:
        data: the bytes of the file.
        seed: chooses what is not given.
        kind: what to change; None for what fits the field, or what the seed chooses.
        field: for SET the path of a field as in `spans.py` (header.version), for
            PATTERN the name of a field (correlation); None lets the seed choose.

    Raises `ContentError` if the file is too short or too broken for this kind.
    """
    generator = random.Random(seed)  # noqa: S311 - to be repeatable is its purpose
    if not data:
        raise ContentError(
            "an empty file cannot be changed", advice="Take a file with contents"
        )
    if kind is None and field is not None:
        kind = MutationKind.SET if "." in field else MutationKind.PATTERN
    if kind is None:
        kind = generator.choice(_possible_kinds(data))
    if field is not None and kind not in {MutationKind.SET, MutationKind.PATTERN}:
        raise ContentError(
            f"the kind {kind.value} damages bytes, and takes no field",
            advice="Leave the field out, or choose the kind set or pattern",
        )
    if kind in _ON_FIELDS:
        words, changed = _ON_FIELDS[kind](data, generator, field)
    else:
        words, changed = _ON_BYTES[kind](data, generator)
    return Mutation(kind, words, changed)


_Outcome = tuple[str, bytes]


def _possible_kinds(data: bytes) -> list[MutationKind]:
    """The kinds of change that are possible for a file, however broken it is."""
    kinds = list(_ON_BYTES)
    if not any(data):
        kinds.remove(MutationKind.ZERO)
    if any(span.part in _NUMBERS for span in name_bytes(data)):
        kinds.append(MutationKind.SET)
    if check(data).accepted and _wildcards(decode(data), None):
        kinds.append(MutationKind.PATTERN)
    return kinds


def _wildcards(file: ChannelFile, field: str | None) -> list[tuple[int, int]]:
    """The index of instance and criterion for each wildcard, in one field or in any."""
    return [
        (number, index)
        for number, instance in enumerate(file.instances)
        for index, criterion in enumerate(instance.criteria)
        if criterion.kind is CriterionKind.ANY
        and field in {None, instance.template_type.fields[index]}
    ]


def _truncate(data: bytes, generator: random.Random) -> _Outcome:
    left = generator.randrange(len(data))
    return f"cut to {left} of {len(data)} bytes", data[:left]


def _extend(data: bytes, generator: random.Random) -> _Outcome:
    count = generator.randint(1, _MAXIMUM_EXTENSION)
    return f"{count} bytes appended", data + generator.randbytes(count)


def _flip(data: bytes, generator: random.Random) -> _Outcome:
    count = min(generator.randint(1, _MAXIMUM_FLIPS), len(data) * 8)
    bits = sorted(generator.sample(range(len(data) * 8), count))
    changed = bytearray(data)
    for bit in bits:
        changed[bit // 8] ^= 1 << bit % 8
    places = ", ".join(f"{bit // 8:#x}.{bit % 8}" for bit in bits)
    return f"bits flipped, byte.bit: {places}", bytes(changed)


def _zero(data: bytes, _: random.Random) -> _Outcome:
    return f"{len(data)} bytes made zero", bytes(len(data))


def _set(data: bytes, generator: random.Random, field: str | None) -> _Outcome:
    numbers = [span for span in name_bytes(data) if span.part in _NUMBERS]
    if not numbers:
        raise ContentError(
            f"the file has only {len(data)} bytes, and no whole field in them",
            advice="Choose another kind, for instance --kind flip",
        )
    span = _pick(numbers, generator, field)
    size = span.end - span.start
    old = int.from_bytes(data[span.start : span.end], "little")
    most = (1 << size * 8) - 1
    hurtful = {0, 1, most, most >> 1, (most >> 1) + 1, (old + 1) & most, old ^ 1}
    value = generator.choice(sorted(hurtful - {old}))
    changed = data[: span.start] + value.to_bytes(size, "little") + data[span.end :]
    if span.field != "header.crc":
        changed = with_checksum(changed)
    return f"{span.field} set from {old:#x} to {value:#x}", changed


def _pick(
    spans: list[FieldSpan], generator: random.Random, field: str | None
) -> FieldSpan:
    if field is None:
        return generator.choice(spans)
    for span in spans:
        if span.field == field:
            return span
    raise ContentError(
        f"the file has no field {field!r}",
        advice=suggest(field, [span.field for span in spans]),
    )


def _pattern(data: bytes, generator: random.Random, field: str | None) -> _Outcome:
    known = dict.fromkeys(name for it in content.TEMPLATE_TYPES for name in it.fields)
    if field is not None and field not in known:
        raise ContentError(
            f"there is no field {field!r} to turn into a pattern",
            advice=suggest(field, known),
        )
    file = decode(data)
    wildcards = _wildcards(file, field)
    if not wildcards:
        raise ContentError(
            f"no instance has a wildcard in {field or 'any field'}",
            advice="Choose another field",
        )
    number, index = generator.choice(wildcards)
    instances = list(file.instances)
    instances[number] = _awaken(instances[number], index)
    name = instances[number].template_type.fields[index]
    changed = encode(msgspec.structs.replace(file, instances=tuple(instances)))
    return f'{where(number + 1, index, name)} made the pattern "*"', changed


def _awaken(instance: Instance, index: int) -> Instance:
    """Replace a wildcard by the pattern `*`.

    It matches the same, but reads the input.
    """
    criteria = list(instance.criteria)
    criteria[index] = Criterion(CriterionKind.PATTERN, "*")
    return msgspec.structs.replace(instance, criteria=tuple(criteria))


_ON_BYTES: Final[dict[MutationKind, Callable[[bytes, random.Random], _Outcome]]] = {
    MutationKind.TRUNCATE: _truncate,
    MutationKind.EXTEND: _extend,
    MutationKind.FLIP: _flip,
    MutationKind.ZERO: _zero,
}

_ON_FIELDS: Final[
    dict[MutationKind, Callable[[bytes, random.Random, str | None], _Outcome]]
] = {
    MutationKind.SET: _set,
    MutationKind.PATTERN: _pattern,
}
