"""A parser that imports the module of its command only when it has to parse.

The help names all commands, but a command needs only its own code. So `--help` is fast,
and `minios dev build` still works while the code of another command is broken.

What is to be known of a command stands in its module, as `COMMAND`. The tables that the
help is made from are generated from there (`minios dev gen`).
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from minios.visible import visible

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


@dataclass(frozen=True, slots=True)
class Command:
    """What a module says of its command, in a constant `COMMAND`.

    Args:
        name: what is typed after `minios`: "demo", "dev bench".
        sentence: what it does, for the help.
        place: where it stands in the list of the help, by size.
        uses: for README.md: when one wants it, and what one types, both in Markdown.
        interrupted: what is typed after `minios` so that it runs for longer than a
            moment. `minios dev interrupts` tests that Ctrl-C ends it. "" if it never
            does. Paths begin at the folder of the sources.
    """

    name: str
    sentence: str
    place: int
    uses: tuple[tuple[str, str], ...] = ()
    interrupted: str = ""


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A command of a command that its own module describes: `minios plugin new`.

    Args:
        name: what is typed.
        sentence: what it does, for the help of the command above it.
        more: what its own help says besides, in sentences.
        example: what is typed after its name in the example.
        describe: adds its arguments, and names the function to call.
    """

    name: str
    sentence: str
    more: str
    example: str
    describe: Callable[[argparse.ArgumentParser], None]


class LazyParser(argparse.ArgumentParser):
    """An ArgumentParser whose arguments are described in a module.

    The module is imported at the first parse. It offers `add_parsers(parser)`, which
    describes the arguments and names the function to call:
    `parser.set_defaults(run=function)`.
    """

    module = ""

    def error(self, message: str) -> NoReturn:
        """Print one line, not the whole usage: what is wrong, and which help to read.

        Then end the process with exit code 2.
        """
        self.exit(2, f"{self.prog}: {visible(message)} (see: {self.prog} --help)\n")

    def _print_message(
        self, message: str, file: SupportsWrite[str] | None = None
    ) -> None:
        """Write the message. The original would hide that writing has failed."""
        stream = file or sys.stderr
        if message and stream:
            stream.write(message)

    def parse_known_args(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        namespace: argparse.Namespace | None = None,
    ) -> tuple[argparse.Namespace, list[str]]:
        """Import the module if that has not been done yet, then parse."""
        module, self.module = self.module, ""
        if module:
            importlib.import_module(module).add_parsers(self)
        return self._complete(super().parse_known_args(args, namespace))

    def _complete(
        self, found: tuple[argparse.Namespace, list[str]]
    ) -> tuple[argparse.Namespace, list[str]]:
        """What was parsed. Whoever could not use a word names its own help.

        The original leaves this to the outermost parser, whose help does not tell.
        """
        if found[1]:
            self.error(f"unrecognized arguments: {' '.join(found[1])}")
        return found


class IntermixedParser(LazyParser):
    """Takes an option between two positional arguments: `new NAME --kind driver DIR`.

    A parser that has commands cannot do that.
    """

    _is_outermost = True

    def parse_known_args(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        namespace: argparse.Namespace | None = None,
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse. What is called here may call this method again."""
        if self._is_outermost:
            self._is_outermost = False
            return self._complete(super().parse_known_intermixed_args(args, namespace))
        return argparse.ArgumentParser.parse_known_args(self, args, namespace)


def add_subcommands(
    parser: argparse.ArgumentParser, table: Sequence[Subcommand]
) -> list[argparse.ArgumentParser]:
    """Give a parser its subcommands, of which one must be named. Returns theirs."""
    commands = parser.add_subparsers(
        title="commands",
        metavar="COMMAND",
        required=True,
        parser_class=IntermixedParser,
    )
    made: list[argparse.ArgumentParser] = []
    for row in table:
        own = commands.add_parser(
            row.name,
            help=row.sentence,
            description=f"{row.sentence}\n{row.more}",
            epilog=f"example:\n  {parser.prog} {row.name} {row.example}".rstrip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        row.describe(own)
        made.append(own)
    return made


def add_commands(
    parser: argparse.ArgumentParser,
    table: Sequence[tuple[str, str, str]],
    *,
    required: bool,
) -> None:
    """Give a parser its commands.

    Args:
        parser: the parser that gets the commands.
        table: one row for each command: its name, one sentence of help, its module.
        required: whether it is an error to name no command.
    """
    commands = parser.add_subparsers(
        title="commands",
        metavar="COMMAND",
        required=required,
        parser_class=LazyParser,
    )
    for name, sentence, module in table:
        own = commands.add_parser(
            name,
            help=sentence,
            description=sentence,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        own.module = module
