"""The command line: parse, dispatch, and say what went wrong.

A command is one line of `COMMANDS`: its name, its help, and the module that knows the
rest. That module is imported only when its command is asked for, so `minios --help`
costs no more than argparse does. It offers

    def add_parsers(parser: argparse.ArgumentParser) -> None

which describes its arguments and names the function to call, with
`parser.set_defaults(run=function)`; that function takes the parsed arguments and
returns the exit code.

Exit codes: 0 done, 1 a check failed, 2 a wrong command or an author's mistake
(MiniosError), 130 interrupted, 141 the reader of our output went away. A bug of our own
is a traceback, on purpose.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import minios
from minios.errors import MiniosError

EXIT_MISTAKE: Final = 2
EXIT_INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it
EXIT_BROKEN_PIPE: Final = 141  # 128 + SIGPIPE


@dataclass(frozen=True, slots=True)
class Command:
    """A line of the command table."""

    name: str
    words: str
    module: str


COMMANDS: Final = (
    Command(
        "demo",
        "one bad content file, in ring 0 and in ring 3",
        "minios.commands.demo",
    ),
    Command(
        "content",
        "compile, inspect, validate and mutate channel files",
        "minios.content.commands",
    ),
    Command("dev", "check and build minios itself", "minios.dev.commands"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
    except MiniosError as error:
        print(f"minios: {error}", file=sys.stderr)
        return EXIT_MISTAKE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Python flushes once more on its way out; let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    return code


def _dispatch(arguments: Sequence[str]) -> int:
    parser = _parser(chosen=arguments[0] if arguments else "")
    parsed = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] | None = getattr(parsed, "run", None)
    if run is None:
        parser.print_help()
        return 0
    return run(parsed)


def _parser(chosen: str) -> argparse.ArgumentParser:
    """The parser, complete for the chosen command; the others are only names."""
    parser = argparse.ArgumentParser(
        prog="minios",
        description="A computer small enough to understand and real enough to crash.",
        epilog="example: minios content --help",
    )
    version = f"minios {minios.__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        own = commands.add_parser(
            command.name,
            help=command.words,
            description=command.words,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if command.name == chosen:
            importlib.import_module(command.module).add_parsers(own)
    return parser
