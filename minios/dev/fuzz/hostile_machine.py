"""A machine whose ring 3 is hostile: rounds of system calls, each from the same state.

Its disk has `minios/user/dev/hostile/` as the first process, which starts itself once
a round. Between that start and the first instruction, the calls are written into the
new process's memory from outside; when it ends, their results are read before its
memory is gone.

A finding is a call that was granted memory which ring 3 may not use, a machine that
stopped or did not go on, memory that changed though nobody may write to it, and
anything of the kernel's that a round leaves behind (`holdings.py`).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from minios import paths
from minios.abi.memory_map import PAGE_SIZE, USER_IMAGE, USER_TOP
from minios.closing import Closing
from minios.dev.fuzz.holdings import holdings, variable
from minios.dev.fuzz.hostile_author import Places, text_page
from minios.dev.fuzz.hostile_calls import (
    Call,
    UserMemory,
    has_succeeded,
    wrong_claim,
)
from minios.disk import make_image
from minios.image import symbols
from minios.lab import Happened, Lab, Ready, events, page_tables, seconds
from minios.lab.events import Event
from minios.lab.system_disk import FOLDERS, system_files
from minios.machine.paging import USER, WRITE

MOST_CALLS: Final = 512
ARENA_SIZE: Final = 2 * PAGE_SIZE
_PROGRAM: Final = "bin/hostile"
_CALL: Final = struct.Struct("<8Q")
_WARM_UP: Final = seconds(1)
_ROUND: Final = seconds(120)
_QUIET: Final = {"recovery": "no"}
_STOPPED: Final = Happened(events.BugcheckEvent, events.ResetEvent)


@dataclass(frozen=True, slots=True)
class Round:
    """What one process is to do: its rights, its buffers, its calls."""

    rights: int
    arena: bytes
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """How many calls came back, how many of them succeeded, and what is wrong.

    `kind` is the sort of finding, "" if there is none; `words` are for a person.
    """

    made: int
    granted: int = 0
    kind: str = ""
    words: str = ""


class HostileMachine(Closing):
    """Boots once, then runs rounds.

    Args:
        model: of the machine.
        prepare: what is done to it before the first round.

    Raises:
        ImageError: the guest has not been built.
        ConditionNotMetError: the hostile program does not come up.
    """

    def __init__(
        self,
        model: str = "windows",
        *,
        prepare: Callable[[Lab], object] = lambda _lab: None,
    ) -> None:
        known = symbols.load(paths.guest_file(_PROGRAM))
        self._address: Final = {
            name: known.address(f"hostile_{name}")
            for name in ("rights", "count", "done", "calls", "arena", "texts")
        }
        self._lab: Final = Lab(model=model, disk=_disk(), options=_QUIET)
        self._lab.boot()
        self._lab.run_for(_WARM_UP)
        self._lab.run_until(Ready(), within=_ROUND)
        prepare(self._lab)
        self._first_table: Final = self._lab.machine.registers()["cr3"]
        self._before: Final = holdings(self._lab)
        self._start: Final = self._lab.snapshot()

    def close(self) -> None:
        """Free the machine."""
        self._lab.close()

    @property
    def places(self) -> Places:
        """Where calls can point to: the same in every process of this program."""
        return Places(
            arena=self._address["arena"],
            arena_size=ARENA_SIZE,
            texts=self._address["texts"],
            code=USER_IMAGE,
            edges=self._memory(self._first_table).edges,
        )

    def run(self, work: Round) -> Result:
        """One round, from the same state as every other."""
        self._lab.restore(self._start)
        self._write(self._first_table, "rights", work.rights.to_bytes(8, "little"))
        started = self._run_until(events.ProcessStarted)
        if not isinstance(started, events.ProcessStarted):
            return _stop(started)
        table = self._table_of(started.process_id)
        self._prepare(table, work)
        fixed = self._fixed_memory(table)
        end = self._run_until_end_of(started.process_id)
        if not isinstance(end, events.ProcessExited | events.DeathEvent):
            return _stop(end)
        result = self._judge(table, work)
        after = self._fixed_memory(table)
        is_changed = any(after.get(at, page) != page for at, page in fixed.items())
        if not result.kind and is_changed:
            words = "memory that ring 3 may only read has changed"
            result = replace(result, kind="changed", words=words)
        return result if result.kind else self._judge_rest(result)

    # ---- Running.

    def _run_until(self, kind: type[Event]) -> Event | None:
        return self._lab.run_while_waiting(Happened(kind) | _STOPPED, within=_ROUND)

    def _run_until_end_of(self, process_id: int) -> Event | None:
        def is_it(event: Event) -> bool:
            if isinstance(event, events.ProcessExited | events.DeathEvent):
                return event.process_id == process_id
            return _STOPPED(event)

        return self._lab.run_while_waiting(is_it, within=_ROUND)

    def _judge(self, table: int, work: Round) -> Result:
        """The results of the calls, in the memory of a process that has just ended."""
        memory = self._memory(table)
        made = self._done(table)
        data = self._read(table, self._address["calls"], made * _CALL.size)
        result = Result(made)
        for call, row in zip(work.calls, _CALL.iter_unpack(data), strict=False):
            if row[:-1] != (call.number, *call.arguments):
                break  # it has written over its own list: its own affair
            if has_succeeded(row[-1]):
                result = replace(result, granted=result.granted + 1)
                if wrong := wrong_claim(call, memory):
                    words = f"{call} returned {row[-1]:#x}, but {wrong}"
                    return replace(result, kind="granted", words=words)
        return result

    def _judge_rest(self, result: Result) -> Result:
        """What is left when the next round could begin."""
        end = self._run_until(events.ReadyEvent)
        if not isinstance(end, events.ReadyEvent):
            return _stop(end)
        if words := self._before.difference(holdings(self._lab)):
            return replace(result, kind="left over", words=words)
        return result

    # ---- The memory of a process.

    def _prepare(self, table: int, work: Round) -> None:
        assert len(work.calls) <= MOST_CALLS
        self._write(table, "count", len(work.calls).to_bytes(8, "little"))
        self._write(table, "calls", b"".join(call.pack() for call in work.calls))
        self._write(table, "arena", work.arena)
        self._write(table, "texts", text_page()[0])

    def _done(self, table: int) -> int:
        done = self._read(table, self._address["done"], 8)
        return min(int.from_bytes(done, "little"), MOST_CALLS)

    def _table_of(self, process_id: int) -> int:
        for pointer in variable(self._lab, "tasks/process.c", "processes").items():
            process = pointer.follow()
            if process is not None and process["id"].number == process_id:
                return process["page_table"].number
        raise AssertionError(process_id)

    def _pages(self, table: int) -> dict[int, tuple[int, int]]:
        """Address to rights and physical address, of all that ring 3 has."""
        lower_half = takewhile(
            lambda row: row[0] < USER_TOP,
            page_tables.pages(self._lab.machine.ram, table),
        )
        return {row[0]: row[2:] for row in lower_half if row[2] & USER}

    def _memory(self, table: int) -> UserMemory:
        pages = self._pages(table)
        return UserMemory({address: bits for address, (bits, _) in pages.items()})

    def _fixed_memory(self, table: int) -> dict[int, bytes]:
        """The contents of all pages that ring 3 may read and not write, by address."""
        ram = self._lab.machine.ram
        return {
            address: bytes(ram[physical : physical + PAGE_SIZE])
            for address, (bits, physical) in self._pages(table).items()
            if not bits & WRITE
        }

    def _pieces(self, table: int, address: int, size: int) -> list[tuple[int, int]]:
        """Physical address and length, page by page."""
        pages = self._pages(table)
        pieces = []
        while size > 0:
            offset = address % PAGE_SIZE
            length = min(PAGE_SIZE - offset, size)
            pieces.append((pages[address - offset][1] + offset, length))
            address, size = address + length, size - length
        return pieces

    def _write(self, table: int, name: str, data: bytes) -> None:
        for physical, length in self._pieces(table, self._address[name], len(data)):
            self._lab.machine.write_physical(physical, data[:length])
            data = data[length:]

    def _read(self, table: int, address: int, size: int) -> bytes:
        ram = self._lab.machine.ram
        pieces = self._pieces(table, address, size)
        return b"".join(bytes(ram[start : start + length]) for start, length in pieces)


def _stop(end: Event | None) -> Result:
    match end:
        case events.BugcheckEvent():
            kind, words = "stopped", f"stop {end.code:#x} {end.name}"
        case events.ResetEvent():
            kind, words = "stopped", f"the machine was reset: {end.reason}"
        case _:
            kind, words = "hangs", "the machine does not go on"
    return Result(0, kind=kind, words=words)


def _disk() -> bytes:
    """The usual disk, with the hostile program as the first process."""
    files = system_files()
    program = paths.guest_file(_PROGRAM).read_bytes()
    files["/BIN/INIT"] = files["/BIN/HOSTILE"] = program
    return make_image(files, directories=FOLDERS)
