"""The content files for `minios dev fuzz content`.

Case number N of a seed is always the same, and can be made without the cases before it.

    fields   one to three changes of fields, by `minios content mutate`
    bytes    flipped bits, cut or grown files, files of zeros
    blind    the same, but sizes and checksum are made right again, so that the change
             gets past the first checks
    splice   the beginning of one file and the end of another, made right again
    offsets  place and length of a text, at the limits and just behind them
    rules    a well-formed file: random criteria, and an id that could be an address
    limits   as many instances, and as many bytes, as the sensor takes, or one more
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from minios.abi import content
from minios.abi.memory_map import DIRECT_MAP, KERNEL_BASE, KERNEL_HEAP, USER_IMAGE
from minios.content import (
    ChannelFile,
    ContentError,
    Criterion,
    CriterionKind,
    Instance,
    MutationKind,
    catalogue,
    encode,
    mutate,
)
from minios.content.encode import with_checksum
from minios.content.layout import CRITERION, HEADER, INSTANCE
from minios.content.model import actions_of

_SIZE_OFFSET: Final = next(at for name, at, _ in HEADER.places() if name == "size")
_BYTES: Final = (
    *(MutationKind.TRUNCATE, MutationKind.EXTEND),
    *(MutationKind.FLIP, MutationKind.FLIP, MutationKind.FLIP, MutationKind.ZERO),
)
_IDS: Final = (
    *(0, 1, 8, 0x1000, USER_IMAGE, USER_IMAGE + 0x1000, 0x7FFF_FFFF_F000),
    *(0x8000_0000_0000, 0xFFFF_7FFF_FFFF_FFFF, DIRECT_MAP, KERNEL_HEAP),
    *(KERNEL_BASE, KERNEL_BASE + 0x10_0000, (1 << 64) - 1, (1 << 64) - 4),
)
_LENGTHS: Final = (content.MAXIMUM_TEXT, content.MAXIMUM_TEXT + 1, 0xFFFF)
_TEXTS: Final = (
    *("", "*", "?", "**", "open", "create", "*o*", "lsass", "workload", "w*d", "3"),
    *("windows", "macos", "mac*", "291", "7.11", "*.*", "a" * 60, "*" * 255, "\0"),
)


@dataclass(frozen=True, slots=True)
class ContentCase:
    """A content file, and what was done to make it."""

    number: int
    kind: str
    words: str
    data: bytes

    @property
    def files(self) -> Mapping[str, bytes]:
        """The file, by a word for its kind."""
        return {"content": self.data}


def case(seed: int, number: int) -> ContentCase:
    """The case with this number."""
    chance = random.Random(f"content {seed} {number}")  # noqa: S311 - no secret
    kind = chance.choices(tuple(_KINDS), _WEIGHTS)[0]
    name = chance.choice(catalogue.NAMES[:-2])
    words, data = _KINDS[kind](chance, catalogue.load(name))
    return ContentCase(number, kind, f"{name}: {words}", data)


_Made = tuple[str, bytes]


def _mended(data: bytes) -> bytes:
    """The file with the size and the checksum that belong to its bytes."""
    if len(data) < HEADER.size:
        return data
    size = struct.pack("<I", len(data))
    return with_checksum(data[:_SIZE_OFFSET] + size + data[_SIZE_OFFSET + 4 :])


def _changed(chance: random.Random, data: bytes, kind: MutationKind | None) -> _Made:
    """One change. No change, where the file is too broken for this kind."""
    try:
        mutation = mutate(data, seed=chance.getrandbits(32), kind=kind)
    except ContentError:
        return "as it is", data
    return mutation.words, mutation.data


def _fields(chance: random.Random, data: bytes) -> _Made:
    words = []
    for _ in range(chance.randint(1, 3)):
        kind = chance.choice((MutationKind.SET, MutationKind.SET, MutationKind.PATTERN))
        done, data = _changed(chance, data, kind)
        words.append(done)
    return ", then ".join(words), data


def _bytes(chance: random.Random, data: bytes) -> _Made:
    return _changed(chance, data, chance.choice(_BYTES))


def _blind(chance: random.Random, data: bytes) -> _Made:
    words, data = _bytes(chance, data)
    return words + ", mended", _mended(data)


def _splice(chance: random.Random, data: bytes) -> _Made:
    other = catalogue.load(chance.choice(catalogue.NAMES))
    step = chance.choice((1, 8, CRITERION.size * len(content.IPC.fields)))
    first = min(chance.randrange(len(data)) // step * step, len(data))
    second = min(chance.randrange(len(other)) // step * step, len(other))
    words = f"{first} bytes, then another from byte {second}"
    return words, _mended(data[:first] + other[second:])


def _offsets(chance: random.Random, data: bytes) -> _Made:
    """Move the text of a criterion: in half of the cases to the end of its instance."""
    start = chance.choice(_instances(data))
    header = INSTANCE.unpack(data, start)
    size, index = header["size"], chance.randrange(header["fields"])
    length = chance.choice((0, 1, 7, 60, *_LENGTHS))
    offset = max(size - length + chance.choice((-1, 0, 0, 1)), 0)
    if chance.random() < 0.5:
        ends = (0, 1, size - 1, size, len(data), 0xFFFF_FFFF, 0x8000_0000)
        offset = chance.choice((*ends, 0xFFFF_FFFF - length + 1))
    kind = chance.choice((CriterionKind.EQUALS, CriterionKind.PATTERN)).number
    place = start + INSTANCE.size + index * CRITERION.size
    criterion = CRITERION.pack(kind=kind, length=length, offset=offset % (1 << 32))
    changed = data[:place] + criterion + data[place + CRITERION.size :]
    words = f"field {index + 1} has {length} bytes at {offset:#x} of {size}"
    return words, _mended(changed)


def _instances(data: bytes) -> list[int]:
    """Where the instances of a whole file begin."""
    places, at = [], HEADER.size
    while at < len(data):
        places.append(at)
        at += INSTANCE.unpack(data, at)["size"]
    return places


def _instance(chance: random.Random, real: float) -> Instance:
    """An instance: with a chance of `real`, a field is no wildcard."""
    template = chance.choice((*[content.IPC] * 6, *content.TEMPLATE_TYPES))
    criteria = [Criterion() for _ in template.fields]
    for index in range(len(criteria)):
        if chance.random() < real:
            kind = chance.choice((CriterionKind.EQUALS, CriterionKind.PATTERN))
            criteria[index] = Criterion(kind, chance.choice(_TEXTS))
    if chance.random() < 0.6:
        criteria[-1] = Criterion(CriterionKind.PATTERN, chance.choice(_TEXTS))
    ids = (*_IDS, chance.choice(_IDS) + chance.randint(-9, 9), chance.getrandbits(64))
    detection = chance.choice(ids) % (1 << 64)
    action = chance.choice(actions_of(template))
    return Instance(template.name, detection, tuple(criteria), action)


def _rules(chance: random.Random, _: bytes) -> _Made:
    real = chance.choice((0, 0, 0.03, 0.1))
    instances = tuple(_instance(chance, real) for _ in range(chance.randint(0, 3)))
    ids = ", ".join(f"{it.detection:#x}" for it in instances) or "none"
    version = chance.getrandbits(32)
    data = encode(ChannelFile(content.CHANNEL_NUMBER, version, instances))
    return f"rules of its own, detection ids: {ids}", data


def _limits(chance: random.Random, data: bytes) -> _Made:
    body, header = data[HEADER.size :], data[: HEADER.size]
    if chance.random() < 0.8:
        count = content.MAXIMUM_INSTANCES + chance.choice((-1, 0, 1))
        first = _mended(encode(ChannelFile(content.CHANNEL_NUMBER, 1, ())))
        one = encode(ChannelFile(content.CHANNEL_NUMBER, 1, (_instance(chance, 0),)))[
            HEADER.size :
        ]
        number = struct.pack("<I", count)
        return f"{count} instances", _mended(
            first[:12] + number + first[16:] + one * count
        )
    size = content.MAXIMUM_FILE_SIZE + chance.choice((-8, -1, 0, 1, 8))
    grown = header + (body * (size // len(body) + 1))
    return f"{size} bytes", _mended(grown[:size])


_KINDS: Final[dict[str, Callable[[random.Random, bytes], _Made]]] = {
    "fields": _fields,
    "bytes": _bytes,
    "blind": _blind,
    "splice": _splice,
    "offsets": _offsets,
    "rules": _rules,
    "limits": _limits,
}
_WEIGHTS: Final = (300, 150, 150, 100, 120, 175, 5)
