"""Modules with their use counts, and loaded eBPF programs with their maps."""

from __future__ import annotations

from minios.lab.programs_view import Map, Object, Program, ProgramsView
from minios.session.panes import programs as told
from minios.tui.drawing.lines import Line, line, wrapped

_BAR = 10


def modules(found: ProgramsView, width: int) -> list[Line]:
    """What taints the kernel, each module, and the latest refusal with its log."""
    if found.trouble:
        return wrapped(found.trouble, width, "dim")
    lines = wrapped(
        f"the kernel is {told.taint(found)}", width, "warn" if found.taint else ""
    )
    lines += [(), line(("modules in ring 0", "heading"))]
    for it in found.modules:
        lines.append(line(f"  {it.name}", (f"  {it.state}, {it.size} bytes", "dim")))
        lines += wrapped(f"    {told.users(it)}", width, "bad" if it.dead else "")
    if not found.modules:
        lines.append(line(("  none", "dim")))
    if found.refused:
        lines += [(), *wrapped(f"⊘ {found.refused} was refused", width, "warn")]
        *before, reason = found.log or ("",)
        lines += wrapped(f"  {reason}", width, "bad")
        for row in reversed(before):  # the nearest first: the path may be long
            lines += wrapped(f"  {row.strip()}", width, "dim")
    return lines


def programs(found: ProgramsView, width: int) -> list[Line]:
    """Each loaded object: its programs, and its maps."""
    if found.trouble:
        return wrapped(found.trouble, width, "dim")
    if not found.objects:
        return wrapped("no eBPF programs are loaded", width, "dim")
    return [row for it in found.objects for row in _object(it, width)]


def _object(found: Object, width: int) -> list[Line]:
    lines = [line((found.name, "ring0"), ", verified")]
    for program in found.programs:
        lines += _program(program, width)
    for one in found.maps:
        lines += _map(one, width)
    return [*lines, ()]


def _program(program: Program, width: int) -> list[Line]:
    role = "warn" if program.denied else ""
    return [
        line(f"  {program.name} ", (f"at {program.hook}", "dim")),
        *wrapped(f"    {told.work(program)}", width, role),
        *wrapped(f"    {told.verified(program)}", width, "dim"),
    ]


def _map(found: Map, width: int) -> list[Line]:
    rows = wrapped(f"    {told.room(found)}", width, "bad" if found.dropped else "dim")
    if found.kind != "ring buffer" or not found.entries:
        return [line(f"  map {found.name}"), *rows]
    full = min(_BAR, -(-_BAR * max(0, found.used) // found.entries))
    bar = "█" * full + "·" * (_BAR - full)
    return [line(f"  map {found.name} ", (bar, "warn" if full else "dim")), *rows]
