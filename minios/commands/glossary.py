"""`minios glossary`: explain the words that minios uses."""

from __future__ import annotations

import argparse
import json
import textwrap
from typing import Final

from minios import glossary
from minios.glossary import Term
from minios.lazy_parser import Command

COMMAND: Final = Command(
    "glossary",
    "Explain a word, such as ring, page fault or IRQL.",
    place=90,
    uses=(
        (
            "look up a word",
            "`glossary IRQL`; without a word: all of them",
        ),
    ),
)

_WIDTH: Final = 79
_DESCRIPTION: Final = """\
Explain a word that minios uses, such as ring, page fault or IRQL.
Without a word the command lists all terms, with a sentence each. With a word it says
more: what the word means, how you meet it in minios, and where to see it.
Use this command when you meet a word that you do not know."""
_EXAMPLES: Final = """\
examples:
  minios glossary              list all terms
  minios glossary IRQL         explain one term
  minios glossary page fault   explain a term of several words
  minios glossary --json       print JSON, for a program to read"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="the term to explain, in any spelling (capitals do not matter)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on each line"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explain one term, or list them all."""
    words = " ".join(arguments.words)
    found = [glossary.find(words)] if words else list(glossary.terms().values())
    if arguments.json:
        for term in found:
            print(_json(term))
    elif words:
        for paragraph in glossary.explanation(found[0]):
            print(textwrap.fill(paragraph, _WIDTH, break_on_hyphens=False))
    else:
        for term in found:
            print(f"{term.title}: {term.sentence}")
        print(f"{len(found)} terms; `minios glossary WORD` says more of one")
    return 0


def _json(term: Term) -> str:
    return json.dumps(
        {
            "name": term.name,
            "spellings": term.spellings,
            "sentence": term.sentence,
            "more": term.more,
            "see_also": term.see_also,
        }
    )
