"""Why something happened, in three depths; and what several machines have in common.

    answer      two sentences in plain words: what happened, and why it follows here
    reasons     short sentences, from the first cause to what followed
    evidence    what was read from the machine, in sections

Nothing here looks at a machine. All text is safe to print (`minios/visible.py`).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeAlias, TypeVar

from minios.lab.quantities import listed
from minios.visible import visible

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines."""

    title: str
    lines: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", visible(self.title))
        object.__setattr__(self, "lines", _visible(self.lines))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a fault ended: this is what differs between two worlds.

    `code` is the same for code that was compiled from the same line to the same bytes.
    `part` is what it belonged to, such as "the driver sentinel.sys"; after a fault in
    ring 0 after which the kernel went on, whom it ended instead. `ring` is that of the
    code. `is_machine` is whether the whole machine stopped.
    """

    code: tuple[str, str, str]
    part: str
    ring: int
    is_machine: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something happened. `str(explanation)` is all of it, as text.

    `outcome` is None unless a fault ended a process or a machine.
    """

    answer: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    evidence: tuple[Section, ...] = ()
    outcome: Outcome | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "answer", _visible(self.answer))
        object.__setattr__(self, "reasons", _visible(self.reasons))

    @property
    def headline(self) -> str:
        """What happened, in one sentence."""
        return self.answer[0] if self.answer else ""

    def __str__(self) -> str:
        parts = [*self.answer]
        if self.reasons:
            parts += ["", REASONS, *(f"  {it}" for it in self.reasons)]
        for section in self.evidence:
            parts += ["", section.title, *(f"  {it}" for it in section.lines)]
        return "\n".join(parts)


REASONS: Final = "The reasons"


class Depth(enum.IntEnum):
    """How much of an explanation is shown."""

    ANSWER = 1
    REASONS = 2
    EVIDENCE = 3


Sections: TypeAlias = tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Explanations of several machines, in which nothing is said twice.

    `contrast` is the answer of all of them together: why the same code stopped one
    machine, and ended only a process in another; () if that is not what happened.
    `shared` is what is true of each machine, and `together` names them. `own` is what
    is left for each, with the names of its machines.
    """

    together: str
    contrast: tuple[str, ...]
    shared: Explanation
    own: tuple[tuple[str, Explanation], ...]

    @property
    def depths(self) -> tuple[Depth, ...]:
        """The depths at which there is something to say."""
        return tuple(it for it in Depth if any(chain(*self.at(it))))

    def at(self, depth: Depth) -> tuple[Sections, tuple[Sections, ...]]:
        """What is new at a depth: what is shared, and what each machine has for itself.

        Titles say whose section it is. The contrast has no title.
        """
        if depth is Depth.ANSWER and self.contrast:
            return (Section("", self.contrast),), ()
        is_alone = len(self.own) == 1
        shared = _sections(self.shared, depth, self.together)
        own = (_sections(it, depth, name, is_alone=is_alone) for name, it in self.own)
        return shared, tuple(own)


def _sections(
    part: Explanation, depth: Depth, whose: str, *, is_alone: bool = False
) -> Sections:
    of_whom = "" if is_alone else f" in {whose}"
    if depth is Depth.EVIDENCE:
        return tuple(Section(f"{it.title}{of_whom}", it.lines) for it in part.evidence)
    if depth is Depth.REASONS:
        title, lines = f"{REASONS}{of_whom}", part.reasons
    else:
        title, lines = f"In {whose}", part.answer
    return (Section(title, lines),) if lines else ()


def compare(found: Iterable[tuple[str, Explanation]]) -> Comparison:
    """Split explanations into what is shared and what is not.

    Args:
        found: the name of each machine, and its explanation. At least one. Machines
            with equal explanations become one.
    """
    groups: dict[Explanation, list[str]] = {}
    for name, explanation in found:
        groups.setdefault(explanation, []).append(name)
    named = [(listed(names), it) for it, names in groups.items()]
    everybody = listed([it for names in groups.values() for it in names])
    is_pair = sum(map(len, groups.values())) == _PAIR
    together = "both worlds" if is_pair else everybody
    if len(named) == 1:
        return Comparison(together, (), Explanation(()), tuple(named))
    shared = Explanation(
        _common([it.answer for it in groups]),
        _common([it.reasons for it in groups]),
        _common([it.evidence for it in groups]),
    )
    own = tuple((name, _left(it, shared)) for name, it in named)
    return Comparison(together, _contrast(groups), shared, own)


_PAIR: Final = 2


def _common(several: Sequence[tuple[T, ...]]) -> tuple[T, ...]:
    first, *others = several
    return tuple(it for it in first if all(it in other for other in others))


def _left(own: Explanation, shared: Explanation) -> Explanation:
    """What of an explanation is not shared."""
    return Explanation(
        tuple(it for it in own.answer if it not in shared.answer),
        tuple(it for it in own.reasons if it not in shared.reasons),
        tuple(it for it in own.evidence if it not in shared.evidence),
        own.outcome,
    )


def _contrast(groups: Mapping[Explanation, Sequence[str]]) -> tuple[str, ...]:
    """Why the same code ended machines here and processes there; () if it did not."""
    names: dict[Outcome, list[str]] = {}
    for explanation, own in groups.items():
        if explanation.outcome is None:
            return ()
        names.setdefault(explanation.outcome, []).extend(own)
    ends = sorted(names, key=lambda it: (it.ring, not it.is_machine))
    is_same_code = len({it.code for it in ends}) == 1 and all(ends[0].code)
    differ = len({(it.ring, it.is_machine) for it in ends}) > 1
    if not differ or not is_same_code or any(it.ring and it.is_machine for it in ends):
        return ()
    return tuple(_end(it, names[it]) for it in ends)


def _end(outcome: Outcome, names: Sequence[str]) -> str:
    where = f"In {listed(names)}"
    if outcome.is_machine:
        machine = "the machine" if len(names) == 1 else "each machine"
        return (
            f"{where} {machine} stopped, because the fault was in the kernel: "
            f"{outcome.part} runs in ring 0, as a part of it."
        )
    if outcome.ring == 0:
        return (
            f"{where} the same code ran in ring 0, too, but the kernel ended only "
            f"{outcome.part}, and went on."
        )
    return (
        f"{where} the same code ran in ring 3, in {outcome.part}, so only that process "
        "ended."
    )


def _visible(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(visible(it) for it in texts)
