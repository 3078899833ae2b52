"""`minios dev`: the commands for people who work on minios itself.

Each is a module with `COMMAND` and `add_parsers` (`minios/cli.py` says more), and is
imported only when the command is used.
"""

from __future__ import annotations

import argparse
from typing import Final

from minios.dev.table import COMMANDS
from minios.lazy_parser import Command, add_commands

COMMAND: Final = Command(
    "dev",
    "Build, check and measure minios itself.",
    place=140,
)

_EXAMPLES: Final = """\
examples:
  minios dev build           build the guest after a change of its C code
  minios dev check --quick   run all checks except the tests"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Add the table to the `dev` parser."""
    parser.epilog = _EXAMPLES
    add_commands(parser, COMMANDS, required=True)
