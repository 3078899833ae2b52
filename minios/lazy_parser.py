"""A parser that learns its arguments only when it is asked to parse.

A command line names all of its commands, but needs the code of one. With this parser
for the sub-commands, `--help` stays fast, and `minios dev build` works also while
something that another command imports is broken.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from typing import NoReturn


class LazyParser(argparse.ArgumentParser):
    """An ArgumentParser whose arguments stand in a module, not yet imported.

    The module offers `add_parsers(parser)`, which describes the arguments and names the
    function to call: `parser.set_defaults(run=function)`.
    """

    module = ""

    def error(self, message: str) -> NoReturn:
        """One line instead of the whole usage: what is wrong, and where to look."""
        self.exit(2, f"{self.prog}: {message} (see: {self.prog} --help)\n")

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
