"""The kernel's eBPF code as a library of this host (`bpf_host.c` says what it watches).

The same C files as in the kernel, so a verdict here is the kernel's verdict; that both
say the same is one of the things that `minios dev fuzz bpf` looks at.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from minios import paths
from minios.abi import bpf
from minios.bpf.image import HOOK_NUMBERS
from minios.dev.fuzz.bpf_programs import MAPS, Case
from minios.errors import ImageError

_ROOT: Final = Path(__file__).parents[3]
_HERE: Final = "minios/dev/fuzz"
_BPF: Final = "minios/kernel/bpf"
_SOURCES: Final = (
    *(f"{_HERE}/bpf_{it}.c" for it in ("host", "watch")),
    *(f"minios/kernel/library/{it}.c" for it in ("text", "crc32")),
    *(f"{_BPF}/{it}.c" for it in ("helpers", "arithmetic", "tristate")),
    *(f"{_BPF}/range{it}.c" for it in ("", "_arithmetic", "_compare")),
    *(
        f"{_BPF}/verifier{it}.c"
        for it in (
            *("", "_arithmetic", "_calls", "_flow", "_form", "_jumps"),
            *("_live", "_memory", "_snapshot", "_state"),
        )
    ),
)
_FLAGS: Final = (
    *("-shared", "-nostdlib", "-std=c17", "-fPIC", "-ffreestanding", "-O2"),
    *("-fno-sanitize=all", "-Iminios/kernel", "-Iminios/abi/include"),
    "-DKERNEL_BUG=stop_panic",
)
_RUNS: Final = 16
_FAULT_BYTES: Final = 200


class _Question(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_char_p),
        ("count", ctypes.c_uint64),
        ("hook", ctypes.c_uint64),
        ("memory_size", ctypes.c_uint64),
        ("maps", ctypes.c_char_p),
        ("map_count", ctypes.c_uint64),
        ("data", ctypes.c_char_p),
        ("inputs", ctypes.c_char_p),
        ("run_count", ctypes.c_uint64),
        ("ignores_claims", ctypes.c_uint64),
        ("visits", ctypes.c_uint64),
        ("claims", ctypes.c_uint64),
        ("blocks_left", ctypes.c_uint64),
        ("steps", ctypes.c_uint64 * _RUNS),
        ("results", ctypes.c_uint64 * _RUNS),
        ("reason", ctypes.c_char * bpf.BPF_LOG_LINE),
        ("fault", ctypes.c_char * _FAULT_BYTES),
    )


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a program.

    Attributes:
        status: 0 if it was accepted, or a negated error.
        reason: the last line of the verifier's log.
        fault: what an accepted program has done that it must not do; "" = nothing.
        visits: instructions that the verifier has looked at.
        claims: its states that were compared with each step; 0: there were too many.
        blocks_left: of memory that the verifier has not given back.
        runs: R0 and the number of steps of each run.
    """

    status: int
    reason: str
    fault: str
    visits: int
    claims: int
    blocks_left: int
    runs: tuple[tuple[int, int], ...]

    @property
    def is_accepted(self) -> bool:
        """Whether it may run."""
        return self.status == 0


def _maps() -> tuple[bytes, bytes]:
    rows, data = b"", b""
    for one in MAPS:
        assert isinstance(one.kind, str)
        rows += bpf.BPF_IMAGE_MAP.pack(
            name=one.name.encode(),
            kind=bpf.BPF_MAP[one.kind],
            key_size=one.key_size,
            value_size=one.value_size,
            entries=one.entries,
            flags=one.flags,
            data=len(data),
            data_size=len(one.data),
        )
        data += one.data
    return rows, data


def is_possible() -> bool:
    """Whether this host can build the library."""
    return sys.platform == "linux" and importlib.util.find_spec("ziglang") is not None


def build(folder: Path | None = None) -> Path:
    """Build the library, unless this very one is there. Returns where it is.

    Raises ImageError: the host cannot build it.
    """
    if not is_possible():
        raise ImageError(
            "the kernel's eBPF code can be built for this host on Linux only, with the "
            "C compiler of minios",
            advice="Install it with `pip install 'minios[dev]'`",
        )
    known = hashlib.sha256()
    headers = (_ROOT / it for it in ("minios/kernel", "minios/abi/include", _HERE))
    for source in sorted(
        {
            *(header for place in headers for header in place.rglob("*.h")),
            *(_ROOT / _BPF).glob("*.c"),  # some are included by others
            *(_ROOT / name for name in _SOURCES),
        }
    ):
        known.update(source.read_bytes())
    place = folder or paths.checkout() / "build" / "fuzz"
    place.mkdir(parents=True, exist_ok=True)
    target = place / f"bpf-{known.hexdigest()[:16]}.library"
    if not target.exists():
        new = target.with_suffix(f".{os.getpid()}")
        command = (sys.executable, "-m", "ziglang", "cc", *_FLAGS, *_SOURCES)
        built = subprocess.run(
            [*command, "-o", str(new)],
            cwd=_ROOT,
            capture_output=True,
            check=False,
        )
        if built.returncode != 0:
            raise ImageError(
                "the kernel's eBPF code cannot be built for this host: "
                + built.stderr.decode(errors="replace")[-1000:]
            )
        new.replace(target)
    return target


class Library:
    """The library, with a defect or without."""

    def __init__(self, path: Path, defect: str = "none") -> None:
        self._library: Final = ctypes.CDLL(str(path))
        self._library.host_try.restype = ctypes.c_long
        self._maps, self._data = _maps()
        planted = ctypes.c_uint32.in_dll(self._library, "planted_defect")
        planted.value = bpf.BPF_DEFECT[defect.upper()]

    def run(self, case: Case, *, ignores_claims: bool = False) -> Trial:
        """Verify a program. If it is accepted, run it with each input, watched.

        `ignores_claims`: what the verifier believes is not compared with what is true,
        so that a fault is something that the program has done.
        """
        question = _Question(
            code=case.packed,
            count=len(case.code),
            hook=HOOK_NUMBERS[case.hook],
            memory_size=case.memory_size,
            maps=self._maps,
            map_count=len(MAPS),
            data=self._data,
            inputs=b"".join(case.inputs),
            run_count=len(case.inputs),
            ignores_claims=ignores_claims,
        )
        status = self._library.host_try(ctypes.byref(question))
        runs = zip(question.results, question.steps, strict=True)
        return Trial(
            status,
            question.reason.decode("ascii", "replace"),
            question.fault.decode("ascii", "replace"),
            question.visits,
            question.claims,
            question.blocks_left,
            tuple(runs)[: len(case.inputs)] if status == 0 else (),
        )
