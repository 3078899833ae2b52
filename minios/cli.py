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
import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import minios
from minios import interrupts
from minios.errors import MiniosError
from minios.lazy_parser import LazyParser, add_commands
from minios.visible import visible

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
        "limits",
        "where this machine differs from a real CPU, and why",
        "minios.commands.limits",
    ),
    (
        "glossary",
        "what the words mean: ring, page fault, IRQL, ...",
        "minios.commands.glossary",
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
    """Run the command line; returns the exit code.

    Without arguments it is the program: it takes those of the process, and Ctrl-C ends
    the process at once. With arguments it is a function, from which KeyboardInterrupt
    comes out as 130.
    """
    if arguments is None:
        interrupts.end_at_once()
        _mend_streams()
    if sys.stdout is None:  # as after `minios demo >&-`
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
            raise  # no stream, but a file that we should have looked after
        _drop_output()
        return _complain(f"standard output: {error.strerror or error}")


def _mend_streams() -> None:
    """Closed input has an end, noise in it is no text, and all can be printed.

    Where errors cannot be told they go nowhere: `input` wants to flush them.
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
    """One line on standard error, if there is one."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print("minios:", visible(what), file=sys.stderr, flush=True)
    return EXIT_MISTAKE


def _drop_output() -> None:
    """Let what has not been written go nowhere: Python would try again as it ends."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: Sequence[str]) -> int:
    """Do what they say; what was printed is out when it returns."""
    try:
        return _dispatch(arguments)
    finally:
        sys.stdout.flush()


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
