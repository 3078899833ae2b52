"""How a crime ended, in plain sentences.

An end is read from the one line that was measured (`gallery.py`; the head of
`crimes.py` says what such lines mean). So the sentences tell what happened, and not
what the table expects. They are safe to print.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from minios.abi import stop_codes, vectors
from minios.abi.stop_codes import StopCode
from minios.lab import stop_words
from minios.lab.crimes import Scene
from minios.lab.evidence import page_fault_words
from minios.visible import visible


class Ending(enum.Enum):
    """The kinds of ends."""

    FAULT = enum.auto()  # the machine stops, because the CPU refused something
    CHECK = enum.auto()  # the machine stops, because the kernel noticed something
    RESET = enum.auto()
    HANG = enum.auto()
    ENDLESS = enum.auto()
    DEATH = enum.auto()
    REFUSAL = enum.auto()
    NOTHING = enum.auto()
    OTHER = enum.auto()


@dataclass(frozen=True, slots=True)
class End:
    """How a crime ended in one place.

    Attributes:
        scene: the place.
        kind: the kind of end.
        short: a few words, for a table.
        words: one sentence or more.
    """

    scene: Scene
    kind: Ending
    short: str
    words: str


PLACES: Final = {
    Scene.DRIVER: "a driver in ring 0",
    Scene.EXTENSION: "an extension in ring 3",
    Scene.PROGRAM: "a program in ring 3",
}
_WHO: Final = {
    Scene.DRIVER: "the driver",
    Scene.EXTENSION: "the extension",
    Scene.PROGRAM: "the program",
}


def end_of(measured: str, scene: Scene) -> End:
    """The end that a measured line says. Raises nothing."""
    first, *rest = measured.split() or [""]
    if first == "STOP" and rest:
        return _stop(scene, rest)
    if first == "reset:":
        return _reset(scene, measured.partition(" ")[2])
    if first == "INT" or first in _EXCEPTIONS:
        return _death(scene, measured)
    if measured in _PLAIN:
        kind, short, words = _PLAIN[measured]
        return End(scene, kind, short, words.format(who=_WHO[scene]))
    words = f"It ended in a way that has no name here: {visible(measured)}."
    return End(scene, Ending.OTHER, visible(measured), words)


_PLAIN: Final = {
    "hangs, interrupts off": (
        Ending.HANG,
        "hangs",
        (
            "The machine hangs. Interrupts are off, so neither clock nor key reaches "
            "the CPU, and no other code ever runs again. Nothing says why: there is no "
            "blue screen and no dump."
        ),
    ),
    "never ends, is preempted": (
        Ending.ENDLESS,
        "endless",
        (
            "The code runs for ever. But the timer interrupts it a hundred times a "
            "second, and the kernel lets others run, too. So the machine only becomes "
            "slower."
        ),
    ),
    "refused": (
        Ending.REFUSAL,
        "refused",
        "It is refused: {who} gets an error for an answer, and everything goes on.",
    ),
    "nothing": (
        Ending.NOTHING,
        "unnoticed",
        "Nothing happens. Neither the CPU nor the kernel forbids it or notices it.",
    ),
}
_RESETS: Final = {
    "triple fault": (
        "The CPU could deliver neither an exception nor the double fault that followed "
        "from it. This is a triple fault: the CPU gives up."
    ),
    "reset control port": "The board does what the port is for.",
}


def _reset(scene: Scene, reason: str) -> End:
    why = _RESETS.get(reason, f"The reason is: {visible(reason)}.")
    words = f"The machine resets at once, without a blue screen and a dump. {why}"
    return End(scene, Ending.RESET, "resets", words)


_EXCEPTIONS: Final = {str(it): it for it in vectors.EXCEPTIONS}
_KILLED: Final = "The kernel ends the process, and everything else goes on."


def _death(scene: Scene, measured: str) -> End:
    """A process died: `#PF 0x7 at image`, `#DE`, `INT 0x99`."""
    raised, _, place = measured.partition(" at ")
    name, _, number = raised.partition(" ")
    if name == "INT":
        return End(scene, Ending.DEATH, "dies", _asked_to_end(number))
    short = f"dies {name}"
    what = f"The CPU raises {_named(name)}"
    code = _number(number)
    if name == "#PF":
        access = page_fault_words(code or 0, scene.ring)
        what += f", because of {access}, {_where(place, scene)}"
    elif code:
        what += f" with the error code {code:#x}"
    return End(scene, Ending.DEATH, short, f"{what}. {_KILLED}")


def _asked_to_end(number: str) -> str:
    if _number(number) == vectors.FAIL_FAST_VECTOR:
        return f"The code itself asks to be ended (fail fast). {_KILLED}"
    return f"The code raises interrupt {visible(number)}. {_KILLED}"


def _named(mnemonic: str) -> str:
    """An exception with its name: `#PF (page fault)`."""
    return f"{mnemonic} ({_EXCEPTIONS[mnemonic].name})"


def _number(token: str) -> int | None:
    try:
        return int(token, 16)
    except ValueError:
        return None


def _where(place: str, scene: Scene) -> str:
    """In words: what the gallery calls an address (`gallery.words_for`)."""
    own = "a kernel" if scene is Scene.DRIVER else "its"
    named = {
        "image": "in the code or data of a process",
        "villain": "in the driver's own code or data",
        "heap": "in the heap",
        "stack": f"on {own} stack",
        "kernel": "in the kernel's own code or data",
        "rip": "at the instruction itself",
    }
    return named.get(place, f"at the address {visible(place)}")


# ---- How it ended: a stop code.


_NO_PARAMETERS: Final = ("0x0",) * 4


def _stop(scene: Scene, tokens: Sequence[str]) -> End:
    code = _number(tokens[0])
    stop = stop_codes.BY_CODE.get(code if code is not None else -1)
    if stop is None:
        words = f"The machine stops with {visible(' '.join(tokens))}."
        return End(scene, Ending.FAULT, "stops", words)
    shown = [*tokens[1:], *_NO_PARAMETERS][: len(_NO_PARAMETERS)]
    values = [_number(it) or 0 for it in shown]
    said = {it.meaning: it.words for it in stop_words.parameters(stop.code, values)}
    meanings = (it.meaning for it in stop.parameters)
    named = dict(zip(meanings, shown, strict=True))
    kind = Ending.FAULT if stop.refused else Ending.CHECK
    why = _why_stopped(stop, said, named, scene)
    words = f"The machine stops with 0x{stop.code:X}, {stop.name}. {why}"
    return End(scene, kind, f"stops 0x{stop.code:X}", words)


_ACCESSED: Final = {"read": "read", "write": "wrote to", "execute": "jumped to"}
_SENTENCE: Final = re.compile(r"(?:^|(?<=[.!?] ))[a-z]")


def _why_stopped(
    stop: StopCode, said: Mapping[str, str], named: Mapping[str, str], scene: Scene
) -> str:
    addresses = [it for meaning, it in named.items() if meaning.startswith("address")]
    where = _where(addresses[0], scene) if addresses else ""
    if not stop.refused:
        return _noticed(stop, said, scene)
    trap = said.get("trap number", "")
    return stop.refused.format(
        accessed=_ACCESSED.get(said.get("access", ""), "used"),
        address=where.removeprefix("at ")
        if where.startswith("at ")
        else f"what lies {where}",
        where=where,
        level=f"{_number(named.get('IRQL', '0')) or 0} ({said.get('IRQL', '')})",
        exception=said.get("exception code") or "of another kind",
        trap=_named(trap) if trap in _EXCEPTIONS else "an exception",
        fault=said.get("kind of fault") or "the access was not allowed",
        failure=said.get("kind of failure") or "it found itself damaged",
    )


def _noticed(stop: StopCode, said: Mapping[str, str], scene: Scene) -> str:
    """A check of the kernel stopped the machine: which one, and what it found."""
    who = "that was ended" if stop.name == "CRITICAL_PROCESS_DIED" else _WHO[scene]
    reason = stop.reason.format(who=who)
    words = _SENTENCE.sub(lambda it: it[0].upper(), reason)
    for it in stop.parameters:
        if it.found and said[it.meaning]:
            words += f" {it.found}: {said[it.meaning]}."
    return words
