"""`minios glossary`: all words, one word, and for scripts."""

from __future__ import annotations

import json

import pytest

from minios import cli, glossary


def test_the_list_has_a_line_for_every_term(capsys: pytest.CaptureFixture[str]) -> None:
    """With its spellings and the sentence that says what it is."""
    assert cli.main(["glossary"]) == 0

    lines = capsys.readouterr().out.splitlines()
    for line, term in zip(lines, glossary.terms().values(), strict=False):
        assert line == f"{term.title}: {term.sentence}"
    assert lines[-1].startswith(f"{len(lines) - 1} terms")


@pytest.mark.parametrize(
    "words", [["page", "fault"], ["page fault"], ["#PF"], ["pf"], ["PAGE", "FAULTS"]]
)
def test_one_term_is_explained(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """By any spelling, without quotes, and no line is wider than a terminal."""
    assert cli.main(["glossary", *words]) == 0

    out = capsys.readouterr().out
    term = glossary.terms()["page fault"]
    said = " ".join(out.split())
    assert term.sentence in said
    assert term.more in said
    assert "See also: page table, CR2, " in said
    assert max(map(len, out.splitlines())) < 80


def test_json_gives_all_of_a_term(capsys: pytest.CaptureFixture[str]) -> None:
    """One object a line; of one term a single line."""
    assert cli.main(["glossary", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["name"] for row in rows] == list(glossary.terms())

    assert cli.main(["glossary", "IRQL", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) in rows


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["page", "falt"], "Did you mean page fault"),
        (["xyzzy"], "`minios glossary` lists all terms"),
        (["\x1b[2J"], "`minios glossary` lists all terms"),
    ],
)
def test_an_unknown_word_is_one_line(
    words: list[str], advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and what to do next."""
    assert cli.main(["glossary", *words]) == 2

    said = capsys.readouterr()
    assert said.err.startswith("minios: ")
    assert advice in said.err
    assert "\x1b" not in said.err
    assert (said.err.count("\n"), said.out) == (1, "")
