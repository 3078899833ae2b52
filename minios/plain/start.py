"""Choose a lesson, a lab or a recording from the list; open one after another."""

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
from minios.plain.lessons import PlainLesson
from minios.plain.menu import PlainLab
from minios.session import catalogue, own_plugins, recording
from minios.session.catalogue import LabCard
from minios.session.files import Files, KeptRecording
from minios.session.recording import Recording
from minios.session.script import Script
from minios.session.spoken import sentence
from minios.session.worker import InlinePlayer
from minios.tutor.learner import Learner
from minios.tutor.model import Lesson
from minios.tutor.pipeline import HISTORICAL, TITLE, WORDS, Pipeline

_OWN_PLUGIN: Final = own_plugins.TITLE
_Offer: TypeAlias = Lesson | LabCard | KeptRecording | str
Opened: TypeAlias = Lesson | LabCard | Recording
"""What a user has chosen to open."""


class Start(Building):
    """The list of lessons and labs. Without a learner there are only labs."""

    def __init__(
        self, files: Files, say: Say, ask: Ask, learner: Learner | None = None
    ) -> None:
        super().__init__(say, ask)
        self._files = files
        self._learner = learner

    def choose_one(self) -> Opened:
        """Ask for a lesson, a lab or a recording.

        Raises DeclinedError if the user leaves.
        """
        offered = self._matching("")
        for trouble in self._troubles:
            self.say(sentence(trouble))
        self._tell_offers(offered)
        question = "Which one? (its number, or a word to search for; 0 leaves)"
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
                self.say(f"No lesson, no lab and no recording matches {answer}.")

    @property
    def _troubles(self) -> Sequence[str]:
        own = () if self._learner is None else self._learner.troubles
        return tuple(filter(None, (self._files.progress.trouble, *own)))

    def _matching(self, typed: str) -> Sequence[_Offer]:
        """What has all the words: lessons, labs, a plugin, the switches, recordings."""
        is_own = catalogue.has_words(typed, own_plugins.TITLE, own_plugins.WORDS)
        lessons = () if self._learner is None else self._learner.lessons
        return [
            *(
                it
                for it in lessons
                if catalogue.has_words(typed, it.name, it.title, it.about)
            ),
            *catalogue.matching(typed),
            *[_OWN_PLUGIN] * is_own,
            *[TITLE] * catalogue.has_words(typed, TITLE, WORDS),
            *self._files.shelf.recordings(typed),
        ]

    def _tell_offers(self, offered: Sequence[_Offer]) -> None:
        before = ""
        for offer, row in zip(
            offered, numbered(map(self._words, offered)), strict=True
        ):
            head = self._head(offer)
            if head != before:
                self.say(head)
            self.say(row)
            before = head

    def _head(self, offer: _Offer) -> str:
        """What is said before the first offer of this kind."""
        if not isinstance(offer, Lesson):
            return "Labs:"
        assert self._learner is not None
        titles = {it.pack: it.title for it in self._learner.shelves}
        return f"Lessons, {titles[offer.pack]}:"

    def _words(self, offer: _Offer) -> str:
        if isinstance(offer, str):
            return f"{offer}: {WORDS if offer == TITLE else own_plugins.WORDS}"
        if isinstance(offer, KeptRecording):
            return f"{offer.card.title}: {offer.words}, played again"
        if isinstance(offer, Lesson):
            assert self._learner is not None
            return f"{self._learner.words(offer)}: {offer.about}"
        progress = self._files.progress
        words = [f"{offer.title}, {offer.minutes} minutes", progress.words(offer)]
        has_lesson = self._learner is not None and self._learner.next is not None
        is_next = offer is progress.next_after() and not has_lesson
        words += ["this comes next"] * is_next
        return f"{', '.join(filter(None, words))}: {offer.will_see}"

    def _opened(self, offer: _Offer) -> Opened:
        if offer == TITLE:
            self._turn_switches()
        if isinstance(offer, str):
            return self.choose_plugin(self._files.folders)
        if isinstance(offer, KeptRecording):
            return recording.load(offer.path)
        return offer

    def _turn_switches(self) -> NoReturn:
        """The content pipeline. Raises DeclinedError when the user is back."""
        with Pipeline() as found:
            pipeline.run(found, HISTORICAL, self._say, self._ask)
        raise DeclinedError


def run(
    opened: Lesson | LabCard | None,
    files: Files,
    say: Say,
    ask: Ask,
    learner: Learner | None = None,
) -> None:
    """Open what was named; without a name, show the list before each lesson or lab.

    Ends when the user leaves or the input ends. What was done is saved in every case.
    Raises ScenarioError if it cannot be saved, and LessonError if the files of a lesson
    cannot be copied.
    """
    try:
        if opened is not None:
            _open(opened, files, say, ask, learner)
            return
        for number in count(1):
            chosen = Start(files, say, ask, learner).choose_one()
            _open(chosen, files.of_lab(number), say, ask, learner)
    except (EOFError, DeclinedError):
        return


def _open(
    opened: Opened, files: Files, say: Say, ask: Ask, learner: Learner | None
) -> None:
    if isinstance(opened, Lesson):
        assert learner is not None
        take(opened, learner, files, say, ask)
    elif isinstance(opened, Recording):
        visit(opened.card, replace(files, replay=opened), say, ask)
    else:
        visit(opened, files, say, ask)


def take(lesson: Lesson, learner: Learner, files: Files, say: Say, ask: Ask) -> None:
    """Open a lesson, then each that the user chooses in it, until the user leaves."""
    opened: Lesson | None = lesson
    for number in count(1):
        if opened is None:
            return
        talk = PlainLesson(opened, learner, say, ask, files.of_lab(number))
        _stay(talk)
        opened = talk.opens


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
    _stay(lab)
    return lab.follows


def _stay(lab: PlainLab) -> None:
    """Let the user choose until the end; save what was done in every case."""
    try:
        with before_the_end(lab.keep):
            if lab.files.replay is not None:
                lab.play(lab.files.replay)
            if lab.files.script is not None:
                lab.begin()
            lab.run()
    finally:
        try:
            lab.keep()
        finally:
            lab.close()
