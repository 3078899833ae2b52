"""The contents of the parts of a dump.

`parse` never fails. A part that is damaged, cut off, left by another crash, or
impossible is left out. `Dump.missing` names it, with the reason. A part that the kernel
never wrote (a page walk, when no address was at fault) is not missing, and not named.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from minios.abi import dump as abi
from minios.abi.structures import Structure
from minios.dump import sealed
from minios.dump.sealed import Missing

T = TypeVar("T")

_LEVELS: Final = 4


@dataclass(frozen=True, slots=True)
class StopPart:
    """Why the kernel stopped, and what it was doing.

    `of_trap` says that a trap interrupted the code with these registers. Without a trap
    there are only RIP, RSP and RBP, of the code that asked for the stop. `called` is
    the address of a driver's function that the kernel had called on this thread and
    that had not returned, or 0. `parts` are the kinds of parts that the kernel has
    written. `panic` is why the kernel stopped in the words of Linux, "" if it did not
    stop in its way; `oops` the number of the oops that led there, or 0, and `taint` the
    taint word.
    """

    code: int
    parameters: tuple[int, ...]
    registers: dict[str, int]
    of_trap: bool
    vector: int
    error_code: int
    ticks: int
    irql: int
    process: str
    process_id: int
    parent_id: int
    thread_id: int
    in_syscall: bool
    called: int
    blamed: str
    parts: frozenset[int]
    panic: str = ""
    oops: int = 0
    taint: int = 0


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """A module of ring 0: the kernel, or a driver."""

    name: str
    base: int
    size: int
    unloaded: bool = False


@dataclass(frozen=True, slots=True)
class WalkRow:
    """A page-table entry, from the top down: (physical address, entry)."""

    address: int
    entries: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class DumpedMemory:
    """A piece of memory in the dump, and the register that pointed to it, or ""."""

    address: int
    data: bytes
    register: str = ""


@dataclass(frozen=True, slots=True)
class Dump:
    """Everything that a dump contains."""

    stop: StopPart | None = None
    modules: tuple[ModuleRow, ...] = ()
    walk: WalkRow | None = None
    code: DumpedMemory | None = None
    stack: DumpedMemory | None = None
    memory: tuple[DumpedMemory, ...] = ()
    taken_over: int = 0
    missing: tuple[Missing, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no part of the dump could be read."""
        return replace(self, missing=(), taken_over=0) == Dump()


class _NonsenseError(Exception):
    """The contents of a part contradict themselves."""


def parse(data: bytes) -> Dump:
    """Read everything that can be read; see `Dump.missing` and `Dump.is_empty`."""
    opened = sealed.open_parts(data)
    missing = list(opened.missing)

    def read(kind: int, understand: Callable[[bytes], T]) -> T | None:
        if kind not in opened.contents:
            return None
        try:
            return understand(opened.contents[kind])
        except _NonsenseError as error:
            name = next(part.name for part in abi.PARTS if part.kind == kind)
            missing.append(Missing(name, f"its contents are impossible: {error}"))
            return None

    stop = read(abi.DUMP_PART_STOP, _stop)
    dump = Dump(
        stop=stop,
        modules=read(abi.DUMP_PART_MODULES, _modules) or (),
        walk=read(abi.DUMP_PART_WALK, _walk),
        code=read(abi.DUMP_PART_CODE, _single),
        stack=read(abi.DUMP_PART_STACK, _single),
        memory=read(abi.DUMP_PART_MEMORY, _pieces) or (),
        taken_over=opened.taken_over,
    )
    return replace(dump, missing=_losses(stop, opened.contents, missing))


def _losses(
    stop: StopPart | None, there: Container[int], missing: list[Missing]
) -> tuple[Missing, ...]:
    """The missing parts, in order, without parts that are known never to be written."""
    why = {it.part: it.why for it in missing}
    losses = []
    for part in abi.PARTS:
        written = part.kind in stop.parts if stop else part.name == "stop"
        if part.name in why and (written or stop is None):
            losses.append(Missing(part.name, why[part.name]))
        elif written and part.kind not in there:
            losses.append(Missing(part.name, "it is missing"))
    return tuple(losses)


