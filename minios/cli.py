"""The command line: parse, dispatch, and say what went wrong.

A command is one row of `COMMANDS`: its name, its help, and the module that knows the
rest. That module is imported only when its command is asked for (`lazy_parser.py`). It
offers

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
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

import minios
from minios.errors import MiniosError
from minios.lazy_parser import LazyParser, add_commands

EXIT_MISTAKE: Final = 2
EXIT_INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it
EXIT_BROKEN_PIPE: Final = 141  # 128 + SIGPIPE


COMMANDS: Final = (
    (
        "demo",
        "one bad content file, in ring 0 and in ring 3",
        "minios.commands.demo",
    ),
    (
        "inspect",
        "read what a crash left: a dump, or the one on a disk",
        "minios.commands.inspect",
    ),
    (
        "recover",
        "a machine in the crash loop, and the ways out of it",
        "minios.commands.recover",
    ),
    (
        "crimes",
        "every way to misbehave, in ring 0 and in ring 3",
        "minios.commands.crimes",
    ),
    (
        "content",
        "compile, inspect, validate and mutate channel files",
        "minios.content.commands",
    ),
    (
        "lab",
        "open the interface: two machines side by side",
        "minios.tui.commands",
    ),
    ("dev", "check and build minios itself", "minios.dev.commands"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
    except MiniosError as error:
        print("minios:", " ".join(str(error).splitlines()), file=sys.stderr)
        return EXIT_MISTAKE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Python flushes once more on its way out; let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    return code


def _dispatch(arguments: Sequence[str]) -> int:
    parser = LazyParser(
        prog="minios",
        description="A computer small enough to understand and real enough to crash.",
        epilog="example: minios content --help",
    )
    version = f"minios {minios.__version__}"
    parser.add_argument("--version", action="version", version=version)
    add_commands(parser, COMMANDS, required=False)
    parsed = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] | None = getattr(parsed, "run", None)
    if run is None:
        return _open_or_help(parser)
    return run(parsed)


def _open_or_help(parser: argparse.ArgumentParser) -> int:
    """`minios` alone: the interface on a terminal, the help anywhere else.

    In plain words, wherever it is, for whoever has set ACCESSIBLE=1.
    """
    from minios.tui import commands  # noqa: PLC0415 - commands pay for nothing else

    if commands.is_plain_wanted():
        return commands.open_plain()
    if commands.is_possible():
        return commands.open_interface()
    parser.print_help()
    return 0
