"""`minios limits`: where this machine differs from a real CPU, and why."""

from __future__ import annotations

import argparse
import json
import textwrap
from dataclasses import asdict
from typing import Final

from minios.arguments import require_known
from minios.lazy_parser import Command
from minios.machine.limits import LIMITS, Limit

COMMAND: Final = Command(
    "limits",
    "List where this machine differs from a real CPU, and why.",
    place=80,
    uses=(
        (
            "know where our CPU differs from a real one",
            "`limits`",
        ),
    ),
)

_WIDTH: Final = 79
_INDENT: Final = 12
_DESCRIPTION: Final = """\
List where this machine differs from Intel's manual, and why.
minios runs its programs on Unicorn, an emulator. In some places Unicorn does not do
what the manual says, and gives minios no way to correct that. Each entry has an
example, what the manual says, what happens here, why, and where the makers of
Unicorn discuss it, if they do.
Use this command before you take something that you see here for a rule of the CPU."""
_EXAMPLES: Final = """\
examples:
  minios limits              the whole list
  minios limits --only lock  one entry
  minios limits --json       print JSON, for a program to read"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help="print only this entry (may be given several times)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on each line"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the list. Returns 0."""
    chosen = _chosen(arguments.only)
    for limit in chosen:
        print(json.dumps(asdict(limit)) if arguments.json else _text(limit))
    if not arguments.json:
        print(f"{len(chosen)} of {len(LIMITS)} limits")
    return 0


def _chosen(names: list[str] | None) -> tuple[Limit, ...]:
    if names is None:
        return LIMITS
    known = sorted(limit.name for limit in LIMITS)
    require_known(names, known, "limit", "--only")
    return tuple(limit for limit in LIMITS if limit.name in names)


def _text(limit: Limit) -> str:
    example = f"{limit.code}  (in ring {limit.ring})"
    lines = [
        f"{limit.name}: {limit.title}",
        *_field("example", example),
        *_field("manual", f"{limit.manual} (Intel SDM {limit.section})"),
        *_field("here", limit.here),
        *_field("why", limit.why),
        *_field("upstream", limit.upstream),
    ]
    return "\n".join(lines) + "\n"


def _field(name: str, words: str) -> list[str]:
    return textwrap.wrap(
        words,
        _WIDTH,
        initial_indent=f"  {name:{_INDENT - 2}}",
        subsequent_indent=" " * _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
