"""The answer to "why", and the reasons: plain sentences from records and pictures.

What is said of the model comes from its policy (`minios/abi/policies.py`), what is said
of the code from the picture of the fault. Of code that nobody here knows, nothing is
said that the picture does not show.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Final, TypeAlias

from minios.abi import content, policies, vectors
from minios.lab import events
from minios.lab.events import Event
from minios.lab.explanation import Outcome
from minios.lab.lab import Lab
from minios.lab.picture import FaultPicture
from minios.machine import faults, paging
from minios.machine.faults import Fault

Ended: TypeAlias = events.DeathEvent | events.BugcheckEvent
CRITICAL: Final = "CRITICAL_PROCESS_DIED"
_INTERPRETER: Final = "drivers/sentinel/interpreter.c"
_PAGE_FAULT: Final = 14
_DOUBLE_FAULT: Final = 8
_NULL_PAGE: Final = 0x1000
_PAGES: Final = {
    faults.NOT_PRESENT: "The page tables have no page at this address.",
    faults.SUPERVISOR_ONLY: "The page tables open this page to ring 0 only.",
    faults.READ_ONLY: "The page tables make this page read-only.",
    faults.NO_EXECUTE: "The page tables allow no code to run in this page.",
    faults.SMEP: "The page is one of ring 3, and ring 0 may not execute it (SMEP).",
    faults.SMAP: "The page is one of ring 3, and ring 0 may not touch it (SMAP).",
}


# ---- What came of a fault, and why it came of it here.


def outcome(lab: Lab, event: events.Faulted | Ended) -> Outcome | None:
    """What the kernel ended because of a fault. None for the fault alone."""
    if isinstance(event, events.Faulted):
        return None
    is_machine = isinstance(event, events.BugcheckEvent) or was_critical(lab, event)
    code = (event.bytes or "", event.function, event.source)
    return Outcome(code, part_of(event), event.ring, is_machine)


def part_of(event: events.Faulted | Ended) -> str:
    """What the code belonged to: "the driver sentinel.sys", "the process init"."""
    if isinstance(event, events.DeathEvent):
        return f"the process {event.name}"
    if event.ring == 3:
        return f"the process {event.module}"
    return _part_of_ring_0(event.module)


def _part_of_ring_0(module: str) -> str:
    if module == "kernel":
        return "the kernel itself"
    return f"the driver {module}" if _is_driver(module) else "code of no driver"


def _is_driver(module: str) -> bool:
    return module.endswith(".sys")


def stopped_in_ring_0(module: str) -> str:
    """What a fault in ring 0 has done, and to which module it belongs."""
    where = f"in ring 0, in {_part_of_ring_0(module)}"
    if _is_driver(module):
        part = _part_of_ring_0(module)
        where = f"in the kernel: {part} runs in ring 0, as a part of it"
    return f"The machine stopped, because the fault was {where}."


def answer(lab: Lab, event: events.Faulted | Ended) -> tuple[str, str]:
    """What happened, and why this follows from the ring, in two sentences."""
    if isinstance(event, events.Faulted):
        return _fault_alone(event)
    if isinstance(event, events.DeathEvent):
        return _death(lab, event)
    if event.ring == 3:
        name = vectors.mnemonic(event.vector or 0)
        return (
            f"The machine stopped, because the kernel blames {name} on no process.",
            "Most other faults in ring 3 end only one process.",
        )
    elsewhere = "A fault in ring 3 would have ended only one process."
    if _is_driver(event.module) and policies.BY_NAME[lab.model].drivers:
        elsewhere = (
            "A fault in ring 3 ends only one process, but the model "
            f"{lab.model} lets drivers run in ring 0."
        )
    return stopped_in_ring_0(event.module), elsewhere


def _death(lab: Lab, event: events.DeathEvent) -> tuple[str, str]:
    if was_critical(lab, event):
        return (
            f"The machine stopped: it cannot run without {part_of(event)}.",
            "The fault was in ring 3, so any other process would have ended alone.",
        )
    is_kept_out = (
        event.name.endswith(".ext") and not policies.BY_NAME[lab.model].drivers
    )
    why = (
        f"the model {lab.model} keeps drivers out of ring 0"
        if is_kept_out
        else "programs run in ring 3 in every model"
    )
    return (
        f"Only {part_of(event)} ended, because the fault was in ring 3.",
        f"A fault in ring 0 would have stopped the machine, but {why}.",
    )


def _fault_alone(event: events.Faulted) -> tuple[str, str]:
    whose = (
        "this one is in ring 0, where this kernel stops the machine"
        if event.ring == 0
        else "this one is in ring 3, where the kernel ends only the process"
    )
    return (
        f"{event.place} broke a rule of the CPU in ring {event.ring}.",
        f"The ring of a fault decides what follows: {whose}.",
    )


def reasons(
    lab: Lab, event: events.Faulted | Ended, picture: FaultPicture | None
) -> tuple[str, ...]:
    """From the first cause that is known to what the kernel did."""
    if picture is not None:
        found = causes(picture)
        found[-1:-1] = _first_fault(lab, event)
    else:
        found = [_raised(event.vector or 0, event.rule)]
    if isinstance(event, events.BugcheckEvent):
        found += [
            (
                f"{_in_ring_0(event, picture)} All code there shares the memory of the "
                "kernel."
            ),
            (
                "So the kernel cannot know what is still correct, and it stopped the "
                f"machine: STOP {event.code}."
            ),
            *_again(lab, event, picture),
        ]
    if isinstance(event, events.DeathEvent):
        found += [
            (
                f"This code ran in ring 3, in {part_of(event)}. A process has a memory "
                "of its own."
            ),
            "So the kernel ended this process. "
            + (_STOPPED if was_critical(lab, event) else "Nothing else stopped."),
        ]
    return tuple(found)


def _in_ring_0(event: events.BugcheckEvent, picture: FaultPicture | None) -> str:
    """Whose code it was, and whom the kernel blames if that is another one."""
    where = picture.module_name if picture is not None else event.module
    if where == event.module:
        return f"This code ran in ring 0, in {part_of(event)}."
    if event.module == "kernel":
        return "This happened in ring 0."
    return f"This happened in ring 0, and the kernel blames {part_of(event)} for it."


_STOPPED: Final = "Then it stopped the machine, which cannot run without this process."


# ---- What led to a fault.


def _first_fault(lab: Lab, event: events.Faulted | Ended) -> Iterator[str]:
    """Of a double fault: the fault whose handler the CPU could not call."""
    if event.vector != _DOUBLE_FAULT:
        return
    for it in reversed(lab.events):
        if isinstance(it, events.Faulted) and it.vector != _DOUBLE_FAULT:
            where = "" if it.address is None else f" for the address {it.address}"
            first = vectors.mnemonic(it.vector or 0)
            yield f"First the CPU raised {first}{where}."
            yield "It could not call the handler, because that failed, too."
            return


def causes(picture: FaultPicture) -> list[str]:
    """What led to the refused instruction, up to the CPU's refusal."""
    return [*_of_pointer(picture), *_of_refusal(picture)]


