"""When a shell of the guest waits for a line, and what it has answered.

Drivers and services write to the console at any time, also behind a prompt, or while
somebody types. So the end of the text does not show whether there is a prompt. Instead,
prompts are counted: a start brings one, and each typed line brings one more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

PROMPTS: Final = ("minios> ", "recovery> ", "recovery# ", "boot> ", "options> ")
"""The prompts of the shell, of the recovery menu and its shell, of the boot menu."""

_NAMES: Final = b"|".join(re.escape(it.encode()) for it in PROMPTS)
_PROMPT: Final = re.compile(rb"(?:\A|(?<=\n)|(?<=\x1b\[H))(?:" + _NAMES + rb")")
_AT_THE_END: Final = re.compile(rb"(?:" + _NAMES + rb")\Z")
_ENDS: Final = re.compile(r"\r\n?|[\n\x03\x0c]")  # keys after which a shell asks again
_OTHERS: Final = r"(?:[^\n]*\n){0,3}?"  # lines of somebody else


@dataclass(slots=True)
class Prompts:
    """The prompts that are expected on the console after a position.

    `since` is the position of the last unanswered input, or of the latest start. `owed`
    is the number of prompts that it will bring.
    """

    since: int = 0
    owed: int = 1

    def found(self, console: bytes | bytearray) -> list[re.Match[bytes]]:
        """The prompts after that position."""
        text = bytes(console[self.since :])
        found = list(_PROMPT.finditer(text))
        last = _AT_THE_END.search(text)
        if last and (not found or found[-1].end() < last.end()):
            found.append(last)
        return found

    def have_come(self, console: bytes | bytearray) -> bool:
        """Whether all expected prompts have come, so that a person may type."""
        return len(self.found(console)) >= self.owed

    def expect(self, console: bytes | bytearray, typed: str) -> None:
        """Expect more prompts, for the text that is typed now."""
        if self.have_come(console):
            self.start(console, owed=0)
        self.owed += len(_ENDS.findall(typed))

    def start(self, console: bytes | bytearray, *, owed: int = 1) -> None:
        """Begin again at the current end of the console."""
        self.since, self.owed = len(console), owed

    def forget(self, count: int) -> None:
        """The first bytes of the console text were dropped."""
        self.since = max(0, self.since - count)

    def answer(self, console: bytes | bytearray, command: str) -> str:
        """The text between the last typed line and the latest prompt."""
        found = self.found(console)
        first = found[self.owed - 2].end() if self.owed > 1 else 0
        said = bytes(console[self.since + first : self.since + found[-1].start()])
        return _without_echo(said.decode("latin-1").replace("\r", ""), command)


def _without_echo(said: str, command: str) -> str:
    """The text after the echo of the command. Others may have written into the echo."""
    keys = _OTHERS.join(map(re.escape, command))
    echo = re.match(f"{_OTHERS}{keys}{_OTHERS}\n", said)
    return said[echo.end() :] if echo else said.partition("\n")[2]
