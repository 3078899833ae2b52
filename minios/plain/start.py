"""Choose a lab or a recording from the list, and open one lab after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Final, NoReturn, TypeAlias

from minios.errors import MiniosError
from minios.interrupts import before_the_end
from minios.plain import pipeline
from minios.plain.asking import Ask, DeclinedError, Say, numbered, picked
from minios.plain.building import Building
from minios.plain.menu import PlainLab
from minios.plain.words.text import sentence
from minios.session import catalogue, own_plugins, recording
from minios.session.catalogue import LabCard
from minios.session.files import Files, KeptRecording
from minios.session.recording import Recording
from minios.session.script import Script
from minios.session.worker import InlinePlayer
from minios.tutor.pipeline import HISTORICAL, TITLE, WORDS, Pipeline

_OWN_PLUGIN: Final = own_plugins.TITLE
_Offer: TypeAlias = LabCard | KeptRecording | str


class Start(Building):
    """The list of labs."""

    def __init__(self, files: Files, say: Say, ask: Ask) -> None:
        super().__init__(say, ask)
        self._files = files

    def choose_lab(self) -> tuple[LabCard, Recording | None]:
        """Ask for a lab or a recording. Raises DeclinedError if the user leaves."""
        offered = self._matching("")
        self._tell_offers(offered)
        question = "Which lab? (its number, or a word to search for; 0 leaves)"
        while True:
            answer = self.text(question)
            chosen = picked(answer, offered)
            if chosen is not None:
                try:
                    return self._opened(chosen)
                except MiniosError as error:
                    self.say(sentence(str(error)))
                except DeclinedError:
                    self._tell_offers(offered)
            elif answer.isdecimal():
                self.say(f"Please type a number from 1 to {len(offered)}, or a word.")
            elif found := self._matching(answer):
                offered = found
                self._tell_offers(offered)
            else:
                self.say(f"No lab and no recording matches {answer}.")

    def _matching(self, typed: str) -> Sequence[_Offer]:
        """What contains all the words: labs, a plugin, the switches, recordings."""
        is_own = catalogue.has_words(typed, own_plugins.TITLE, own_plugins.WORDS)
        return [
            *catalogue.matching(typed),
            *[_OWN_PLUGIN] * is_own,
            *[TITLE] * catalogue.has_words(typed, TITLE, WORDS),
            *self._files.shelf.recordings(typed),
        ]

    def _tell_offers(self, offered: Sequence[_Offer]) -> None:
        self.say("Labs:" if offered else "There is no lab.")
        self.tell(numbered(self._words(it) for it in offered))

    def _words(self, offer: _Offer) -> str:
        if isinstance(offer, str):
            return f"{offer}: {WORDS if offer == TITLE else own_plugins.WORDS}"
        if isinstance(offer, KeptRecording):
            return f"{offer.card.title}: {offer.words}, played again"
        progress = self._files.progress
        words = [f"{offer.title}, {offer.minutes} minutes", progress.words(offer)]
        words += ["this comes next"] * (offer is progress.next_after())
        return f"{', '.join(filter(None, words))}: {offer.will_see}"

    def _opened(self, offer: _Offer) -> tuple[LabCard, Recording | None]:
        if offer == TITLE:
            self._turn_switches()
        if isinstance(offer, str):
            return self.choose_plugin(self._files.folders), None
        if isinstance(offer, KeptRecording):
            found = recording.load(offer.path)
            return found.card, found
        return offer, None

    def _turn_switches(self) -> NoReturn:
        """The content pipeline. Raises DeclinedError when the user is back."""
        with Pipeline() as found:
            pipeline.run(found, HISTORICAL, self._say, self._ask)
        raise DeclinedError


def run(card: LabCard | None, files: Files, say: Say, ask: Ask) -> None:
    """Open the lab that was named; without one, show the list before each lab.

    Ends when the user leaves or the input ends. What was done is saved in every case.
    Raises ScenarioError if it cannot be saved.
    """
    try:
        if card is not None:
            visit(card, files, say, ask)
            return
        for number in count(1):
            card, replay = Start(files, say, ask).choose_lab()
            visit(card, replace(files.of_lab(number), replay=replay), say, ask)
    except (EOFError, DeclinedError):
        return


def visit(card: LabCard, files: Files, say: Say, ask: Ask) -> None:
    """Open one lab and stay in it until the user leaves.

    If its plugins are built again, or its scenario is run again, it is opened anew,
    with files of its own.
    """
    again = _visit(card, files, say, ask)
    for number in count(2):
        if again is None:
            return
        script = again if isinstance(again, Script) else None
        card = again.card if isinstance(again, Script) else again
        own = replace(files.of_lab(number), replay=None, script=script)
        again = _visit(card, own, say, ask)


def _visit(card: LabCard, files: Files, say: Say, ask: Ask) -> LabCard | Script | None:
    """Returns what to open next, if there is something."""
    players = [InlinePlayer(it) for it in card.machines]
    lab = PlainLab(card, players, say, ask, files)
    try:
        with before_the_end(lab.keep):
            if files.replay is not None:
                lab.play(files.replay)
            if files.script is not None:
                lab.begin()
            lab.run()
            return lab.built_again
    finally:
        try:
            lab.keep()
        finally:
            lab.close()
