"""A step of a slow pass in words, made from what was met on the way alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from minios.lab import Event, events
from minios.lab.explain import describe
from minios.machine.events import Door
from minios.session.slow_pass.steps import Leg, PassStep, Spot, Way
from minios.visible import visible

_NAMES: Final = ("name", "plugin", "module", "file", "path")  # fields of records


def step_of(number: int, leg: Leg) -> PassStep:
    """Put a leg into words."""
    before, spot = leg.before, leg.spot
    return PassStep(
        number=number,
        way=leg.way,
        sentence=_sentence(leg),
        by=leg.by,
        changed=tuple(_changed(leg)),
        ring_before=before.ring,
        spot=spot,
        crossings=leg.passages,
        instructions=spot.instructions - before.instructions,
        nanoseconds=spot.t - before.t,
    )


# ---- How the machine came here.


def _sentence(leg: Leg) -> str:
    *earlier, last = leg.passages or (None,)
    if leg.way is Way.CROSSING and last is not None and not earlier:
        return f"{_begun(str(last), leg)}."
    end = _end(leg)
    trips = _trips(leg)
    return f"{trips} Then {end}" if trips else _begun(end, leg)


def _end(leg: Leg) -> str:  # noqa: C901, PLR0911 - one a way
    """What changed last, as a sentence that begins in small letters."""
    spot, before = leg.spot, leg.before
    match leg.way:
        case Way.START:
            return (
                f"{spot.program or spot.module} is about to make a system call, for "
                "which the kernel will post a security event."
            )
        case Way.CROSSING:
            return f"{leg.passages[-1]}."
        case Way.FAULT:
            return _fault(leg)
        case Way.THREAD:
            return f"the kernel switches to {spot.thread}."
        case Way.PAGE_TABLES:
            return f"the kernel takes {_tables(spot)}."
        case Way.CALL:
            name = spot.function.partition("+")[0]
            return f"{_code(before)} calls {_code(spot)}: {name or 'a function'}."
        case Way.RETURN:
            return f"{_code(before)} returns to {_code(spot)}."
        case Way.PROGRAM:
            return (
                f"the kernel executes the eBPF program {leg.ebpf}, which it has "
                f"verified before: its own code does so, in ring {spot.ring}, on "
                f"{spot.thread}."
            )
        case Way.PROGRAM_END:
            return f"the eBPF program {leg.ebpf} ends, and the kernel goes on."
        case Way.RECORD:
            return _record(leg.records[-1])
    return f"{_code(spot)} still executes."


def _record(record: Event) -> str:
    if isinstance(record, events.BugcheckEvent):
        return f"the kernel stops the machine: {describe(record)}."
    return f"{describe(record)}."


def _fault(leg: Leg) -> str:
    fault = next(it for it in leg.records if isinstance(it, events.Faulted))
    what = f"`{fault.instruction}`" if fault.instruction else "to fetch an instruction"
    rule = fault.rule.partition(" (Intel")[0]
    refused = f"the CPU refuses {what} of {fault.module} in ring {fault.ring}: {rule}."
    if fault.ring == leg.spot.ring:
        return f"{refused} The ring does not change: the handler is in ring 0, too."
    return f"{refused} The fault opens a gate into ring {leg.spot.ring}."


def _trips(leg: Leg) -> str:
    """What a program did that went to and fro several times, in a sentence or two."""
    asked = Counter(it.asks for it in leg.passages if it.crossing.door is Door.SYSCALL)
    others = [
        str(it)
        for it in leg.passages
        if it.to_ring == 0 and it.crossing.door is not Door.SYSCALL
    ]
    number = sum(asked.values())
    if leg.way in (Way.CROSSING, Way.FAULT) and len(leg.passages) == 1:
        return ""
    said = []
    if number == 1:
        who = _begun(leg.before.program or "a program", leg)
        said.append(f"{who} asks the kernel to {next(iter(asked))}.")
    elif number:
        who = _begun(leg.before.program or "a program", leg)
        said.append(
            f"{who} goes on, and asks the kernel {number} times: to "
            f"{'; to '.join(_counted(asked))}."
        )
    said += [f"{_begun(it, leg)}." for it in dict.fromkeys(others)]
    return " ".join(said)


def _counted(found: Counter[str]) -> list[str]:
    return [f"{it} ({n} times)" if n > 1 else it for it, n in found.items()]


def _begun(text: str, leg: Leg) -> str:
    """A sentence begins with a capital letter, but a name stays as it is.

    Names are those of the programs, modules and files of this leg.
    """
    if any(name and text.startswith(name) for name in _names(leg)):
        return text
    return text[:1].upper() + text[1:]


def _names(leg: Leg) -> Iterator[str]:
    for spot in (leg.before, leg.spot):
        yield from (spot.program, spot.module)
    yield from (it.program for it in leg.passages)
    yield from _named(leg.records)


def _named(records: Iterable[Event]) -> Iterator[str]:
    for record in records:
        for field in _NAMES:
            yield visible(str(getattr(record, field, "") or ""))


def _code(spot: Spot) -> str:
    if spot.module == "kernel":
        return "the kernel"
    return "code of no known module" if spot.module == "?" else spot.module


def _tables(spot: Spot) -> str:
    return f"the page tables of {spot.program or 'the kernel alone'}"


# ---- What changed on the way.


def _changed(leg: Leg) -> Iterator[str]:
    before, spot = leg.before, leg.spot
    if leg.way is Way.START:
        return
    if spot.thread:  # after a reset everything is new
        yield from _moved(leg)
    if leg.called:
        yield _called(leg)
    if leg.posted:
        yield _posted(leg)
    for record in leg.records[: len(leg.records) - (leg.way is Way.RECORD)]:
        if not (leg.way is Way.FAULT and isinstance(record, events.Faulted)):
            yield _begun(_record(record), leg)
    number, time = spot.instructions - before.instructions, spot.t - before.t
    yield f"{number:,} instruction{'s' * (number != 1)}, {time / 1000:,.2f} µs."


def _moved(leg: Leg) -> Iterator[str]:
    """Ring, thread, page tables and stack."""
    before, spot = leg.before, leg.spot
    if before.ring != spot.ring:
        yield f"The ring: from {before.ring} to {spot.ring}."
    if before.thread != spot.thread and leg.way is not Way.THREAD:
        yield f"The thread: from {before.thread} to {spot.thread}."
    if before.cr3 != spot.cr3 and leg.way is not Way.PAGE_TABLES:
        yield f"CR3 now points to {_tables(spot)}."
    yield from _stacks(leg)


def _stacks(leg: Leg) -> Iterator[str]:
    before, spot = leg.before, leg.spot
    ends = (before.stack, spot.stack)
    between = [it for it in dict.fromkeys(leg.stacks) if it not in ends]
    through = f", and in between {' and '.join(between)}" if between else ""
    if before.stack != spot.stack:
        yield f"The stack: from {before.stack} to {spot.stack}{through}."
    elif between:
        yield f"The stack: again {spot.stack}{through}."
    elif leg.way is Way.FAULT:
        yield f"The stack: still {spot.stack}."
    elif leg.passages and leg.passages[-1].crossing.door is Door.SYSCALL:
        yield (
            f"The stack: still {spot.stack}. A system call changes no stack: the "
            "kernel does that itself."
        )


def _called(leg: Leg) -> str:
    number = len(leg.called)
    names = ", ".join(_counted(Counter(leg.called)))
    times = "once" if number == 1 else f"{number} times"
    lender = "the kernel" if leg.lender == "kernel" else leg.lender
    words = f"{_code(leg.before)} called {lender} {times} on the way: {names}."
    return _begun(words, leg)


def _posted(leg: Leg) -> str:
    events_ = f"{leg.posted} security event{'s' * (leg.posted != 1)}"
    if not leg.told and leg.heard:
        return f"The kernel posted {events_}. {_on_caller(leg)}"
    if not leg.told:
        return f"The kernel posted {events_}. Nobody has asked to hear of this kind."
    boxes = "; ".join(
        f"{name} has {number} unread message{'s' * (number != 1)}"
        for name, number in leg.told
    )
    words = f"The kernel posted {events_}. Inboxes: {boxes}."
    return f"{words} {_on_caller(leg)}" if leg.heard else words


def _on_caller(leg: Leg) -> str:
    """Who is called with an event, and on whose thread."""
    return (
        f"It calls {' and '.join(leg.heard)} with it, on the thread of whoever caused "
        "it: no message is sent, and no other thread has to run."
    )


def said(step: PassStep) -> Iterator[str]:
    """A step in lines that can be heard: the sentence, then its evidence."""
    yield f"{step.number}. {step.sentence}"
    if step.by:
        yield f"The instruction that did it: {step.by}."
    yield f"Now: {step.spot.who}. Next instruction: {step.place}."
    yield f"Stack: {step.stack}."
    yield from step.changed
