"""The linear mode: everything by numbered choices, a line an event."""

from __future__ import annotations

from collections.abc import Iterator

from minios.tui import catalogue, plain
from minios.tui.worker import InlinePlayer


def talk(card: catalogue.LabCard, *answers: str) -> list[str]:
    """Hold a conversation; returns all that was said."""
    said: list[str] = []
    waiting: Iterator[str] = iter(answers)

    def ask(prompt: str) -> str:
        answer = next(waiting, None)
        if answer is None:
            raise EOFError
        said.append(prompt + answer)
        return answer

    lab = plain.PlainLab(
        card, [InlinePlayer(it) for it in card.worlds], said.append, ask
    )
    lab.run()
    lab.close()
    return said


def test_the_whole_story_can_be_told_line_by_line() -> None:
    """Push, watch, why: both worlds, with the demonstration's words."""
    said = talk(
        catalogue.find("two-worlds"), "2", "10", "3", "1", "2", "150", "4", "5", "0"
    )
    text = "\n".join(said)

    assert "windows: STOP 0x50 PAGE_FAULT_IN_NONPAGED_AREA" in text
    assert "macos: sentinel.ext (process 4) dies alone" in text
    assert "historical accepts" in text
    assert "in ring 0: the machine stopped" in text
    assert "in ring 3: it died alone" in text
    assert "crashes 2" in text


def test_every_choice_answers_something() -> None:
    """One after the other, with the shortest answers; no escape codes anywhere."""
    said = talk(
        catalogue.find("macos"),
        *("1", "2", "20", "5", "6", "7", "echo spoken", "8", "1", "9", "10", "11"),
        *("12", "0", "5", "13", "1", "14", "4", "99", "x", "3", "/no/such/file"),
        *("17", "2", "20", "18", "4", "19", "20", "rsp", "21", "22", "1", "0"),
    )
    text = "\n".join(said)

    assert text.count("spoken") >= 3
    assert "registers" in text
    assert "basement" in text
    assert "It is 0.005" in text
    assert "before the reset button" not in text
    assert "Marked at 0.005" in text
    assert "You will hear: everything" in text
    assert "PML4[" in text
    assert "DPL 3" in text
    assert "rw-- " in text
    assert "kernel stacks in use" in text
    assert "Nothing has gone wrong yet" in text
    assert "cannot be read" in text
    assert "\x1b" not in text


def test_a_lab_is_chosen_by_its_number() -> None:
    """And 0 leaves."""
    said: list[str] = []

    assert plain.choose_lab(said.append, lambda _: "1") is catalogue.LABS[0]
    assert plain.choose_lab(said.append, lambda _: "0") is None
    assert len(said) > len(catalogue.LABS)


def test_the_end_of_the_input_ends_the_talk() -> None:
    """Also in the middle of a question."""
    assert talk(catalogue.find("macos"), "2")
