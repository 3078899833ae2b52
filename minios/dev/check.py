"""`minios dev check`: run every check that a change must pass.

A change that passes here also passes on the build server. The command goes on after a
failed check, and names all failed ones at the end. Each check is a row of `GATES`: what
it proves, and the command that you can also run by hand.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from minios import paths
from minios.lazy_parser import Command

COMMAND: Final = Command(
    "dev check",
    "Run every check that a change must pass.",
    place=10,
)

_PYTHON: Final = sys.executable
_SHOWN: Final = 60
_WORDS_SHOWN: Final = 8
_GENERATED: Final = Path("minios/abi/include/minios/abi.h")

HOSTS: Final = {"Linux": "linux", "macOS": "darwin", "Windows": "win32"}


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it proves, and the command that proves it."""

    name: str
    command: Callable[[Path], list[str]]
    quick: bool = True
    deep: bool = False


def _c_files(root: Path) -> list[str]:
    """The C sources and headers that people write, relative to the root."""
    found = (
        path.relative_to(root)
        for folder in ("minios", "drivers", "lessons")
        for path in (root / folder).rglob("*.[ch]")
    )
    return sorted(str(path) for path in found if path != _GENERATED)


def _module(name: str, *arguments: str) -> Callable[[Path], list[str]]:
    return lambda _root: [_PYTHON, "-m", name, *arguments]


def _types(platform: str) -> Callable[[Path], list[str]]:
    """Each host has a cache of its own: mypy drops what it knows of another one."""
    cache = f".mypy_cache/{platform}"
    return _module("mypy", "--platform", platform, "--cache-dir", cache)


GATES: Final = (
    Check("Python is formatted", _module("ruff", "format", "--check", "--quiet")),
    Check("Python follows the style rules", _module("ruff", "check", "--quiet")),
    Check(
        "C is formatted",
        lambda root: ["clang-format", "--dry-run", "-Werror", *_c_files(root)],
    ),
    Check("generated files are up to date", _module("minios", "dev", "gen", "--check")),
    *(
        Check(f"the types are right on {host}", _types(platform))
        for host, platform in HOSTS.items()
    ),
    Check(
        "packages import downwards only", lambda _root: ["lint-imports", "--no-logo"]
    ),
    Check("the kernel includes downwards only", _module("minios", "dev", "layers")),
    Check("the guest builds", _module("minios", "dev", "build")),
    Check(
        "every lesson can be done",
        _module("minios", "dev", "check", "lessons"),
        quick=False,
    ),
    Check("the tests pass", _module("pytest", "-q"), quick=False),
    Check(
        "the deep tests pass",
        _module("pytest", "-q", "-m", "deep"),
        quick=False,
        deep=True,
    ),
)


_DESCRIPTION: Final = """\
Run every check that a change must pass.
The checks are formatting, types, the order of the imports, generated files, lessons and
tests.
Use this command before you commit a change. The exit code is 1 if any check fails."""
_EXAMPLES: Final = """\
examples:
  minios dev check           run everything (the tests take some minutes)
  minios dev check --quick   run everything except the tests and the lessons
  minios dev check lessons   check the lessons only
  minios dev check lessons 01_rings   check one of them"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.set_defaults(run=run)
    parser.add_argument(
        "only",
        nargs="?",
        choices=("lessons",),
        help="check only these: lessons",
    )
    parser.add_argument("names", nargs="*", metavar="LESSON", help="only these lessons")
    wanted = parser.add_mutually_exclusive_group()
    wanted.add_argument(
        "--quick",
        "--no-tests",
        action="store_true",
        help="run all checks except those that take minutes: the tests and the lessons",
    )
    wanted.add_argument(
        "--deep",
        action="store_true",
        help="the tests that take minutes, too",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the gates. Returns 1 if any of them fails."""
    if arguments.only == "lessons":
        from minios.dev import lessons  # noqa: PLC0415 - slow; only this needs it

        return lessons.check(arguments.names)
    root = paths.checkout()
    gates = [
        gate
        for gate in GATES
        if (gate.quick or not arguments.quick) and (arguments.deep or not gate.deep)
    ]
    shut = [gate.name for gate in gates if not _passes(gate, root)]
    for name in shut:
        print(f"failed: {name}")
    return 1 if shut else 0


def _passes(gate: Check, root: Path) -> bool:
    """Run one gate, and show its output only if it fails."""
    print(f"{gate.name} ...", end=" ", flush=True)
    command = gate.command(root)
    done = subprocess.run(
        _found(command),
        cwd=root,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode == 0:
        print("yes")
        return True
    print("NO")
    lines = done.stdout.splitlines()
    print(*lines[:_SHOWN], sep="\n")
    if len(lines) > _SHOWN:
        print(f"... {len(lines) - _SHOWN} more lines")
    print(f"by hand: {' '.join(command[:_WORDS_SHOWN])}")
    return False


def _found(command: list[str]) -> list[str]:
    """The command, with its program from the folder of our interpreter if there."""
    program, *rest = command
    return [shutil.which(program, path=Path(_PYTHON).parent) or program, *rest]
