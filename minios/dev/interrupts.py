"""`minios dev interrupts`: test that Ctrl-C at any moment ends a command with code 130.

Each command first runs to its end, to measure how long it takes. Then it is started
again and again, and gets the signal after a random part of that time. The time counts
from the moment at which the command can handle the signal. The command must end with
exit code 130, and print nothing on standard error. If a command ended before the signal
came, it is tried once more.

The moments depend on the speed of the host. The same seed repeats the parts of the
time, but the signal may come at another place in the code.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from minios import paths
from minios.arguments import at_least_one, require_known, whole_number
from minios.dev import command_tables
from minios.errors import ScenarioError
from minios.host_files import temporary_folder
from minios.lazy_parser import Command

COMMAND: Final = Command(
    "dev interrupts",
    "Test that Ctrl-C ends every command.",
    place=80,
)

_COUNT: Final = 100
_PATIENCE: Final = 20.0  # seconds that a command may take to end after the signal
_MOST_TRIES: Final = 10  # attempts for each signal that has to come in time
_DESCRIPTION: Final = """\
Test that Ctrl-C ends every command.
Commands are started again and again, and interrupted at random moments. Each must end
at once, with exit code 130 and without a message.
Use this command after a change of interrupts.py, or of code that runs a machine.
The exit code is 1 if any command ended in another way."""
_EXAMPLES: Final = """\
examples:
  minios dev interrupts
  minios dev interrupts --count 20 demo"""

# The child process writes a byte when its main function has begun. It sets the handler
# itself: if a shell runs this test in the background, Python would ignore the signal.
_CHILD: Final = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from minios import cli, interrupts
begin = interrupts.end_at_once
def tell():
    begin()
    os.write({told}, b".")
    os.close({told})
interrupts.end_at_once = tell
sys.argv[0] = "minios"
sys.exit(cli.main())
"""

_TALK: Final = b"1\n1\n1\n0\n"
"""The input for the plain lab: run three times, then leave."""


def commands() -> Mapping[str, tuple[str, ...]]:
    """What is typed after `minios`, for each command that runs for a while."""
    return {
        command.name.split()[-1]: tuple(command.interrupted.split())
        for command in command_tables.commands()
        if command.interrupted
    }


@dataclass(frozen=True, slots=True)
class End:
    """How a command ended: its exit code, its standard error, and its run time."""

    code: int
    complaint: str
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether the command ended as it must after Ctrl-C."""
        return self.code == 128 + signal.SIGINT and not self.complaint


def ask(words: tuple[str, ...], after: float | None, home: Path) -> End:
    """Run a command, and interrupt it after some seconds.

    Args:
        words: the command, without `minios`.
        after: seconds from its beginning to the signal; None sends no signal.
        home: the folder in which the command keeps its files.

    Raises ScenarioError if the command does not end.
    """
    listen, told = os.pipe()
    command = [sys.executable, "-c", _CHILD.format(told=told), *words]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=(told,),
        env={**os.environ, "XDG_DATA_HOME": str(home)},
        cwd=paths.checkout(),
    ) as process:
        assert process.stdin is not None
        os.close(told)
        process.stdin.write(_TALK)
        process.stdin.close()
        process.stdin = None
        os.read(listen, 1)
        os.close(listen)
        begun = perf_counter()
        try:
            complaint = _wait(process, after)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise ScenarioError(
                f"the command has not ended {_PATIENCE:.0f} s after the signal",
                where=" ".join(words),
                advice="Look for code that hides KeyboardInterrupt",
            ) from error
    return End(process.returncode, complaint, perf_counter() - begun)


def _wait(process: subprocess.Popen[bytes], after: float | None) -> str:
    if after is not None:
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=None if after is None else _PATIENCE)
    return said.decode(errors="replace")


def _require_signals() -> None:
    if sys.platform == "win32":
        raise ScenarioError(
            "on Windows no program can send Ctrl-C to another one alone",
            advice="Try it on Linux or macOS",
        )


def measure(name: str, count: int, seed: int) -> list[End]:
    """Interrupt a command `count` times, and return how it ended each time.

    Raises ScenarioError if the command fails without a signal, or is too fast for one.
    """
    _require_signals()
    words = commands()[name]
    chance = random.Random(f"{name} {seed}")  # noqa: S311 - moments, no secrets
    with temporary_folder("interrupts") as home:
        whole = ask(words, None, home)
        if whole.code or whole.complaint:
            raise ScenarioError(
                f"the command fails without a signal, with exit code {whole.code}: "
                f"{whole.complaint}",
                where=name,
                advice="Mend the command first",
            )
        ends: list[End] = []
        for _ in range(count * _MOST_TRIES):
            end = ask(words, chance.uniform(0, whole.seconds), home)
            if end.code or end.complaint:
                ends.append(end)
            if len(ends) == count:
                return ends
    raise ScenarioError(
        "the command always ends before the signal comes",
        where=name,
        advice="Interrupt a command that takes longer",
    )


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios dev interrupts`."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "command",
        nargs="*",
        metavar="COMMAND",
        help=f"the commands to interrupt: {', '.join(commands())} (default: all)",
    )
    parser.add_argument(
        "--count",
        type=at_least_one,
        default=_COUNT,
        metavar="N",
        help="how often to interrupt each command (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=whole_number,
        default=1,
        metavar="N",
        help="the seed for the moments (default: 1)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Interrupt the commands and print how they ended.

    Returns 1 if any of them did not end with code 130 and in silence.
    """
    known = commands()
    require_known(arguments.command, known, "command")
    wrong = 0
    for name in arguments.command or known:
        ends = measure(name, arguments.count, arguments.seed)
        bad = [end for end in ends if not end.is_good]
        wrong += len(bad)
        print(f"{name:12} {len(ends) - len(bad)} of {len(ends)} ended with 130")
        for end in bad:
            print(f"    exit code {end.code}: {end.complaint.strip() or 'in silence'}")
    return int(wrong > 0)
