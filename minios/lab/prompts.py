"""When a shell of the guest waits for a line, and what it has answered.

Drivers and services write to the console whenever they like, also behind a prompt or in
the middle of what somebody types. So nobody looks whether the text ends with a prompt:
prompts are counted. A start brings one, and each line that is typed brings one more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

PROMPTS: Final = ("minios> ", "recovery> ", "recovery# ")
"""How the shell, the menu of the recovery environment and its shell ask."""

_NAMES: Final = b"|".join(re.escape(it.encode()) for it in PROMPTS)
_PROMPT: Final = re.compile(rb"(?:\A|(?<=\n)|(?<=\x1b\[H))(?:" + _NAMES + rb")")
_AT_THE_END: Final = re.compile(rb"(?:" + _NAMES + rb")\Z")
_ENDS: Final = re.compile(r"\r\n?|[\n\x03\x0c]")  # keys after which a shell asks again
_OTHERS: Final = r"(?:[^\n]*\n){0,3}?"  # lines of somebody else


@dataclass(slots=True)
class Prompts:
    """Those that are expected on the console from a position on.

    `since` is where the last input began that has not been answered, or the latest
    start; `owed` is how many prompts come of it.
    """

    since: int = 0
    owed: int = 1

    def found(self, console: bytes | bytearray) -> list[re.Match[bytes]]:
        """The prompts since then."""
        text = bytes(console[self.since :])
        found = list(_PROMPT.finditer(text))
        last = _AT_THE_END.search(text)
        if last and (not found or found[-1].end() < last.end()):
            found.append(last)
        return found

    def have_come(self, console: bytes | bytearray) -> bool:
        """Whether somebody who has typed sees that it is his turn again."""
        return len(self.found(console)) >= self.owed

    def expect(self, console: bytes | bytearray, typed: str) -> None:
        """More of them, for what is typed now."""
        if self.have_come(console):
            self.start(console, owed=0)
        self.owed += len(_ENDS.findall(typed))

    def start(self, console: bytes | bytearray, *, owed: int = 1) -> None:
        """Begin anew where the console is now."""
        self.since, self.owed = len(console), owed

    def forget(self, count: int) -> None:
        """So many bytes at the beginning of the console are gone."""
        self.since = max(0, self.since - count)

    def answer(self, console: bytes | bytearray, command: str) -> str:
        """What stands between the line that was typed last and the latest prompt."""
        found = self.found(console)
        first = found[self.owed - 2].end() if self.owed > 1 else 0
        said = bytes(console[self.since + first : self.since + found[-1].start()])
        return _without_echo(said.decode("latin-1").replace("\r", ""), command)


def _without_echo(said: str, command: str) -> str:
    """What follows the echo of the command, through which others may have spoken."""
    keys = _OTHERS.join(map(re.escape, command))
    echo = re.match(f"{_OTHERS}{keys}{_OTHERS}\n", said)
    return said[echo.end() :] if echo else said.partition("\n")[2]
