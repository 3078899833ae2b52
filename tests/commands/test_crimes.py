"""`minios crimes`: a table that can be read, and the whole story of one crime."""

from __future__ import annotations

import json

import pytest

from minios import cli
from minios.commands import crimes
from minios.lab.bpf_crimes import BPF_CRIMES, DEFECTS, BpfTrial
from minios.lab.crimes import CRIMES
from minios.lab.gallery import Trial

WIDTH = 80
KEYS = {"crime", "words", "where", "ring", "expected", "measured", "ok"}


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command prints."""
    assert cli.main(["crimes", *words]) == 0
    return capsys.readouterr().out


def test_a_row_has_room_on_a_usual_terminal() -> None:
    """Each crime as it must end: what it does, and both rings."""
    for crime in CRIMES:
        trials = [Trial(crime, it, crime.expected(it)) for it in crime.scenes]
        (row,) = crimes._rows(trials)
        assert row.startswith(f"{crime.name} ")
        assert crime.words in row
        assert len(row) <= WIDTH, row


def test_the_story_of_one_crime_compares_the_ends(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With what each place makes of it."""
    story = said(capsys, "null")

    assert "The machine stops with 0x7E" in story
    assert "As a driver in ring 0" in story
    assert "As an extension in ring 3, and as a program in ring 3" in story
    assert "The CPU raises #PF (page fault)" in story
    assert "Why it ends so" in story
    assert max(map(len, story.splitlines())) <= WIDTH


def test_a_crime_is_named_alone_or_by_an_option(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`--only` is how it was done before."""
    assert said(capsys, "--only", "hlt") == said(capsys, "hlt")


def test_json_has_the_sentences_beside_its_keys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One object for each place."""
    found = [json.loads(it) for it in said(capsys, "hlt", "--json").splitlines()]

    assert [it["where"] for it in found] == ["driver", "extension", "program"]
    for it in found:
        assert set(it) == KEYS | {"about", "end", "why"}
    assert found[0]["end"].startswith("Nothing happens.")


def test_an_unexpected_end_is_told_with_the_expected_one() -> None:
    """In the table and in the story."""
    crime = CRIMES[0]
    trials = [Trial(crime, crime.scenes[0], "nothing")]

    for lines in (crimes._rows(trials), crimes._story(trials)):
        text = " ".join(" ".join(lines).split())
        assert (
            f"NOT AS EXPECTED in a driver in ring 0: nothing, and not {crime.driver}"
            in (text)
        )


@pytest.mark.parametrize(
    ("arguments", "where"), [(["xyz"], "NAME"), (["--only", "xyz"], "--only")]
)
def test_a_crime_that_is_not_there_is_told_where_it_was_typed(
    arguments: list[str], where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As an argument, or after the option."""
    assert cli.main(["crimes", *arguments]) == 2

    told = capsys.readouterr().err
    assert told.startswith(f"minios: {where}: there is no crime 'xyz'")


def test_the_table_of_programs_has_room_on_a_usual_terminal() -> None:
    """With its heading: a column for each defect of the kernel."""
    rows = [crimes._PROGRAM_ROW.format("", "", *DEFECTS)]
    for crime in BPF_CRIMES:
        trials = [BpfTrial(crime, it, crime.expected(it), "") for it in DEFECTS]
        rows += crimes._program_rows(trials)

    assert max(map(len, rows)) <= WIDTH
    assert not [it for it in rows if "NOT AS EXPECTED" in it]
