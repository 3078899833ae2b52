"""The kernel's own C of maps and ring buffers, to be called from a test."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Final

from minios.abi import bpf, generate
from minios.abi.errors import BY_NAME
from tests import c_library

_SOURCES: Final = (
    *(f"minios/kernel/bpf/{name}.c" for name in ("map", "ring")),
    *(f"minios/kernel/library/{name}.c" for name in ("text", "crc32")),
    "tests/bpf/maps/maps_host.c",
)
_POINTERS: Final = (
    "host_map",
    "host_ring",
    "host_port",
    "bpf_map_lookup",
    "bpf_ring_make",
    "bpf_ring_reserve",
)
_NUMBERS: Final = (
    "bpf_map_update",
    "bpf_map_delete",
    "bpf_map_next",
    "bpf_ring_read",
    "bpf_ring_attach",
)


def error(name: str) -> int:
    """What a function returns that fails so."""
    return -BY_NAME[name]


def build(folder: Path) -> ctypes.CDLL:
    """Compile it; the test is skipped where that cannot be done."""
    header = folder / "minios/abi.h"
    header.parent.mkdir()
    header.write_text(generate.header_text(), encoding="utf-8")
    flags = ["-std=c17", "-fPIC", "-ffreestanding", "-Iminios/kernel", f"-I{folder}"]
    path = c_library.build(folder / "maps.library", *flags, sources=_SOURCES)
    library = ctypes.CDLL(str(path))
    for name in _POINTERS:
        getattr(library, name).restype = ctypes.c_void_p
    for name in _NUMBERS:
        getattr(library, name).restype = ctypes.c_long
    library.host_trouble.restype = ctypes.c_char_p
    return library


class Map:
    """A map of the kernel.

    Raises ValueError: the kernel makes no such map.
    """

    def __init__(
        self,
        library: ctypes.CDLL,
        kind: str,
        sizes: tuple[int, int, int],
        *,
        flags: int = 0,
        data: bytes = b"",
    ) -> None:
        self._library = library
        self.key_size, self.value_size, entries = sizes
        number = bpf.BPF_MAP[kind]
        made = library.host_map(number, *sizes, flags, data, len(data))
        if made is None:
            raise ValueError(kind)
        self.pointer: Final = ctypes.c_void_p(made)
        self.entries: Final = entries

    def lookup(self, key: bytes) -> bytes | None:
        """The value of a key."""
        at = self.address(key)
        return None if at is None else ctypes.string_at(at, self.value_size)

    def address(self, key: bytes) -> int | None:
        """Where this value is."""
        at: int | None = self._library.bpf_map_lookup(self.pointer, key)
        return at

    def update(self, key: bytes, value: bytes, flags: int = 0) -> int:
        """Put a value into it. Returns 0 or a negated error."""
        flag = ctypes.c_uint64(flags)
        return int(self._library.bpf_map_update(self.pointer, key, value, flag))

    def delete(self, key: bytes) -> int:
        """Take a key out of it. Returns 0 or a negated error."""
        return int(self._library.bpf_map_delete(self.pointer, key))

    def keys(self) -> list[bytes]:
        """All keys, as `next` gives them."""
        found: list[bytes] = []
        key = ctypes.create_string_buffer(max(1, self.key_size))
        while (
            self._library.bpf_map_next(self.pointer, found[-1] if found else None, key)
            == 0
        ):
            found.append(key.raw[: self.key_size])
            assert len(found) <= self.entries
        return found

    @property
    def in_use(self) -> int:
        """How many entries have a value."""
        return int(self._library.host_in_use(self.pointer))

    def destroy(self) -> None:
        """Give its memory back."""
        self._library.bpf_map_destroy(self.pointer)


class Ring:
    """A ring buffer of the kernel."""

    def __init__(self, library: ctypes.CDLL, size: int) -> None:
        self._library = library
        self.map: Final = Map(library, "RING", (0, 0, size))
        self.pointer: Final = ctypes.c_void_p(library.host_ring(self.map.pointer))

    def reserve(self, size: int) -> int | None:
        """Room for a record: its address."""
        at: int | None = self._library.bpf_ring_reserve(
            self.pointer, ctypes.c_uint64(size)
        )
        return at

    def write(self, data: bytes) -> bool:
        """Reserve, write and submit. False: it was full."""
        at = self.reserve(len(data))
        if at is not None:
            ctypes.memmove(at, data, len(data))
            self.submit(at)
        return at is not None

    def submit(self, at: int) -> None:
        """Give a record to the reader."""
        self._library.bpf_ring_submit(ctypes.c_void_p(at))

    def discard(self, at: int) -> None:
        """Throw a record away."""
        self._library.bpf_ring_discard(ctypes.c_void_p(at))

    def read(self, capacity: int = 4096) -> bytes | int:
        """The next record, or a negated error."""
        room = ctypes.create_string_buffer(capacity)
        length = int(
            self._library.bpf_ring_read(self.pointer, room, ctypes.c_size_t(capacity))
        )
        return room.raw[:length] if length >= 0 else length

    def attach(self, port: ctypes.c_void_p) -> int:
        """Make that port its reader."""
        return int(self._library.bpf_ring_attach(self.pointer, port))

    @property
    def counts(self) -> dict[str, object]:
        """What is told of it."""
        entry = ctypes.create_string_buffer(bpf.BPF_MAP_ENTRY.size)
        self._library.bpf_ring_query(self.pointer, entry)
        told = bpf.BPF_MAP_ENTRY.unpack(entry.raw)
        names = ("has_reader", "waiting", "submitted", "discarded", "dropped")
        return {name: told[name] for name in names}
