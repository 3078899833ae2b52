"""The adapter: everything that minios knows about unicorn, and the only file that does.

The engine runs x86-64 code and walks page tables; it leaves to us the delivery of
exceptions, `syscall`, I/O privilege and time. So it is run in counting mode only (a
slice of exactly N instructions), tells us through `Handlers` what it met, and shows its
CPU state in place (`cpu_state.py`).

Invariants:
- `run` stops after exactly `count` instructions, or earlier: before the instruction
  that follows the one in which `stop` was called. A faulting instruction counts as one.
  `stop_before` ends it before the instruction that is watched.
- an exception inside a handler stops the run and comes out of `run`.
- no host time and no host randomness reach the guest: RDTSC and RDTSCP are handed to
  `Handlers`, RDRAND and RDSEED are taken out of the CPU model and raise #UD.

Left out: a store into its own basic block is counted twice (the engine begins it anew
after it has dropped the translation); an `ins` that is refused at ring 3 has already
zeroed the first byte of its destination (the engine stores a trial zero first). The
engine does not check what is written to model-specific and control registers
(non-canonical LSTAR, reserved bits of CR3 and CR4, an unknown MSR: the manual says
#GP), raises no #AC, takes INT1 for #UD and a non-canonical stack address for #GP
instead of #SS.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
from collections.abc import Callable
from typing import Final

import unicorn
from unicorn import x86_const as x86
from unicorn.unicorn_py3.unicorn import uclib

from minios.errors import EngineError
from minios.machine import calibration
from minios.machine import cpu_state as cpu
from minios.machine.calibration import Places
from minios.machine.cpu_state import CpuState
from minios.machine.handlers import Exit, Handlers

_NEVER: Final = 1 << 63  # not canonical: no instruction can be there
_CODE_CACHE_BYTES: Final = 32 << 20
_CPU_MODEL: Final = x86.UC_CPU_X86_COOPERLAKE  # has SMEP, SMAP, NX
_CR0_PG: Final = 1 << 31
_ECX_RDRAND: Final = 1 << 30  # the engine ties RDSEED to it, too
_MSR: Final = {
    "efer": 0xC0000080,
    "star": 0xC0000081,
    "lstar": 0xC0000082,
    "fmask": 0xC0000084,
}

_HANDLE = ctypes.c_void_p
_OnException = ctypes.CFUNCTYPE(None, _HANDLE, ctypes.c_uint32, _HANDLE)
_OnIn = ctypes.CFUNCTYPE(
    ctypes.c_uint32, _HANDLE, ctypes.c_uint32, ctypes.c_int, _HANDLE
)
_OnOut = ctypes.CFUNCTYPE(
    None, _HANDLE, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint32, _HANDLE
)
_OnSyscall = ctypes.CFUNCTYPE(None, _HANDLE, _HANDLE)
_OnReplaced = ctypes.CFUNCTYPE(ctypes.c_int, _HANDLE, _HANDLE)
_OnInvalid = ctypes.CFUNCTYPE(ctypes.c_bool, _HANDLE, _HANDLE)
_OnLoad = ctypes.CFUNCTYPE(
    ctypes.c_uint64, _HANDLE, ctypes.c_uint64, ctypes.c_uint, _HANDLE
)
_OnStore = ctypes.CFUNCTYPE(
    None, _HANDLE, ctypes.c_uint64, ctypes.c_uint, ctypes.c_uint64, _HANDLE
)
_OnCode = ctypes.CFUNCTYPE(None, _HANDLE, ctypes.c_uint64, ctypes.c_uint32, _HANDLE)


def _open() -> unicorn.Uc:
    uc = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_64)
    uc.ctl_set_cpu_model(_CPU_MODEL)
    uc.ctl_set_tcg_buffer_size(_CODE_CACHE_BYTES)
    return uc


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same bytes in order, in as few ranges as possible."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _address_of(uc: unicorn.Uc) -> int:
    address = uc._uch.value  # noqa: SLF001  (the binding shows it nowhere else)
    assert isinstance(address, int)
    return address


class _Probe:
    """The engine as `calibration.py` wants it."""

    def __init__(self) -> None:
        self._uc = _open()
        self._uc.mem_map(0, calibration.PROBE_RAM_BYTES)
        self._uc.hook_add(unicorn.UC_HOOK_INTR, self._on_exception)
        self._seen: tuple[int, bytes] | None = None
        self._state = 0
        self._idle = b""
        self.address = _address_of(self._uc)
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
        self._uc.emu_start(address, _NEVER, count=count)
        return self._seen

    def watch_state(self, address: int) -> None:
        self._state = address


_places: Places | None = None


def places() -> Places:
    """What calibration found; done once in a process.

    Raises:
        EngineError: the engine is not one that can be driven safely.
    """
    global _places  # noqa: PLW0603  (a cache: the engine's build cannot change)
    if _places is None:
        if unicorn.__version__.split(".")[0] != "2":
            raise EngineError(
                f"version {unicorn.__version__} is not supported",
                where="unicorn",
                advice="install unicorn==2.1.4",
            )
        _places = calibration.calibrate(_Probe())
    return _places


class _Watch:
    """An address that is watched, and by whom.

    Kept when nobody does any more: the engine lets go of the callback only when it next
    runs.
    """

    def __init__(self, tell: Callable[[list[Callable[[], None]]], None]) -> None:
        callbacks: list[Callable[[], None]] = []
        self.callbacks = callbacks
        self.hook = 0

        def on_code(_: int, __: int, ___: int, ____: int) -> None:
            tell(callbacks)

        self.on_code = _OnCode(on_code)


class Engine:
    """One x86-64 CPU, its RAM at physical 0, and nothing else."""

    def __init__(self, ram: mmap.mmap, handlers: Handlers) -> None:
        """Open an engine over RAM that stays ours.

        Raises:
            EngineError: calibration failed.
        """
        found = places()
        self._uc = _open()
        self._keep: list[object] = []
        self._watches: dict[int, _Watch] = {}
        self._error: BaseException | None = None
        self._stopped_at: int | None = None
        self._handlers = handlers
        self._is_running = False
        self._forget_code = False
        self._stale: list[tuple[int, int]] = []
        self._ram_bytes = memoryview(ram)
        self._ram = (ctypes.c_char * len(ram)).from_buffer(ram)
        address = ctypes.addressof(self._ram)
        self._uc.mem_map_ptr(0, len(ram), unicorn.UC_PROT_ALL, address)
        # The engine forgets to watch a page of code for stores through an address that
        # is not executable, once the first such store has been made: the kernel's
        # direct map. Pages are watched for ever where a hook of this kind exists; it is
        # never called, since the engine's own protection of RAM stays wide open.
        self._uc.hook_add(unicorn.UC_HOOK_MEM_FETCH_PROT, lambda *_: False)
        # Without this, each run ends with a look at the address where it should have
        # ended, and the fault of that look stays behind in the CPU's state.
        self._uc.ctl_exits_enabled(True)
        self._uc.context_save()  # forces the engine to build its CPU
        self._handle = self._uc._uch  # noqa: SLF001  (as above)
        engine = _address_of(self._uc)
        pointer = ctypes.c_uint64.from_address(engine + found.cpu_pointer).value
        state = pointer + found.state
        self._counter = ctypes.c_uint64.from_address(engine + found.counter)
        self._limit = ctypes.c_uint64.from_address(engine + found.limit)
        raw = (ctypes.c_ubyte * found.layout.size).from_address(state)
        self.state = CpuState(memoryview(raw).cast("B"), found.layout)
        self._remove_randomness(state, found)
        self._flags = ctypes.c_uint64()
        self._read_flags = functools.partial(
            uclib.uc_reg_read,
            self._handle,
            x86.UC_X86_REG_RFLAGS,
            ctypes.byref(self._flags),
        )
        self._install_exceptions()
        self._install_instructions()
        self._install_ports()

    @staticmethod
    def _remove_randomness(state: int, found: Places) -> None:
        ecx = ctypes.c_uint32.from_address(state + found.leaf_1_ecx)
        assert ecx.value & _ECX_RDRAND
        ecx.value &= ~_ECX_RDRAND

    def _keep_error(self, error: BaseException) -> None:
        if self._error is None:
            self._error = error
        self.stop()

    def _add(
        self, kind: int, callback: object, instruction: int = 0, at: int | None = None
    ) -> int:
        """Register a C callback without the binding's wrappers: 1 us a call."""
        self._keep.append(callback)
        hook = ctypes.c_size_t()
        begin, end = (1, 0) if at is None else (at, at)
        status = uclib.uc_hook_add(
            self._handle,
            ctypes.byref(hook),
            kind,
            ctypes.cast(callback, ctypes.c_void_p),  # type: ignore[arg-type]
            None,
            ctypes.c_uint64(begin),
            ctypes.c_uint64(end),
            ctypes.c_int(instruction),
        )
        assert status == unicorn.UC_ERR_OK
        return hook.value

    def _install_exceptions(self) -> None:
        """What the engine raises and does not deliver."""
        handlers, keep = self._handlers, self._keep_error

        def on_exception(_: int, vector: int, __: int) -> None:
            try:
                handlers.on_exception(vector)
            except BaseException as error:  # noqa: BLE001  (comes out of run)
                keep(error)
            if self._stopped_at is not None:
                # After a fetch that failed there may be no next instruction to count.
                uclib.uc_emu_stop(self._handle)

        def on_invalid(_: int, __: int) -> bool:
            try:
                handlers.on_invalid_opcode()
            except BaseException as error:  # noqa: BLE001
                keep(error)
            if self._stopped_at is not None:
                uclib.uc_emu_stop(self._handle)
            return True

        self._add(unicorn.UC_HOOK_INTR, _OnException(on_exception))
        self._add(unicorn.UC_HOOK_INSN_INVALID, _OnInvalid(on_invalid))

    def _install_instructions(self) -> None:
        """The instructions that the engine lets us do."""
        handlers, keep = self._handlers, self._keep_error

        def on_syscall(_: int, __: int) -> None:
            try:
                handlers.on_syscall()
                # The engine adds the length of the instruction afterwards.
                self.state.rip -= 2
            except BaseException as error:  # noqa: BLE001
                keep(error)

        def on_sysenter(_: int, __: int) -> None:
            try:
                handlers.on_sysenter()
                self.state.rip -= 2
            except BaseException as error:  # noqa: BLE001
                keep(error)

        def on_timestamp(_: int, __: int) -> int:
            try:
                value = handlers.on_timestamp()
                self.state.set_general(cpu.RAX, value & 0xFFFFFFFF)
                self.state.set_general(cpu.RDX, value >> 32 & 0xFFFFFFFF)
            except BaseException as error:  # noqa: BLE001
                keep(error)
            return 1

        insn = unicorn.UC_HOOK_INSN
        self._add(insn, _OnSyscall(on_syscall), x86.UC_X86_INS_SYSCALL)
        self._add(insn, _OnSyscall(on_sysenter), x86.UC_X86_INS_SYSENTER)
        self._add(insn, _OnReplaced(on_timestamp), x86.UC_X86_INS_RDTSC)
        self._add(insn, _OnReplaced(on_timestamp), x86.UC_X86_INS_RDTSCP)

    def _install_ports(self) -> None:
        """`in` and `out`."""
        handlers, keep = self._handlers, self._keep_error

        def on_in(_: int, port: int, size: int, __: int) -> int:
            try:
                return handlers.on_in(port, size)
            except BaseException as error:  # noqa: BLE001
                keep(error)
                return 0

        def on_out(_: int, port: int, size: int, value: int, __: int) -> None:
            try:
                handlers.on_out(port, size, value)
            except BaseException as error:  # noqa: BLE001
                keep(error)

        insn = unicorn.UC_HOOK_INSN
        self._add(insn, _OnIn(on_in), x86.UC_X86_INS_IN)
        self._add(insn, _OnOut(on_out), x86.UC_X86_INS_OUT)

    def map_registers(
        self,
        base: int,
        size: int,
        read: Callable[[int, int], int],
        write: Callable[[int, int, int], None],
    ) -> None:
        """Answer accesses: read(address, size), write(address, size, value)."""

        def on_read(_: int, offset: int, width: int, __: int) -> int:
            try:
                return read(base + offset, width)
            except BaseException as error:  # noqa: BLE001
                self._keep_error(error)
                return 0

        def on_write(_: int, offset: int, width: int, value: int, __: int) -> None:
            try:
                write(base + offset, width, value)
            except BaseException as error:  # noqa: BLE001
                self._keep_error(error)

        callbacks = _OnLoad(on_read), _OnStore(on_write)
        self._keep.extend(callbacks)
        load, store = (ctypes.cast(it, ctypes.c_void_p) for it in callbacks)
        status = uclib.uc_mmio_map(self._handle, base, size, load, None, store, None)
        assert status == unicorn.UC_ERR_OK

    def watch(
        self, address: int, callback: Callable[[], None], *, first: bool = False
    ) -> None:
        """Call back before the instruction at a linear address.

        All code is translated anew for it: a hook does not fire in code that was
        translated before. `first` puts it before those who watch the address already.
        """
        if address not in self._watches:
            self._watches[address] = _Watch(self._tell_watchers)
        watch = self._watches[address]
        if not watch.callbacks:
            watch.hook = self._add(unicorn.UC_HOOK_CODE, watch.on_code, at=address)
            self._forget_code = True
        watch.callbacks.insert(0 if first else len(watch.callbacks), callback)

    def unwatch(self, address: int, callback: Callable[[], None]) -> None:
        """Call this one back no more."""
        watch = self._watches[address]
        watch.callbacks.remove(callback)
        if not watch.callbacks:
            # Where nothing is mapped any more, the engine's look for the code there
            # faults, and would leave that fault behind in the CPU.
            before = self.save()
            uclib.uc_hook_del(self._handle, ctypes.c_size_t(watch.hook))
            self.state.raw[:] = before
            self._forget_code = True

    def _tell_watchers(self, callbacks: list[Callable[[], None]]) -> None:
        try:
            for callback in callbacks:
                callback()
                if self._stopped_at == self._counter.value - 1:
                    break  # the instruction will be come to again
        except BaseException as error:  # noqa: BLE001
            self._keep_error(error)

    @property
    def executed(self) -> int:
        """Instructions begun in this run, the current one included."""
        return self._counter.value

    @property
    def rflags(self) -> int:
        """RFLAGS as a whole; the engine computes the arithmetic flags on demand."""
        self._read_flags()
        return self._flags.value

    def stop(self) -> None:
        """In a handler: end the run before the next instruction.

        Lowers the limit that the engine counts to. Its own way to stop would give up
        an access to a device's registers half way, and begin it again later.
        """
        if self._stopped_at is None:
            self._stopped_at = self._limit.value = self._counter.value

    def stop_before(self) -> None:
        """In a callback of `watch`: end the run before the instruction, uncounted."""
        self._stopped_at = self._counter.value - 1
        uclib.uc_emu_stop(self._handle)

    def run(self, count: int) -> Exit:
        """Run up to `count` instructions from RIP."""
        assert count > 0
        if self._forget_code:
            self._forget_code = False
            self._uc.ctl_flush_tb()
        if self._stale:
            self._drop_stale()
        self._stopped_at = None
        self._is_running = True
        if self.state.flags_in_pieces:
            self.state.join_flags(self.rflags)
        begun = error = 0
        # A stop in the hook of an exception leaves a request behind that ends the next
        # run before its first instruction.
        while not begun and not error:
            error = uclib.uc_emu_start(self._handle, self.state.rip, _NEVER, 0, count)
            begun = self._counter.value
        self._is_running = self.state.flags_in_pieces = False
        assert not self.state.exception_in_flight
        if self._error is not None:
            kept, self._error = self._error, None
            raise kept
        return self._exit(begun, count, error)

    def _exit(self, begun: int, count: int, error: int) -> Exit:
        """How a run ended that began so many instructions."""
        if self._stopped_at is not None:
            return Exit(self._stopped_at, halted=False, error=error)
        if begun > count:  # the engine notices the limit one instruction later
            return Exit(count, halted=False, error=error)
        return Exit(begun, halted=not error, error=error)

    def write_memory(self, address: int, data: bytes | memoryview) -> None:
        """Write physical memory; what was translated from there will be dropped.

        In a handler this ends the run: the next instruction may be the new one.
        """
        self._ram_bytes[address : address + len(data)] = data
        self._stale.append((address, address + len(data)))
        if self._is_running:
            self.stop()

    def _drop_stale(self) -> None:
        """Drop the translations of what was written from outside, and only those.

        The engine wants linear addresses, so paging is switched off for a moment.
        """
        state, cr0 = self.state, self.state.cr(0)
        state.set_cr(0, cr0 & ~_CR0_PG)
        self.forget_translations()
        for start, end in _merged(self._stale):
            self._uc.ctl_remove_cache(start, end)
        self._stale.clear()
        state.set_cr(0, cr0)
        self.forget_translations()

    def forget_translations(self) -> None:
        """Drop all cached page walks (what a write to CR3 does)."""
        self._uc.ctl(unicorn.UC_CTL_TLB_FLUSH, unicorn.UC_CTL_IO_WRITE)

    def save(self) -> bytes:
        """The CPU state, floating point included."""
        return self.state.raw.tobytes()

    def load(self, state: bytes) -> None:
        """Put a saved CPU state back."""
        self.undo(state)
        self.forget_translations()

    def undo(self, state: bytes) -> None:
        """Put back the CPU state of a moment ago, in the same address space."""
        self.state.raw[:] = state
        self.state.flags_in_pieces = True

    def close(self) -> None:
        """Give the host's memory back. Nothing of the engine can be used afterwards."""
        self.state.release()
        self._counter = self._limit = ctypes.c_uint64()
        # What the binding would do when the last reference goes, some time later.
        self._uc._Uc__finalizer()  # noqa: SLF001
        self._keep.clear()
