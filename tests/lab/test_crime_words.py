"""Every crime is told: what it does, how it ended in each place, and why so."""

from __future__ import annotations

import re

import pytest

from minios.abi import stop_codes
from minios.lab import crime_words
from minios.lab.crime_ends import PLACES, End, Ending, end_of
from minios.lab.crimes import CRIMES, GROUPS, Crime, Scene

BY_KEY = {crime.key: crime for crime in CRIMES}
CELLS = [(crime, scene) for crime in CRIMES for scene in crime.scenes]
SENTENCE = re.compile(r"(?<=[.!?]) ")
STOP = re.compile(r"STOP (0x[0-9a-f]+)")


def ends(crime: Crime) -> list[End]:
    """All ends that the table expects."""
    return [end_of(crime.expected(scene), scene) for scene in crime.scenes]


def are_sentences(text: str) -> bool:
    """Whether it is one whole sentence after another, with nothing left to fill in."""
    return all(
        it[0].isupper() and it.endswith((".", "!")) and not set(it) & set("{}\n")
        for it in SENTENCE.split(text)
    )


@pytest.mark.parametrize("crime", CRIMES, ids=lambda it: it.key)
def test_a_crime_is_told_in_sentences(crime: Crime) -> None:
    """What it does and which rule it breaks; how it ends; why."""
    about, why = crime_words.about(crime), crime_words.why(crime, ends(crime))

    assert crime.words in about
    assert len(SENTENCE.split(about)) >= 2
    for text in (about, why, *(end.words for end in ends(crime))):
        assert are_sentences(text), text


@pytest.mark.parametrize("crime", CRIMES, ids=lambda it: it.key)
def test_every_end_of_the_table_and_every_pair_has_words_of_its_own(
    crime: Crime,
) -> None:
    """No end is called nameless, and no pair is passed over."""
    why = crime_words.why(crime, ends(crime))

    assert Ending.OTHER not in {end.kind for end in ends(crime)}
    assert why not in {crime_words._ANY_PAIR, crime_words._ANY_ALONE}


def test_a_stop_is_told_with_its_code_and_its_name() -> None:
    """Those of the contract: of each cell that has a stop code."""
    for crime, scene in CELLS:
        found = STOP.match(crime.expected(scene))
        if found:
            stop = stop_codes.BY_CODE[int(found[1], 16)]
            words = end_of(crime.expected(scene), scene).words
            assert f"0x{stop.code:X}, {stop.name}" in words, crime.key


@pytest.mark.parametrize(
    ("measured", "scene", "words"),
    [
        (
            "#PF 0x4 at 0x0",
            Scene.PROGRAM,
            (
                "The CPU raises #PF (page fault), because of a read by ring 3 of a "
                "page that is not present, at the address 0x0. The kernel ends the "
                "process, and everything else goes on."
            ),
        ),
        (
            "STOP 0xd1 0x0 0xd 0x0 rip",
            Scene.DRIVER,
            (
                "The machine stops with 0xD1, DRIVER_IRQL_NOT_LESS_OR_EQUAL. A "
                "driver read the address 0x0 at IRQL 13 (clock), an interrupt "
                "request level at which no page fault may happen."
            ),
        ),
        (
            "STOP 0x50 image 0x0 rip 0xf",
            Scene.DRIVER,
            (
                "The machine stops with 0x50, PAGE_FAULT_IN_NONPAGED_AREA. Code in "
                "ring 0 read what lies in the code or data of a process: ring 0 "
                "touched a user page (SMAP)."
            ),
        ),
        (
            "STOP 0xbe villain P 0x0 0x0",
            Scene.DRIVER,
            (
                "The machine stops with 0xBE, ATTEMPTED_WRITE_TO_READONLY_MEMORY. "
                "Code in ring 0 wrote to a read-only page, in the driver's own code "
                "or data."
            ),
        ),
        (
            "refused",
            Scene.EXTENSION,
            (
                "It is refused: the extension gets an error for an answer, and "
                "everything goes on."
            ),
        ),
    ],
)
def test_an_end_is_read_from_what_was_measured(
    measured: str, scene: Scene, words: str
) -> None:
    """The parameters are part of the sentence, in words."""
    assert end_of(measured, scene).words == words


@pytest.mark.parametrize(
    "measured",
    [
        "",
        "STOP",
        "STOP x",
        "STOP 0x1",
        "STOP 0x50",
        "#PF",
        "#PF x at",
        "#XX",
        "\x1b[2J",
    ],
)
def test_any_line_is_an_end(measured: str) -> None:
    """It comes from a machine that may do anything."""
    for scene in Scene:
        found = end_of(measured, scene)
        assert found.words.isprintable()
        assert found.short.isprintable()
        assert found.scene is scene


def test_the_words_for_a_crime_count_only_for_its_expected_ends() -> None:
    """Otherwise the general words for such a pair of ends are said."""
    crime = BY_KEY["failfast"]
    other = [end_of("nothing", Scene.DRIVER), end_of("nothing", Scene.EXTENSION)]

    assert "check" in crime_words.why(crime, ends(crime))
    assert crime_words.why(crime, other, as_expected=False).startswith(
        "The ends do not differ"
    )


def test_all_rows_stand_under_a_heading_and_all_places_have_words() -> None:
    """A reader finds each crime once."""
    assert [it.key for _, crimes in GROUPS for it in crimes] == list(BY_KEY)
    assert set(PLACES) == set(Scene)
