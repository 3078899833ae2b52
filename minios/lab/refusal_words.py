"""Why the kernel did not load eBPF programs: what its verifier has found, in words.

    found = look(lab, event)
    found.path, found.instruction, found.state, found.reason

The record of a refusal has room for the reason alone. The whole log of the latest
refusal stays in the kernel's memory, and is read there. Nobody works out again what the
verifier has seen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from minios.abi import errors
from minios.errors import ImageError
from minios.lab import events
from minios.lab.explanation import Explanation, Section
from minios.lab.kernel_memory import KernelMemory
from minios.lab.lab import Lab
from minios.lab.source_text import source_line

_OBJECTS: Final = "bpf/objects.c"
_PATH: Final = "path: "
_INSTRUCTION: Final = re.compile(r"(\d+): (.+)")
_REFUSED: Final = re.compile(
    r"(?P<program>\S+): refused at instruction \d+(, (?P<source>\S+:\d+))?$"
)
_UNSAFE: Final = next(number for name, number, _ in errors.ERRORS if name == "UNSAFE")

_RULES: Final = (
    (
        "invalid mem access 'scalar'",
        (
            "An address is good only if the verifier knows what it points into. A "
            "number that comes out of memory, or out of a calculation, is no address "
            "for it."
        ),
    ),
    (
        "or_null",
        (
            "A look-up may find nothing. So its result has to be compared with 0 "
            "before it is used."
        ),
    ),
    (
        "outside of the allowed memory",
        (
            "Every access must lie inside its memory for all values that the registers "
            "can have there, not only for the usual ones."
        ),
    ),
    (
        "invalid access to map value",
        (
            "Every access must lie inside the value of the map, whatever the registers "
            "hold."
        ),
    ),
    (
        "!read_ok",
        (
            "A register has to be written before it is read, on every path. After a "
            "call of a helper R1 to R5 count as not written."
        ),
    ),
    (
        "read from stack",
        "The stack has to be written before it is read, on every path.",
    ),
    (
        "infinite loop",
        (
            "A program has to end. A loop is accepted if the verifier can follow it to "
            "its end."
        ),
    ),
    (
        "too large",
        (
            "The verifier looks at a million instructions at most. What it has not "
            "followed to the end, it does not accept."
        ),
    ),
    ("too complex", "What the verifier cannot follow to the end, it does not accept."),
    ("unreachable", "Code that no path leads to cannot be checked, so it is refused."),
    (
        "Unreleased reference",
        "What a program reserves, it has to give back on every path.",
    ),
    ("leaks addr", "An address of the kernel must not come to where others read it."),
    (
        "program exit value",
        "A program that decides can allow, or deny with an error, and nothing else.",
    ),
    (
        "unbounded memory access",
        "A size needs an upper bound that the verifier can see.",
    ),
    ("min value is negative", "A size must not be negative on any path."),
    ("misaligned", "An access lies at a multiple of its own size."),
    ("unbounded value", "A number needs bounds before it may move an address."),
    ("prohibited", "With addresses only little arithmetic is allowed."),
    ("into ctx", "The event belongs to the kernel: a program may only read it."),
    ("write into map forbidden", "The program has marked this map as read-only."),
    ("type mismatch", "A helper trusts its arguments, so they have to be of its kind."),
    ("invalid func", "A program may call only what the kernel offers: its helpers."),
    ("call stack", "Each call needs a frame of the stack, and there are only eight."),
)
"""What is behind a reason, by the words of Linux in it; the first that fits."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the log of a refusal says.

    Attributes:
        program: the name of the program in its object, "" if the log names none.
        path: the jumps that lead there, "" if no path was walked.
        instruction: its number and its words, "" if there is none.
        state: what the verifier knows before this instruction, in lines.
        source: "interpreter.c:75", "" if nobody knows.
        reason: why it was refused.
        log: all lines.
    """

    program: str = ""
    path: str = ""
    instruction: str = ""
    state: tuple[str, ...] = ()
    source: str = ""
    reason: str = ""
    log: tuple[str, ...] = ()


def look(lab: Lab, event: events.BpfRefused) -> Refusal:
    """The log of a refusal, while it is the latest; otherwise only its reason."""
    return parse(kept_log(lab, event.name)) or Refusal(reason=event.reason)


def kept_log(lab: Lab, name: str) -> tuple[str, ...]:
    """What the kernel keeps of its latest refusal, if it is of this object."""
    try:
        memory = KernelMemory(lab)
        kept = memory.variable(_OBJECTS, "refusal")
        if not kept.is_there or kept["name"].text != name:
            return ()
        raw = (kept["log"].data or b"").partition(b"\0")[0]
    except (ImageError, KeyError):  # a kernel without debug information
        return ()
    return tuple(raw.decode("ascii", "replace").splitlines())


def parse(log: Sequence[str]) -> Refusal | None:
    """Take a log apart. None if it is empty.

    Its last lines are the path, the instruction, the state, where it stands, and why.
    """
    if not log:
        return None
    *before, reason = log
    where = _REFUSED.fullmatch(before[-1]) if before else None
    if where is None:
        return Refusal(reason=reason, log=tuple(log))
    rows = before[:-1]
    state: list[str] = []
    while rows and rows[-1].startswith("   "):
        state.insert(0, rows.pop().strip())
    instruction = rows.pop() if rows and _INSTRUCTION.fullmatch(rows[-1]) else ""
    path = rows[-1] if rows and rows[-1].startswith(_PATH) else ""
    return Refusal(
        where["program"],
        path.removeprefix(_PATH),
        instruction,
        tuple(state),
        where["source"] or "",
        reason,
        tuple(log),
    )


def explain(lab: Lab, event: events.BpfRefused) -> Explanation:
    """Explain a refusal: the path, the state before the instruction, and the rule."""
    found = look(lab, event)
    if event.error != _UNSAFE:
        return Explanation(
            (
                f"The kernel has not loaded {event.name}: {found.reason}.",
                "Nothing of it has run, so it has harmed nothing.",
            ),
            ("The verifier was not asked: something else was wrong before.",),
            _log(found),
        )
    return Explanation(
        (
            (
                f"The kernel has not loaded {event.name}, because its verifier has "
                "refused a program in it."
            ),
            (
                "Nothing of it has run, so it has harmed nothing. But what it was to "
                "do, nobody does now."
            ),
        ),
        tuple(_reasons(found)),
        _evidence(found) or _log(found),
    )


def _reasons(found: Refusal) -> list[str]:
    said = [
        "Before a program runs in ring 0, the verifier follows every path through it."
    ]
    if found.instruction:
        number, words = found.instruction.split(": ", 1)
        line = f", from {found.source}" if found.source else ""
        said.append(f"One path comes to instruction {number}, `{words}`{line}.")
    said.append(f"There it found: {found.reason}.")
    said += [rule for words, rule in _RULES if words in found.reason][:1]
    said.append(
        "It does not matter whether this would ever happen: the verifier must be able "
        "to see that it cannot."
    )
    return said


def _evidence(found: Refusal) -> tuple[Section, ...]:
    sections = []
    if found.instruction:
        text = _source(found.source)
        line = (f"{found.source}: {text}",) if text else ()
        lines = (f"in the program {found.program}", found.instruction, *line)
        sections.append(Section("The instruction", lines))
    if found.path:
        sections.append(
            Section(
                "The path to it",
                (f"{found.path}.", "Each pair is a jump, by numbers of instructions."),
            )
        )
    if found.state:
        sections.append(Section("What the verifier knew before it", found.state))
    return tuple(sections)


def _source(place: str) -> str:
    """The line of source, "" if it is not one of ours: an object may name any file."""
    file, _, number = place.rpartition(":")
    is_ours = file.startswith("drivers/") and ".." not in file
    return source_line(file, int(number)) if is_ours else ""


def _log(found: Refusal) -> tuple[Section, ...]:
    return (Section("The log of the kernel", found.log),) if found.log else ()
