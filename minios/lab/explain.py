"""Explanations of events, in the same words for screen, demo, lessons and tests.

An explanation is made from the records of a machine, and from a picture of it that was
taken at the fault. It assumes nothing about what usually happens.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Final

from minios.abi.structures import (
    BOOT_FAILURES_LIMIT,
    BOOT_SETTLE_SECONDS,
)
from minios.lab import (
    corruption,
    events,
    evidence,
    linux_words,
    reasons,
    recovery,
    refusal_words,
    stop_words,
    verdict_words,
)
from minios.lab.events import Event
from minios.lab.explanation import Explanation, Section
from minios.lab.lab import Lab
from minios.lab.start_history import starts
from minios.visible import visible


def explain(lab: Lab, event: Event) -> Explanation:
    """Why an event came about: an answer, its reasons, and the evidence.

    The record must be one of this lab's. Without a picture of its fault (the latest 64
    are kept) there is less evidence. An event that tells of no fault and of no failure
    is explained by itself, see `brief`. Raises nothing.
    """
    if isinstance(event, events.RecoveryEntered):
        return _recovery(lab, event)
    if isinstance(event, events.BpfRefused):
        return refusal_words.explain(lab, event)
    if isinstance(event, events.BugcheckEvent) and event.vector is None:
        return _stop_of_its_own(lab, event)
    if not isinstance(event, events.FaultRecord):
        return verdict_words.explain(lab, event) or brief(event)
    picture = lab.picture_of(event)
    seen = evidence.of_picture(picture) if picture is not None else ()
    if isinstance(event, events.Oops):
        return _oops(lab, event, seen)
    return Explanation(
        reasons.answer(lab, event),
        reasons.reasons(lab, event, picture),
        (*seen, _kernel(lab, event)),
        reasons.outcome(lab, event),
    )


def brief(event: Event) -> Explanation:
    """Explain an event by itself: what happened, what it means, and all its fields."""
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    lines = tuple(f"{name}: {it}" for name, it in fields.items() if it is not None)
    what, row = describe(event), events.row_of(event)
    if not row.says.startswith("{"):  # a name stays as it is
        what = f"{what[0].upper()}{what[1:]}"
    return Explanation(
        (f"{what}.", row.means),
        evidence=(Section("All fields of this event", lines),),
    )


def describe(event: Event) -> str:
    """One record in one line, without its time. The line is safe to print.

    Raises nothing: there are words for every kind of record.
    """
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return visible(_sentence(event).format(**fields, **_more_words(event)))


def _sentence(event: Event) -> str:
    """What its row says, with its fields in braces. Some have another sentence."""
    match event:
        case events.UpdateSent(again=True):
            return "the vendor still offers {name}, and sends it again"
        case events.Oops(world="linux"):  # its codes are not those of Windows
            return "{bug}; oops in {place} ends {ended}"
        case events.BugcheckEvent() if event.panic:
            return "kernel panic in {place}: {panic}"
        case events.Ended() if event.oopses and not event.bugchecks:
            return _LIMPING
        case events.RestartEvent(attempt=0):  # not after a failure: no number
            return "the supervisor restarts {name}"
    return events.row_of(event).says


_LIMPING: Final = (
    "{outcome}, limping: {oopses} oopses, {tasks_ended} processes ended by them, "
    "{init_restarts} started again by init"
)


def _more_words(event: Event) -> dict[str, str]:
    """What a sentence needs besides the fields of the event."""
    if isinstance(event, events.FaultRecord):
        what = f"`{event.instruction}`" if event.instruction else "the fetch"
        return {"place": event.place, "what": what, "bug": linux_words.bug(event)}
    match event:
        case events.ProcessExited():
            usual = f"ends with status {event.status}"
            return {"how": _ENDS.get(event.cause, usual)}
        case events.RestartPlanned():
            return {"delay_s": f"{event.delay / 1e9:g}"}
        case events.BackAgain():
            return {"gap_s": f"{event.gap / 1e9:.2f}"}
        case events.ModeChosen() | events.RecoveryEntered():
            return {"before": _starts_before(event.failed_starts)}
    return {}


_ENDS: Final = {
    "killed": "is killed",
    "kernel_fault": "ends, because the kernel has faulted while it served it",
    "deadline": "is ended, because it gave no verdict in time",
}


def _starts_before(failed: int) -> str:
    """How the starts before this one ended, after the words for this one."""
    if not failed:
        return ""
    which = "start" if failed == 1 else f"{failed} starts"
    return f"; the previous {which} failed"


def _recovery(lab: Lab, event: events.RecoveryEntered) -> Explanation:
    until = [it for it in lab.events if it.t <= event.t]
    before = starts(until)[:-1]
    have_failed = event.failed_starts >= BOOT_FAILURES_LIMIT
    cause = (
        f"the last {event.failed_starts} starts have failed"
        if have_failed
        else "somebody pressed F8, or the start before asked for it"
    )
    memory = (
        "Before any driver runs, the kernel writes STARTING to a sector of the disk.",
        (
            f"{BOOT_SETTLE_SECONDS} s after the machine is ready, it writes SETTLED. A "
            "dying kernel writes nothing."
        ),
        "So a start that finds STARTING knows that the start before it has failed.",
        (
            f"Failed starts in a row: {event.failed_starts}. After "
            f"{BOOT_FAILURES_LIMIT} of them, the {event.what} starts."
        ),
    )
    is_menu = event.what == recovery.BOOT_MENU
    program = "/BIN/BOOTMENU" if is_menu else "/BIN/RECOVERY"
    decides = "chosen entry" if is_menu else "exit status of the program"
    now = (
        f"Only {program} runs, a program in ring 3. No driver and no service runs,",
        f"because one of them may have caused the failures. The {decides}",
        "decides how the start goes on.",
    )
    return Explanation(
        (
            f"The {event.what} starts, because {cause}.",
            "No driver runs in it, so a file that crashes a driver does no harm now.",
        ),
        memory,
        (
            Section("The starts before this one", tuple(str(it) for it in before)),
            Section("What runs now", now),
        ),
    )


def _oops(lab: Lab, event: events.Oops, seen: tuple[Section, ...]) -> Explanation:
    """Explain a fault in ring 0 after which the kernel goes on."""
    report = linux_words.report_of(lab.events, event)
    did = (
        f"It ended {event.ended}. {lab.setup.after_fault.choice}",
        *linux_words.oops_lines(report),
        f"Windows would have stopped with {event.code} {event.name}, IRQL {event.irql}",
        *evidence.parameter_lines(event.code, event.params),
    )
    return Explanation(
        (
            f"The fault was in ring 0, and the kernel goes on without {event.ended}.",
            "What was broken there stays broken: all code in ring 0 shares one memory.",
        ),
        (
            *reasons.reasons(lab, event, lab.picture_of(event)),
            "The policy of this machine lets the kernel go on after such a fault.",
        ),
        (*seen, Section("What the kernel did", did)),
        reasons.outcome_of_oops(event),
    )


def _stop_of_its_own(lab: Lab, event: events.BugcheckEvent) -> Explanation:
    """Explain a stop that no fault caused: a check in the kernel failed."""
    why = [stop_words.reason(event.code).format(who=event.module)]
    if event.code == corruption.CODE:
        why += _corruption_lines(corruption.describe(event.params, lab.module_at))
    died = reasons.death_before(lab, event)
    if event.name == reasons.CRITICAL and died is not None:
        why.append(f"It had broken a rule of the CPU in ring 3: {died.rule}.")
    cause, elsewhere = stop_words.summary(event.code)
    cause = cause.format(who=event.module)
    return Explanation(
        (f"The machine stopped, because {cause}.", elsewhere),
        (*why, f"So the kernel stopped the machine: {linux_words.title(event)}."),
        (_kernel(lab, event),),
    )


def _corruption_lines(found: corruption.Corruption) -> list[str]:
    return [
        f"{found.altered[0].upper()}{found.altered[1:]} was altered. {found.leads}",
        (
            "The change broke no rule of the CPU: all code in ring 0 has the rights of "
            "the kernel."
        ),
        "The kernel noticed the change later, so it cannot know who made it.",
    ]


def _kernel(
    lab: Lab, event: events.Faulted | events.DeathEvent | events.BugcheckEvent
) -> Section:
    lines: tuple[str, ...]
    match event:
        case events.BugcheckEvent():
            lines = _bugcheck_lines(lab, event)
        case events.DeathEvent():
            whose = f"process {event.process_id} ({event.name})"
            lines = (
                f"It freed the pages and handles of {whose}, and told its parent.",
            )
        case _:
            blamed = "the process" if event.ring == 3 else "its own ring"
            lines = (f"It blames {blamed}.",)
    return Section("What the kernel did", lines)


def _bugcheck_lines(lab: Lab, event: events.BugcheckEvent) -> tuple[str, ...]:
    why = "" if event.vector is None else f" {lab.setup.after_fault.if_stopped}"
    lines = [
        f"It stopped the machine.{why}",
        f"STOP {event.code} {event.name}, IRQL {event.irql}",
    ]
    if event.panic:
        lines = [
            f"It stopped the machine: kernel panic, {event.panic}.",
            *filter(None, [linux_words.why_panic(event.panic, event.code)]),
            f"Windows would have stopped with {event.code} {event.name}.",
        ]
    lines += evidence.parameter_lines(event.code, event.params)
    return (*lines, _end_of_it(lab, event))


def _end_of_it(lab: Lab, event: events.BugcheckEvent) -> str:
    """What the dying kernel has done since the stop, up to now."""
    since = (it for it in lab.events if it.instructions >= event.instructions)
    until = list(takewhile(lambda it: not isinstance(it, events.Booted), since))
    is_saved = any(isinstance(it, events.DumpWritten) for it in until)
    is_reset = any(isinstance(it, events.ResetEvent) for it in until)
    panic = linux_words.panic_of(lab.events, event)
    if panic is not None:
        saved = "It saved a small dump. " if is_saved else "It has saved no dump yet. "
        done = "The machine was reset." if is_reset else linux_words.then_words(panic)
        return f"{saved}{done}"
    if is_saved:
        end = "reset the machine" if is_reset else "has not reset the machine yet"
        return f"It drew the blue screen, saved a small dump and {end}."
    if is_reset:
        return "The machine was reset. No dump of this crash was saved."
    return "It has saved no dump yet, and it has not reset the machine yet."
