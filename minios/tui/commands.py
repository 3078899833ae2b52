"""`minios lab [NAME]`: the interface; `minios` alone opens its start screen.

minios lab                      choose a lab
minios lab two-worlds           open one
minios lab --list               the names
minios lab two-worlds --plain   for screen readers: numbered choices, a line an event
minios lab --record FILE        keep what you do
minios lab --replay FILE        do it again
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Final

from minios.errors import ScenarioError
from minios.tui import catalogue

_HUNG_UP: Final = 129  # 128 + SIGHUP, as shells have it


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """The arguments of `minios lab`."""
    parser.epilog = __doc__.partition("\n\n")[2] if __doc__ else None
    parser.add_argument("name", nargs="?", metavar="NAME", help="which lab to open")
    parser.add_argument("--list", action="store_true", help="name the labs and stop")
    parser.add_argument(
        "--plain",
        action="store_true",
        help="numbered choices, a line an event (also by ACCESSIBLE=1)",
    )
    parser.add_argument(
        "--theme",
        default="minios",
        metavar="NAME",
        help="minios, minios-safe (for colour-blind people), minios-light, ...",
    )
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep the inputs")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play a recording")
    parser.add_argument(
        "--cast", type=Path, metavar="FILE", help="film the terminal, for asciinema"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the interface; 0 when it is left."""
    if arguments.list:
        for lab in catalogue.LABS:
            sys.stdout.write(f"{lab.name:12} {lab.title}: {lab.will_see}\n")
        return 0
    name: str | None = arguments.name
    if arguments.replay is not None and name is None:
        from minios.tui import recording  # noqa: PLC0415 - --list need not pay

        name = recording.load(arguments.replay).lab
    card = catalogue.find(name) if name else None
    if arguments.plain or os.environ.get("ACCESSIBLE") == "1":
        return _plain(card, arguments)
    if not is_possible():
        raise ScenarioError(
            "there is no terminal to draw on",
            advice="Use `minios lab NAME --plain`, or `minios demo`",
        )
    return open_interface(card, arguments)


def is_possible() -> bool:
    """Whether there is a terminal to draw on."""
    usable = os.environ.get("TERM", "") not in {"", "dumb"}
    # Textual reads from standard input and draws on standard error.
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return usable and all(stream.isatty() for stream in streams)


def _plain(card: catalogue.LabCard | None, arguments: argparse.Namespace) -> int:
    from minios.tui import plain, recording  # noqa: PLC0415 - only when needed
    from minios.tui.orders import Plan  # noqa: PLC0415
    from minios.tui.worker import InlinePlayer  # noqa: PLC0415

    def say(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def ask(prompt: str) -> str:
        return input(prompt)

    if arguments.cast is not None:
        raise ScenarioError(
            "--plain has no screen to film", where="--cast", advice="Leave one out"
        )
    card, replay = recording.for_lab(card, arguments.replay)
    recording.require_room(arguments.record)
    try:
        card = card or plain.choose_lab(say, ask)
    except EOFError:
        card = None
    if card is None:
        return 0
    lab = plain.PlainLab(
        card, [InlinePlayer(it, card.options) for it in card.worlds], say, ask
    )
    try:
        if replay is not None:
            lab.play([Plan(it) for it in replay.inputs])
        lab.run()
        if arguments.record is not None:
            made = recording.of(card.name, lab.conductor.frames)
            recording.save(made, arguments.record)
    finally:
        lab.close()
    return 0


def open_interface(
    card: catalogue.LabCard | None = None,
    arguments: argparse.Namespace | None = None,
) -> int:
    """Run the application until it is left."""
    from minios.tui import progress, recording, themes  # noqa: PLC0415 - 0.2 s that --list need not pay
    from minios.tui.app import MiniosApp  # noqa: PLC0415
    from minios.tui.files import Files  # noqa: PLC0415

    known, visits = progress.of_this_user()
    reports = visits.parent if visits is not None else None
    if arguments is None:
        files = Files(progress=known, visits=visits, reports=reports)
        app = MiniosApp(card, files=files)
    else:
        if arguments.theme not in themes.names():
            raise ScenarioError(
                f"there is no theme {arguments.theme!r}",
                where="--theme",
                advice=f"Choose one of: {', '.join(themes.names())}",
            )
        card, replay = recording.for_lab(card, arguments.replay)
        recording.require_room(arguments.record)
        files = Files(
            replay,
            arguments.record,
            arguments.cast,
            known,
            visits,
            reports,
        )
        app = MiniosApp(card, theme=arguments.theme, files=files)
    try:
        app.run()
    finally:
        if not is_possible():
            # The terminal is gone. Textual's reader would spin on it for ever.
            os._exit(app.return_code or _HUNG_UP)
    return app.return_code or 0
