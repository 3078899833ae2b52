"""`minios dev fuzz`: the tests with random input, one row for each."""

from __future__ import annotations

import argparse
from typing import Final

from minios.lazy_parser import Command, add_commands

COMMAND: Final = Command(
    "dev fuzz",
    "Test minios with random input.",
    place=90,
    uses=(
        (
            "search for bugs in minios",
            (
                "`dev fuzz cpu`, `dev fuzz syscalls`, `dev fuzz content`, `dev "
                "fuzz plugins`, `dev fuzz bpf`, `dev powercuts`, `dev "
                "interrupts`, `dev mutate`"
            ),
        ),
    ),
    interrupted="dev fuzz content --count 40 --jobs 2",
)

COMMANDS: Final = (
    ("syscalls", "Make hostile system calls in ring 3.", "minios.dev.fuzz.syscalls"),
    ("cpu", "Run random instructions in ring 3 and in ring 0.", "minios.dev.fuzz.cpu"),
    ("content", "Push changed content files in both rings.", "minios.dev.fuzz.content"),
    ("plugins", "Load changed plugin images in both rings.", "minios.dev.fuzz.plugins"),
    ("bpf", "Let the verifier judge random eBPF programs.", "minios.dev.fuzz.bpf"),
)
_DESCRIPTION: Final = """\
Test minios with random input.
Use these commands to find input that breaks the kernel or the emulator."""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Add the table to the `fuzz` parser."""
    parser.description = _DESCRIPTION
    parser.epilog = (
        "examples:\n  minios dev fuzz cpu --seed 1 --count 100000\n"
        "  minios dev fuzz content --count 500"
    )
    add_commands(parser, COMMANDS, required=True)
