"""Modules, and loaded eBPF programs with their maps, read from the kernel's own memory.

    seen = look(lab)
    seen.modules[0].users, seen.objects[0].programs[0].runs

The guest does not report this, and does not know that it is read (`kernel_memory.py`).
Damaged values are shown as they are. A model without eBPF has no objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from minios.abi import bpf
from minios.abi.enumerations import taint_letters
from minios.errors import ImageError
from minios.lab import refusal_words
from minios.lab.guest_values import Piece, at
from minios.lab.kernel_memory import KernelMemory
from minios.lab.lab import Lab

_DRIVERS: Final = "plugins/driver.c"
_OBJECTS: Final = "bpf/objects.c"
_RINGS: Final = "bpf/ring.c"
_TAINT: Final = "base/taint.c"
_OOPSES: Final = "traps/oops.c"
_HOOKS: Final = {bpf.BPF_HOOK[it.constant]: it.name for it in bpf.HOOKS}
_MAP_KINDS: Final = {number: name.lower() for name, number, _ in bpf.BPF_MAP.rows}


@dataclass(frozen=True, slots=True)
class Module:
    """A driver in ring 0. Linux calls it a module.

    Attributes:
        name: of its file.
        size: in bytes.
        state: "live", "coming", "going" or "ended".
        users: its use count: how many threads of others are in its code.
        dead: how many of these were ended there. They never leave.
        last_dead: the name of the last one, "" if there is none.
    """

    name: str
    size: int
    state: str
    users: int = 0
    dead: int = 0
    last_dead: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """An eBPF program that the kernel calls.

    Attributes:
        name: in its object.
        hook: when it is called, "notify/pipe_open".
        instructions: how many it has.
        visits: how many instructions the verifier has looked at.
        runs: how often it was called.
        steps: how many instructions it has executed in all these calls.
        denied: how often it said no.
    """

    name: str
    hook: str
    instructions: int
    visits: int
    runs: int
    steps: int
    denied: int


@dataclass(frozen=True, slots=True)
class Map:
    """Memory of programs. `used` of `entries` have a value.

    A ring buffer has bytes in place of entries. It also has `dropped`, how many records
    found no room, and `submitted`, how many did.
    """

    name: str
    kind: str
    used: int
    entries: int
    submitted: int = 0
    dropped: int = 0
    has_reader: bool = False


@dataclass(frozen=True, slots=True)
class Object:
    """What was loaded at once: programs and their maps."""

    name: str
    programs: tuple[Program, ...]
    maps: tuple[Map, ...]


@dataclass(frozen=True, slots=True)
class ProgramsView:
    """Everything at one moment. `trouble` says what could not be read, and why.

    `taint` has letters, "" if nothing taints the kernel. `oopses` counts those of this
    start. `refused` is the object that was refused last, and `log` what the verifier
    has said of it.
    """

    modules: tuple[Module, ...] = ()
    objects: tuple[Object, ...] = ()
    taint: str = ""
    oopses: int = 0
    refused: str = ""
    log: tuple[str, ...] = ()
    trouble: str = ""


def look(lab: Lab) -> ProgramsView:
    """Read everything as it is now."""
    try:
        memory = KernelMemory(lab)
        if not memory.current().is_there:
            trouble = "the kernel has not switched its memory on yet"
            return ProgramsView(trouble=trouble)
        refused = memory.variable(_OBJECTS, "refusal")["name"].text
        return ProgramsView(
            modules=tuple(_modules(memory)),
            objects=tuple(_objects(memory)),
            taint=taint_letters(memory.variable(_TAINT, "word").number),
            oopses=memory.variable(_OOPSES, "oops_count").number,
            refused=refused,
            log=refusal_words.kept_log(lab, refused) if refused else (),
        )
    except (ImageError, KeyError) as error:
        trouble = f"the kernel's structures are not known: {error}"
        return ProgramsView(trouble=trouble)


def _modules(memory: KernelMemory) -> Iterator[Module]:
    count = memory.variable(_DRIVERS, "driver_count").number
    for it in list(memory.variable(_DRIVERS, "drivers").items())[:count]:
        if it["is_unloaded"].number:
            continue
        yield Module(
            it["name"].text,
            it["size"].number,
            _state(it),
            it["callers"].number,
            it["dead_callers"].number,
            it["dead_name"].text if it["dead_callers"].number else "",
        )


def _state(driver: Piece) -> str:
    if driver["has_ended"].number:
        return "ended"
    if not driver["has_started"].number:
        return "coming"
    return "going" if driver["is_leaving"].number else "live"


def _objects(memory: KernelMemory) -> Iterator[Object]:
    for pointer in memory.variable(_OBJECTS, "objects").items():
        found = pointer.follow()
        if found is not None:
            yield Object(
                found["name"].text,
                tuple(_programs(memory, found)),
                tuple(_maps(memory, found)),
            )


def _programs(memory: KernelMemory, found: Piece) -> Iterator[Program]:
    counted = found["statistics"]
    kind = counted.type.target
    assert kind is not None
    count = found["program_count"].number
    for number, it in enumerate(list(found["programs"].items())[:count]):
        # A page that is not there reads as zeros.
        seen = at(memory.reader, counted.number + number * kind.size, kind)
        yield Program(
            it["name"].text,
            _HOOKS.get(it["hook"].number, f"? ({it['hook'].number})"),
            it["count"].number,
            it["visits"].number,
            seen["runs"].number,
            seen["steps"].number,
            seen["denied"].number,
        )


def _maps(memory: KernelMemory, found: Piece) -> Iterator[Map]:
    count = found["map_count"].number
    for pointer in list(found["maps"].items())[:count]:
        one = pointer.follow()
        if one is None:
            continue
        name, kind = one["name"].text, one["kind"].number
        if kind == bpf.BPF_MAP["RING"]:
            layout = memory.layouts.structure(_RINGS, "bpf_ring")
            ring = at(memory.reader, one["storage"].number, layout)
            yield Map(
                name,
                "ring buffer",
                ring["produced"].number - ring["consumed"].number,
                ring["size"].number,
                ring["submitted"].number,
                ring["dropped"].number,
                bool(ring["reader"].number),
            )
        else:
            words = _MAP_KINDS.get(kind, f"? ({kind})")
            yield Map(name, words, one["in_use"].number, one["entries"].number)
