"""Which line of C a machine has stopped at, or computes in, for a report.

A guest may say anything, so all of it is made visible, and only a few lines are said.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from minios.lab import Lab, events
from minios.lab.explain import describe
from minios.lab.modules import Module
from minios.visible import visible

CRASH: Final = "the crash"
LOOP: Final = "where it computes"
_MOST_CALLS: Final = 64
_LONGEST: Final = 200


def sections(lab: Lab) -> Iterator[tuple[str, str]]:
    """What is said of a lab: its latest crash, and its loop if its budget is gone."""
    crashes = (events.BugcheckEvent, events.DeathEvent)
    crash = next((it for it in reversed(lab.events) if isinstance(it, crashes)), None)
    if crash is not None:
        yield CRASH, "\n".join([describe(crash), *_crash_line(lab, crash)])
    allowance = None if lab.is_closed else lab.machine.allowance
    if allowance is not None and allowance.refused:
        places = list(_calls(lab))
        own = [it for it in places if it[0].plugin is not None]
        yield LOOP, "\n".join(_line(*it) for it in (own or places)[:1])


def _crash_line(lab: Lab, crash: events.Event) -> Iterator[str]:
    picture = lab.picture_of(crash)
    if picture is not None and picture.module is not None:
        yield _line(picture.module, picture.fault.rip)


def _calls(lab: Lab) -> Iterator[tuple[Module, int]]:
    """The code that runs now, then that which called it, as far as frames lead."""
    registers = lab.machine.registers()
    address, frame = registers["rip"], registers["rbp"]
    for _ in range(_MOST_CALLS):
        module = lab.module_at(address)
        if module is None:
            return
        yield module, address
        words = lab.machine.read_virtual(frame, 16)
        if words is None:
            return
        frame, back = (int.from_bytes(it, "little") for it in (words[:8], words[8:]))
        address = back - 1  # inside of the call


def _line(module: Module, address: int) -> str:
    """A place in code: its module, function, file and line, and what stands there."""
    found = module.locate(address)
    if found is None:
        return visible(f"{module.name}+{address - module.base:#x}")
    text = module.source_text(found.file)
    line = text[found.line - 1].strip() if 0 < found.line <= len(text) else ""
    own = f"drivers/{module.plugin.name}/" if module.plugin else ""
    file = found.file.removeprefix(own)  # as its author calls it
    place = f"{file}:{found.line}: {line}" if file else "no line is known"
    return visible(f"{module.name}, in {found.function}, {place}"[:_LONGEST])
