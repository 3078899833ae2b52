"""`minios lab [NAME]`: the interface; `minios` alone opens its start screen.

minios lab                      choose a lab
minios lab two-worlds           open one
minios lab --list               the names
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from minios.tui import catalogue

_write: Callable[[str], int] = sys.stdout.write


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """The arguments of `minios lab`."""
    parser.epilog = __doc__.partition("\n\n")[2] if __doc__ else None
    parser.add_argument("name", nargs="?", metavar="NAME", help="which lab to open")
    parser.add_argument("--list", action="store_true", help="name the labs and stop")
    parser.add_argument(
        "--theme", default="minios", help="minios, minios-safe, minios-light, ..."
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the interface; 0 when it is left."""
    if arguments.list:
        for lab in catalogue.LABS:
            sys.stdout.write(f"{lab.name:12} {lab.title}: {lab.will_see}\n")
        return 0
    card = catalogue.find(arguments.name) if arguments.name else None
    return open_interface(card, theme=arguments.theme)


def is_possible() -> bool:
    """Whether there is a terminal to draw on."""
    usable = os.environ.get("TERM", "") not in {"", "dumb"}
    # Textual reads from standard input and draws on standard error.
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return usable and all(stream.isatty() for stream in streams)


def open_interface(
    card: catalogue.LabCard | None = None, *, theme: str = "minios"
) -> int:
    """Run the application until it is left."""
    from minios.tui.app import MiniosApp  # noqa: PLC0415 - 0.2 s that --list need not pay

    app = MiniosApp(card, theme=theme)
    app.run()
    return app.return_code or 0
