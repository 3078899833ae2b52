"""The kernel's own verifier, built for this host: thousands of programs in a second.

What it says here it says in a machine: `test_in_a_machine.py` compares.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from minios.abi import bpf, errors
from minios.bpf.assembly import assemble
from minios.bpf.image import HOOK_NUMBERS, Map
from tests import c_library

_BPF: Final = "minios/kernel/bpf"
SOURCES: Final = (
    "tests/bpf/verifier/host.c",
    "minios/kernel/library/text.c",
    f"{_BPF}/tristate.c",
    *(f"{_BPF}/range{it}.c" for it in ("", "_arithmetic", "_compare")),
    *(
        f"{_BPF}/verifier{it}.c"
        for it in (
            *("", "_arithmetic", "_calls", "_flow", "_form", "_jumps"),
            *("_live", "_memory", "_snapshot", "_state", "_words"),
        )
    ),
)
_FLAGS: Final = ("-std=c17", "-fPIC", "-ffreestanding", "-O2")
_INCLUDES: Final = ("-Iminios/kernel", "-Iminios/abi/include")

UNSAFE: Final = -errors.BY_NAME["UNSAFE"]
NO_MEMORY: Final = -errors.BY_NAME["NO_MEMORY"]

MAPS: Final = (
    Map("counts", "ARRAY", key_size=4, value_size=64, entries=16),
    Map("seen", "HASH", key_size=8, value_size=16, entries=32),
    Map("events", "RING", entries=4096),
    Map("data", "DATA", value_size=160),
    Map("texts", "DATA", value_size=32, flags=bpf.BPF_MAP_READ_ONLY),
)
"""The maps of all programs in the tables."""


class _Question(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_char_p),
        ("count", ctypes.c_uint64),
        ("hook", ctypes.c_uint64),
        ("memory_size", ctypes.c_uint64),
        ("maps", ctypes.c_char_p),
        ("map_count", ctypes.c_uint64),
        ("log", ctypes.c_char_p),
        ("log_size", ctypes.c_uint64),
        ("is_verbose", ctypes.c_uint64),
        ("visits", ctypes.c_uint64),
        ("blocks_left", ctypes.c_uint64),
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the verifier has said of a program."""

    status: int
    """0: it may run. Otherwise a negated ERROR_ number."""
    log: str
    visits: int
    """Instructions that it has looked at."""
    blocks_left: int
    """Blocks of memory that it has not given back."""

    @property
    def is_accepted(self) -> bool:
        """Whether the program may run."""
        return self.status == 0

    @property
    def reason(self) -> str:
        """The last line of the log."""
        return self.log.splitlines()[-1]


def _row(it: Map) -> bytes:
    return bpf.BPF_IMAGE_MAP.pack(
        name=it.name.encode(),
        kind=bpf.BPF_MAP[it.kind] if isinstance(it.kind, str) else it.kind,
        key_size=it.key_size,
        value_size=it.value_size,
        entries=it.entries,
        flags=it.flags,
    )


class Verifier:
    """The library, and what can be asked of it."""

    def __init__(self, target: Path) -> None:
        """Build it at this place."""
        c_library.build(target, *_FLAGS, *_INCLUDES, sources=SOURCES)
        self.library: Final = ctypes.CDLL(str(target))
        self.library.ask.restype = ctypes.c_long

    def verify(  # noqa: PLR0913 - all of them are the program
        self,
        code: bytes | str,
        *,
        hook: str = "notify/pipe_open",
        maps: Sequence[Map] = MAPS,
        memory_size: int = 0,
        is_verbose: bool = False,
        log_size: int = bpf.BPF_LOG_BYTES,
    ) -> Verdict:
        """What it says of a program: its bytes, or its text with names of maps."""
        if isinstance(code, str):
            code = assemble(code, maps=[it.name for it in maps])
        log = ctypes.create_string_buffer(max(1, log_size))
        question = _Question(
            code=code,
            count=len(code) // bpf.BPF_INSTRUCTION.size,
            hook=HOOK_NUMBERS[hook],
            memory_size=memory_size,
            maps=b"".join(_row(it) for it in maps),
            map_count=len(maps),
            log=ctypes.cast(log, ctypes.c_char_p),
            log_size=log_size,
            is_verbose=is_verbose,
        )
        status = self.library.ask(ctypes.byref(question))
        return Verdict(
            status, log.value.decode(), question.visits, question.blocks_left
        )

    def plant(self, defect: str) -> None:
        """From now on the kernel has this defect; "NONE" for none."""
        place = ctypes.c_uint32.in_dll(self.library, "planted_defect")
        place.value = bpf.BPF_DEFECT[defect]

    def limit_memory(self, size: int) -> None:
        """From now on there are only so many bytes."""
        ctypes.c_size_t.in_dll(self.library, "memory_limit").value = size
