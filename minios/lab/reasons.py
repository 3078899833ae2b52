"""The answer to "why", and the reasons: plain sentences from records and pictures.

What is said of the model comes from its policy (`minios/abi/policies.py`), and what led
to a fault from its picture (`causes.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Final, TypeAlias

from minios.abi import vectors
from minios.abi.plugins import Kind, kind_of, plugin_of
from minios.lab import causes, events, explainers, linux_words, own_plugins
from minios.lab.events import Event
from minios.lab.explanation import Outcome
from minios.lab.lab import Lab
from minios.lab.picture import FaultPicture

Ended: TypeAlias = events.DeathEvent | events.BugcheckEvent
CRITICAL: Final = "CRITICAL_PROCESS_DIED"


# ---- What came of a fault, and why it came of it here.


def outcome(lab: Lab, event: events.Faulted | Ended) -> Outcome | None:
    """What the kernel ended because of a fault. None for the fault alone."""
    if isinstance(event, events.Faulted):
        return None
    is_machine = isinstance(event, events.BugcheckEvent) or was_critical(lab, event)
    code = (event.bytes or "", event.function, event.source)
    return Outcome(code, part_of(event), event.ring, is_machine)


def outcome_of_oops(event: events.Oops) -> Outcome:
    """What the kernel ended because of a fault in ring 0, after which it went on."""
    code = (event.bytes or "", event.function, event.source)
    return Outcome(code, event.ended, event.ring, is_machine=False)


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
    return kind_of(module) is Kind.DRIVER


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
        return _fault_alone(lab, event)
    if isinstance(event, events.DeathEvent):
        return _death(lab, event)
    if event.ring == 3:
        name = vectors.mnemonic(event.vector or 0)
        return (
            f"The machine stopped, because the kernel blames {name} on no process.",
            "Most other faults in ring 3 end only one process.",
        )
    elsewhere = "A fault in ring 3 would have ended only one process."
    if _is_driver(event.module) and Kind.DRIVER in lab.setup.plugin_kinds:
        elsewhere = (
            "A fault in ring 3 ends only one process, but the model "
            f"{lab.model} lets drivers run in ring 0."
        )
    if event.panic:
        elsewhere = linux_words.why_panic(event.panic, event.code) or elsewhere
    return stopped_in_ring_0(event.module), elsewhere


def _death(lab: Lab, event: events.DeathEvent) -> tuple[str, str]:
    if was_critical(lab, event):
        return (
            f"The machine stopped: it cannot run without {part_of(event)}.",
            "The fault was in ring 3, so any other process would have ended alone.",
        )
    why = _why_in_ring_3(lab, event.name)
    return (
        f"Only {part_of(event)} ended, because the fault was in ring 3.",
        f"A fault in ring 0 {lab.setup.after_fault.would}, but {why}.",
    )


def _why_in_ring_3(lab: Lab, name: str) -> str:
    """Why the fault of a process was not one of ring 0."""
    kinds, is_extension = lab.setup.plugin_kinds, kind_of(name) is Kind.EXTENSION
    if is_extension and Kind.DRIVER not in kinds:
        return f"the model {lab.model} keeps drivers out of ring 0"
    if is_extension and Kind.BPF in kinds and plugin_of(name) in own_plugins.sensors():
        return "the part that compares is a process in ring 3"
    return "programs run in ring 3 in every model"


def _fault_alone(lab: Lab, event: events.Faulted) -> tuple[str, str]:
    whose = (
        f"this one is in ring 0, where this kernel {lab.setup.after_fault.does}"
        if event.ring == 0
        else "this one is in ring 3, where the kernel ends only the process"
    )
    return (
        f"{event.place} broke a rule of the CPU in ring {event.ring}.",
        f"The ring of a fault decides what follows: {whose}.",
    )


def reasons(
    lab: Lab, event: events.FaultRecord, picture: FaultPicture | None
) -> tuple[str, ...]:
    """From the first cause that is known to what the kernel did."""
    if picture is not None:
        found = causes.of_picture(picture)
    else:
        found = [causes.raised(event.vector or 0, event.rule)]
    if linux_words.is_failed_check(event):
        found.insert(
            0, "A check in the kernel's own code has failed. It ends in `ud2`."
        )
    if isinstance(event, events.BugcheckEvent):
        found += [
            (
                f"{_in_ring_0(event, picture)} All code there shares the memory of the "
                "kernel."
            ),
            (
                "So the kernel cannot know what is still correct, and it stopped the "
                f"machine: {linux_words.title(event, short=not event.panic)}."
            ),
            *_oopses_before(lab, event),
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
            *_again(lab, event, picture),
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


# ---- What was before.


def _again(lab: Lab, event: Ended, picture: FaultPicture | None) -> Iterator[str]:
    """Why a fault came again, if it did."""
    *before, now = _starts_until(lab, event) or [[]]
    if isinstance(event, events.DeathEvent):
        yield from _restarted(now, event, picture)
        return
    fetched = _fetched_again(now)
    if fetched is not None and explainers.is_of_content(picture):
        yield (
            f"The vendor still offers {fetched.name}, so the updater had fetched the "
            "file again at this start."
        )
        yield (
            "To delete the file does not help as long as the updater runs and the "
            "vendor offers it."
        )
        return
    if before and any(_is_same_fault(it, event) for it in before[-1]):
        still = _still(before[-1], now, picture)
        yield f"The start before had ended in the same way{still}."


def _oopses_before(lab: Lab, event: events.BugcheckEvent) -> Iterator[str]:
    """Which oopses of the same start the kernel has survived before it stopped."""
    for start in _starts_until(lab, event)[-1:]:
        oopses = [it for it in start if isinstance(it, events.Oops)]
        if oopses:
            ended = ", ".join(it.ended for it in oopses)
            number = "An oops" if len(oopses) == 1 else f"{len(oopses)} oopses"
            yield f"{number} came before it in this start, and ended only {ended}."


def _fetched_again(now: list[Event]) -> events.UpdateSent | None:
    """The file that was sent once more in this start, if it is on the disk since."""
    stored = False
    for it in reversed(now):
        stored = stored or isinstance(it, events.UpdateStored)
        if isinstance(it, events.UpdateSent) and it.again:
            return it if stored else None
    return None


def _restarted(
    now: list[Event], event: events.DeathEvent, picture: FaultPicture | None
) -> Iterator[str]:
    """A restart of an extension does not repair what has ended it."""
    deaths = [at for at, it in enumerate(now) if _is_same_fault(it, event)]
    if not deaths:
        return
    since = now[deaths[-1] :]
    restarts = (it for it in since if isinstance(it, events.RestartEvent))
    if any(it.name == event.name for it in restarts):
        still = _still(now[: deaths[-1]], since, picture)
        yield f"It had ended in the same way before, and was restarted{still}."


def _still(before: list[Event], now: list[Event], picture: FaultPicture | None) -> str:
    """That the same content was used again, if it was, and if it led to the fault."""
    is_new = any(isinstance(it, events.UpdateStored) for it in now)
    is_same = _loaded(before) is not None and _loaded(before) == _loaded(now)
    is_kept = explainers.is_of_content(picture) and is_same and not is_new
    return ": the file was still on the disk" if is_kept else ""


def _is_same_fault(earlier: Event, event: Ended) -> bool:
    """Whether an earlier event is of the same kind, at the same place in the code."""
    return isinstance(earlier, type(event)) and (
        (earlier.name, earlier.module, earlier.offset)
        == (event.name, event.module, event.offset)
    )


def _loaded(records: list[Event]) -> tuple[str, int] | None:
    """The content that the sensor loaded last."""
    found = [it for it in records if isinstance(it, events.ContentLoaded)]
    return (found[-1].file, found[-1].version) if found else None


def _starts_until(lab: Lab, event: Event) -> list[list[Event]]:
    """The records of each start up to an event, as far as they are kept.

    None if the event itself is not kept: then all that are kept came after it.
    """
    starts: list[list[Event]] = []
    if event not in lab.events:
        return starts
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
