"""`minios glossary`: what the words mean.

minios glossary                    all terms, with a sentence each
minios glossary IRQL               one of them, explained
minios glossary page fault         one of several words; capitals do not matter
minios glossary --json             one JSON object a line
"""

from __future__ import annotations

import argparse
import json
import textwrap
from typing import Final

from minios import glossary
from minios.glossary import Term

_WIDTH: Final = 79


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = (
        "What the words mean that minios uses: ring, page fault, IRQL and others.\n"
        "Without a word it lists all of them with a sentence each; with one it says\n"
        "more: how you meet it in minios, and where to see it."
    )
    parser.epilog = "example: minios glossary page fault"
    parser.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="the term to explain: any spelling, capitals do not matter",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
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
