"""The C side of the engine: callbacks, opening an engine, and the places of its fields.

Left out: what is done with an engine, which is `engine.py`.
"""

from __future__ import annotations

import ctypes
from typing import Final

import unicorn
from unicorn import x86_const as x86

from minios.errors import EngineError
from minios.interrupts import undisturbed
from minios.machine import calibration
from minios.machine.calibration import Places

NEVER: Final = 1 << 63  # not canonical: no instruction can be there
_CODE_CACHE_BYTES: Final = 32 << 20
_CPU_MODEL: Final = x86.UC_CPU_X86_COOPERLAKE  # has SMEP, SMAP, NX
_MSR: Final = {
    "efer": 0xC0000080,
    "star": 0xC0000081,
    "lstar": 0xC0000082,
    "fmask": 0xC0000084,
}

HANDLE = ctypes.c_void_p
OnException = ctypes.CFUNCTYPE(None, HANDLE, ctypes.c_uint32, HANDLE)
OnIn = ctypes.CFUNCTYPE(ctypes.c_uint32, HANDLE, ctypes.c_uint32, ctypes.c_int, HANDLE)
OnOut = ctypes.CFUNCTYPE(
    None, HANDLE, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint32, HANDLE
)
OnSyscall = ctypes.CFUNCTYPE(None, HANDLE, HANDLE)
OnReplaced = ctypes.CFUNCTYPE(ctypes.c_int, HANDLE, HANDLE)
OnInvalid = ctypes.CFUNCTYPE(ctypes.c_bool, HANDLE, HANDLE)
OnLoad = ctypes.CFUNCTYPE(
    ctypes.c_uint64, HANDLE, ctypes.c_uint64, ctypes.c_uint, HANDLE
)
OnStore = ctypes.CFUNCTYPE(
    None, HANDLE, ctypes.c_uint64, ctypes.c_uint, ctypes.c_uint64, HANDLE
)
OnRefused = ctypes.CFUNCTYPE(
    ctypes.c_bool,
    HANDLE,
    ctypes.c_int,
    ctypes.c_uint64,
    ctypes.c_int,
    ctypes.c_int64,
    HANDLE,
)
OnCode = ctypes.CFUNCTYPE(None, HANDLE, ctypes.c_uint64, ctypes.c_uint32, HANDLE)


class Block(ctypes.Structure):
    """A block of code that the engine has translated, as the engine reports it."""

    start: int
    instructions: int
    size: int
    _fields_ = (
        ("start", ctypes.c_uint64),
        ("instructions", ctypes.c_uint16),
        ("size", ctypes.c_uint16),
    )


OnBlock = ctypes.CFUNCTYPE(
    None, HANDLE, ctypes.POINTER(Block), ctypes.POINTER(Block), HANDLE
)


def open_engine() -> unicorn.Uc:
    """Open an engine with the CPU model that all machines have."""
    uc = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_64)
    uc.ctl_set_cpu_model(_CPU_MODEL)
    uc.ctl_set_tcg_buffer_size(_CODE_CACHE_BYTES)
    return uc


def address_of(uc: unicorn.Uc) -> int:
    """The host address of an engine's C structure."""
    address = uc._uch.value  # noqa: SLF001  (the binding shows it nowhere else)
    assert isinstance(address, int)
    return address


class _Probe:
    """The engine in the form that `calibration.py` needs."""

    def __init__(self) -> None:
        self._uc = open_engine()
        self._uc.mem_map(0, calibration.PROBE_RAM_BYTES)
        self._uc.hook_add(unicorn.UC_HOOK_INTR, self._on_exception)
        self._seen: tuple[int, bytes] | None = None
        self._state = 0
        self._idle = b""
        self.address = address_of(self._uc)
        context = self._uc.context_save()
        self.context_size = context.size - 40  # its own header

    def _on_exception(self, uc: unicorn.Uc, vector: int, _: object) -> None:
        self._seen = vector, ctypes.string_at(self._state, self.context_size)
        # The state before the fault: it does not know of an exception in flight, which
        # would turn the next one into a double fault.
        ctypes.memmove(self._state, self._idle, self.context_size)
        uc.emu_stop()

    def write_register(self, name: str, value: int) -> None:
        if name in _MSR:
            self._uc.msr_write(_MSR[name], value)
        elif name in ("gdtr", "idtr"):
            table = getattr(x86, f"UC_X86_REG_{name.upper()}")
            self._uc.reg_write(table, (0, value, 0xFFF, 0))
        else:
            self._uc.reg_write(getattr(x86, f"UC_X86_REG_{name.upper()}"), value)

    def read_register(self, name: str) -> int:
        value = self._uc.reg_read(getattr(x86, f"UC_X86_REG_{name.upper()}"))
        assert isinstance(value, int)
        return value

    def write_memory(self, address: int, data: bytes) -> None:
        self._uc.mem_write(address, data)

    def run(self, address: int, count: int) -> tuple[int, bytes] | None:
        self._seen = None
        if self._state:
            self._idle = ctypes.string_at(self._state, self.context_size)
        self._uc.emu_start(address, NEVER, count=count)
        return self._seen

    def watch_state(self, address: int) -> None:
        self._state = address


_places: Places | None = None


@undisturbed
def places() -> Places:
    """The places that calibration found. It runs once in each process.

    Raises:
        EngineError: the engine cannot be used safely.
    """
    global _places  # noqa: PLW0603  (a cache: the engine's build cannot change)
    if _places is None:
        if unicorn.__version__.split(".")[0] != "2":
            raise EngineError(
                f"Unicorn {unicorn.__version__} is not supported",
                where="unicorn",
                advice="Install unicorn==2.1.4",
            )
        _places = calibration.calibrate(_Probe())
    return _places
