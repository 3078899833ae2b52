"""Making hostile system calls up.

Most calls follow the table (`abi/syscalls.py`): a pointer where it has a pointer, a
size where it has a size, each of them as wrong as an attacker could make it. Some have
a number that is in no table, some are six random words.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from minios.abi import memory_map
from minios.abi.structures import MESSAGE, MESSAGE_BODY_SIZE, RECORD, SPAWN
from minios.abi.syscalls import SYSCALLS
from minios.dev.fuzz.hostile_calls import Call, is_allowed_to_harm

_PAGE: Final = memory_map.PAGE_SIZE
# A process that gives its own memory away may do so: then nothing is left by which its
# other calls could be judged. tests/trust/test_own_memory.py has these two.
_CALLS: Final = tuple(
    it.number for it in SYSCALLS if it.name not in {"munmap", "mprotect"}
)
_WORD: Final = (1 << 64) - 1
_FOR_EVER: Final = _WORD
_CHUNK: Final = 512
_KERNELS: Final = (
    memory_map.DIRECT_MAP,
    memory_map.KERNEL_HEAP,
    memory_map.KERNEL_STACKS,
    memory_map.KERNEL_BASE,
    memory_map.KERNEL_BASE + memory_map.KERNEL_PHYSICAL,
    memory_map.DRIVER_REGION,
    memory_map.DEVICE_REGION,
)
TEXTS: Final = (
    "",
    "/",
    "/BIN",
    "/BIN/INIT",
    "/BIN/SHELL",
    "/BIN/NOBODY",
    "/BIN/../BIN",
    "/DEV/CONSOLE",
    "/DEV/LINK",
    "/SYSTEM/SERVICES.INI",
    "/A.TXT",
    "/B.TXT",
    "a",
    "b",
    "init",
    "sentinel",
    "sentinel.sys",
    "model",
    "seed",
    "%s%n\x1b[2J",
    "//" * 40,
    "A" * 31,
    "A" * 32,
    "A" * 63,
    "A" * 300,
)
"""Names that are used, names that nobody uses, names of every length that matters."""


def text_page() -> tuple[bytes, tuple[int, ...]]:
    """A page of these texts, and where each begins; no NUL ends the last."""
    page, starts = b"", []
    for text in TEXTS:
        starts.append(len(page))
        page += text.encode("latin-1") + b"\0"
    return page.ljust(_PAGE, b"x"), (*starts, len(page), _PAGE - 8)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the guest's program has what calls can point to."""

    arena: int
    arena_size: int
    texts: int
    code: int
    edges: tuple[int, ...]


