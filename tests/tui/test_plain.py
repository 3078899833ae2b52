"""The linear mode: everything by numbered choices, a line an event."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from textual.binding import Binding

from minios.lab import milliseconds, seconds
from minios.tui import catalogue
from minios.tui.orders import Type
from minios.tui.plain import strides
from minios.tui.plain.menu import CHOICES
from minios.tui.screens.lab import LabScreen
from minios.tui.worker import InlinePlayer
from tests.tui.talking import BAD, MAC, TWO, WINDOWS, Talker, lab_of, number_of, talk


def test_the_whole_story_can_be_told_line_by_line() -> None:
    """Push, watch, why: both worlds, with the demonstration's words."""
    told = talk(
        *(TWO, ">go on for", "10", *BAD, ">go on for", "150 ms"),
        *(">why", ">how the machines", "0"),
    ).text

    assert "windows: STOP 0x50 PAGE_FAULT_IN_NONPAGED_AREA" in told
    assert "macos: sentinel.ext (process 4) dies alone" in told
    assert "The historical validator accepts it" in told
    assert "in ring 0: the machine stopped" in told
    assert "in ring 3: it died alone" in told
    assert "This one: element 20, " in told
    assert "2 crashes, 0 deaths" in told


def test_the_first_choices_are_told_and_all_of_them_when_asked_for() -> None:
    """With more of one by its number."""
    talker = talk(MAC, "?", "?3", "? 99", "0")
    at_once = talker.lines[: talker.lines.index("Choice? ?")]

    assert len(at_once) < 20
    assert talker.lines.count("1. go on") == 3
    assert f"{len(CHOICES)}. {CHOICES[-1].words}" not in at_once
    assert f"{len(CHOICES)}. {CHOICES[-1].words}" in talker.lines
    assert any(CHOICES[2].more in line for line in talker.lines)


@pytest.mark.parametrize("answer", ["", "x", "99", "-1", "0x", "1.5"])
def test_what_is_no_choice_is_told_what_is_wanted(answer: str) -> None:
    """And nothing is done."""
    talker = talk(MAC, answer, "0")

    assert f"A number from 0 to {len(CHOICES)}, please, or ? for all." in talker.lines


def test_a_go_on_to_the_next_event_tells_one_after_the_other() -> None:
    """In the order of time, of both machines, one a time and none twice."""
    stepwise = talk(TWO, ">how far", "2", *["1"] * 11, "0")
    at_once = talk(TWO, "1", "0")

    told = [line for line in stepwise.lines if line[:1].isdigit() and " s, " in line]
    assert told == [line for line in at_once.lines if " s, " in line]
    assert len(told) == 11
    turns = [n for n, line in enumerate(stepwise.lines) if line == "Choice? 1"]
    assert [later - turn for turn, later in pairwise(turns)] == [2] * 10


def test_a_go_on_can_be_some_time_some_instructions_or_some_events() -> None:
    """Chosen once, and said back."""
    lengths = [it.words for it in strides.STRIDES]
    for number, words in enumerate(lengths, 1):
        talker = talk(MAC, ">how far", str(number), "1", "0")
        assert f"From here a go on goes {words}." in talker.lines

    second = talk(MAC, ">how far", "9", "1", "0")
    assert "It is 1.000000 s now." in second.lines
    one = talk(MAC, ">how far", "4", "1", "0")
    assert one.lines[-2] == "macos, ring 0, outside of every known module. Next: cld."


def test_of_very_many_events_the_first_and_the_last_are_told() -> None:
    """A crash loop has hundreds in a second; all that are kept can be listed."""
    loop = catalogue.find("loop")
    talker = talk(loop, ">go on for", "10", *BAD, ">go on for", "2 s", ">what has", "0")
    told = talker.after("300 instructions; a number alone")
    at = next(n for n, line in enumerate(told) if "events more, of which" in line)

    assert at == 20
    assert int(told[at].split()[0]) > 200
    listed = talker.after("Entries ")
    assert [line.split(". ", 1)[1] for line in listed[15:20]] == told[at + 1 : at + 6]
    assert told[at + 6].startswith("It is 2.0")


def test_where_nothing_happens_it_is_said_so() -> None:
    """After longer than the supervisor ever waits; also when the machine is off."""
    calm = talk(MAC, ">which events", "2", ">go on for", "1 s", "1", "0")
    off = talk(MAC, "1", ">type a line", "off", "1", "1", "0")

    assert "Nothing has happened for 35 seconds of virtual time." in calm.lines
    assert off.lines[-2] == "Nothing can happen: switched off is macos."


@pytest.mark.parametrize(
    ("text", "time", "instructions"),
    [
        ("50", milliseconds(50), 0),
        ("0.5 ms", 500_000, 0),
        ("2s", seconds(2), 0),
        ("7 us", 7000, 0),
        ("300 instructions", 0, 300),
        ("1 instruction", 0, 1),
    ],
)
def test_a_length_is_read_as_a_person_writes_it(
    text: str, time: int, instructions: int
) -> None:
    """Milliseconds if nothing else is said."""
    found = strides.read(text)

    assert found is not None
    assert (found.time, found.instructions) == (time, instructions)


@pytest.mark.parametrize(
    "text", ["", "0", "-5", "5 parsecs", "1.5 instructions", "1001 s", "9" * 9, "s"]
)
def test_what_is_no_length_is_none(text: str) -> None:
    """Neither nothing, nor too much."""
    assert strides.read(text) is None


