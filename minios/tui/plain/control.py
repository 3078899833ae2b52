"""What changes how the machines go on."""

from __future__ import annotations

from typing import Final

from minios.abi import content
from minios.content import compile_source
from minios.lab import ContentFile, content_files, milliseconds, seconds
from minios.tui import content_words, places
from minios.tui.drawing import code, times
from minios.tui.orders import MarkHere, Push, Step
from minios.tui.plain.talk import WIDTH, Talk, number_in
from minios.tui.stopping import KINDS, POWER, VENDOR

_SLICE: Final = milliseconds(5)
_CALM: Final = seconds(35)
_LONGEST: Final = 1_000_000  # milliseconds
_UNITS: Final = ("instruction", "line", "crossing", "event")
_OVERLAP: Final = 200  # characters by which old console text is known again


class Controlling(Talk):
    """Runs, stops, pushes, goes back."""

    def go_on(self) -> None:
        """Until something happens that is told, or time is to stand still."""
        end = self.conductor.now + _CALM
        while self.conductor.now < end:
            self.conductor.run_to(self.conductor.now + _SLICE)
            if self._tell_stop() or self.tell_new():
                return
        self.say("Nothing has happened for 35 seconds of virtual time.")

    def go_for(self) -> None:
        """For a time."""
        number = self.ask_number("How many milliseconds?", _LONGEST)
        self.conductor.run_to(self.conductor.now + milliseconds(number))
        self._tell_stop()
        self.tell_new()
        self.say(f"It is {times.seconds(self.conductor.now)} now.")

    def _tell_stop(self) -> bool:
        """Whether a machine stands where time was to stand still."""
        if not self.conductor.is_stopped():
            return False
        self.tell_new()
        self.say(f"Stopped at {self.conductor.stopped_by}.")
        return True

    def push(self) -> None:
        """A shipped file, or one from disk."""
        found = content_words.shipped(self.card.suggested)
        for number, (name, words) in enumerate(found, 1):
            self.say(f"{number}. {name}: {words}")
        answer = self.ask("Which file? (a number, or a path) ").strip()
        number = number_in(answer, len(found))
        self._push(content_files.find(found[number - 1][0] if number else answer))

    def make(self) -> None:
        """A file of one's own: a pattern for each field that is named."""
        fields = content.IPC.fields
        self.say("A field is a number; * stands for any text, ? for one character.")
        for number, name in enumerate(fields, 1):
            self.say(f"{number}. {name}")
        patterns: dict[str, str] = {}
        while (answer := self.ask("Which field? (0 for no more) ").strip()) != "0":
            at = number_in(answer, len(fields))
            if at:
                matches = self.ask(f"{fields[at - 1]} matches: ").strip()
                patterns[fields[at - 1]] = matches
            else:
                self.say(f"A number from 0 to {len(fields)}, please.")
        source = content_words.source(patterns)
        self._push(ContentFile("made-here", compile_source(source)))

    def _push(self, file: ContentFile) -> None:
        for said in content_words.verdicts(file):
            self.say(f"validator {said}")
        self.conductor.send(Push(file))
        self.tell_new()

    def type_text(self) -> None:
        """On the console of a machine; what it answers."""
        world = self.ask_world()
        before = self.conductor.frames[world].console[-_OVERLAP:]
        self.conductor.type(self.ask("Type: ") + "\n", world)
        self.conductor.run_to(self.conductor.now + milliseconds(200))
        after = self.conductor.frames[world].console
        for row in after[max(0, after.find(before)) + len(before) :].splitlines():
            self.say(row)
        self.tell_new()

    def step(self) -> None:
        """One machine goes on a little."""
        world = self.ask_world()
        words = ", ".join(f"{n} {unit}" for n, unit in enumerate(_UNITS, 1))
        answer = self.ask(f"To the next? ({words}) ")
        self.conductor.send(Step(_UNITS[max(1, number_in(answer, 4)) - 1]), world)
        self.tell_new()
        self.tell(code.code(self.conductor.frames[world].code, WIDTH, 9))

    def stop_at(self) -> None:
        """Kinds of events and places in the code; chosen again, not any more."""
        conductor = self.conductor
        words = [
            f"{name}{', chosen' if kind in conductor.breaks else ''}"
            for name, kind in KINDS
        ]
        for number, it in enumerate(words, 1):
            self.say(f"{number}. {it}")
        answer = self.ask("Stop at which? (a number, or a place) ").strip()
        number = number_in(answer, len(KINDS))
        if number:
            conductor.breaks ^= {KINDS[number - 1][1]}
        elif answer in conductor.places:
            conductor.places = tuple(it for it in conductor.places if it != answer)
        elif answer not in {"", "0"}:
            trouble = places.trouble(answer)
            if trouble:
                self.say(trouble)
            else:
                conductor.places = (*conductor.places, answer)
        kinds = [name for name, kind in KINDS if kind in conductor.breaks]
        self.say(f"Stops at: {', '.join([*kinds, *conductor.places]) or 'nothing'}.")

    def mark(self) -> None:
        """A snapshot of all machines."""
        self.conductor.send(MarkHere("marked"))
        self.say(f"Marked at {times.seconds(self.conductor.now)}.")

    def back(self) -> None:
        """To a snapshot, or to a moment."""
        world = self.ask_world()
        marks = self.conductor.frames[world].marks
        for number, mark in enumerate(marks, 1):
            self.say(f"{number}. {times.seconds(mark.t)}: {mark.label}")
        number = number_in(self.ask("To which snapshot? (0 for a time) "), len(marks))
        if number:
            self.conductor.go_back(marks[number - 1].t, marks[number - 1])
        else:
            at = milliseconds(self.ask_number("To which millisecond?", _LONGEST))
            self.conductor.go_back(min(at, self.conductor.now))
        self.note_told()
        self.say(f"It is {times.seconds(self.conductor.now)} again.")

    def power(self) -> None:
        """Reset, cut the power, boot in another way."""
        world = self.ask_world()
        at = self.choose("What?", [words for words, _ in POWER])
        if at >= 0:
            self.conductor.send(POWER[at][1], world)
            self.tell_new()

    def vendor(self) -> None:
        """Withdraw a file, offer a fix: to all machines."""
        at = self.choose("What does the vendor do?", [words for words, _ in VENDOR])
        if at >= 0:
            self.conductor.send(VENDOR[at][1])
            self.tell_new()
