"""The six switches as a talk: turn them, send the files, hear what came of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import groupby

from minios.abi import policies
from minios.errors import MiniosError
from minios.plain.asking import (
    Ask,
    Asking,
    DeclinedError,
    Say,
    numbered,
    picked,
    span,
    wanted,
)
from minios.session.spoken import sentence
from minios.tutor.pipeline import (
    HISTORICAL,
    SWITCHES,
    TITLE,
    Outcome,
    Pipeline,
    Switch,
    Switches,
    table,
)


class PipelineTalk(Asking):
    """The numbered choices."""

    def __init__(
        self, pipeline: Pipeline, switches: Switches, say: Say, ask: Ask
    ) -> None:
        super().__init__(say, ask)
        self._pipeline = pipeline
        self._switches = switches

    def talk(self) -> None:
        """Go on until the user leaves. Raises EOFError at the end of the input."""
        world = self._pipeline.world
        self.say(
            f"{TITLE}. A content file goes from the vendor to the {world.machines} "
            f"machines of customers. Their model is {world.model}: "
            f"{policies.BY_NAME[world.model].words}."
        )
        again = False
        while True:
            choices = self._choices()
            if not again:
                self._list()
            again = True
            answer = self.answer(
                f"What now? ({span(1, len(choices))}, ? lists the choices, ? 1 "
                "explains one, 0 leaves)"
            )
            if answer.casefold() in {"0", "q", "quit", "exit"}:
                return
            chosen = picked(answer, choices)
            try:
                if chosen is not None:
                    chosen[1]()
                elif answer.startswith("?"):
                    self._help(answer.lstrip("? "))
                else:
                    self.say(f"Please type {wanted(1, len(choices))}, or 0 to leave.")
            except MiniosError as error:
                self.say(sentence(str(error)))
            except DeclinedError:
                pass

    def _list(self) -> None:
        self.tell(numbered(it for it, _ in self._choices()))

    def _help(self, asked: str) -> None:
        """Explain a choice; without a number, or a wrong one, list all of them."""
        chosen = picked(asked, self._choices())
        switch = picked(asked, SWITCHES)
        if chosen is None:
            self._list()
        elif switch is None:
            self.say(f"{chosen[0]}.")
        else:
            self._tell_switch(switch)

    def _choices(self) -> list[tuple[str, Callable[[], None]]]:
        turns: list[tuple[str, Callable[[], None]]] = [
            (self._offer(it), partial(self._turn, it)) for it in SWITCHES
        ]
        return [
            *turns,
            ("Send the files, and hear what came of each", self._send),
            ("Hear every stage for one file", self._tell_stages),
            ("Hear what a switch means", self._explain),
            ("Compare all settings: this takes half a minute", self._compare),
            ("Turn all switches off, as in July 2024", self._reset),
        ]

    def _offer(self, switch: Switch) -> str:
        state = self._state(switch)
        return f"Turn switch {switch.number}, {switch.name}, which is {state}"

    def _state(self, switch: Switch) -> str:
        """Where a switch stands: on or off, and which check if there are two."""
        state = switch.state(self._switches)
        if not switch.is_on(self._switches):
            return "off"
        return state if state == "on" else f"on, the {state} check"

    def _turn(self, switch: Switch) -> None:
        self._switches = switch.turned(self._switches)
        is_on = switch.is_on(self._switches)
        words = switch.on if is_on else switch.off
        if switch.number == 2 and self._switches.has_wrong_repair:
            words = "The interpreter checks the index first, but then it aborts."
        self.say(f"Switch {switch.number} is {self._state(switch)}. {words}")

    def _reset(self) -> None:
        self._switches = HISTORICAL
        self.say("All switches are off.")

    def _send(self) -> None:
        self.say("The machines run.")
        self._prepare()
        found = self._pipeline.run(self._switches)
        self.say(f"The switches that are on: {found.switches.words}.")
        for step in found.sensor.steps:
            self.say(step.words)
        self._tell(found.outcomes)

    def _prepare(self) -> None:
        for _ in self._pipeline.prepare([self._switches]):
            pass

    def _tell(self, outcomes: tuple[Outcome, ...]) -> None:
        """What came of each file, equal ones together."""
        for words, same in groupby(outcomes, lambda it: it.sentence):
            self.say(f"{', '.join(it.file for it in same)}: {words}")

    def _tell_stages(self) -> None:
        names = [it.name for it in self._pipeline.files]
        at = self.choose("Which file?", names)
        self._prepare()
        found = self._pipeline.run(self._switches).outcomes[at]
        self.tell(f"{it.stage.value}: {it.words}" for it in found.steps)

    def _explain(self) -> None:
        at = self.choose("Which switch?", [it.name for it in SWITCHES])
        self._tell_switch(SWITCHES[at])

    def _tell_switch(self, switch: Switch) -> None:
        self.say(f"What was found: {switch.finding}")
        self.say(f"What was changed: {switch.mitigation}")

    def _compare(self) -> None:
        self.say("The machines run.")
        for group in table(self._pipeline).groups:
            settings = f"{len(group.settings)} settings"
            self.say(
                f"{settings if len(group.settings) > 1 else 'One setting'}: "
                f"{'; or '.join(group.conditions)}."
            )
            self._tell(group.outcomes)


def run(pipeline: Pipeline, switches: Switches, say: Say, ask: Ask) -> None:
    """Talk until the user leaves or the input ends. Closes nothing."""
    try:
        PipelineTalk(pipeline, switches, say, ask).talk()
    except EOFError:
        return
