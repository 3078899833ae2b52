"""`minios dev`: the commands for people who work on minios itself.

A command is one row of `COMMANDS`: its name, one sentence of help, and its module. The
module is imported only when the command is used, and offers `add_parsers`
(`minios/lazy_parser.py`).
"""

from __future__ import annotations

import argparse
from typing import Final

from minios.lazy_parser import add_commands

COMMANDS: Final = (
    ("check", "Run every check that a change must pass.", "minios.dev.check"),
    ("gen", "Write the generated files.", "minios.dev.gen"),
    ("build", "Build the kernel, programs and plugins.", "minios.dev.build"),
    (
        "layers",
        "Check that the kernel's files include downwards only.",
        "minios.dev.layers",
    ),
    ("picture", "Draw the pictures in README.md from real runs.", "minios.dev.picture"),
    ("bench", "Measure how fast minios is.", "minios.dev.bench"),
    ("powercuts", "Test that the disk survives power cuts.", "minios.dev.powercuts"),
    ("interrupts", "Test that Ctrl-C ends every command.", "minios.dev.interrupts"),
    ("fuzz", "Test minios with random input.", "minios.dev.fuzz.commands"),
    ("oracle", "Compare our machine with QEMU.", "minios.dev.oracle"),
    ("mutate", "Test the tests: change the code at random.", "minios.dev.mutate"),
)
_EXAMPLES: Final = """\
examples:
  minios dev build           build the guest after a change of its C code
  minios dev check --quick   run all checks except the tests"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Add the table to the `dev` parser."""
    parser.epilog = _EXAMPLES
    add_commands(parser, COMMANDS, required=True)