def test_a_wrong_length_is_asked_for_again() -> None:
    """And no time goes by."""
    talker = talk(MAC, ">go on for", "5 parsecs", "5 ms", "0")

    assert "Up to 1000 s or 10000 instructions, please." in talker.lines
    assert "It is 0.005000 s now." in talker.lines


def test_a_machine_that_does_not_exist_is_asked_for_again() -> None:
    """Number 7 of 2 is nobody; and the other one is not taken instead."""
    talker = talk(TWO, "1", ">step one", "7", "x", "2", "1", "0")

    assert talker.lines.count("There are 2 machines: 1 windows, 2 macos.") == 2
    assert any(line.startswith("macos, ring 0") for line in talker.lines)
    assert not any(line.startswith("windows, ring 0") for line in talker.lines)


class Decliner(Talker):
    """Makes every choice that asks something, and then wants none of it."""

    def __init__(self, nothing: str) -> None:
        super().__init__(*(str(n) for n in range(2, len(CHOICES) + 1)), "0")
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


def test_time_stops_at_kinds_of_events_and_at_places() -> None:
    """What it stopped at is said in words, and where the machine is."""
    talker = talk(
        *(WINDOWS, ">stop at", "3", ">stop at", "sentinel.sys!interpreter_matches"),
        *("1", *BAD, "1", "1", "1", "0"),
    )
    stops = [line for line in talker.lines if line.startswith("Stopped: ")]

    assert "Stops at: a bugcheck, sentinel.sys!interpreter_matches." in talker.lines
    assert "Stopped: windows, at sentinel.sys!interpreter_matches." in stops
    assert "windows, ring 0, sentinel.sys, interpreter_matches+0x0" in talker.text


def test_a_crossing_that_time_stops_at_is_told_by_its_door() -> None:
    """Down by which call."""
    talker = talk(MAC, ">go on for", "20 ms", ">stop at", "1", "1", "1", "0")

    assert "macos, any crossing of the rings: up by sysretq." in talker.text
    assert "macos, any crossing of the rings: down by system call " in talker.text


def test_a_stop_that_is_chosen_again_is_none_any_more() -> None:
    """By its number or by its name; what is no place says why, and is asked again."""
    talker = talk(
        *(MAC, ">stop at", "kernel_mainn", "kernel_main", ">stop at", "3"),
        *(">stop at", "13", ">stop at", "99", "3", "0"),
    )

    assert "Did you mean kernel_main?" in talker.text
    assert "Stops at: kernel_main." in talker.lines
    assert "13. at kernel_main, chosen" in talker.lines
    assert "Stops at: a bugcheck." in talker.lines
    assert "A number from 1 to 12, or a place, please." in talker.lines
    assert "Stops at: nothing." in talker.lines


def test_a_step_says_where_the_machine_stands_and_what_changed() -> None:
    """Not all of its registers."""
    talker = talk(MAC, ">go on for", "5 ms", ">step one", "1", "0")

    assert talker.lines[-3].startswith("macos, ring ")
    assert "Next: " in talker.lines[-3]
    assert talker.lines[-2].startswith("Changed: ")


def test_four_machines_are_told_apart_on_every_line() -> None:
    """Two of a model: never by the model alone."""
    talker = talk(
        *(catalogue.find("free-play"), ">go on for", "10", *BAD),
        *(">go on for", "60 ms", ">why", "3", ">why", "1", ">how the machines"),
        *(">what has", "0", ">the rings", "4", ">step one", "3", "1", "0"),
    )

    named = [it for it in talker.lines if "windows" in it or "macos" in it]
    alone = [
        line
        for line in named
        if not any(f"machine {n}, " in line for n in range(1, 5))
        and "(1 windows, 2 macos, 3 windows, 4 macos, 0 for none)" not in line
    ]
    assert alone == []
    assert "In machine 1, windows and machine 3, windows:" in talker.lines
    assert any(it.startswith("machine 3, windows, ring") for it in talker.lines)


def test_a_machine_that_is_off_cannot_be_stepped() -> None:
    """That is said."""
    talker = talk(MAC, "1", ">type a line", "off", ">step one", "0")

    assert talker.lines[-2] == "macos is switched off."


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
    "run": "go on",
    "app.help": "all choices",
    "inspect": "registers",
    "timeline": "what has happened",
    "back": "go back",
    "faster(1)": "how far",
    "faster(-1)": "how far",
    "console": "type a line",
    "step('instruction')": "step one",
    "step('line')": "step one",
    "step('crossing')": "step one",
    "step('event')": "step one",
    "break": "stop at",
    "mark": "make a snapshot",
    "doors": "the doors",
    "filter": "which events",
    "power": "reset",
    "vendor": "be the vendor",
    "step_back": "step back",
    "memory": "memory",
    "save": "save",
    "leave": "",  # the choice 0
    "zoom": "",
    "app.jump": "",
    **{f"machine({number})": "" for number in range(1, 5)},  # each choice asks which
}


def test_every_key_of_the_lab_screen_has_a_choice() -> None:
    """A new key asks for its choice here."""
    actions = [it.action for it in LabScreen.BINDINGS if isinstance(it, Binding)]

    assert [it for it in actions if it not in KEYS] == []
    assert [number_of(words) for words in KEYS.values() if words]
