"""The lab without a screen: numbered choices, one line an event, nothing redrawn.

For screen readers and braille displays, for pipes, and for terminals that can do
nothing. The same sessions, the same words; what the lab screen can do can be done here.
`say` and `ask` are handed in, so a test can hold the conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from minios.errors import MiniosError
from minios.lab import content_files, milliseconds, seconds
from minios.lab.explain import describe
from minios.tui import content_words
from minios.tui.catalogue import LABS, LabCard
from minios.tui.conductor import Conductor
from minios.tui.drawing import code, lines, registers, status, times, walk
from minios.tui.drawing.building import building
from minios.tui.frames import Frame
from minios.tui.orders import Plan, Push, Step
from minios.tui.timeline import QUIET
from minios.tui.words import latest_explanation
from minios.tui.worker import Player

Say = Callable[[str], object]
Ask = Callable[[str], str]
_SLICE: Final = milliseconds(5)
_CALM: Final = seconds(35)
_WIDTH: Final = 78
_UNITS: Final = ("instruction", "line", "crossing", "event")


def choose_lab(say: Say, ask: Ask) -> LabCard | None:
    """Which lab; None to leave."""
    say("Labs:")
    for number, card in enumerate(LABS, 1):
        say(f"{number}. {card.title}, {card.minutes} minutes: {card.will_see}")
    number = _number(ask("Which lab? (0 leaves) "), len(LABS))
    return LABS[number - 1] if number else None


def _number(text: str, most: int) -> int:
    """A number from 1 to `most`, 0 for anything else."""
    clean = text.strip()
    number = int(clean) if clean.isdecimal() and len(clean) < 10 else 0
    return number if number <= most else 0


class PlainLab:
    """A conversation about one lab."""

    def __init__(
        self, card: LabCard, players: Sequence[Player], say: Say, ask: Ask
    ) -> None:
        self.card = card
        self.conductor = Conductor(players)
        self._say = say
        self._ask = ask
        self._told = [0] * len(players)
        self._choices: tuple[tuple[str, Callable[[], None]], ...] = (
            ("go on until something happens", self._go_on),
            ("go on for a time", self._go_for),
            ("push a content file", self._push),
            ("why", self._why),
            ("how the machines are", self._states),
            ("read a machine's screen", self._screen),
            ("type on a machine's console", self._type),
            ("step", self._step),
            ("registers, code and page walk", self._inspect),
            ("the rings", self._rings),
            ("all events so far", self._events),
            ("go back to a moment", self._back),
            ("press a reset button", self._reset),
            ("the choices again", self._help),
        )

    def play(self, inputs: Sequence[Plan]) -> None:
        """What a recording will give, to each machine."""
        for world, plan in enumerate(inputs):
            self.conductor.send(plan, world)

    def run(self) -> None:
        """Until 0 is chosen, or there is nobody to ask any more."""
        self._say(f"{self.card.title}: {self.card.will_see}")
        self._help()
        while True:
            try:
                answer = self._ask("Choice? ")
            except EOFError:
                return
            if answer.strip() == "0":
                return
            number = _number(answer, len(self._choices))
            if not number:
                self._say(f"A number from 0 to {len(self._choices)}, please.")
                continue
            try:
                self._choices[number - 1][1]()
            except MiniosError as error:
                self._say(str(error))
            except EOFError:
                return

    def close(self) -> None:
        """Give the machines back."""
        self.conductor.close()

    # ---- Asking.

    def _help(self) -> None:
        for number, (words, _) in enumerate(self._choices, 1):
            self._say(f"{number}. {words}")
        self._say("0. leave")

    def _world(self) -> int:
        """Which machine; the only one if there is but one."""
        worlds = self.card.worlds
        if len(worlds) == 1:
            return 0
        names = ", ".join(f"{n} {world}" for n, world in enumerate(worlds, 1))
        return max(0, _number(self._ask(f"Which machine? ({names}) "), len(worlds)) - 1)

    def _frame(self) -> Frame:
        return self.conductor.frames[self._world()]

    # ---- Telling.

    def _tell_new(self) -> bool:
        """Say the events that have not been said; whether there were any."""
        fresh: list[tuple[int, str, str]] = []
        for world, frame in enumerate(self.conductor.frames):
            first = len(frame.log) - min(
                len(frame.log), frame.log.total - self._told[world]
            )
            fresh += [
                (event.t, frame.world, describe(event))
                for event in frame.log[first:]
                if not isinstance(event, QUIET)
            ]
            self._told[world] = frame.log.total
        for t, name, words in sorted(fresh):
            self._say(f"{times.seconds(t)}, {name}: {words}")
        return bool(fresh)

    def _tell(self, drawn: Sequence[lines.Line]) -> None:
        for row in drawn:
            text = lines.plain([row])
            if text.strip():
                self._say(text)

    # ---- Doing.

    def _go_on(self) -> None:
        end = self.conductor.now + _CALM
        while self.conductor.now < end:
            self.conductor.run_to(self.conductor.now + _SLICE)
            if self._tell_new():
                return
        self._say("Nothing has happened for 35 seconds of virtual time.")

    def _go_for(self) -> None:
        most = 100_000
        number = _number(self._ask(f"How many milliseconds? (1 to {most}) "), most)
        self.conductor.run_to(self.conductor.now + milliseconds(number))
        self._tell_new()
        self._say(f"It is {times.seconds(self.conductor.now)} now.")

    def _push(self) -> None:
        found = content_words.shipped(self.card.suggested)
        for number, (name, words) in enumerate(found, 1):
            self._say(f"{number}. {name}: {words}")
        answer = self._ask("Which file? (a number, or a path) ").strip()
        number = _number(answer, len(found))
        file = content_files.find(found[number - 1][0] if number else answer)
        for said in content_words.verdicts(file):
            self._say(f"validator {said}")
        self.conductor.send(Push(file))
        self._tell_new()

    def _why(self) -> None:
        found = [
            it
            for frame in self.conductor.frames
            if (it := latest_explanation(frame)) is not None
        ]
        if not found:
            self._say("Nothing has gone wrong yet. Push a content file.")
        for world, explanation in found:
            self._say(f"In {world}:")
            for row in str(explanation).splitlines():
                if row.strip():
                    self._say(row)

    def _states(self) -> None:
        for number, frame in enumerate(self.conductor.frames, 1):
            self._tell([status.title(frame, number, active=False)])
            self._tell(status.parts(frame, _WIDTH))

    def _screen(self) -> None:
        raw = self._frame().screen
        rows = [raw[at : at + 160 : 2] for at in range(0, len(raw), 160)]
        said = [row.decode("cp437").replace("\0", " ").rstrip() for row in rows]
        self._say("The screen is empty." if not any(said) else "The screen reads:")
        for row in said:
            if row:
                self._say(row)

    def _type(self) -> None:
        world = self._world()
        before = len(self.conductor.frames[world].console)
        self.conductor.type(self._ask("Type: ") + "\n", world)
        self.conductor.run_to(self.conductor.now + milliseconds(200))
        for row in self.conductor.frames[world].console[before:].splitlines():
            self._say(row)
        self._tell_new()

    def _step(self) -> None:
        world = self._world()
        words = ", ".join(f"{n} {unit}" for n, unit in enumerate(_UNITS, 1))
        number = max(1, _number(self._ask(f"To the next? ({words}) "), len(_UNITS)))
        self.conductor.send(Step(_UNITS[number - 1]), world)
        self._tell_new()
        frame = self.conductor.frames[world]
        self._tell(code.code(frame.code, _WIDTH, 9))

    def _inspect(self) -> None:
        frame = self._frame()
        self._tell(registers.registers(frame, _WIDTH))
        self._tell(code.code(frame.code, _WIDTH, 20))
        self._tell(walk.walk(frame.walk))

    def _rings(self) -> None:
        self._tell(building(self._frame(), _WIDTH))

    def _events(self) -> None:
        self._told = [0] * len(self._told)
        if not self._tell_new():
            self._say("Nothing has happened yet.")

    def _back(self) -> None:
        most = 100_000
        number = _number(self._ask(f"To which millisecond? (1 to {most}) "), most)
        self.conductor.go_back(min(milliseconds(number), self.conductor.now))
        self._told = [frame.log.total for frame in self.conductor.frames]
        self._say(f"It is {times.seconds(self.conductor.now)} again.")

    def _reset(self) -> None:
        self.conductor.reset(self._world())
        self._tell_new()
