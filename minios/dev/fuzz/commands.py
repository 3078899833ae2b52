"""`minios dev fuzz`: the table of what can be fuzzed."""

from __future__ import annotations

import argparse
from typing import Final

from minios.lazy_parser import add_commands

COMMANDS: Final = (
    ("syscalls", "make hostile system calls in ring 3", "minios.dev.fuzz.syscalls"),
    ("cpu", "run random instructions in ring 3 and in ring 0", "minios.dev.fuzz.cpu"),
)


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Add the table to the `fuzz` parser."""
    parser.epilog = "example: minios dev fuzz cpu --seed 1 --count 100000"
    add_commands(parser, COMMANDS, required=True)
