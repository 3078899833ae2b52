"""Nothing that is drawn for the eye reaches a listener: every line is a sentence.

Goes through every choice in both worlds, before and after the crash.

Deep: a world at power on, up and after its crash. The usual tests take one at power on
and the other after the crash.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

import pytest

from minios.plain import PlainLab
from minios.plain.menu import CHOICES
from minios.session import catalogue
from minios.session import spoken as text
from minios.session.frames import Crossings, Frame
from minios.session.panes import doors
from tests.plain.talking import BAD, Talker, lab_of

# What is answered to each choice, by its first words. What is not answered is declined.
LOOKING: dict[str, Sequence[str]] = {
    "why": (),
    "goals": ("3", "0 3", "?", "never", ""),
    "how the machines": (),
    "read a machine's screen": (),
    "where a machine": (),
    "the rings": (),
    "all choices": (),
    "the doors": (*"12345678", ""),
    "registers": (),
    "the page walk": (),
    "page tables": (*"1234567", ""),
    "descriptors": ("0", "3", "14", "33", "153", "0xff", ""),
    "memory": ("rsp", "", "", ""),
    "threads": (*"123456789",),
    "ports": ("", ""),
    "read a machine's console": ("", ""),
    "what has happened": ("older", "filter", "4", "2", "1"),
}
DOING: dict[str, Sequence[str]] = {
    "step one machine": ("2",),
    "slow pass": ("1", *[""] * 5, "0"),
    "step back": (),
    "make a snapshot": (),
    "choose how long": ("1",),
    "which events": ("4",),
    "pause at": ("kernel_mainn", "7"),
    "go on": (),
    "skip the waiting": (),
    "go on for a time": ("20 ms",),
    "push": ("1", "2", *(str(n) for n in range(1, 10)), "0x50", "0", "1"),
    "make a content": (
        *("1", "21", "*", "1", "pipe_name", "a?*", "2", "3", "", "4", "1", "", "5"),
        *("1", "3", "", "", "", "", "0", "6", "7"),
    ),
    "type a line": ("help",),
    "press a key": ("4",),
    "go back": ("2",),
    "reset": ("4",),
    "be the vendor": ("1",),
    "save what was done": (),
}
ANSWERS = LOOKING | DOING
STATES: dict[str, Sequence[str]] = {
    "at power on": (),
    "up": (">go on for", "10"),
    "after the crash": (">go on for", "10", *BAD, ">go on for", "100"),
}
USUAL = {("macos", "at power on"), ("windows", "after the crash")}
_TABLE = re.compile(r"\S {2,}\S")
_DRAWN = re.compile(r"[-=_*#~+.|<>]{4,}|^\W*[-<]+>|<-|\[[x ]?\]|\||\s[-=*+]\s*$")


def trouble(line: str) -> str:
    """What a listener would stumble over; nothing if there is nothing."""
    if any(not (" " <= c <= "~" or c.isalpha()) for c in line):
        return "a sign that is not a letter of a word"
    if _TABLE.search(line.strip()):
        return "columns"
    if found := _DRAWN.search(line):
        return f"drawn: {found[0]!r}"
    return "" if re.search(r"[A-Za-z0-9]", line) else "no word"


def own_words(frame: Frame) -> set[str]:
    """What the guest says, on its screen and its console: that is left as it is."""
    raw = frame.screen[::2].decode("cp437").replace("\0", " ")
    screen = {raw[at : at + 80].strip() for at in range(0, len(raw), 80)}
    return screen | {row.strip() for row in frame.console.splitlines()}


class Listener(Talker):
    """Makes every choice after some others; keeps whatever is not to be spoken.

    `told` is how many lines each choice has told.
    """

    lab: PlainLab

    def __init__(self, *before: str) -> None:
        super().__init__(*before)
        self.stumbled: list[tuple[str, str]] = []
        self.told: dict[str, int] = {}
        self._choices = iter(ANSWERS)
        self._chosen = ""
        self._left: list[str] = []

    def say(self, text: str) -> None:
        """Listen closely."""
        super().say(text)
        self.told[self._chosen] = self.told.get(self._chosen, 0) + 1
        found = trouble(text)
        if found and all(text not in own_words(it) for it in self.lab.conductor.frames):
            self.stumbled.append((found, text))

    def ask(self, prompt: str) -> str:
        """Prompts are spoken as well."""
        if found := trouble(prompt.strip()):
            self.stumbled.append((found, prompt))
        with suppress(EOFError):  # then what was to come before has come
            return super().ask(prompt)
        if prompt.startswith("Leave? "):
            return ""
        if prompt != "Choice? ":
            return self._left.pop(0) if self._left else "0"
        self._chosen = next(self._choices, "")
        if not self._chosen:
            return "0"
        self._left = list(ANSWERS[self._chosen])
        return next(
            str(number)
            for number, it in enumerate(CHOICES, 1)
            if it.words.startswith(self._chosen)
        )


def test_every_choice_is_gone_through() -> None:
    """A new choice asks for its answers here."""
    assert len(ANSWERS) == len(CHOICES)
    assert [
        it.words for it in CHOICES if not any(it.words.startswith(n) for n in ANSWERS)
    ] == []


@pytest.mark.parametrize(
    ("world", "state"),
    [
        pytest.param(
            world, state, marks=[pytest.mark.deep] * ((world, state) not in USUAL)
        )
        for world in ("windows", "macos")
        for state in STATES
    ],
)
def test_no_line_is_drawn_for_the_eye(world: str, state: str) -> None:
    """Letters, digits and the signs of sentences; no columns, no bars, no arrows."""
    listener = Listener(*STATES[state])
    listener.lab = lab_of(catalogue.find(world), listener)
    listener.lab.run()
    listener.lab.close()

    assert listener.stumbled == []
    assert [it for it in ANSWERS if not listener.told.get(it)] == []


def test_what_is_told_of_a_choice_can_be_spoken() -> None:
    """And what is offered."""
    assert [trouble(it.words) for it in CHOICES if trouble(it.words)] == []
    assert [trouble(it.more) for it in CHOICES if trouble(it.more)] == []


@pytest.mark.parametrize(
    "line",
    [
        "╔═ ring 3 ═╗",
        "● protected",
        "↓ syscall 12",
        "-> [20] 0x10",
        "rax 0   rbx 1",
        "  14 #PF      DPL 0",
        "[x] a bugcheck",
        "----- threads",
        "recovery  ████···· 4 of 8",
        "...",
        "a | b",
    ],
)
def test_what_is_drawn_would_be_found(line: str) -> None:
    """So the test above means something."""
    assert trouble(line)


def test_the_evidence_of_a_fault_is_spoken_without_its_signs() -> None:
    """The words stay."""
    said = [
        text.evidence(it)
        for it in (
            "-> PML4 entry at 0x0167840: 0x0000000000000000  not present",
            "   PT   entry at 0x001000: 0x0000000000008003  pw--",
            '   [ 8] 0x404780: 0x0000000000404650  "3"',
            "r10 was loaded by `mov r10, qword ptr [rdi + rdx*8]`",
        )
    ]

    assert said == [
        "This one: PML4 entry at 0x167840: 0x0, not present",
        "PT entry at 0x1000: 0x8003, present, writable, ring 0 only, not executable",
        'element 8, 0x404780: 0x404650, "3"',
        "r10 was loaded by mov r10, qword ptr [rdi + rdx*8]",
    ]


def test_the_doors_say_when_nobody_counted() -> None:
    """Flat out on the screen; a listener who goes there hears it, too."""
    found = Crossings(is_whole=False)

    assert all("were not counted" in rows[0] for _, rows in doors.ways(found)[:6])
