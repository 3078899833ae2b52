"""`minios lab [NAME]`: open the interface. `minios` alone opens its start screen."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from minios import interrupts
from minios.errors import ScenarioError
from minios.lazy_parser import Command
from minios.visible import visible

if TYPE_CHECKING:
    from minios.session import catalogue
    from minios.session.catalogue import LabCard
    from minios.session.files import Files
    from minios.tui.app import MiniosApp
    from minios.tutor.learner import Learner
    from minios.tutor.model import Lesson

COMMAND: Final = Command(
    "lab",
    "Open the interface: two machines side by side.",
    place=120,
    uses=(
        (
            "see a plugin in a lab, in place of the sensor",
            "`lab windows --plugin mine --instead`",
        ),
    ),
    interrupted="lab two-worlds --plain",
)

_DESCRIPTION: Final = """\
Open the interface: one to four machines, side by side on one clock.
You push a content file to them, watch what becomes of them, and ask why.
You can pause the machines, single-step them, and go back in time.
Use this command to try things yourself. Without a NAME it lists lessons and labs to
choose from."""
_EXAMPLES: Final = """\
examples:
  minios lab                      choose a lab from a list
  minios lab two-worlds           open this lab
  minios lab --list               print the names of the labs
  minios lab two-worlds --plain   use numbered choices, for screen readers
  minios lab two-worlds --record talk.jsonl
                                  save what you do
  minios lab --replay talk.jsonl  play it again
  minios lab --scenario bad-file.scenario.toml
                                  follow a scenario, step by step
  minios lab linux --sensor bpf-checked
                                  a Linux machine whose sensor is eBPF programs
  minios lab windows --plugin my-driver --instead
                                  build the plugin in the folder my-driver, and
                                  run it in place of the sensor

ACCESSIBLE=1 in the environment means --plain. With --plain there is no screen,
so --theme and --cast cannot be used."""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios lab`."""
    from minios.lab import sensors  # noqa: PLC0415 - it brings the emulator
    from minios.session import catalogue, sensor_forms  # noqa: PLC0415 - the same

    parser.description = _DESCRIPTION
    parser.epilog = f"{_EXAMPLES}\n\nThe forms of --sensor:\n{sensors.LISTED}"
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="the lab to open (default: choose one)"
    )
    parser.add_argument(
        "--list", action="store_true", help="print the names of the labs and stop"
    )
    parser.add_argument(
        "--plain",
        action="store_true",
        help="print numbered choices and one line for each event, for screen readers",
    )
    parser.add_argument(
        "--theme",
        metavar="NAME",
        help="the colours: minios, minios-safe (for colour-blind people),"
        " minios-light, or another theme of Textual (default: minios)",
    )
    parser.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="save what you do in this file (for a second lab in FILE-2, and so on)",
    )
    parser.add_argument(
        "--replay",
        type=Path,
        metavar="FILE",
        help="play a recording of --record, or of a test that has failed",
    )
    parser.add_argument(
        "--at",
        choices=("start", "end"),
        help="where a recording opens: at power on, or at its end, where you can look"
        " round and go back (default: the end if it is of a failed test)",
    )
    parser.add_argument(
        "--scenario",
        type=Path,
        metavar="FILE",
        help="run a scenario file, and follow its steps on its machines",
    )
    parser.add_argument(
        "--submission",
        type=Path,
        metavar="DIR",
        help="the folder that `submission/` means in a scenario",
    )
    parser.add_argument(
        "--variant",
        metavar="VALUES",
        help="of a scenario with parameters, the one with these values: windows-2",
    )
    parser.add_argument(
        "--cast",
        type=Path,
        metavar="FILE",
        help="film the terminal in this file, for asciinema",
    )
    parser.add_argument(
        "--sensor",
        choices=list(sensors.BY_NAME),
        default="",
        help="the form of the sensor on Linux (default: module; default lab:"
        f" {sensor_forms.USUAL_LAB}). The goals of a lab are for the module",
    )
    parser.add_argument("--model", type=_no_model, help=argparse.SUPPRESS)
    parser.add_argument(
        "--plugin",
        action="append",
        default=[],
        metavar="FOLDER",
        help="build the plugin in this folder, and load it in every machine of the lab"
        f" (default lab: {catalogue.LABS[0].name}); can be given more than once",
    )
    parser.add_argument(
        "--instead",
        action="store_true",
        help="do not start the sensor: the plugin of --plugin is in its place",
    )
    parser.set_defaults(run=run)


def _no_model(name: str) -> NoReturn:
    """The other commands have such an option. Here a name says more than a model."""
    raise argparse.ArgumentTypeError(
        f"a lab is opened by its name: write minios lab {name}"
    )


