"""`minios dev`: the table of the project's own commands.

A command is one line of `COMMANDS`. Its module offers `add_arguments(parser)` and
`run(arguments) -> exit code`, and is imported only when the command is asked for.
"""

from __future__ import annotations

import argparse
import importlib
from typing import Final

COMMANDS: Final = (
    ("check", "everything that must hold before a change goes in", "minios.dev.check"),
    ("gen", "write the generated files (--check: are they fresh?)", "minios.dev.gen"),
    ("build", "build kernel, programs and plugins from C", "minios.dev.build"),
)


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Add the table to the `dev` parser."""
    parser.epilog = "example: minios dev check --quick"
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, words, path in COMMANDS:
        module = importlib.import_module(path)
        own = commands.add_parser(name, help=words, description=words)
        module.add_arguments(own)
        own.set_defaults(run=module.run)
