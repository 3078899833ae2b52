"""Accepted eBPF programs run in ring 0 of a real machine, for `minios dev fuzz bpf`.

Programs of the hook `test` are run one after the other, thousands in one start. What
they return, how many steps they make and how long they were verified must be what the
library of this host has said (`bpf_library.py`).

Programs of other hooks are loaded, a few at a time, and stay attached. The program that
loads them writes its answers into a file at the end, and ends: so each is called by a
real event.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from minios.abi import bpf
from minios.bpf.assembly import assemble
from minios.bpf.image import Program, pack
from minios.closing import Closing
from minios.dev.fuzz.bpf_library import Trial
from minios.dev.fuzz.bpf_programs import Case
from minios.lab import events
from minios.lab.bpf import Answer, BpfMachine, Question

_TOGETHER: Final = 11  # objects at once: there are 16 places
_FIRST: Final = Question.load(
    pack([Program("first", "notify/pipe_open", assemble("r0 = 0\nexit"))]), "first"
)
"""Loaded before the others, so that none of them is the first object of the machine."""
_STOPPED: Final = (
    events.Oops,
    events.KernelPanic,
    events.BugcheckEvent,
    events.ResetEvent,
)
_HELPERS: Final = {helper.name: helper.number for helper in bpf.HELPERS}
_DIFFERENT: Final = frozenset(
    _HELPERS[name]
    for name in ("ktime_get_ns", "get_current_pid_tgid", "get_current_comm")
)
"""Helpers whose results are others in a machine than in the library."""
_CALL: Final = 0x85
_LISTED: Final = re.compile(r"^(\S+) +fuzz +\S+ +(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Checked:
    """An accepted or refused program, and what the library has said."""

    number: int
    case: Case
    trial: Trial


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong with the case of this number."""

    number: int
    words: str


class Ring0(Closing):
    """A machine, with a defect or without.

    Attributes:
        counts: programs that were "run", "called" by an event, and "refused" here, too.
    """

    def __init__(self, defect: str = "none") -> None:
        self._machine: Final = BpfMachine(options={"bpf_defect": defect})
        self.counts: Counter[str] = Counter()

    def close(self) -> None:
        """Free the machine."""
        self._machine.lab.close()

    def run(self, programs: Sequence[Checked]) -> Iterator[Problem]:
        """Run them all. Yields what is wrong."""
        loaded = [
            it
            for it in programs
            if it.trial.is_accepted and it.case.hook.startswith("notify")
        ]
        asked = [it for it in programs if it not in loaded]
        yield from self._ask(asked)
        for start in range(0, len(loaded), _TOGETHER):
            yield from self._load(loaded[start : start + _TOGETHER])

    def _ask(self, programs: Sequence[Checked]) -> Iterator[Problem]:
        answers = self._machine.ask([_question(it.case) for it in programs])
        for one, answer in zip(programs, answers, strict=True):
            if not one.trial.is_accepted:
                self.counts["refused"] += 1
            elif one.case.hook == "test":
                self.counts["run"] += 1
            if words := _difference(one, answer):
                yield Problem(one.number, words)

    def _load(self, programs: Sequence[Checked]) -> Iterator[Problem]:
        lab = self._machine.lab
        answers, said = self._machine.ask_once(
            [
                _FIRST,
                *(Question.load(it.case.image(), f"f{it.number}") for it in programs),
            ]
        )
        stopped = [it for it in lab.events if isinstance(it, _STOPPED)]
        if answers is None or stopped:
            yield from self._search(programs, stopped, said)
            return
        for one, answer in zip(programs, answers[1:], strict=True):
            if not answer.is_good or answer.visits != one.trial.visits:
                yield Problem(one.number, _verdicts(one, answer))
        listed = {
            name: int(runs) for name, runs in _LISTED.findall(lab.console("bpf list"))
        }
        for one in programs:
            self.counts["called"] += bool(listed.get(f"f{one.number}"))
            if not listed.get(f"f{one.number}"):
                yield Problem(one.number, "it is loaded, and no event has called it")

    def _search(
        self, programs: Sequence[Checked], stopped: Sequence[object], said: str
    ) -> Iterator[Problem]:
        """Which of them it was: the kernel knows whose program was running."""
        for it in stopped:
            blamed = str(getattr(it, "module", ""))
            for one in programs:
                if f"f{one.number}" == blamed:
                    yield Problem(one.number, f"a fault in ring 0:\n{_lines(said)}")
                    return
        yield Problem(
            programs[0].number,
            f"one of {', '.join(str(it.number) for it in programs)} has stopped the "
            f"machine, or what loads it:\n{_lines(said)}",
        )


def _lines(said: str) -> str:
    kept = [it for it in said.splitlines() if "is loaded" not in it]
    return "\n".join(kept[:12])


def _question(case: Case) -> Question:
    """To run it once; or if it is for an event, or refused, only to verify it."""
    flags = 0 if case.hook == "test" else bpf.BPF_LOAD["CHECK_ONLY"]
    name = "" if case.hook == "test" else "check"
    memory = case.inputs[0] if case.hook == "test" else b""
    return Question(case.image(), memory, flags, name, log_bytes=0)


def _verdicts(one: Checked, answer: Answer) -> str:
    return (
        f"the library says {one.trial.status} after {one.trial.visits} instructions, "
        f"and the machine says {answer.status} after {answer.visits}"
    )


def _difference(one: Checked, answer: Answer) -> str:
    """What the machine says otherwise than the library. "" = nothing."""
    if answer.has_died:
        return f"the machine has not survived it:\n{_lines(answer.log)}"
    if answer.status != one.trial.status or (
        answer.visits != one.trial.visits and answer.visits
    ):
        return _verdicts(one, answer)
    if not one.trial.is_accepted or one.case.hook != "test" or one.trial.fault:
        return ""
    if any(
        it.opcode == _CALL and it.src == 0 and it.immediate in _DIFFERENT
        for it in one.case.code
    ):
        return ""
    if (answer.result, answer.steps) != one.trial.runs[0]:
        return (
            f"the library says R0 {one.trial.runs[0][0]:#x} after "
            f"{one.trial.runs[0][1]} steps, and the machine {answer.result:#x} after "
            f"{answer.steps}"
        )
    return ""
