"""A parser that learns its arguments only when it is asked to parse.

A command line names all of its commands, but needs the code of one. With this parser
for the sub-commands, `--help` stays fast, and `minios dev build` works also while
something that another command imports is broken.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from minios.visible import visible

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


class LazyParser(argparse.ArgumentParser):
    """An ArgumentParser whose arguments stand in a module, not yet imported.

    The module offers `add_parsers(parser)`, which describes the arguments and names the
    function to call: `parser.set_defaults(run=function)`.
    """

    module = ""

    def error(self, message: str) -> NoReturn:
        """One line instead of the whole usage: what is wrong, and where to look."""
        self.exit(2, f"{self.prog}: {visible(message)} (see: {self.prog} --help)\n")

    def _print_message(
        self, message: str, file: SupportsWrite[str] | None = None
    ) -> None:
        """Write it. The original would hide that a help could not be written."""
        stream = file or sys.stderr
        if message and stream:
            stream.write(message)

    def parse_known_args(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        namespace: argparse.Namespace | None = None,
    ) -> tuple[argparse.Namespace, list[str]]:
        """Import the module, once, then parse."""
        module, self.module = self.module, ""
        if module:
            importlib.import_module(module).add_parsers(self)
        return super().parse_known_args(args, namespace)


def add_commands(
    parser: argparse.ArgumentParser,
    table: Sequence[tuple[str, str, str]],
    *,
    required: bool,
) -> None:
    """Give a parser its commands: rows of name, words of help, module."""
    commands = parser.add_subparsers(
        title="commands",
        metavar="COMMAND",
        required=required,
        parser_class=LazyParser,
    )
    for name, words, module in table:
        own = commands.add_parser(
            name,
            help=words,
            description=words,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        own.module = module
