"""`minios dev oracle`: compare our machine with QEMU.

The same kernel boots from the same disk on our machine and on QEMU's microvm. Both must
print the same lines on the console, up to the line that decides the run (a crash, a
death, or "ready"): the same addresses, error codes, stop codes and parameters, in the
same order. The lines contain no times, because QEMU uses the clock of the host.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Final

from minios.abi import policies
from minios.dev import qemu
from minios.lab import Lab, seconds
from minios.lab.system_disk import disk_of
from minios.lazy_parser import Command
from minios.visible import visible

COMMAND: Final = Command(
    "dev oracle",
    "Compare our machine with QEMU.",
    place=100,
    uses=(
        (
            "compare our machine with QEMU (which must be installed)",
            "`dev oracle`",
        ),
    ),
)

_MARKERS: Final = ("*** in ", "---[ end trace", "killed in ring 3", "init: ready")
_OPTIONS: Final = {"first_event_ms": "20"}
_DESCRIPTION: Final = """\
Compare our machine with QEMU.
The same kernel boots from the same disk on both, and must print the same lines.
Use this command after a change of the machine or the kernel. It needs
qemu-system-x86_64. The exit code is 1 if any line differs."""
_EXAMPLES: Final = """\
examples:
  minios dev oracle                          compare three content files
  minios dev oracle --show channel-291-bad   compare one, and print its lines"""
_DEFAULT: Final = (
    "channel-291-good",
    "channel-291-bad",
    "channel-291-bad-user-half",
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The console lines of both machines, up to the deciding line."""

    model: str
    content: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether all lines are equal, and one of them decides the run."""
        return self.ours == self.theirs and bool(self.ours)

    @property
    def difference(self) -> str:
        """The first line that differs, from both machines."""
        for number in range(max(len(self.ours), len(self.theirs))):
            ours = self.ours[number] if number < len(self.ours) else "(nothing)"
            theirs = self.theirs[number] if number < len(self.theirs) else "(nothing)"
            if ours != theirs:
                return f"line {number + 1}: minios {ours!r}, QEMU {theirs!r}"
        return "" if self.ours else "neither machine reached a deciding line"


def marker_of(text: str) -> str | None:
    """The most important marker in a finished console text."""
    return next((marker for marker in _MARKERS if marker in text), None)


def until(text: str, marker: str) -> tuple[str, ...]:
    """The lines up to the first one with the marker. No lines if there is none."""
    lines = text.replace("\r", "").splitlines()
    for number, line in enumerate(lines):
        if marker in line:
            return tuple(lines[: number + 1])
    return ()


def compare(model: str, content: str) -> Comparison:
    """Boot both machines from a disk with this content file on it.

    Raises ContentError for a content file that does not exist, ScenarioError if QEMU is
    not installed or fails.
    """
    with Lab(model=model, content=content, options=_OPTIONS) as lab:
        lab.run_for(seconds(1))
        ours = lab.console_text
        disk = disk_of(lab.setup)
    marker = marker_of(ours) or _MARKERS[-1]
    words = {"model": model, "seed": "1", **_OPTIONS}
    theirs = qemu.run(
        disk,
        " ".join(f"{name}={value}" for name, value in words.items()),
        enough=lambda text: bool(until(text.rpartition("\n")[0], marker)),
    )
    return Comparison(
        model, content, until(ours, marker), until(theirs.console, marker)
    )


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios dev oracle`."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.set_defaults(run=run)
    parser.add_argument(
        "content",
        nargs="*",
        default=_DEFAULT,
        metavar="CONTENT",
        help=f"the content files to put on the disk (default: {', '.join(_DEFAULT)})",
    )
    parser.add_argument(
        "--show", action="store_true", help="also print the lines of the console"
    )


def run(arguments: argparse.Namespace) -> int:
    """Compare in every model. Returns 1 if anything differs."""
    failed = False
    for content in arguments.content:
        for model in policies.BY_NAME:
            found = compare(model, content)
            verdict = f"{len(found.ours)} lines agree" if found.agrees else "DIFFERS"
            print(f"{model:8} {content:28} {verdict}")
            if arguments.show:
                print("\n".join(f"    {visible(line)}" for line in found.theirs))
            if not found.agrees:
                failed = True
                print(f"    {visible(found.difference)}")
    return int(failed)
