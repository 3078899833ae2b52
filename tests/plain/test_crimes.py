"""Crimes in plain mode: chosen by number, name or words; committed; told."""

from __future__ import annotations

from minios.session import catalogue
from tests.plain.talking import TWO, talk

CRIMES = catalogue.find("crimes")
COMMIT = ">commit a crime"
HOW = ">how the crime"
A_WHILE = (">go on for", "100 ms")


def test_a_crime_is_committed_and_its_ends_are_told() -> None:
    """Found by its words, then taken by its number."""
    talker = talk(CRIMES, *A_WHILE, COMMIT, "null callback", "1", *A_WHILE, HOW)

    assert "1. dpcnull: reads through a null pointer in a callback" in talker.lines
    assert "The command is typed in windows and macos." in talker.text
    said = "\n".join(talker.after("how the crime"))
    assert "In windows, as a driver in ring 0:" in talker.text
    assert "0xD1, DRIVER_IRQL_NOT_LESS_OR_EQUAL" in talker.text
    assert "In macos, as an extension in ring 3:" in talker.text
    assert "Who caused it decides the rest." in talker.text
    assert said


def test_a_machine_that_still_starts_cannot_commit_one() -> None:
    """The talk begins at power on."""
    talker = talk(CRIMES, COMMIT, "null")

    assert "windows cannot commit it now: it has not finished starting." in talker.text


def test_what_is_not_there_is_asked_for_again() -> None:
    """A number that is too large, a word that no crime has; nothing has ended yet."""
    talker = talk(CRIMES, COMMIT, "999", "xyzzy", "0", HOW)

    assert "Please type a number from 1 to" in talker.text
    assert "No crime has the words xyzzy." in talker.text
    assert "No crime has ended yet." in talker.text


def test_other_labs_offer_no_crimes() -> None:
    """Their machines have no plugin for it."""
    assert "crime" not in talk(TWO, "?").text
