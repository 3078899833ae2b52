"""What a crime is about, and why its ends differ, in plain sentences.

The table says which rule each crime breaks. It also says why the ends differ, where
the general words of this file would say too little. How a crime ended is
measured (`crime_ends.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from minios.lab.crime_ends import End, Ending
from minios.lab.crimes import Crime


def about(crime: Crime) -> str:
    """What the code does, and which rule it breaks."""
    who = "The operator" if crime.typed else "The code"
    return f"{who} {crime.words}. {crime.rule}"


# ---- Why the ends differ.


def why(crime: Crime, ends: Sequence[End], *, as_expected: bool = True) -> str:
    """Why the ends differ, or why they do not.

    Args:
        crime: the crime.
        ends: all ends that were measured.
        as_expected: whether they are those of the table. Only then the words count that
            were written for this crime: they explain no other ends.
    """
    if crime.why and as_expected:
        return crime.why
    kinds = {end.scene.ring: end.kind for end in ends}
    inner, outer = kinds.get(0), kinds.get(3)
    if inner is not None and outer is not None:
        return _PAIRS.get((inner, outer), _ANY_PAIR)
    return _ALONE.get(inner or outer or Ending.OTHER, {}).get(
        0 if inner is not None else 3, _ANY_ALONE
    )


_SHARED: Final = (
    "A process has memory of its own, so the kernel can end it and free all that it "
    "had. A driver shares memory and locks with the kernel. After a fault there the "
    "kernel cannot know what is still correct, so this kernel stops the machine."
)
_NO_WAY: Final = (
    "The end in ring 3 is no fault: a process has no way to do this, so nothing came "
    "of it. Only a driver can do it."
)
_PAIRS: Final = {
    (Ending.FAULT, Ending.DEATH): (
        f"The CPU raises an exception in both rings. Who caused it decides the rest. "
        f"{_SHARED}"
    ),
    (Ending.CHECK, Ending.DEATH): (
        "In ring 3 the CPU refuses the act, so it has no effect. In ring 0 no rule of "
        "the CPU forbids it, so it happens. A check of the kernel notices later what "
        "was done, and cannot undo it. So it stops the machine."
    ),
    (Ending.CHECK, Ending.NOTHING): (
        "The CPU allows the act in both rings. All code in ring 0 depends on the "
        "kernel's data, so the kernel checks what it is given, and stops the machine "
        "when it is wrong. Nobody checks what a process does to its own data: it can "
        "harm only itself."
    ),
    (Ending.CHECK, Ending.ENDLESS): (
        "In ring 3 the timer takes the CPU away from the code, so nobody has to stop "
        "it. In ring 0 it keeps others from running, until a check of the kernel "
        "notices that."
    ),
    (Ending.FAULT, Ending.REFUSAL): f"{_NO_WAY} {_SHARED}",
    (Ending.CHECK, Ending.REFUSAL): _NO_WAY,
    (Ending.HANG, Ending.REFUSAL): (
        f"{_NO_WAY} In ring 0 interrupts are off meanwhile, and without the clock "
        "nothing takes the CPU away again, not even the watchdog."
    ),
    (Ending.NOTHING, Ending.REFUSAL): _NO_WAY,
    (Ending.FAULT, Ending.NOTHING): (
        "The page tables of a process and of the kernel differ, so the CPU refuses the "
        f"act in ring 0 only. {_SHARED}"
    ),
    (Ending.RESET, Ending.DEATH): (
        "The CPU carries out this instruction in ring 0 only. In ring 3 it refuses it, "
        "and one process ends. In ring 0 it obeys, and the machine is gone before any "
        "code could say why."
    ),
    (Ending.HANG, Ending.DEATH): (
        "The CPU refuses in ring 3 what it carries out in ring 0. There nothing can "
        "take the CPU away again."
    ),
    (Ending.NOTHING, Ending.DEATH): (
        "Ring 3 may not do this, so the CPU refuses it, and the kernel ends the "
        "process. Ring 0 may. That nobody notices it is no good sign: a driver with a "
        "mistake, or with bad intentions, can do the same to the kernel and to all "
        "programs."
    ),
    (Ending.NOTHING, Ending.NOTHING): (
        "The ends do not differ: no rule of the CPU is broken. What may be harmed "
        "differs: in ring 3 one process, in ring 0 the kernel and everybody."
    ),
    (Ending.ENDLESS, Ending.ENDLESS): (
        "The ends do not differ: the timer takes the CPU away from both."
    ),
}
_ANY_PAIR: Final = (
    "The same code ran in both places. The ring, the page tables and the kernel "
    "decided how it ended."
)
_ONLY_DRIVER: Final = "Only a driver can do this, so there is one end only."
_ALONE: Final[Mapping[Ending, Mapping[int, str]]] = {
    Ending.FAULT: {0: f"{_ONLY_DRIVER} {_SHARED}"},
    Ending.CHECK: {
        0: (
            f"{_ONLY_DRIVER} No rule of the CPU forbids it. A check of the kernel "
            "notices it, and stops the machine."
        )
    },
    Ending.DEATH: {
        3: (
            "Only a program does this: it tries to get into ring 0 by a way that is "
            "not open to it. The CPU refuses that. Code that is in ring 0 already "
            "needs no such way."
        )
    },
    Ending.REFUSAL: {
        3: (
            "There is one end only. A program asks the kernel by a system call, and "
            "the kernel checks what it is asked for before it does anything. Here the "
            "CPU refuses nothing: the kernel's own code protects the machine. A driver "
            "does not have to ask."
        )
    },
}
_ANY_ALONE: Final = "There is one end only, so there is nothing to compare."