# ---- One function a part. A checksum proves that nothing was damaged, no more.


class _Values:
    """The members of a structure, by type."""

    def __init__(self, values: dict[str, int | str | tuple[int, ...]]) -> None:
        self._values = values

    def number(self, name: str) -> int:
        value = self._values[name]
        assert isinstance(value, int)
        return value

    def text(self, name: str) -> str:
        value = self._values[name]
        assert isinstance(value, str)
        return "".join(c if c.isprintable() else "?" for c in value)

    def numbers(self, name: str) -> tuple[int, ...]:
        value = self._values[name]
        assert isinstance(value, tuple)
        return value


def _one(structure: Structure, data: bytes) -> _Values:
    if len(data) != structure.size:
        raise _NonsenseError(f"{len(data)} bytes instead of {structure.size}")
    return _Values(structure.unpack(data))


def _stop(data: bytes) -> StopPart:
    values = _one(abi.DUMP_STOP, data)
    number, text = values.number, values.text
    registers = dict(
        zip(abi.REGISTERS, values.numbers("registers"), strict=True),
        **{name: number(name) for name in ("cr0", "cr2", "cr3", "cr4", "efer")},
    )
    kinds = {part.kind for part in abi.PARTS}
    return StopPart(
        code=number("code"),
        parameters=values.numbers("parameters"),
        registers=registers,
        of_trap=number("registers_of") == abi.DUMP_REGISTERS_OF_TRAP,
        vector=number("vector"),
        error_code=number("error_code"),
        ticks=number("ticks"),
        irql=number("irql"),
        process=text("process"),
        process_id=number("process_id"),
        parent_id=number("parent_id"),
        thread_id=number("thread_id"),
        in_syscall=bool(number("in_syscall")),
        called=number("called"),
        blamed=text("blamed"),
        parts=frozenset(kind for kind in kinds if number("parts") >> kind & 1),
        panic=text("panic"),
        oops=number("oops"),
        taint=number("taint"),
    )


def _modules(data: bytes) -> tuple[ModuleRow, ...]:
    size = abi.DUMP_MODULE.size
    if len(data) % size:
        raise _NonsenseError(f"{len(data)} bytes are no whole number of modules")
    rows = [
        _one(abi.DUMP_MODULE, data[at : at + size]) for at in range(0, len(data), size)
    ]
    return tuple(
        ModuleRow(
            row.text("name"),
            row.number("base"),
            row.number("size"),
            unloaded=row.number("unloaded") != 0,
        )
        for row in rows
    )


def _walk(data: bytes) -> WalkRow:
    values = _one(abi.DUMP_WALK, data)
    levels = values.number("levels")
    if not 1 <= levels <= _LEVELS:
        raise _NonsenseError(f"{levels} levels of page tables")
    pairs = zip(
        values.numbers("entry_addresses"), values.numbers("entries"), strict=True
    )
    return WalkRow(values.number("address"), tuple(pairs)[:levels])


def _pieces(data: bytes) -> tuple[DumpedMemory, ...]:
    pieces = []
    at = 0
    while at < len(data):
        head = data[at : at + abi.DUMP_MEMORY.size]
        values = _one(abi.DUMP_MEMORY, head)
        at += len(head)
        size, source = values.number("size"), values.number("source")
        if size > len(data) - at:
            left = len(data) - at
            raise _NonsenseError(f"a piece of {size} bytes, but only {left} are left")
        register = abi.REGISTERS[source] if source < len(abi.REGISTERS) else ""
        pieces.append(
            DumpedMemory(values.number("address"), data[at : at + size], register)
        )
        at += (size + 7) // 8 * 8
    return tuple(pieces)


def _single(data: bytes) -> DumpedMemory:
    pieces = _pieces(data)
    if len(pieces) != 1:
        raise _NonsenseError(f"{len(pieces)} pieces instead of one")
    return DumpedMemory(pieces[0].address, pieces[0].data)