class Author:
    """Makes calls up for one round."""

    def __init__(self, chance: random.Random, places: Places, rights: int) -> None:
        self._chance: Final = chance
        self._places: Final = places
        self._rights: Final = rights
        self._starts: Final = text_page()[1]
        self._make: Final[dict[str, Callable[[], int]]] = {
            "timeout": self._time,
            "nanoseconds": self._time,
            "handle": self._handle,
            "port": self._handle,
            "size": self._size,
        }

    def calls(self, count: int) -> list[Call]:
        """So many, none of which may harm others by right."""
        made: list[Call] = []
        while len(made) < count:
            call = self._call()
            if not is_allowed_to_harm(call, self._rights):
                made.append(call)
        return made

    def arena(self) -> bytes:
        """What lies in the buffers that may be written: requests that make sense."""
        chunks = (self._chunk() for _ in range(self._places.arena_size // _CHUNK))
        return b"".join(chunk[:_CHUNK].ljust(_CHUNK, b"\0") for chunk in chunks)

    def _chunk(self) -> bytes:
        chance = self._chance
        match chance.randrange(4):
            case 0:
                return SPAWN.pack(
                    path=chance.choice(("/BIN/SHELL", "/BIN/INIT", "/", "")),
                    rights=self._rights & chance.getrandbits(32),
                    death_port=chance.randrange(4),
                )
            case 1:
                size = chance.choice((0, 8, MESSAGE_BODY_SIZE, MESSAGE_BODY_SIZE + 1))
                return MESSAGE.pack(type=chance.randrange(8), size=size)
            case 2:
                return RECORD.pack(kind=chance.randrange(40), name="n" * 31)
            case _:
                return chance.randbytes(_CHUNK)

    def _call(self) -> Call:
        number, types = self._any_number(), tuple[str, ...]()
        if self._chance.random() < 0.9:
            number = self._chance.choice(_CALLS)
            types = SYSCALLS[number].arguments
        words = [self._argument(declared) for declared in types]
        words += [self._any_word() for _ in range(6 - len(words))]
        return Call(number, tuple(words))

    def _argument(self, declared: str) -> int:
        if self._chance.random() < 0.02:
            return self._any_word()
        kind, name = declared.rsplit(" ", 1)
        if "char" in kind and self._chance.random() < 0.7:
            return self._places.texts + self._chance.choice(self._starts)
        if name.startswith("*") or name == "pointer":
            return self._pointer()
        return self._make.get(name, self._small)()

    def _pointer(self) -> int:
        """Half of them lead to memory that the process has."""
        if self._chance.random() < 0.5:
            return self._own_pointer()
        chance = self._chance
        wrong = (
            chance.choice((0, 1, 8, _PAGE - 1)),
            chance.choice(self._places.edges) - chance.choice((0, 1, 8, 63, 300)),
            chance.choice(_KERNELS) + chance.randrange(4 * _PAGE),
            memory_map.USER_HEAP + chance.randrange(8 * _PAGE),
            self._any_word(),
        )
        return chance.choice(wrong)

    def _own_pointer(self) -> int:
        """To a buffer that may be written, mostly, or to texts, or to code."""
        chance, places = self._chance, self._places
        own = (
            places.arena + chance.randrange(0, places.arena_size, _CHUNK),
            places.arena + chance.randrange(0, places.arena_size, _CHUNK),
            places.arena + chance.randrange(places.arena_size),
            chance.choice((places.texts, places.code)) + chance.randrange(_PAGE),
        )
        return chance.choice(own)

    def _any_word(self) -> int:
        """Round numbers, edges of the address space, and noise."""
        chance = self._chance
        match chance.randrange(4):
            case 0:
                return chance.getrandbits(64)
            case 1:
                return ((1 << chance.randrange(65)) - chance.randrange(3)) & _WORD
            case 2:
                return memory_map.USER_TOP - chance.randrange(2 * _PAGE)
            case _:
                return -chance.randrange(1, 2 * _PAGE) & _WORD

    def _any_number(self) -> int:
        chance = self._chance
        return chance.choice(
            (
                len(SYSCALLS),
                chance.randrange(1 << 16),
                chance.randrange(len(SYSCALLS)) | 1 << chance.randrange(32, 64),
                self._any_word(),
            )
        )

    def _handle(self) -> int:
        """Mostly one that there can be, whatever it leads to."""
        if self._chance.random() < 0.8:
            return self._chance.randrange(8)
        return self._chance.choice((15, 16, 17, 1 << 31, (1 << 32) + 1, _WORD))

    def _size(self) -> int:
        if self._chance.random() < 0.7:
            return self._chance.choice((0, 1, 7, 64, 511, 512, 513, _PAGE, 2 * _PAGE))
        return self._any_word()

    def _small(self) -> int:
        if self._chance.random() < 0.9:
            return self._chance.randrange(20)
        return self._any_word()

    def _time(self) -> int:
        """Rarely one that is longer than anybody waits."""
        if self._chance.random() < 0.005:
            return self._chance.choice((_FOR_EVER, 1 << 63, _FOR_EVER - 1))
        return self._chance.choice((0, 1, 1_000_000, 20_000_000))
