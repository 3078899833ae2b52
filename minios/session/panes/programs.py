"""Who else is in ring 0: modules with their use counts, and loaded eBPF programs."""

from __future__ import annotations

from typing import Final

from minios.lab import programs_view
from minios.lab.programs_view import Map, Module, Object, Program, ProgramsView
from minios.lab.quantities import listed
from minios.session.frames import Frame
from minios.session.panes.pane import Pane, Reading, Told
from minios.session.spoken import counted, times

PROGRAMS_READ: Final = Reading("programs", lambda it: programs_view.look(it.lab))


def taint(found: ProgramsView) -> str:
    """What the kernel has been through since its start."""
    oopses = counted(found.oopses, "oops", "oopses")
    return f"tainted: {found.taint}; {oopses}" if found.taint else "not tainted"


def users(module: Module) -> str:
    """The use count of a module, and who will never leave it."""
    said = f"use count {module.users}"
    if not module.dead:
        return said
    return f"{said}, {module.dead} of it dead, the last one {module.last_dead}"


def work(program: Program) -> str:
    """How often a program was called, and what it has done."""
    denied = f", denied {times(program.denied)}" if program.denied else ""
    each = program.steps // program.runs if program.runs else 0
    steps = f", {counted(each, 'instruction')} a run" if each else ""
    return f"{counted(program.runs, 'run')}{steps}{denied}"


def verified(program: Program) -> str:
    """What the verifier has done for a program."""
    return (
        f"{counted(program.instructions, 'instruction')}; the verifier looked at "
        f"{program.visits}"
    )


def room(found: Map) -> str:
    """What a map has in it."""
    if found.kind != "ring buffer":
        return f"{found.kind}, {found.used} of {found.entries} in use"
    reader = "a reader" if found.has_reader else "no reader"
    return (
        f"ring buffer, {found.used} of {found.entries} bytes unread, "
        f"{counted(found.submitted, 'record')}, {found.dropped} lost, {reader}"
    )


def _tell(frame: Frame, _: str) -> Told:
    found = PROGRAMS_READ.found(frame)
    if found.trouble:
        return Told([f"The programs cannot be read: {found.trouble}."])
    names = [it.name for it in found.objects]
    said = [
        f"The kernel is {taint(found)}.",
        f"Modules: {listed([it.name for it in found.modules], 'none')}.",
        *(f"{it.name}: {it.state}, {users(it)}." for it in found.modules),
        f"eBPF programs are loaded from: {listed(names, 'nowhere')}.",
        *(row for it in found.objects for row in _object(it)),
    ]
    refused = [(f"the refusal of {found.refused}", [f"{it}." for it in found.log])]
    return Told(said, parts=refused if found.log else ())


def _object(found: Object) -> list[str]:
    return [
        *(
            f"{found.name}, program {it.name} at {it.hook}: {work(it)}. {verified(it)}."
            for it in found.programs
        ),
        *(f"{found.name}, map {it.name}: {room(it)}." for it in found.maps),
    ]


PROGRAMS: Final = Pane(
    words="modules and eBPF programs in ring 0",
    more=(
        "A module is code that was loaded into the kernel. Its use count says how many "
        "threads are in it; a thread that died there stays counted. An eBPF program "
        "was verified before it was loaded: you hear when it is called, how often it "
        "has run, and what the verifier has said of the last one that it refused."
    ),
    tell=_tell,
    reading=PROGRAMS_READ,
    number=3,
)
PANES: Final = (PROGRAMS,)