def _of_pointer(picture: FaultPicture) -> Iterator[str]:
    """Where the address came from, as far as the picture shows it."""
    origin = picture.origin
    if origin is None:
        return
    value = picture.registers[origin.register]
    if not _reads_past_inputs(picture):
        yield (
            f"The code took element {origin.index} of an array for an address: "
            f"{value:#x}."
        )
        return
    yield f"The content file asks for field {origin.index + 1} of a pipe event."
    yield (
        f"The definitions declare {len(content.IPC.fields)} fields, but the sensor's "
        f"code supplies only {content.IPC_INPUTS_SUPPLIED}."
    )
    yield (
        f"So the sensor read the memory behind its array, and used the value there as "
        f"an address: {value:#x}."
    )
    yield "The value is not null, so the null check did not stop it."


def _reads_past_inputs(picture: FaultPicture | None) -> bool:
    """Whether this is the fault of the sensor: more criteria than inputs."""
    origin = picture.origin if picture is not None else None
    return (
        picture is not None
        and origin is not None
        and picture.source.startswith(f"{_INTERPRETER}:")
        and origin.index >= content.IPC_INPUTS_SUPPLIED
    )


def _of_refusal(picture: FaultPicture) -> Iterator[str]:
    """Which rule of the CPU was broken, and by what."""
    fault = picture.fault
    if fault.vector == _PAGE_FAULT and fault.error_code is not None:
        address = fault.address or 0
        if picture.origin is None:
            yield f"The code wanted to {_access(fault)} at the address {address:#x}."
        if picture.origin is None and address < _NULL_PAGE:
            yield "A null pointer leads to addresses so near to zero."
        yield _PAGES.get(fault.rule, f"{_capital(fault.rule.words)}.")
        yield "So the CPU refused the access, and raised a page fault (#PF)."
        return
    if not paging.is_canonical(fault.rip):
        yield f"The code wanted to go on at the address {fault.rip:#x}."
    elif picture.instruction is not None:
        yield f"The code came to the instruction `{picture.instruction.text}`."
    is_told = fault.rule is faults.OTHER
    yield _raised(fault.vector, "" if is_told else fault.rule.words)


