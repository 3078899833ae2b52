"""The choices, and the talk from the first to the last of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from minios.errors import MiniosError
from minios.tui.catalogue import LABS, LabCard
from minios.tui.orders import Plan
from minios.tui.plain.control import Controlling
from minios.tui.plain.looking import Looking
from minios.tui.plain.talk import Ask, Say, number_in
from minios.tui.worker import Player


def choose_lab(say: Say, ask: Ask) -> LabCard | None:
    """Which lab; None to leave."""
    say("Labs:")
    for number, card in enumerate(LABS, 1):
        say(f"{number}. {card.title}, {card.minutes} minutes: {card.will_see}")
    number = number_in(ask("Which lab? (0 leaves) "), len(LABS))
    return LABS[number - 1] if number else None


class PlainLab(Controlling, Looking):
    """A conversation about one lab."""

    def __init__(
        self, card: LabCard, players: Sequence[Player], say: Say, ask: Ask
    ) -> None:
        super().__init__(card, players, say, ask)
        self._choices: tuple[tuple[str, Callable[[], None]], ...] = (
            ("go on until something happens", self.go_on),
            ("go on for a time", self.go_for),
            ("push a content file", self.push),
            ("why", self.why),
            ("how the machines are", self.states),
            ("read a machine's screen", self.screen),
            ("type on a machine's console", self.type_text),
            ("step", self.step),
            ("registers, code and page walk", self.inspect),
            ("the rings", self.rings),
            ("all events so far", self.tell_all),
            ("go back to a snapshot or a moment", self.back),
            ("reset, cut the power, boot in another way", self.power),
            ("the choices again", self._help),
            ("make a content file", self.make),
            ("stop at events or places in the code", self.stop_at),
            ("make a snapshot", self.mark),
            ("which events are told", self.choose_filter),
            ("page tables and descriptors", self.look_at_tables),
            ("memory at an address", self.look_at_memory),
            ("threads, stacks, ports and queues", self.look_at_kernel),
            ("be the vendor: withdraw a file, offer a fix", self.vendor),
        )

    def play(self, inputs: Sequence[Plan]) -> None:
        """What a recording will give, to each machine."""
        for world, plan in enumerate(inputs):
            self.conductor.send(plan, world)

    def run(self) -> None:
        """Until 0 is chosen, or there is nobody to ask any more."""
        self.say(f"{self.card.title}: {self.card.will_see}")
        self._help()
        while True:
            try:
                answer = self.ask("Choice? ")
                if answer.strip() == "0":
                    return
                self._do(number_in(answer, len(self._choices)))
            except EOFError:
                return

    def _do(self, number: int) -> None:
        if not number:
            self.say(f"A number from 0 to {len(self._choices)}, please.")
            return
        try:
            self._choices[number - 1][1]()
        except MiniosError as error:
            self.say(str(error))
        for frame in self.conductor.frames:
            if frame.error:
                self.say(f"{frame.world}: {frame.error}")

    def close(self) -> None:
        """Give the machines back."""
        self.conductor.close()

    def _help(self) -> None:
        for number, (words, _) in enumerate(self._choices, 1):
            self.say(f"{number}. {words}")
        self.say("0. leave")
