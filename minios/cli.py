"""The command line: parse the arguments, run the command, report mistakes.

The module of a command is imported only when its command is used (`lazy_parser.py`). It
offers

    COMMAND = Command("demo", "Show one bad content file in two worlds.", place=20)
    def add_parsers(parser: argparse.ArgumentParser) -> None

The first is what the lists of commands say of it; `minios dev gen` collects them in
`commands/table.py`. The second describes the arguments of the command, and names the
function to call with `parser.set_defaults(run=function)`. That function takes the
parsed arguments and returns the exit code.

Exit codes:

    0    the command did its work
    1    a check failed
    2    the command is wrong, or an author made a mistake (MiniosError)
    130  Ctrl-C interrupted the command
    141  the program that read our output went away

A bug in minios itself ends in a traceback, on purpose.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import minios
from minios import interrupts
from minios.commands.table import COMMANDS
from minios.errors import MiniosError
from minios.lazy_parser import LazyParser, add_commands
from minios.visible import visible

EXIT_MISTAKE: Final = 2
EXIT_INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it
EXIT_BROKEN_PIPE: Final = 141  # 128 + SIGPIPE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code.

    Args:
        arguments: the words after `minios`. If they are None, this call is the whole
            program: the words come from `sys.argv`, and Ctrl-C ends the process at
            once. If they are given, Ctrl-C makes this function return 130.
    """
    if arguments is None:
        interrupts.end_at_once()
        _mend_streams()
    if sys.stdout is None:  # the shell closed it: `minios demo >&-`
        return _complain("standard output is closed")
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except MiniosError as error:
        return _complain(" ".join(str(error).splitlines()))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return EXIT_BROKEN_PIPE
    except OSError as error:
        if error.filename is not None:
            raise  # a file of ours, not a stream: that is a bug in minios
        _drop_output()
        return _complain(f"standard output: {error.strerror or error}")


def _mend_streams() -> None:
    """Make the standard streams safe to use.

    A closed input reads as an empty one. Input bytes that are not text are skipped.
    Characters that the terminal cannot show are printed as escapes. If standard error
    is closed, what is written there is thrown away: `input` needs a stream to flush.
    """
    nowhere = Path(os.devnull)
    if sys.stdin is None:
        sys.stdin = nowhere.open(encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = nowhere.open("w", encoding="utf-8")
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            is_input = stream is sys.stdin
            stream.reconfigure(errors="ignore" if is_input else "backslashreplace")


def _complain(what: str) -> int:
    """Print one line on standard error, if there is one, and return the exit code."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print("minios:", visible(what), file=sys.stderr, flush=True)
    return EXIT_MISTAKE


def _drop_output() -> None:
    """Throw away unwritten output: Python would try to write it again at its end."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: Sequence[str]) -> int:
    """Run the command, and flush what it printed, also after an error."""
    try:
        return _dispatch(arguments)
    finally:
        sys.stdout.flush()


def _dispatch(arguments: Sequence[str]) -> int:
    parser = LazyParser(
        prog="minios",
        description="A computer small enough to understand and real enough to crash.\n"
        "Without a command, minios opens its interface.",
        epilog="examples:\n"
        "  minios learn         take the next lesson\n"
        "  minios demo          watch the crash of July 2024 in two worlds\n"
        "  minios lab           do the experiment yourself\n"
        "  minios demo --help   read what a command does",
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
    """Handle `minios` without a command.

    With ACCESSIBLE=1 in the environment, open the plain mode. Otherwise open the
    interface if there is a terminal, and print the help if there is none.
    """
    from minios.commands import lab  # noqa: PLC0415 - slow; other commands skip it

    if lab.is_plain_wanted():
        return lab.open_plain()
    if lab.is_possible():
        return lab.open_interface()
    parser.print_help()
    return 0
