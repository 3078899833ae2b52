"""Plain mode: numbered choices, and one line for each event."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.binding import Binding

from minios import glossary
from minios.lab.inputs import Type
from minios.plain.menu import CHOICES
from minios.session import catalogue
from minios.session.worker import InlinePlayer
from minios.tui.screens.lab import LabScreen
from tests.plain.talking import BAD, MAC, MOST, TWO, Talker, lab_of, number_of, talk


def test_the_whole_story_can_be_told_line_by_line() -> None:
    """Push, watch, why: both worlds, with the demonstration's words.

    The answer comes alone, then what the user asks for.
    """
    told = talk(
        *(TWO, ">go on for", "10", *BAD, ">go on for", "150 ms"),
        *(">why", "1", "1", ">how the machines", "0"),
    ).text

    assert "windows: STOP 0x50 PAGE_FAULT_IN_NONPAGED_AREA" in told
    assert "macos: sentinel.ext (process 4) dies" in told
    assert "The historical validator accepts it" in told
    answer, _, reasons = told.partition("How much more? (1 to 2, 0 for no more) 1")
    reasons, _, evidence = reasons.partition("How much more? (1, or 0 for no more) 1")
    assert "In windows the machine stopped, because the fault was in the k" in answer
    assert "so only that process ended." in answer
    assert "The reasons in both worlds:" not in answer
    assert reasons.count("The content file asks for field 21 of a pipe event.") == 1
    assert "This one: element 20, " not in reasons
    assert "This one: element 20, " in evidence
    assert evidence.count("That is all. You are back at the choices.") == 1
    assert "2 crashes, 0 deaths" in told


def test_the_first_choices_are_told_and_all_of_them_when_asked_for() -> None:
    """With more of one by its number."""
    talker = talk(MAC, "?", "?3", "0")
    at_once = talker.lines[: talker.lines.index("Choice? ?")]

    assert len(at_once) < 20
    assert talker.lines.count("1. go on") == 2
    assert f"{len(CHOICES)}. {CHOICES[-1].words}" not in at_once
    assert f"{len(CHOICES)}. {CHOICES[-1].words}" in talker.lines
    assert any(CHOICES[2].more in line for line in talker.lines)


@pytest.mark.parametrize("asked", ["? IRQL", "?irql", "? interrupt request level"])
def test_a_question_mark_and_a_word_explain_the_word(asked: str) -> None:
    """In any spelling; a question mark alone says that this is possible."""
    term = glossary.terms()["IRQL"]
    told = talk(MAC, asked, "?", "0").after(f"Choice? {asked}")

    assert told[:3] == [term.title, term.sentence, term.more]
    assert any("explained, type ? and the word" in line for line in told)


def test_a_word_that_is_not_in_the_glossary_is_answered_with_the_nearest() -> None:
    """And the talk goes on."""
    told = talk(MAC, "? page falt", "0").after("Choice? ? page falt")

    assert told[0].startswith("'page falt' is not in the glossary. Did you mean page f")


def test_a_number_of_no_choice_is_named() -> None:
    """Also where its help is asked for."""
    talker = talk(MAC, "99", "? 99", "0")

    refused = "There is no choice 99 here. Type ? to hear all choices."
    assert talker.lines.count(refused) == 2


@pytest.mark.parametrize("word", ["q", "Quit", "exit"])
def test_words_that_other_programs_have_are_understood(word: str) -> None:
    """`help` lists all choices, and these leave."""
    talker = talk(MAC, "help", word, "0")

    assert f"{len(CHOICES)}. {CHOICES[-1].words}" in talker.lines
    assert talker.prompts == ["Choice? ", "Choice? "]


@pytest.mark.parametrize("answer", ["", "x", "-1", "0x", "1.5"])
def test_what_is_no_choice_is_told_what_is_wanted(answer: str) -> None:
    """And nothing is done."""
    talker = talk(MAC, answer, "0")

    wanted = f"Please type a number from 0 to {MOST}, or ? for help."
    assert wanted in talker.lines


def test_a_machine_that_does_not_exist_is_asked_for_again() -> None:
    """Number 7 of 2 is nobody; and the other one is not taken instead."""
    talker = talk(TWO, "1", ">step one", "7", "x", "2", "1", "0")

    assert talker.lines.count("There are 2 machines: 1 windows, 2 macos.") == 2
    assert any(line.startswith("macos, ring 0") for line in talker.lines)
    assert not any(line.startswith("windows, ring 0") for line in talker.lines)


def test_a_machine_can_be_chosen_by_its_name() -> None:
    """A model that two machines have is the name of none."""
    talker = talk(TWO, "1", ">step one", "MacOS", "1", "0")
    four = talk(catalogue.find("free-play"), ">registers", "windows", "1", "0")

    assert any(line.startswith("macos, ring 0") for line in talker.lines)
    assert any(line.startswith("There are 4 machines: ") for line in four.lines)


def test_a_push_is_confirmed_even_if_no_event_of_it_is_heard() -> None:
    """The filter can leave the event out."""
    quiet = talk(MAC, "1", ">which events", "2", *BAD)
    usual = talk(MAC, "1", *BAD)

    assert "Pushed channel-291-bad to all machines." in quiet.lines
    assert "Pushed channel-291-bad to all machines." not in usual.lines
    assert any("pushed" in it for it in usual.after("What to do with"))


def test_whoever_leaves_running_machines_is_asked_once() -> None:
    """Not if nothing has run, or if nobody is there to answer."""
    asked = "Leave? Your machines are lost; progress is kept. "
    talker = talk(MAC, "1", "0", "0", ">registers", "0", "")
    ended = talk(MAC, "1", "0")
    unused = talk(MAC, "0", "1")

    assert sum(it.startswith(asked) for it in talker.prompts) == 2
    assert any(it.startswith("rip ") for it in talker.lines)
    assert ended.prompts[-1].startswith(asked)
    assert unused.prompts == ["Choice? "]


class Decliner(Talker):
    """Makes every choice but the first two, which go on, and wants none of it."""

    def __init__(self, nothing: str) -> None:
        super().__init__(*(str(n) for n in range(3, len(CHOICES) + 1)), "0")
        self.nothing = nothing

    def ask(self, prompt: str) -> str:
        """A choice, or nothing of what it offers."""
        return super().ask(prompt) if prompt == "Choice? " else self.nothing


@pytest.mark.parametrize("nothing", ["0", ""])
def test_whoever_declines_changes_nothing(nothing: str) -> None:
    """At the first question of every choice; what was typed is the one exception."""
    talker = Decliner(nothing)
    lab = lab_of(TWO, talker)
    lab.run()
    frames = lab.conductor.frames
    lab.close()

    assert all(isinstance(it, Type) for frame in frames for _, it in frame.inputs)
    assert all(frame.marks[0].t == frame.marks[-1].t == 0 for frame in frames)


def test_four_machines_are_told_apart_on_every_line() -> None:
    """Two of a model: never by the model alone."""
    talker = talk(
        *(catalogue.find("free-play"), ">go on for", "10", *BAD),
        *(">go on for", "60 ms", ">why", "2", ">how the machines"),
        *(">what has", "0", ">the rings", "4", ">step one", "3", "1", "0"),
    )

    named = [it for it in talker.lines if "windows" in it or "macos" in it]
    alone = [
        line
        for line in named
        if not any(f"machine {n}, " in line for n in range(1, 5))
        and "(1 windows, 2 macos, 3 windows, 4 macos, 0 to cancel)" not in line
    ]
    assert alone == []
    pair = "machine 1, windows and machine 3, windows"
    assert any(it.startswith(f"In {pair} each machine stopped") for it in talker.lines)
    assert f"What the kernel did in {pair}:" in talker.lines
    assert any(it.startswith("machine 3, windows, ring") for it in talker.lines)


def test_what_a_machine_could_not_do_is_said_once() -> None:
    """Not again after every other choice."""
    talker = Talker(">registers", ">the rings", "0")
    lab = lab_of(MAC, talker)
    (player,) = lab.conductor.players
    assert isinstance(player, InlinePlayer)
    player.frame = replace(player.frame, error="it would not")
    lab.run()
    lab.close()

    assert talker.lines.count("macos: it would not.") == 1


# Every key of the lab screen, and the choice that does the same; nothing for those that
# are about seeing.
KEYS = {
    "push": "push",
    "why": "why",
    "goals": "goals",
    "run": "go on",
    "app.help": "all choices",
    "inspect": "registers",
    "timeline": "what has happened",
    "back": "go back",
    "faster(1)": "choose how long",
    "faster(-1)": "choose how long",
    "console": "type a line",
    "step('instruction')": "step one",
    "step('line')": "step one",
    "step('crossing')": "step one",
    "step('event')": "step one",
    "slow_pass": "slow pass",
    "break": "pause at",
    "mark": "make a snapshot",
    "doors": "the doors",
    "filter": "which events",
    "filter_machine": "which events",
    "find": "which events",
    "power": "reset",
    "vendor": "be the vendor",
    "step_back": "step back",
    "memory": "memory",
    "app.cost": "measure what a sensor costs",
    "save": "save",
    "crimes": "commit a crime",
    "next_step": "scenario: go to the end",
    "step_before": "scenario: go back",
    "all_steps": "scenario: all steps",
    "build": "build your plugin again",
    "leave": "",  # the choice 0
    "let_go": "",  # nothing stays chosen
    "zoom": "",
    "zoom_past(1)": "",
    "zoom_past(-1)": "",
    "skip": "skip the waiting",
    "app.jump": "",
    **{f"machine({number})": "" for number in range(1, 5)},  # each choice asks which
}


def test_every_key_of_the_lab_screen_has_a_choice() -> None:
    """A new key asks for its choice here."""
    actions = [it.action for it in LabScreen.BINDINGS if isinstance(it, Binding)]

    assert [it for it in actions if it not in KEYS] == []
    assert [number_of(words) for words in KEYS.values() if words]
