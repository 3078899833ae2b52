"""Explanations of events, in the same words for screen, demo, lessons and tests.

An explanation is made from a picture of the machine that was taken at the fault. It
assumes nothing about what usually happens. What the picture does not show (because
there are no symbols, or no array) is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from minios.abi import content, vectors
from minios.abi.structures import BOOT_FAILURES_LIMIT, BOOT_SETTLE_SECONDS
from minios.lab import corruption, events, stop_words
from minios.lab.events import Event
from minios.lab.lab import Lab
from minios.lab.origins import Origin
from minios.lab.picture import FaultPicture
from minios.lab.start_history import starts
from minios.machine.paging import PRESENT, Walk
from minios.visible import visible

_INTERPRETER: Final = "drivers/sentinel/interpreter.c"
_PAGE_FAULT: Final = 14
_CRITICAL: Final = "CRITICAL_PROCESS_DIED"
RIGHTS_LEGEND: Final = (
    "p: present, w: writable, u: open to ring 3, x: executable, -: no"
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines. They are safe to print (`minios/visible.py`)."""

    title: str
    lines: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", visible(self.title))
        lines = tuple(visible(line) for line in self.lines)
        object.__setattr__(self, "lines", lines)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something happened: a sentence, then the evidence in order.

    `str(explanation)` is all of it, as text.
    """

    headline: str
    sections: tuple[Section, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "headline", visible(self.headline))

    def __str__(self) -> str:
        parts = [self.headline]
        for section in self.sections:
            parts.append("")
            parts.append(section.title)
            parts += [f"  {line}" for line in section.lines]
        return "\n".join(parts)


def explain(lab: Lab, event: Event) -> Explanation:
    """Why a fault, a death, a bugcheck or recovery came about; others in one line.

    The record must be one of this lab's. Where its picture is no longer kept (the
    latest 64 are), the explanation is one line, too. Raises nothing.
    """
    if isinstance(event, events.RecoveryEntered):
        return _recovery(lab, event)
    if isinstance(event, events.BugcheckEvent) and event.vector is None:
        return _stop_of_its_own(lab, event)
    picture = lab.picture_of(event)
    if picture is None or not isinstance(
        event, events.Faulted | events.DeathEvent | events.BugcheckEvent
    ):
        return Explanation(describe(event), ())
    sections = [instruction_section(picture)]
    if picture.origin is not None:
        sections.append(pointer_section(picture, picture.origin))
    if picture.walk is not None:
        sections.append(page_walk_section(picture.walk))
    sections.append(processor_section(picture))
    sections.append(_kernel(lab, event))
    return Explanation(_headline(lab, event), tuple(sections))


def describe(event: Event) -> str:
    """One record in one line, without its time. The line is safe to print.

    Raises nothing: there are words for every kind of record.
    """
    words = _WORDS.get(type(event))
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    if isinstance(event, events.Faulted | events.BugcheckEvent):
        fields["place"] = event.place
        fields["what"] = f"`{event.instruction}`" if event.instruction else "the fetch"
    if isinstance(event, events.RestartPlanned):
        fields["delay_s"] = f"{event.delay / 1e9:g}"
    if isinstance(event, events.ModeChosen | events.RecoveryEntered):
        fields["before"] = _starts_before(event.failed_starts)
    if isinstance(event, events.UpdateSent) and event.again:
        words = "the vendor still offers {name}, and sends it again"
    if isinstance(event, events.RestartEvent) and not event.attempt:
        words = "the supervisor restarts {name}"  # not after a failure: no number
    return visible(words.format(**fields)) if words else type(event).__name__


def _starts_before(failed: int) -> str:
    """How the starts before this one ended, after the words for this one."""
    if not failed:
        return ""
    which = "start" if failed == 1 else f"{failed} starts"
    return f"; the previous {which} failed"


_WORDS: Final[dict[type, str]] = {
    events.Booted: "the kernel starts (boot {boot})",
    events.ModeChosen: "{mode} start{before}",
    events.RecoveryEntered: "the recovery environment starts{before}",
    events.RecoveryChosen: "chosen in the recovery environment: {choice}",
    events.FixOffered: "the vendor offers the fix {name}",
    events.FixApplied: "the fix {name}: {step}",
    events.ServiceFailed: "{name} could not start: {error}",
    events.ServicesRestored: "{path} is restored from the last good start",
    events.StartSettled: "this start counts as good",
    events.Withdrawn: "the vendor withdraws {name}; machines that have it keep it",
    events.UpdateAsked: "the updater asks for newer content",
    events.ReadyEvent: "all services are running",
    events.Pushed: "{name} is pushed ({size} bytes)",
    events.UpdateSent: "the vendor sends {name}",
    events.UpdateStored: "the updater stores {file} on the disk",
    events.UpdateRefused: "the updater does not store the file: {reason}",
    events.UpdateFailed: "the updater cannot store {file}: {error}",
    events.ContentLoaded: "the sensor loads {file}, version {version}: nothing happens",
    events.ContentRefused: "the sensor refuses {file}: {reason}",
    events.Detected: "{plugin} detects {text}",
    events.ValueReported: "{plugin} reports {what}: {value}",
    events.ModuleLoaded: "{name} becomes part of the kernel at {base}",
    events.PluginRefused: "the policy of this model refuses {name}",
    events.SensorUp: "{plugin} watches named pipes",
    events.ProcessStarted: "{name} starts as process {process_id}",
    events.ProcessExited: "{name} (process {process_id}) ends with status {status}",
    events.Faulted: "{place}: the CPU refuses {what}: {rule}",
    events.DeathEvent: "{name} (process {process_id}) dies",
    events.BugcheckEvent: "STOP {code} {name} in {place}",
    events.DumpWritten: "the kernel writes a small dump to the disk, sector {sector}",
    events.DumpSaved: "the dump of the last crash is saved as {path}",
    events.ResetEvent: "the machine resets ({reason})",
    events.RestartPlanned: "the supervisor will restart {name} in {delay_s} s",
    events.RestartEvent: "the supervisor restarts {name}, attempt {attempt}",
    events.GaveUp: "the supervisor gives up on {name} after {failures} failures",
    events.Quarantined: "the supervisor moves {file} away to {moved_to}",
    events.Restored: "the supervisor restores {file} from {copied_from}",
    events.Typed: "somebody types: {text}",
    events.Rescued: "{way}: {outcome}, {boots} boots",
    events.PoweredOff: "the machine switches itself off",
    events.Ended: "{outcome}",
}


def _recovery(lab: Lab, event: events.RecoveryEntered) -> Explanation:
    until = [it for it in lab.events if it.t <= event.t]
    before = starts(until)[:-1]
    memory = (
        "Before any driver runs, the kernel writes STARTING to a sector of the disk.",
        f"{BOOT_SETTLE_SECONDS} s after the machine is ready, it writes SETTLED.",
        "A dying kernel writes nothing. So a start that finds STARTING knows that the",
        "start before it has failed.",
        f"Failed starts in a row: {event.failed_starts}.",
        f"After {BOOT_FAILURES_LIMIT} of them, the recovery environment starts.",
        "It also starts if somebody presses F8, or if the start before asked for it.",
    )
    now = (
        "Only /BIN/RECOVERY runs, a program in ring 3. No driver and no service runs,",
        "because one of them may have caused the failures. The exit status of the",
        "program decides how the start goes on.",
    )
    sections = (
        Section("What the disk tells the kernel", memory),
        Section("The starts before this one", tuple(str(it) for it in before)),
        Section("What runs now", now),
    )
    return Explanation(describe(event), sections)


def _stop_of_its_own(lab: Lab, event: events.BugcheckEvent) -> Explanation:
    """Explain a stop that no fault caused: a check in the kernel failed."""
    why = [stop_words.reason(event.code).format(who=event.module)]
    if event.code == corruption.CODE:
        why += _corruption_lines(lab, event)
    died = _death_before(lab, event)
    if event.name == _CRITICAL and died is not None:
        why.append(f"It had broken a rule of the CPU in ring 3: {died.rule}.")
    sections = (Section("Why it stopped", tuple(why)), _kernel(lab, event))
    return Explanation(describe(event), sections)


def _corruption_lines(lab: Lab, event: events.BugcheckEvent) -> list[str]:
    found = corruption.describe(event.params, lab.module_at)
    return [
        f"{found.altered[0].upper()}{found.altered[1:]} was altered. {found.leads}",
        (
            "The change broke no rule of the CPU: all code in ring 0 has the rights of "
            "the kernel. The kernel noticed the change later, so it cannot know who "
            "made it."
        ),
    ]


def _death_before(lab: Lab, event: events.BugcheckEvent) -> events.DeathEvent | None:
    """The death of the named process in this start, if a fault in ring 3 caused it."""
    before = [it for it in lab.events if it.t <= event.t and it is not event]
    for earlier in reversed(before):
        if isinstance(earlier, events.DeathEvent):
            return earlier if earlier.name == event.module else None
        if isinstance(earlier, events.Booted):
            return None
    return None


def _was_critical(lab: Lab, died: events.DeathEvent) -> bool:
    """Whether the machine stopped because this process died."""
    stops = [it for it in lab.events if isinstance(it, events.BugcheckEvent)]
    return any(it.name == _CRITICAL and _death_before(lab, it) is died for it in stops)


def _headline(
    lab: Lab, event: events.Faulted | events.DeathEvent | events.BugcheckEvent
) -> str:
    broke = f"{event.place} broke a rule of the CPU in ring {event.ring}"
    if isinstance(event, events.BugcheckEvent):
        return f"The machine stopped, because {broke}"
    if isinstance(event, events.DeathEvent):
        who = f"process {event.process_id}"
        if _was_critical(lab, event):
            return f"The machine stopped with {who}, because {broke}"
        return f"Only {who} ended, because {broke}"
    return broke


def instruction_section(picture: FaultPicture) -> Section:
    """The instruction that the CPU refused, its source line, and its pointer."""
    fault, instruction = picture.fault, picture.instruction
    lines = []
    if instruction is None:
        lines.append(f"there is no instruction at {fault.rip:#x}, the next address")
    if instruction is not None:
        lines.append(f"{instruction.address:#x}: {instruction.text}")
        lines.append(f"bytes {instruction.raw.hex(' ')}, ring {fault.ring}")
    if picture.location is not None:
        lines.append(f"in {picture.location}")
        lines += [f"line {picture.location.line}: {it}" for it in picture.source_line]
    if instruction is not None and instruction.memory is not None:
        base = instruction.memory.base
        if base in picture.registers:
            lines.append(f"{base} = {picture.registers[base]:#x}")
    return Section("The instruction", tuple(lines))


def pointer_section(picture: FaultPicture, origin: Origin) -> Section:
    """The array from which the bad pointer came, and why no check stopped it."""
    lines = [
        (
            f"`{origin.instruction.text}` loaded {origin.register}: element"
            f" {origin.index} of the array at {origin.array:#x}"
        ),
    ]
    lines += [
        f"{'->' if slot.index == origin.index else '  '} [{slot.index:2}]"
        f" {slot.address:#x}: {slot.value:#018x}  {slot.words}"
        for slot in origin.slots
    ]
    if picture.source.startswith(_INTERPRETER + ":") and (
        origin.index >= content.IPC_INPUTS_SUPPLIED
    ):
        lines.append(
            f"The content asks for field {origin.index + 1}. The definitions declare"
            f" {len(content.IPC.fields)} fields, but the sensor's code supplies only"
            f" {content.IPC_INPUTS_SUPPLIED} inputs."
        )
        lines.append(
            f"So element {origin.index} is not part of the array. It is the memory"
            " behind the array. Its value is not null, so the null check does not stop"
            " it."
        )
    return Section("Where the pointer came from", tuple(lines))


def page_walk_section(walk: Walk) -> Section:
    """Every level of the page tables, and the entry that forbids the access."""
    lines = []
    for position, level in enumerate(walk.levels):
        refused = walk.refusal is not None and walk.refusal.level == position
        rights = level.rights if level.entry & PRESENT else "not present"
        lines.append(
            f"{'->' if refused else '  '} {level.name:4} entry at"
            f" {level.entry_address:#08x}: {level.entry:#018x}  {rights}"
        )
    if walk.refusal is None:
        lines.append("The page tables allow this access now.")
    else:
        lines.append(f"{walk.refusal.rule}")
    lines.append(RIGHTS_LEGEND)
    return Section(f"What the page tables say about {walk.address:#x}", tuple(lines))


def page_fault_words(error_code: int, ring: int) -> str:
    """The error code of a page fault in words.

    Args:
        error_code: what the CPU pushed.
        ring: the ring that was running. The CPU reads its own tables with the rights of
            ring 0, also while a program runs in ring 3 (Intel SDM vol. 3A, "Page-Fault
            Exceptions").
    """
    access = "fetch" if error_code & 16 else "write" if error_code & 2 else "read"
    present = "a present page" if error_code & 1 else "a page that is not present"
    inside = "the CPU itself" if ring == 3 else "ring 0"
    who = "ring 3" if error_code & 4 else inside
    return f"a {access} by {who} of {present}"


def processor_section(picture: FaultPicture) -> Section:
    """The rule, the exception, and the gate through which the CPU went."""
    fault, walk = picture.fault, picture.walk
    refusal = walk.refusal if walk is not None else None
    is_told = refusal is not None and refusal.rule == fault.rule  # by the page walk
    lines = [] if is_told else [str(fault.rule)]
    name = vectors.mnemonic(fault.vector)
    if fault.vector == _PAGE_FAULT and fault.error_code is not None:
        lines.append(
            f"It raised {name} with error code {fault.error_code:#x}:"
            f" {page_fault_words(fault.error_code, fault.ring)}. CR2 holds the address."
        )
    else:
        lines.append(f"It raised {name}.")
    if fault.ring == 3:
        lines.append(
            f"It went through gate {fault.vector} of the IDT, the table of handlers,"
            " from ring 3 to ring 0. There it uses the kernel stack that the TSS names."
        )
    else:
        lines.append(
            f"It went through gate {fault.vector} of the IDT, the table of handlers,"
            " and stayed in ring 0. So the faulty code and the handler share one ring"
            " and its memory."
        )
    return Section("What the CPU did", tuple(lines))


def _kernel(
    lab: Lab, event: events.Faulted | events.DeathEvent | events.BugcheckEvent
) -> Section:
    if isinstance(event, events.BugcheckEvent):
        return Section("What the kernel did", _bugcheck_lines(lab, event))
    if isinstance(event, events.DeathEvent):
        afterwards = _CRITICAL_DIED if _was_critical(lab, event) else _ORDINARY_DIED
        blamed = f"process {event.process_id} ({event.name})"
        ended = f"The fault came from ring 3, so the kernel ended {blamed}."
        lines = (ended, afterwards)
        return Section("What the kernel did", lines)
    blamed = "the process" if event.ring == 3 else "its own ring"
    return Section("What the kernel did", (f"It blames {blamed}.",))


_ORDINARY_DIED: Final = (
    "It freed the pages of the process, closed its handles, and told its parent."
    " Nothing else stopped."
)
_CRITICAL_DIED: Final = (
    "The system cannot run without this process, so the kernel stopped the machine."
)
_STOPS: Final = (
    "The fault came from ring 0. All code there shares memory and locks, so the kernel"
    " cannot know what is still correct. Our kernel then stops the machine. That is a"
    " choice: Linux by default ends only the task that caused the fault, and goes on."
)


def _bugcheck_lines(lab: Lab, event: events.BugcheckEvent) -> tuple[str, ...]:
    lines = [
        "It stopped the machine." if event.vector is None else _STOPS,
        f"STOP {event.code} {event.name}, IRQL {event.irql}",
    ]
    lines += parameter_lines(event.code, event.params)
    return (*lines, _end_of_it(lab, event))


def _end_of_it(lab: Lab, event: events.BugcheckEvent) -> str:
    """What the dying kernel has done since the stop, up to now."""
    since = (it for it in lab.events if it.instructions >= event.instructions)
    until = list(takewhile(lambda it: not isinstance(it, events.Booted), since))
    is_saved = any(isinstance(it, events.DumpWritten) for it in until)
    is_reset = any(isinstance(it, events.ResetEvent) for it in until)
    if is_saved:
        end = "reset the machine" if is_reset else "has not reset the machine yet"
        return f"It drew the blue screen, saved a small dump and {end}."
    if is_reset:
        return "The machine was reset. No dump of this crash was saved."
    return "It has saved no dump yet, and it has not reset the machine yet."


def parameter_lines(code: int, values: tuple[int, ...]) -> list[str]:
    """The parameters of a stop code, one on each line."""
    return [
        f"parameter {number}: {it.value:#x}  {it.meaning}"
        + (f" ({it.words})" if it.words else "")
        for number, it in enumerate(stop_words.parameters(code, values), start=1)
    ]