def run(arguments: argparse.Namespace) -> int:
    """Open the interface. Returns 0 when the user leaves it."""
    from minios.session import catalogue  # noqa: PLC0415 - it brings the emulator

    if arguments.list:
        _list(spoken=_is_spoken(arguments))
        return 0
    if _is_spoken(arguments):
        _refuse_for_listeners(arguments)
    card = catalogue.find(arguments.name) if arguments.name else None
    if _is_spoken(arguments):
        return open_plain(card, arguments)
    if not is_possible():
        raise ScenarioError(
            "there is no terminal to draw on",
            advice="Use `minios lab NAME --plain`, or `minios demo`",
        )
    return open_interface(card, arguments)


def _list(*, spoken: bool) -> None:
    """Print the labs: in columns, or without them for a screen reader."""
    from minios.session import catalogue  # noqa: PLC0415 - it brings the emulator

    for lab in catalogue.LABS:
        name = f"{lab.name}:" if spoken else f"{lab.name:12}"
        sys.stdout.write(f"{name} {lab.title}: {lab.will_see}\n")


def is_possible() -> bool:
    """Whether there is a terminal to draw on, or a browser (textual-serve)."""
    if os.environ.get("TEXTUAL_DRIVER"):
        return True
    # Windows' own terminals have no name.
    nameless = "windows" if sys.platform == "win32" else ""
    usable = os.environ.get("TERM", nameless) not in {"", "dumb"}
    # Textual reads from standard input and draws on standard error.
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return usable and all(stream.isatty() for stream in streams)


def is_plain_wanted() -> bool:
    """Whether the user has asked every program for plain output."""
    return os.environ.get("ACCESSIBLE") == "1"


def _is_spoken(arguments: argparse.Namespace) -> bool:
    return arguments.plain or is_plain_wanted()


def _refuse_for_listeners(arguments: argparse.Namespace) -> None:
    """Raise ScenarioError for an option that needs a screen."""
    asked = "--plain" if arguments.plain else "ACCESSIBLE=1"
    for option, value, what in (
        ("--cast", arguments.cast, "no screen to film"),
        ("--theme", arguments.theme, "no colours to choose"),
    ):
        if value is not None:
            raise ScenarioError(
                f"{asked} has {what}", where=option, advice="Leave one out"
            )


NOTHING: Final = argparse.Namespace(
    **dict.fromkeys(("theme", "record", "replay", "cast", "at", "scenario", "variant")),
    submission=None,
    sensor="",
    plugin=[],
    instead=False,
)


def open_plain(
    card: catalogue.LabCard | None = None, arguments: argparse.Namespace = NOTHING
) -> int:
    """Run plain mode until the user leaves it."""
    from minios.commands import opening  # noqa: PLC0415 - 0.2 s that --list need not pay
    from minios.tutor.learner import Learner  # noqa: PLC0415 - the same

    card, files = opening.opened(card, arguments)
    return talk(card, files, Learner.of_this_user())


def talk(opened: Lesson | LabCard | None, files: Files, learner: Learner) -> int:
    """Run plain mode in what was opened, or with the list, until the user leaves."""
    from minios import plain  # noqa: PLC0415 - only when needed

    with _ended_by_signals():
        plain.run(opened, files, say, ask, learner)
    return 0


def say(text: str) -> None:
    """Print a line of plain mode."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def ask(prompt: str) -> str:
    """Ask for a line of plain mode. Raises EOFError at the end of the input."""
    try:
        answer = input(prompt)
    except EOFError:
        say("")  # the shell's prompt begins a line of its own
        raise
    if not sys.stdin.isatty():
        say(visible(answer))  # no terminal has shown it: a saved talk needs it
    return answer


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Save what was done before a signal ends the process."""
    names = ("SIGTERM", "SIGHUP")
    numbers = [getattr(signal, it) for it in names if hasattr(signal, it)]
    before = {it: signal.signal(it, interrupts.end) for it in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def open_interface(
    card: catalogue.LabCard | None = None, arguments: argparse.Namespace = NOTHING
) -> int:
    """Run the application until the user leaves it."""
    from minios.commands import opening  # noqa: PLC0415 - 0.2 s that --list need not pay
    from minios.tui import themes  # noqa: PLC0415
    from minios.tui.app import MiniosApp  # noqa: PLC0415
    from minios.tutor.learner import Learner  # noqa: PLC0415

    theme = arguments.theme or "minios"
    if theme not in themes.names():
        raise ScenarioError(
            f"there is no theme {theme!r}",
            where="--theme",
            advice=f"Choose one of: {', '.join(themes.names())}",
        )
    card, files = opening.opened(card, arguments)
    learner = Learner.of_this_user()
    return shown(MiniosApp(card, theme=theme, files=files, learner=learner))


def shown(app: MiniosApp) -> int:
    """Run the application until the user leaves it. Returns the exit code."""
    from minios.tui import leaving  # noqa: PLC0415 - only when needed

    at_interrupt = signal.getsignal(signal.SIGINT)
    try:
        app.run()
    finally:
        signal.signal(signal.SIGINT, at_interrupt)  # asyncio has put its own there
        if not is_possible():
            # The terminal is gone. Textual's reader would spin on it for ever.
            os._exit(app.return_code or 128 + leaving.HUNG_UP)
    return app.return_code or 0
