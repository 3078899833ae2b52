"""The result of an inspection as text: what a person reads after a crash.

This module sets no colours and no columns. `->` marks the line that matters, and `?`
marks what is not certain.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from minios import paths
from minios.abi.dump import DUMPS_FOLDER
from minios.dump.parts import Dump, StopPart
from minios.dump.post_mortem import CodeLine, PostMortem
from minios.image.symbols import Location
from minios.lab import causes, corruption, linux_words, reasons, stop_words
from minios.lab.evidence import (
    page_walk_section,
    parameter_lines,
    pointer_section,
    processor_section,
)
from minios.lab.explanation import Explanation, Section
from minios.machine.paging import Walk
from minios.visible import visible

_REGISTERS_A_ROW: Final = 3
_CONTROLS: Final = ("cr0", "cr2", "cr3", "cr4", "efer")


def explanation(finding: PostMortem, notes: tuple[str, ...] = ()) -> Explanation:
    """All that a dump tells: first what failed and who is to blame, then evidence."""
    dump = finding.dump
    picture = finding.picture
    sections = [*_losses(dump, (*notes, *finding.notes))]
    if dump.stop is not None:
        sections += [_stop(dump.stop), _blame(finding), _thread(dump.stop)]
    if finding.frames:
        sections.append(_trace(finding))
    if finding.code:
        sections.append(Section("The code", tuple(_code(finding.code))))
    if picture is not None:
        sections.append(_pointer(finding))
    if finding.walk is not None:
        sections.append(_walk(finding.walk, dump.stop))
    if picture is not None:
        sections.append(processor_section(picture))
    if dump.stop is not None:
        sections.append(_registers(dump.stop))
    if dump.modules:
        sections.append(_modules(dump))
    if dump.taken_over:
        kept = f"A later start saved it as {DUMPS_FOLDER}/MINI{dump.taken_over:04}.DMP."
        sections.append(Section("Where this dump is kept", (kept,)))
    led = tuple(causes.of_picture(picture)) if picture is not None else ()
    return Explanation((_headline(finding), *_answer(finding)), led, tuple(sections))


def _answer(finding: PostMortem) -> Iterator[str]:
    """What happened, as a sentence, if that is known."""
    stop, blamed, picture = finding.dump.stop, finding.blamed, finding.picture
    if stop is None or blamed is None:
        return
    if picture is None and not stop.of_trap:
        cause, _ = stop_words.summary(stop.code)
        yield f"The machine stopped, because {cause.format(who=blamed.module)}."
    elif picture is not None and picture.fault.ring == 0:
        yield reasons.stopped_in_ring_0(blamed.module)


def headline(finding: PostMortem) -> str:
    """One line: the stop code and who is to blame. It is safe to print."""
    return visible(_headline(finding))


def _headline(finding: PostMortem) -> str:
    stop, blamed = finding.dump.stop, finding.blamed
    if stop is None or blamed is None:
        return "The dump is damaged: the stop code and the registers are lost"
    place = f"+{blamed.offset:#x}" if blamed.offset else ""
    if stop.panic:
        return f"Kernel panic: {stop.panic}, in {blamed.module}{place}"
    name = stop_words.name_of(stop.code)
    return f"STOP {stop.code:#x} {name} in {blamed.module}{place}"


def _losses(dump: Dump, notes: tuple[str, ...]) -> Iterator[Section]:
    if dump.missing:
        lines = [f"{it.part}: {it.why}" for it in dump.missing]
        yield Section("What is missing in this dump", tuple(lines))
    if notes:
        yield Section("Notes", notes)


def _stop(stop: StopPart) -> Section:
    lines = parameter_lines(stop.code, stop.parameters)
    if stop.panic:
        name = stop_words.name_of(stop.code)
        would = f"Windows would have stopped with {stop.code:#x} {name}:"
        return Section(f"Kernel panic: {stop.panic}", (*_panic(stop), would, *lines))
    return Section(f"The stop code: {stop_words.name_of(stop.code)}", tuple(lines))


def _panic(stop: StopPart) -> Iterator[str]:
    """Why it was a panic, and what this kernel had been through."""
    why = linux_words.why_panic(stop.panic, stop.code)
    if why:
        yield why
    if stop.oops:
        yield f"It was oops #{stop.oops} of this start."
    yield from linux_words.taint_lines(stop.taint)


def _blame(finding: PostMortem) -> Section:
    blamed, stop = finding.blamed, finding.dump.stop
    assert blamed is not None
    assert stop is not None
    place = f" in {blamed.location}" if blamed.location else ""
    why = f"{blamed.why[0].upper()}{blamed.why[1:]}."
    if stop.code == corruption.CODE and blamed.module == "kernel":
        return Section("It is not known who is to blame", (why,))
    lines = [f"{blamed.module}{place}", why]
    if stop.blamed != blamed.module:
        lines.append(f"The dying kernel itself blamed {stop.blamed}.")
    return Section("Who is to blame", tuple(lines))


def _thread(stop: StopPart) -> Section:
    irql = stop_words.irql_words(stop.irql)
    lines = [
        f"process {stop.process} ({stop.process_id}), thread {stop.thread_id}",
        f"interrupt request level (IRQL) {stop.irql}: {irql}",
        f"{stop.ticks} timer ticks since the start of the kernel",
    ]
    if stop.in_syscall:
        lines.append("The thread was in a system call from ring 3.")
    return Section("What was running", tuple(lines))


def _trace(finding: PostMortem) -> Section:
    lines = [
        f"{'  ' if it.is_certain else '? '}#{number:<2} {it}"
        for number, it in enumerate(finding.frames)
    ]
    if any(not it.is_certain for it in finding.frames):
        lines.append("? marks a value that only looks like a return address")
    return Section("Who called whom", tuple(lines))


def _code(lines: tuple[CodeLine, ...]) -> Iterator[str]:
    """Instructions, below the lines of source from which they were compiled."""
    shown: tuple[str, int] = ("", 0)
    for line in lines:
        place = _place(line.location)
        if place != shown and place[1]:
            yield f"   {place[0]}:{place[1]}  {_source_line(*place)}".rstrip()
            shown = place
        it = line.instruction
        mark = "->" if line.is_fault else "  "
        yield f"{mark}   {it.address:#x}: {it.raw.hex(' '):<24} {it.text}"


def _place(location: Location | None) -> tuple[str, int]:
    return (location.file, location.line) if location else ("", 0)


def _source_line(file: str, number: int) -> str:
    """The text of a line of the guest's sources, "" if they are not here."""
    kind, _, rest = file.partition("/")
    folders = {"minios": paths.PACKAGE, "drivers": paths.DRIVERS}
    if kind not in folders:
        return ""
    path: Path = folders[kind] / rest
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return ""
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def _pointer(finding: PostMortem) -> Section:
    """The bad pointer and where it came from, as far as the dump shows it."""
    picture = finding.picture
    assert picture is not None
    if picture.origin is not None:
        return pointer_section(picture.origin)
    operand = picture.instruction.memory if picture.instruction else None
    lines = []
    if operand is not None and operand.base in picture.registers:
        lines.append(f"{operand.base} = {picture.registers[operand.base]:#x}")
    if operand is not None:
        at = operand.address(picture.registers)
        lines.append(f"so the instruction used the address {at:#x}")
    lines.append("This dump does not show where the pointer came from.")
    return Section("The pointer", tuple(lines))


def _walk(walk: Walk, stop: StopPart | None) -> Section:
    section = page_walk_section(walk)
    if stop is not None or not walk.levels[-1].is_present:
        return section
    # All entries are present, but the kind of access is lost: nothing to judge.
    rows = section.lines[: len(walk.levels)]
    return Section(section.title, (*rows, section.lines[-1]))


def _registers(stop: StopPart) -> Section:
    names = [name for name in stop.registers if stop.of_trap]
    names = names or ["rip", "rsp", "rbp", *_CONTROLS]
    cells = [f"{name:>6} {stop.registers[name]:#018x}" for name in names]
    rows = [
        " ".join(cells[at : at + _REGISTERS_A_ROW])
        for at in range(0, len(cells), _REGISTERS_A_ROW)
    ]
    return Section("Registers", tuple(rows))


def _modules(dump: Dump) -> Section:
    lines = [
        f"{it.base:#x} to {it.base + it.size:#x}  {it.name}"
        + (", unloaded before the crash" if it.unloaded else "")
        for it in dump.modules
    ]
    return Section("The modules of ring 0", tuple(lines))
