"""The adapter to Unicorn: with `binding.py`, all that minios knows about the engine.

The engine runs x86-64 code and walks page tables. It leaves the delivery of exceptions,
`syscall`, I/O privilege and time to us. So it runs only in counting mode (a slice of
exactly N instructions), calls us through `Handlers` for the rest, and shows us its CPU
state in place (`cpu_state.py`).

Invariants:
- `run` stops after exactly `count` instructions, or earlier: before the instruction
  that follows the one in which `stop` was called. A faulting instruction counts as one.
  `stop_before` ends the run before the watched instruction.
- an exception inside a handler stops the run, and `run` raises it.
- no host time and no host randomness reach the guest: `Handlers` answers RDTSC and
  RDTSCP. RDRAND and RDSEED are not in the CPU model, and raise #UD.

Left out: where the engine differs from the manual and we cannot correct it. Each such
difference is a row of the table in `limits.py`, and has a test that fails when the
engine changes. `minios limits` prints the table.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
from collections.abc import Callable, Container
from typing import Final

import unicorn
from unicorn import x86_const as x86
from unicorn.unicorn_py3.unicorn import uclib

from minios.machine import cpu_state as cpu
from minios.machine import hazards
from minios.machine.binding import (
    NEVER,
    Block,
    OnBlock,
    OnCode,
    OnException,
    OnIn,
    OnInvalid,
    OnLoad,
    OnOut,
    OnRefused,
    OnReplaced,
    OnStore,
    OnSyscall,
    address_of,
    open_engine,
    places,
)
from minios.machine.calibration import Places
from minios.machine.code_pages import PAGE, CodePages, Danger, Rights
from minios.machine.cpu_state import CpuState
from minios.machine.doors import SHORT
from minios.machine.handlers import Exit, Handlers
from minios.machine.instruction import LONGEST, MAY_SET_IF

_CR0_PG: Final = 1 << 31
_TOLD: Final = 1 << 30  # a hidden flag that the engine does not use
_PAGE_FAULT: Final = 14
_FETCH: Final = 1 << 4  # in its error code
_DR6_BS: Final = 1 << 14  # a step is done
_TSC_AUX: Final = 0xC0000103
# Rights change fast where they change for a region as it was mapped or changed before;
# else the engine cuts it up, which costs it time by the region's size.
_REGION: Final = 4 << 20
_RIGHTS: Final = {
    Rights.DATA: unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE,
    Rights.CODE: unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC,
    Rights.WATCHED: unicorn.UC_PROT_READ,
}
# The hidden flags that decide how long an instruction is.
_LENGTH_MODE: Final = cpu.HF_CS64 | cpu.HF_CS32 | cpu.FLAG_VM
_ECX_RDRAND: Final = 1 << 30  # the engine ties RDSEED to it, too
_XSAVE_X87: Final = 1 << 0
_XSAVE_PARTS: Final = _XSAVE_X87 | 1 << 1 | 1 << 9  # SSE, PKRU: there is no AVX or MPX


def _page(number: int) -> tuple[int, int]:
    """The first and last address of a page of RAM."""
    return number * PAGE, (number + 1) * PAGE


class _Watch:
    """A watched address, and who watches it.

    It is kept when nobody watches it any more, because the engine drops the callback
    only in its next run.
    """

    def __init__(self, tell: Callable[[list[Callable[[], None]]], None]) -> None:
        callbacks: list[Callable[[], None]] = []
        self.callbacks = callbacks
        self.hook = 0

        def on_code(_: int, __: int, ___: int, ____: int) -> None:
            tell(callbacks)

        self.on_code = OnCode(on_code)


class Engine:
    """One x86-64 CPU, its RAM at physical 0, and nothing else."""

    def __init__(self, ram: mmap.mmap, handlers: Handlers) -> None:
        """Open an engine over RAM that stays ours.

        Raises:
            EngineError: calibration failed.
        """
        found = places()
        self._uc = open_engine()
        self._keep: list[object] = []  # callbacks, alive as long as the engine is
        self._watches: dict[int, _Watch] = {}
        self._look: Callable[[int], bool] | None = None
        self._look_hook = 0
        self._error: BaseException | None = None
        self._stopped_at: int | None = None
        self._handlers = handlers
        self._is_running = False
        self._forget_code = False
        self._stale: set[tuple[int, int]] = set()  # translations of these addresses
        self._ram_bytes = memoryview(ram)
        self._ram = (ctypes.c_char * len(ram)).from_buffer(ram)
        address = ctypes.addressof(self._ram)
        for start in range(0, len(ram), _REGION):
            size = min(_REGION, len(ram) - start)
            self._uc.mem_map_ptr(start, size, _RIGHTS[Rights.DATA], address + start)
        self._pages = CodePages(self._ram_bytes, self._protect)
        # A walk in single steps: its first RIP, how far, and past what.
        self._walk: tuple[int, int, Danger | None] | None = None
        # A door that was come to, its RIP, and DR6 before it.
        self._door: tuple[Callable[[int], bool], int, int] | None = None
        self._done = 0  # instructions of this run, until the engine started last
        self._is_broken_off = self._is_at_window = self._is_told = False
        self._delivered_at = -1  # instructions begun at the last delivery
        self._cr2 = 0  # as no fault that came too early has changed it
        # Without this, each run ends with a look at the address where it should have
        # ended, and the fault of that look stays behind in the CPU's state.
        self._uc.ctl_exits_enabled(True)
        self._uc.context_save()  # forces the engine to build its CPU
        self._handle = self._uc._uch  # noqa: SLF001  (the binding shows it nowhere else)
        engine = address_of(self._uc)
        pointer = ctypes.c_uint64.from_address(engine + found.cpu_pointer).value
        state = pointer + found.state
        self._counter = ctypes.c_uint64.from_address(engine + found.counter)
        self._limit = ctypes.c_uint64.from_address(engine + found.limit)
        raw = (ctypes.c_ubyte * found.layout.size).from_address(state)
        self.state = CpuState(memoryview(raw).cast("B"), found.layout)
        self._correct_model(state, found)
        self._flags = ctypes.c_uint64()
        self._read_flags = functools.partial(
            uclib.uc_reg_read,
            self._handle,
            x86.UC_X86_REG_RFLAGS,
            ctypes.byref(self._flags),
        )
        self._on_block = self._told()
        self._on_each = OnCode(lambda *_: self._tell_watchers([]))
        self._install_pages()
        self._install_exceptions()
        self._install_instructions()
        self._install_ports()

    def _correct_model(self, state: int, found: Places) -> None:
        """What the CPU model should have, have not, and be at power on.

        CPUID offers no RDRAND, and of what XSAVE can save only what the model has. The
        rest as the manual says (SDM vol. 3A, "Processor State After Reset").
        """
        leaf_1_ecx = ctypes.c_uint32.from_address(state + found.leaf_1_ecx)
        assert leaf_1_ecx.value & _ECX_RDRAND
        leaf_1_ecx.value &= ~_ECX_RDRAND
        ctypes.c_uint32.from_address(state + found.xsave_parts).value &= _XSAVE_PARTS
        ctypes.c_uint64.from_address(state + found.xcr0).value = _XSAVE_X87
        self._uc.reg_write(x86.UC_X86_REG_FPCW, 0x40)
        self._uc.reg_write(x86.UC_X86_REG_MXCSR, 0x1F80)

    def _keep_error(self, error: BaseException) -> None:
        if self._error is None:
            self._error = error
        self.stop()

    def _add(
        self, kind: int, callback: object, instruction: int = 0, at: int | None = None
    ) -> int:
        """Register a C callback for the life of the engine."""
        self._keep.append(callback)
        return self._hook(kind, callback, instruction, at)

    def _hook(
        self, kind: int, callback: object, instruction: int = 0, at: int | None = None
    ) -> int:
        """Register a C callback without the binding's wrappers: 1 us a call."""
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

    def _install_pages(self) -> None:
        """Set up who may read a page as code, or store to it (`code_pages.py`)."""
        size = len(self._ram_bytes)

        def on_read(
            _: int, __: int, address: int, ___: int, ____: int, _5: int
        ) -> bool:
            try:
                if address < size:
                    self._is_broken_off = not self._may_read(address)
                    return not self._is_broken_off
            except BaseException as error:  # noqa: BLE001  (comes out of run)
                self._keep_error(error)
            return False

        def on_store(
            _: int, __: int, address: int, width: int, value: int, _5: int
        ) -> bool:
            try:
                self._store(address, width, value)
            except BaseException as error:  # noqa: BLE001
                self._keep_error(error)
            return True

        self._add(unicorn.UC_HOOK_MEM_FETCH_PROT, OnRefused(on_read))
        self._add(unicorn.UC_HOOK_MEM_WRITE_PROT, OnRefused(on_store))

    def _told(self) -> ctypes._FuncPointer:
        def on_block(
            _: int, block: ctypes._Pointer[Block], __: object, ___: int
        ) -> None:
            try:
                self._block_is_new(block.contents)
            except BaseException as error:  # noqa: BLE001
                self._keep_error(error)

        return OnBlock(on_block)

    def _protect(self, start: int, end: int, rights: Rights) -> None:
        if rights is not Rights.CODE:
            # From now on the engine does not notice that what it translated changes.
            self._stale.update(map(_page, range(start // PAGE, end // PAGE)))
        self._uc.mem_protect(start, end - start, _RIGHTS[rights])

    @property
    def code_pages(self) -> Container[int]:
        """The numbers of the pages that only `write_memory` may write to."""
        return self._pages.rights

    def expect_code(self, start: int, end: int) -> None:
        """Say that a range of physical memory will be code.

        Its first use is then fast.
        """
        self._pages.expect(start, end)

    def _may_read(self, address: int) -> bool:
        state = self.state
        if self._walk is not None:
            if self._counter.value:
                return False  # the step is done
            if address // PAGE in self._pages.rights:
                return True  # of the one instruction, which was looked at
        start = address & ~0xFFF | self._linear_rip & 0xFFF
        return self._pages.may_read(address, start, state.hflags & _LENGTH_MODE)

    @property
    def _linear_rip(self) -> int:
        state = self.state
        return state.rip + (0 if state.hflags & cpu.HF_CS64 else state.base(cpu.CS))

    def _store(self, address: int, width: int, value: int) -> None:
        """Do a store of the guest that the engine drops, because of the page's rights.

        Of a store across two pages, the rest comes byte by byte.
        """
        width = min(width, PAGE - address % PAGE)
        data = (value & (1 << 8 * width) - 1).to_bytes(width, "little")
        self._ram_bytes[address : address + width] = data
        self._pages.stored(address)
        self._stale.add(_page(address // PAGE))
        self.stop()

    def _install_exceptions(self) -> None:
        """Set up the exceptions, which the engine raises but does not deliver."""
        handlers, keep = self._handlers, self._keep_error
        state, counter = self.state, self._counter

        def on_exception(_: int, vector: int, __: int) -> None:
            try:
                is_fetch = vector == _PAGE_FAULT and state.error_code & _FETCH
                if (is_fetch or self._door is not None) and self._is_too_early():
                    state.forget_exception()
                    uclib.uc_emu_stop(self._handle)
                    return
                self._walk = None
                if is_fetch or counter.value == self._delivered_at:
                    self._count_failed_fetch()
                self._delivered_at = counter.value
                handlers.on_exception(vector)
                if vector == _PAGE_FAULT:
                    self._cr2 = state.cr(2)
            except BaseException as error:  # noqa: BLE001  (comes out of run)
                keep(error)
            if self._stopped_at is not None:
                # After a fetch that failed there may be no next instruction to count.
                uclib.uc_emu_stop(self._handle)

        def on_invalid(_: int, __: int) -> bool:
            try:
                self._walk = None
                handlers.on_invalid_opcode()
            except BaseException as error:  # noqa: BLE001
                keep(error)
            if self._stopped_at is not None:
                uclib.uc_emu_stop(self._handle)
            return True

        self._add(unicorn.UC_HOOK_INTR, OnException(on_exception))
        self._add(unicorn.UC_HOOK_INSN_INVALID, OnInvalid(on_invalid))

    def _is_too_early(self) -> bool:
        """Whether something else has to be done before this exception.

        A #DB may have come before its door was gone through (see `_defer`). The code of
        the next instruction is read before the end of the run is noticed. And the
        engine reads the next page while the block on this one has not been run: if it
        may not, the fault is not that of the instruction at RIP.
        """
        if self._door is not None:
            return True
        state, begun = self.state, self._counter.value
        if state.exception_is_int:  # `int 14`
            return False
        ahead = state.cr(2) - state.rip
        is_over = begun >= self._limit.value
        is_step = self._walk is not None and not begun
        if not is_over and (is_step or not 0 < ahead <= PAGE):
            if self._look is None or not self._look(self.executed):
                return False
            self._stopped_at = self.executed
            is_over = True
        if not is_over:
            self._walk = self._walk or (state.rip, ahead - 1, None)
        state.set_cr(2, self._cr2)
        self._is_broken_off = True
        return True

    def _count_failed_fetch(self) -> None:
        """Let time pass for what the engine does not count.

        It counts instructions that it begins. If the code of a handler could not be
        read, and that of the next neither, it would go on for ever.
        """
        if not self.state.exception_is_int:
            self._counter.value += 1
        if self._counter.value >= self._limit.value:
            self._is_broken_off = True
            uclib.uc_emu_stop(self._handle)

    def _install_instructions(self) -> None:
        """Set up the instructions that the engine leaves to us."""
        handlers, keep, state = self._handlers, self._keep_error, self.state

        def on_syscall(_: int, __: int) -> None:
            try:
                if state.hflags & cpu.FLAG_TF or not handlers.at_short_door():
                    self._defer(handlers.on_syscall)
                else:
                    handlers.on_syscall(SHORT)
                    state.rip -= SHORT
            except BaseException as error:  # noqa: BLE001
                keep(error)

        def on_sysenter(_: int, __: int) -> None:
            try:
                self._defer(handlers.on_sysenter)
            except BaseException as error:  # noqa: BLE001
                keep(error)

        def on_timestamp(_: int, __: int) -> int:
            try:
                value = handlers.on_timestamp()
                state.set_general(cpu.RAX, value & 0xFFFFFFFF)
                state.set_general(cpu.RDX, value >> 32 & 0xFFFFFFFF)
            except BaseException as error:  # noqa: BLE001
                keep(error)
            return 1

        def on_timestamp_and_processor(handle: int, data: int) -> int:
            done = on_timestamp(handle, data)
            state.set_general(cpu.RCX, self.read_msr(_TSC_AUX) & 0xFFFFFFFF)
            return done

        insn = unicorn.UC_HOOK_INSN
        self._add(insn, OnSyscall(on_syscall), x86.UC_X86_INS_SYSCALL)
        self._add(insn, OnSyscall(on_sysenter), x86.UC_X86_INS_SYSENTER)
        self._add(insn, OnReplaced(on_timestamp), x86.UC_X86_INS_RDTSC)
        replaced = OnReplaced(on_timestamp_and_processor)
        self._add(insn, replaced, x86.UC_X86_INS_RDTSCP)

    def _defer(self, door: Callable[[int], bool]) -> None:
        """Go through a door when the engine has added its length to RIP.

        What it has added is the length. For `syscall` that is done where the length is
        not known, or while TF is set: the engine raises the #DB that follows a step
        before anybody knows whether the door was open.
        """
        self._door = door, self.state.rip, self._uc.reg_read(x86.UC_X86_REG_DR6)
        self.stop()
        uclib.uc_emu_stop(self._handle)

    def _go_through(self) -> None:
        """Between starts: enter the kernel, now that the length is known."""
        assert self._door is not None
        (door, rip, dr6), self._door = self._door, None
        state, length = self.state, self.state.rip - rip
        was_stepping = state.hflags & cpu.FLAG_TF
        state.rip = rip
        self._uc.reg_write(x86.UC_X86_REG_DR6, dr6)
        if door(length) and was_stepping and state.hflags & cpu.FLAG_TF:
            self._uc.reg_write(x86.UC_X86_REG_DR6, dr6 | _DR6_BS)
            self._handlers.on_exception(1)

    def _install_ports(self) -> None:
        """Set up `in` and `out`."""
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
        self._add(insn, OnIn(on_in), x86.UC_X86_INS_IN)
        self._add(insn, OnOut(on_out), x86.UC_X86_INS_OUT)

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

        callbacks = OnLoad(on_read), OnStore(on_write)
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
        """Remove one callback."""
        watch = self._watches[address]
        watch.callbacks.remove(callback)
        if not watch.callbacks:
            self._unhook(watch.hook)

    def _unhook(self, hook: int) -> None:
        # Where nothing is mapped any more, the engine's look for the code there
        # faults, and would leave that fault behind in the CPU.
        before = self.save()
        uclib.uc_hook_del(self._handle, ctypes.c_size_t(hook))
        self.state.raw[:] = before
        self._forget_code = True

    def look_at_each(self, look: Callable[[int], bool] | None) -> None:
        """Before each instruction, ask whether the run ends there; None: ask no more.

        It is asked before those who watch the address, and gets the number of
        instructions that this run has executed. It may be asked twice. As in `watch`,
        all code is translated anew for the first one. Who asks no more pays for the
        hook until `stop_looking`.
        """
        self._look = look
        if look is not None and not self._look_hook:
            self._look_hook = self._hook(unicorn.UC_HOOK_CODE, self._on_each)
            self._forget_code = True

    def stop_looking(self) -> None:
        """Let instructions run at full speed again."""
        self._look = None
        if self._look_hook:
            self._unhook(self._look_hook)
            self._look_hook = 0

    def _tell_watchers(self, callbacks: list[Callable[[], None]]) -> None:
        try:
            if self._look is not None and self._look(self.executed - 1):
                self.stop_before()
                return
            for callback in callbacks:
                callback()
                if self._stopped_at == self.executed - 1:
                    break  # the instruction will be come to again
        except BaseException as error:  # noqa: BLE001
            self._keep_error(error)

    @property
    def executed(self) -> int:
        """Instructions that have begun in this run, with the current one."""
        return self._done + self._counter.value

    @property
    def rflags(self) -> int:
        """All of RFLAGS. The engine computes the arithmetic flags when asked."""
        self._read_flags()
        return self._flags.value

    def stop(self) -> None:
        """In a handler: end the run before the next instruction.

        This lowers the limit to which the engine counts. The engine's own way to stop
        would give up an access to a device's registers halfway, and begin the access
        again later.
        """
        if self._stopped_at is None:
            self._limit.value = self._counter.value
            self._stopped_at = self.executed

    def stop_before(self) -> None:
        """In a callback of `watch`: end the run before the instruction, uncounted."""
        self._stopped_at = self.executed - 1
        uclib.uc_emu_stop(self._handle)

    def run(self, count: int, *, to_window: bool = False) -> Exit:
        """Run up to `count` instructions from RIP.

        Args:
            count: at least 1.
            to_window: end also behind each instruction that may have set IF.
        """
        assert count > 0
        self._stopped_at = self._walk = None
        self._is_at_window = False
        self._done = 0
        self._is_running = True
        try:
            return self._run_to_window(count) if to_window else self._run(count)
        finally:
            self._is_running = False

    def _run_to_window(self, count: int) -> Exit:
        """Run only blocks of code that the engine has told us of.

        An instruction that may set IF ends a block, and the engine tells us of each
        block when it translates it. There are three exceptions:

        - The first block of an engine's life is never told. Until another one has been,
          we take single steps.
        - Nobody listened when earlier blocks were translated. The engine reuses a block
          only while all hidden flags are the same, also those that mean nothing. So we
          set one of these: what was translated without it is not used.
        - A block is told once. One that may open a window is dropped after its use, and
          is told again the next time.
        """
        hook = self._hook(unicorn.UC_HOOK_EDGE_GENERATED, self._on_block)
        try:
            if not self._is_told:
                return self._run(1)
            self.state.hflags |= _TOLD
            return self._run(count)
        finally:
            self.state.hflags &= ~_TOLD
            uclib.uc_hook_del(self._handle, ctypes.c_size_t(hook))

    def _block_is_new(self, block: Block) -> None:
        """Called before a new block runs: end the run behind it if it may set IF."""
        self._is_told = True
        start = self._handlers.code_place(block.start)
        last = self._handlers.code_place(block.start + block.size - 1)
        if start is None or last is None:
            self._forget_code = True  # it cannot be dropped for itself
        elif self._ram_bytes[last] in MAY_SET_IF:
            self._stale.add((start, min(start + block.size, (start | 0xFFF) + 1)))
        else:
            return
        self._is_at_window = True
        end = self._counter.value + block.instructions
        self._limit.value = min(self._limit.value, end)

    def _run(self, count: int) -> Exit:
        """Start the engine as often as the pages of code require."""
        while True:
            left = count - self._done
            ended = self._start(left) if self._walk is None else self._step()
            if self._error is not None:
                kept, self._error = self._error, None
                raise kept
            if self._door is not None:
                self._go_through()
            if self._stopped_at is not None:  # an error is the next instruction's
                return Exit(self._stopped_at, halted=False, error=0)
            if ended is not None:
                return ended
            if self._done >= count or self._is_at_window:
                return Exit(self._done, halted=False, error=0)

    def _start(self, count: int) -> Exit | None:
        """Let the engine run.

        Returns how it ended, or None if the guest was not the reason.
        """
        if self._forget_code:
            self._forget_code = False
            self._uc.ctl_flush_tb()
        if self._stale or self._pages.has_changes:
            self._maintain()
        state = self.state
        if state.flags_in_pieces:
            state.join_flags(self.rflags)
        begun = error = 0
        self._cr2 = state.cr(2)
        # A stop in the hook of an exception leaves a request behind that ends the next
        # run before its first instruction.
        while not (begun or error or self._is_broken_off):
            error = uclib.uc_emu_start(self._handle, state.rip, NEVER, 0, count)
            begun = self._counter.value
        state.flags_in_pieces = False
        self._counter.value = 0
        # Where nothing was begun since the last delivery, the next one costs time.
        self._delivered_at = 0 if begun == self._delivered_at else -1
        is_at_limit = begun > self._limit.value  # it is noticed one instruction later
        # Code that cannot be fetched behind the last instruction is for the next run.
        is_over = is_at_limit or (error and begun == self._limit.value)
        self._done += begun - is_at_limit
        if state.exception_in_flight:
            # The CPU was shut down by a triple fault, which left RIP where it was, and
            # the engine has begun the instruction once more before it stopped.
            assert self._stopped_at is not None
            state.forget_exception()
        if self._is_broken_off:
            self._is_broken_off = False
            self._begin_walk()
            return None
        return None if is_over else Exit(self._done, not error, error)

    # One instruction at a time: past a sequence that may be deadly, to a missing page.

    def _begin_walk(self) -> None:
        danger, self._pages.danger = self._pages.danger, None
        if danger is not None and self._walk is None:
            self._walk = self.state.rip, danger.distance, danger

    def _step(self) -> Exit | None:
        """Execute one instruction alone in its block, after its bytes were checked."""
        state = self.state
        self.flush_tlb()  # what we look at is what the engine will read
        code = self._handlers.code()
        if hazards.is_deadly(code):
            self._walk = None
            self._done += 1
            self._handlers.on_invalid_opcode()
            return None
        self._stay_on_the_way()
        done, in_shadow = self._done, state.hflags & cpu.HF_INHIBIT_IRQ
        # The engine ends a block behind an instruction that begins in a shadow.
        state.hflags |= cpu.HF_INHIBIT_IRQ
        ended = self._start(1)
        if self._walk is not None:  # nothing was delivered
            if not in_shadow:
                casts = self._done > done and hazards.casts_shadow(code)
                state.hflags &= ~cpu.HF_INHIBIT_IRQ
                state.hflags |= cpu.HF_INHIBIT_IRQ if casts else 0
            self._walk_on(*self._walk, code)
        return ended

    def _stay_on_the_way(self) -> None:
        """Learn nothing from a walk that has left the bytes that it was begun for.

        The guest may write to them, or map another page in their place, while it is
        walked over them.
        """
        assert self._walk is not None
        begin, distance, danger = self._walk
        if danger is not None:
            there = danger.start + self.state.rip - begin
            is_there = self._handlers.code_place(self._linear_rip) == there
            if not (is_there and self._pages.is_there(danger)):
                self._walk = begin, distance, None

    def _walk_on(
        self, begin: int, distance: int, danger: Danger | None, code: bytes
    ) -> None:
        """Go on walking, unless the place is behind us.

        A locked instruction is never known to be harmless: its end may lie in the next
        page, and another page may follow next time.
        """
        passed = self.state.rip - begin - distance
        if passed <= 0 <= self.state.rip - begin:
            return
        if danger and 0 < passed <= LONGEST and not hazards.is_locked(code):
            self._pages.remember_harmless(danger)
        self._walk = None

    def write_memory(self, address: int, data: bytes | memoryview) -> None:
        """Write physical memory; what was translated from there will be dropped.

        In a handler this ends the run: the next instruction may be the new one.
        """
        self._ram_bytes[address : address + len(data)] = data
        translated = self._pages.written(address, address + len(data))
        if translated:
            self._stale.update(map(_page, translated))
            if self._is_running:
                self.stop()

    def _maintain(self) -> None:
        """Drop the translations of what was written from outside, and only those.

        And change the rights of pages of code. The engine wants linear addresses for
        both, and no range across two pages with rights of their own; so paging is
        switched off for a moment.
        """
        state, cr0 = self.state, self.state.cr(0)
        state.set_cr(0, cr0 & ~_CR0_PG)
        self.flush_tlb()
        self._pages.settle()
        for start, end in self._stale:
            self._uc.ctl_remove_cache(start, end)
        self._stale.clear()
        state.set_cr(0, cr0)
        self.flush_tlb()

    def read_msr(self, number: int) -> int:
        """A model-specific register, whoever may read it."""
        value = self._uc.msr_read(number)
        assert isinstance(value, int)
        return value

    def flush_tlb(self) -> None:
        """Drop the page walks that the engine has cached, as a write to CR3 does."""
        self._uc.ctl(unicorn.UC_CTL_TLB_FLUSH, unicorn.UC_CTL_IO_WRITE)

    def save(self) -> bytes:
        """The CPU state, floating point included."""
        return self.state.raw.tobytes()

    def load(self, state: bytes) -> None:
        """Put a saved CPU state back."""
        self.undo(state)
        self.flush_tlb()

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
