"""A machine's screen and console: read them, and type on the console."""

from __future__ import annotations

from typing import Final

from minios.lab import milliseconds, recovery, seconds
from minios.lab.inputs import Type
from minios.lab.prompts import Prompts
from minios.plain.stopping import Stopping
from minios.session.serial_lines import serial_lines
from minios.session.spoken import printable

_KEYS: Final = (
    ("Enter", "\n"),
    ("Backspace", "\x7f"),
    ("Tab", "\t"),
    (
        "F8 held down: while a machine starts, this opens recovery or the boot menu",
        recovery.F8 * recovery.KEY_PRESSES,
    ),
    ("text without Enter at its end", ""),
)
_OVERLAP: Final = 200  # characters of old text, to find where the new text begins
_ANSWER: Final = milliseconds(200)  # after a key that ends no line
_PROMPT: Final = seconds(1)  # until the prompt after a typed line
_STEP: Final = milliseconds(10)
_ROW: Final = 160  # bytes in a row of the screen: 80 characters with their colours


class Console(Stopping):
    """Read a machine's screen and console, and type on the console."""

    def screen(self) -> None:
        """Print the text on a machine's screen."""
        raw = self.conductor.frames[self.ask_world()].screen
        rows = (raw[at : at + _ROW : 2] for at in range(0, len(raw), _ROW))
        said = [row.decode("cp437").replace("\0", " ").strip() for row in rows]
        self.say("The screen reads:" if any(said) else "The screen is empty.")
        self.tell(row for row in said if row)

    def read_console(self) -> None:
        """Print what a machine has written to its serial port, the last page first."""
        rows = _lines(self.conductor.frames[self.ask_world()].console)
        if not rows:
            self.say("The console is empty.")
        self.page_back(rows)

    def type_text(self) -> None:
        """Type a line on the console of a machine, and print the answer."""
        world = self.ask_world()
        self._type(self.answer("Type:") + "\n", world)

    def press_key(self) -> None:
        """Press a single key on the console, or type text without Enter."""
        world = self.ask_world()
        _, key = _KEYS[self.choose("Which key?", [name for name, _ in _KEYS])]
        self._type(key or self.line("Type (no Enter is sent):"), world)

    def _type(self, text: str, world: int) -> None:
        before = self.conductor.frames[world].console
        self.conductor.send(Type(text), world)
        self._wait_for_answer(before, text, world)
        after = self.conductor.frames[world].console
        start = _end_of(before, after)
        if "\b" in after[start:]:  # what is taken back stands before
            start = after.rfind("\n", 0, start) + 1
        answered = _lines(after[start:])
        self.tell(answered or ["There was no answer."])
        self.tell_new()
        for number in range(len(self.names)):
            self.tell_stop(number)

    def _wait_for_answer(self, before: str, text: str, world: int) -> None:
        """Run to the next prompt behind a typed line, or as long as it may take."""
        command, ends, _ = text.partition("\n")
        end = self.conductor.now + (_PROMPT if ends else _ANSWER)
        while self.conductor.now < end:
            now = self.conductor.now
            self.conductor.run_to(min(end, now + _STEP))
            frames = self.conductor.frames
            stopped = any(self.stop_words(it) for it in range(len(frames)))
            if stopped or self.conductor.now == now or frames[world].status.off:
                return
            new = frames[world].console[_end_of(before, frames[world].console) :]
            echo = new.find(command)
            if ends and echo >= 0 and Prompts().have_come(new[echo:].encode()):
                return


def _end_of(before: str, after: str) -> int:
    """Where the new text begins in a console of which the oldest text may be gone.

    The same lines come again after each reset, so as much as possible is old.
    """
    last = before[-_OVERLAP:]
    end = after.rfind(last) + len(last)
    while end >= len(last) and not before.endswith(after[:end]):
        end = after.rfind(last, 0, end - 1) + len(last)
    return end if end >= len(last) else 0


def _lines(text: str) -> list[str]:
    """The lines that are not empty, without control codes."""
    rows = (printable(row).strip() for row in serial_lines(text))
    return [row for row in rows if row]
