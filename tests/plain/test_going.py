"""Plain mode and time: how far it goes on, where it stops, a step of one machine."""

from __future__ import annotations

import signal
from contextlib import suppress
from itertools import pairwise

import pytest

from minios.lab import milliseconds, seconds
from minios.plain import strides
from minios.plain.asking import Many, Row
from minios.session import catalogue
from tests.plain.talking import BAD, MAC, TWO, WINDOWS, Talker, lab_of, talk


def test_a_go_on_to_the_next_event_tells_one_after_the_other() -> None:
    """In the order of time, of both machines, one a time and none twice."""
    stepwise = talk(TWO, ">choose how long", "2", *["1"] * 11, "0")
    at_once = talk(TWO, "1", "0")

    told = [line for line in stepwise.lines if line[:1].isdigit() and " s, " in line]
    assert told == [line for line in at_once.lines if " s, " in line]
    assert len(told) == 11
    turns = [n for n, line in enumerate(stepwise.lines) if line == "Choice? 1"]
    assert [later - turn for turn, later in pairwise(turns)] == [2] * 10


def test_a_go_on_can_be_some_time_some_instructions_or_some_events() -> None:
    """Chosen once, and said back."""
    lengths = [it.words for it in strides.STRIDES]
    each = (str(number) for number in range(1, len(lengths) + 1))
    chosen = [answer for it in each for answer in (">choose how long", it, "1")]
    talker = talk(MAC, *chosen, "0")
    said = [it for it in talker.lines if it.startswith("From now on choice 1 runs ")]
    assert said == [f"From now on choice 1 runs {words}." for words in lengths]

    second = talk(MAC, ">choose how long", "9", "1", "0")
    assert "It is 1.000000 s now." in second.lines
    one = talk(MAC, ">choose how long", "4", "1", "0")
    assert one.lines[-2] == "macos, ring 0, outside of all known modules. Next: cld."


def test_of_very_many_events_the_first_and_the_last_are_told() -> None:
    """A crash loop has a hundred in half a second; all that are kept can be listed."""
    loop = catalogue.find("loop")
    some = ">go on for", "600 ms", ">what has"
    talker = talk(loop, ">go on for", "10", *BAD, *some, "0")
    told = talker.after("300 instructions; a number alone")
    at = next(n for n, line in enumerate(told) if "more events. The last" in line)

    assert at == 20
    assert int(told[at].split()[0]) > 60
    listed = talker.after("Events ")
    assert [line.split(". ", 1)[1] for line in listed[15:20]] == told[at + 1 : at + 6]
    assert told[at + 6].startswith("It is 0.6")


def test_of_very_many_events_the_first_of_each_kind_is_told() -> None:
    """Such as that the supervisor gives up, which ends them."""
    said: list[str] = []
    many = Many(said.append)
    many.tell([Row(f"dies {n}", "death") for n in range(50)])
    many.tell([Row("gives up", "end"), Row("dies again", "death")])
    many.end()

    assert said[20] == "30 more events. The last of them are:"
    assert said[21:] == [
        *(f"dies {n}" for n in range(45, 50)),
        "gives up",
        "dies again",
    ]


def test_where_nothing_happens_it_is_said_so() -> None:
    """After longer than the supervisor ever waits; also when the machine is off."""
    calm = talk(MAC, ">which events", "2", ">go on for", "1 s", "1", "0")
    off = talk(MAC, "1", ">type a line", "off", "1", "1", "0")

    assert "Nothing has happened for 35 seconds of virtual time." in calm.lines
    assert off.lines[-2] == "Nothing can happen, because these are switched off: macos."


class Interrupter(Talker):
    """Presses Ctrl-C as soon as the machines are said to run."""

    def say(self, text: str) -> None:
        """Listen, and do not wait."""
        super().say(text)
        if text.startswith("The machines run."):
            signal.raise_signal(signal.SIGINT)