def _raised(vector: int, rule: str) -> str:
    if vector == vectors.FAIL_FAST_VECTOR:
        return "The code found itself damaged, and asked for its own end (fail fast)."
    known = vectors.BY_NUMBER.get(vector)
    words = f" ({known.name})" if known is not None else ""
    return f"The CPU raised {vectors.mnemonic(vector)}{words}" + (
        f": {rule}." if rule else "."
    )


def _access(fault: Fault) -> str:
    code = fault.error_code or 0
    return "execute code" if code & 16 else "write" if code & 2 else "read"


# ---- What was before.


def _again(
    lab: Lab, event: events.BugcheckEvent, picture: FaultPicture | None
) -> Iterator[str]:
    """Why the fault of the start before came again at this one, if it did."""
    starts = _starts_until(lab, event)
    if len(starts) < _TWO:
        return
    *_, before, now = starts
    sent = [it for it in now if isinstance(it, events.UpdateSent) and it.again]
    if sent and _reads_past_inputs(picture):
        yield (
            f"The vendor still offers {sent[-1].name}, so the updater had fetched the "
            "file again at this start."
        )
        yield "To delete the file does not help until the vendor withdraws it."
        return
    stops = [it for it in before if isinstance(it, events.BugcheckEvent)]
    if not stops or _fault_of(stops[-1]) != _fault_of(event):
        return
    is_kept = _reads_past_inputs(picture) and _loaded(before) == _loaded(now)
    still = "the file was still on the disk" if is_kept else "nothing had changed"
    yield f"The start before had ended in the same way: {still}."


_TWO: Final = 2


def _fault_of(event: events.BugcheckEvent) -> tuple[object, ...]:
    return event.code, event.module, event.offset


def _loaded(start: list[Event]) -> tuple[str, int] | None:
    """The content that the sensor loaded last in a start."""
    found = [it for it in start if isinstance(it, events.ContentLoaded)]
    return (found[-1].file, found[-1].version) if found else None


def _starts_until(lab: Lab, event: Event) -> list[list[Event]]:
    """The records of each start up to an event, as far as they are kept."""
    starts: list[list[Event]] = []
    for it in takewhile(lambda it: it != event, lab.events):
        if isinstance(it, events.Booted):
            starts.append([])
        if starts:
            starts[-1].append(it)
    return starts


def death_before(lab: Lab, event: events.BugcheckEvent) -> events.DeathEvent | None:
    """The death of the named process in this start, if a fault in ring 3 caused it."""
    for start in _starts_until(lab, event)[-1:]:
        for earlier in reversed(start):
            if isinstance(earlier, events.DeathEvent):
                return earlier if earlier.name == event.module else None
    return None


def was_critical(lab: Lab, died: Ended) -> bool:
    """Whether the machine stopped because this process died."""
    stops = [it for it in lab.events if isinstance(it, events.BugcheckEvent)]
    return any(it.name == CRITICAL and death_before(lab, it) == died for it in stops)


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
