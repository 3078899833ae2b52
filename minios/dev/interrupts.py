"""`minios dev interrupts`: Ctrl-C at random moments must always end with 130.

Each command runs once to the end, to see how long it takes. After that it is started
again and again, and gets the signal after a random part of that time, counted from the
moment at which the command can handle it. It has to end with exit code 130, and to
print nothing on standard error. A command that was faster than the signal is asked once
more.

The moments depend on how fast the host is: the seed repeats the parts, not the places.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from minios.arguments import at_least_one, require_known
from minios.errors import ScenarioError
from minios.host_files import temporary_folder

_COUNT: Final = 100
_PATIENCE: Final = 20.0  # seconds after which a command has not ended "at once"
_MOST_TRIES: Final = 10  # for each signal that is to be in time

# The child says when its main function has begun. Where a shell starts a command in
# the background, Python would ignore the signal: so the handler is set, as in front.
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

COMMANDS: Final = {
    "demo": ("demo",),
    "recover": ("recover",),
    "crimes": ("crimes", "--only", "null", "--only", "overrun"),
    "lab": ("lab", "two-worlds", "--plain"),
    "powercuts": ("dev", "powercuts", "--cuts", "20", "windows"),
}
_TALK: Final = b"1\n1\n1\n0\n"
"""What is said to the lab: go on, three times, and leave."""


@dataclass(frozen=True, slots=True)
class End:
    """How a command ended: its exit code, standard error, and seconds that it took."""

    code: int
    complaint: str
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether it ended as Ctrl-C has to end it."""
        return self.code == 128 + signal.SIGINT and not self.complaint


def ask(words: tuple[str, ...], after: float | None, home: Path) -> End:
    """Run a command; send it the signal after so many seconds, if any are given.

    Raises ScenarioError if it does not end.
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
                f"has not ended {_PATIENCE:.0f} s after the signal",
                where=" ".join(words),
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
    """Interrupt a command so many times; the ends. Raises ScenarioError."""
    _require_signals()
    words = COMMANDS[name]
    chance = random.Random(f"{name} {seed}")  # noqa: S311 - moments, no secrets
    with temporary_folder("interrupts") as home:
        whole = ask(words, None, home)
        if whole.code or whole.complaint:
            raise ScenarioError(
                f"fails by itself, with {whole.code}: {whole.complaint}", where=name
            )
        ends: list[End] = []
        for _ in range(count * _MOST_TRIES):
            end = ask(words, chance.uniform(0, whole.seconds), home)
            if end.code or end.complaint:
                ends.append(end)
            if len(ends) == count:
                return ends
    raise ScenarioError("is always faster than the signal", where=name)


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """The arguments of `minios dev interrupts`."""
    parser.add_argument(
        "command",
        nargs="*",
        metavar="COMMAND",
        help=f"{', '.join(COMMANDS)} (default: all)",
    )
    parser.add_argument(
        "--count",
        type=at_least_one,
        default=_COUNT,
        metavar="N",
        help="signals for each command (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="chooses the moments")
    parser.epilog = "example: minios dev interrupts --count 20 demo"
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Interrupt them and print how they ended; 1 if any ended otherwise."""
    require_known(arguments.command, COMMANDS, "command")
    wrong = 0
    for name in arguments.command or COMMANDS:
        ends = measure(name, arguments.count, arguments.seed)
        bad = [end for end in ends if not end.is_good]
        wrong += len(bad)
        print(f"{name:12} {len(ends) - len(bad)} of {len(ends)} ended with 130")
        for end in bad:
            print(f"    exit code {end.code}: {end.complaint.strip() or 'in silence'}")
    return int(wrong > 0)