def test_ctrl_c_pauses_a_long_run_and_the_machines_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is said that they run; a short run says nothing of it."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("minios.plain.console._PROMPT", milliseconds(100))
    before = signal.getsignal(signal.SIGINT)
    long = ">go on for", "20 s"
    talker = Interrupter(
        "1", ">type a line", "run loop", *long, ">how the machines", "0"
    )
    lab = lab_of(MAC, talker)
    with suppress(EOFError):
        lab.run()
    now = lab.conductor.now
    lab.close()

    assert talker.lines.count("The machines run. Ctrl-C pauses them.") == 1
    paused = next(it for it in talker.lines if it.startswith("Paused by you at "))
    assert paused == f"Paused by you at {now / 1e9:.6f} s."
    assert seconds(0.2) < now < seconds(3)
    assert signal.getsignal(signal.SIGINT) is before


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

    assert "Please type at most 1000 s or 10000 instructions." in talker.lines
    assert "It is 0.005000 s now." in talker.lines


def test_time_stops_at_kinds_of_events_and_at_places() -> None:
    """What it stopped at is said in words, and where the machine is."""
    talker = talk(
        *(WINDOWS, ">pause at", "3", ">pause at", "sentinel.sys!interpreter_matches"),
        *("1", *BAD, "1", "1", "1", "0"),
    )
    stops = [line for line in talker.lines if line.startswith("Paused: ")]

    assert "Pauses at: a bugcheck, sentinel.sys!interpreter_matches." in talker.lines
    assert "Paused: windows, at sentinel.sys!interpreter_matches." in stops
    assert "windows, ring 0, sentinel.sys, interpreter_matches+0x0" in talker.text


def test_where_one_machine_stops_all_stand_at_that_moment() -> None:
    """Nobody is told of what another machine did after it."""
    talker = Talker(">pause at", "3", ">go on for", "100 ms", *BAD, ">go on for", "1 s")
    lab = lab_of(TWO, talker)
    with pytest.raises(EOFError):
        lab.run()
    first, second = lab.conductor.frames
    lab.close()

    assert any(line.startswith("Paused: windows") for line in talker.lines)
    assert first.t == second.t == first.log[-1].t


def test_a_crossing_that_time_stops_at_is_told_by_its_door() -> None:
    """Down by which call."""
    talker = talk(MAC, ">go on for", "20 ms", ">pause at", "1", "1", "1", "0")

    assert "macos, any crossing of the rings: up by sysretq." in talker.text
    assert "macos, any crossing of the rings: down by system call " in talker.text


def test_a_stop_that_is_chosen_again_is_none_any_more() -> None:
    """By its number or by its name; what is no place says why, and is asked again."""
    talker = talk(
        *(MAC, ">pause at", "kernel_mainn", "kernel_main", ">pause at", "3"),
        *(">pause at", "13", ">pause at", "99", "3", "0"),
    )

    assert "Did you mean kernel_main" in talker.text
    assert "Pauses at: kernel_main." in talker.lines
    assert "13. at kernel_main, chosen" in talker.lines
    assert "Pauses at: a bugcheck." in talker.lines
    assert "Please type a number from 1 to 12, or a place." in talker.lines
    assert "Pauses at: nothing." in talker.lines
    removed = "It was chosen before, so this pause is removed."
    assert talker.lines.count(removed) == 2


def test_every_place_that_begins_as_was_typed_is_offered() -> None:
    """Not the one that is like it: a part of a name is no mistake in spelling."""
    talker = talk(MAC, ">pause at", "workload!sys_pipe", "0", "0")
    (told,) = (it for it in talker.lines if "Did you mean" in it)

    assert told.count("workload!sys_pipe_") >= 2
    assert told.partition("Did you mean")[2].count("!") == told.count("sys_pipe_")


def test_a_step_says_where_the_machine_stands_and_what_changed() -> None:
    """Not all of its registers."""
    talker = talk(MAC, ">go on for", "5 ms", ">step one", "1", "0")

    assert talker.lines[-3].startswith("macos, ring ")
    assert "Next: " in talker.lines[-3]
    assert talker.lines[-2].startswith("Changed: ")


def test_a_machine_that_is_off_cannot_be_stepped() -> None:
    """That is said."""
    talker = talk(MAC, "1", ">type a line", "off", ">step one", "0")

    assert talker.lines[-2] == "macos is switched off."
