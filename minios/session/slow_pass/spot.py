"""Where a machine stands, as a slow pass tells it."""

from __future__ import annotations

from typing import Final

from minios.image.symbols import Location
from minios.lab import Lab, disassembly
from minios.session.slow_pass.kernel import KernelWords, RunningThread
from minios.session.slow_pass.steps import Spot

_LONGEST: Final = 15  # bytes of an instruction
_PAGE: Final = 0x1000


def spot(lab: Lab, kernel: KernelWords, thread: RunningThread | None) -> Spot:
    """Read where the machine stands now, on this thread."""
    machine = lab.machine
    registers = machine.registers()
    rip, rsp, cr3 = (registers[name] for name in ("rip", "rsp", "cr3"))
    module = lab.module_at(rip, cr3=cr3)
    location = module.locate(rip) if module is not None else None
    program = lab.program_of(cr3)
    return Spot(
        t=machine.now,
        instructions=machine.instructions,
        ring=machine.ring,
        module=module.name if module is not None else "?",
        function=_function(location),
        source=_source(location),
        instruction=instruction_at(lab, rip) or "nothing that can be read",
        program=program,
        thread=thread.words if thread is not None else "",
        stack=kernel.stack_words(rsp, thread, program),
        rip=rip,
        rsp=rsp,
        cr3=cr3,
    )


def instruction_at(lab: Lab, rip: int) -> str:
    """The instruction there, "" if it cannot be read."""
    read = lab.machine.read_virtual
    left = _PAGE - rip % _PAGE
    data = read(rip, _LONGEST) or read(rip, min(left, _LONGEST)) or b""
    found = disassembly.decode(data, rip, count=1)
    return found[0].text if found else ""


def _function(location: Location | None) -> str:
    if location is None:
        return ""
    offset = f"+{location.offset:#x}" if location.offset else ""
    return f"{location.function}{offset}"


def _source(location: Location | None) -> str:
    if location is None or not location.file:
        return ""
    return f"{location.file}:{location.line}"
