"""`minios dev`: the table of the project's own commands.

A command is one row of `COMMANDS`. Its module is imported only when the command is
asked for, and offers `add_parsers` as all of them do (`minios/lazy_parser.py`).
"""

from __future__ import annotations

import argparse
from typing import Final

from minios.lazy_parser import add_commands

COMMANDS: Final = (
    ("check", "everything that must hold before a change goes in", "minios.dev.check"),
    ("gen", "write the generated files (--check: are they fresh?)", "minios.dev.gen"),
    ("build", "build kernel, programs and plugins from C", "minios.dev.build"),
    ("picture", "draw the pictures of the README from real runs", "minios.dev.picture"),
    ("bench", "measure how fast it is", "minios.dev.bench"),
    ("powercuts", "does the disk survive power cuts?", "minios.dev.powercuts"),
    ("interrupts", "does Ctrl-C end every command?", "minios.dev.interrupts"),
    ("fuzz", "does anything random break it?", "minios.dev.fuzz.commands"),
    ("oracle", "does QEMU agree with our machine?", "minios.dev.oracle"),
    ("mutate", "would a test notice if the code were wrong?", "minios.dev.mutate"),
)


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Add the table to the `dev` parser."""
    parser.epilog = "example: minios dev check --quick"
    add_commands(parser, COMMANDS, required=True)
