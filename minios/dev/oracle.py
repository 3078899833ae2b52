"""`minios dev oracle`: asks QEMU whether it agrees.

The same kernel boots from the same disk on our machine and on QEMU's microvm. The lines
on the console, up to the one in which the story is decided, must be equal: addresses,
error codes, stop codes, parameters and order. They hold no times, because QEMU's clock
is the host's.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Final

from minios.abi import policies
from minios.dev import qemu
from minios.lab import Lab, content_files, seconds
from minios.lab.system_disk import system_disk
from minios.visible import visible

_MARKERS: Final = ("*** in ", "killed in ring 3", "init: ready")
_OPTIONS: Final = {"first_event_ms": "20"}
_DEFAULT: Final = (
    "channel-291-good",
    "channel-291-bad",
    "channel-291-bad-user-half",
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The console of both machines, up to the deciding line."""

    model: str
    content: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether every line is equal, and there is one that decides."""
        return self.ours == self.theirs and bool(self.ours)

    @property
    def difference(self) -> str:
        """The first line that differs, from both sides."""
        for number in range(max(len(self.ours), len(self.theirs))):
            ours = self.ours[number] if number < len(self.ours) else "(nothing)"
            theirs = self.theirs[number] if number < len(self.theirs) else "(nothing)"
            if ours != theirs:
                return f"line {number + 1}: minios {ours!r}, QEMU {theirs!r}"
        return "" if self.ours else "neither machine reached a deciding line"


def marker_of(text: str) -> str | None:
    """The most telling marker of a finished console text."""
    return next((marker for marker in _MARKERS if marker in text), None)


def until(text: str, marker: str) -> tuple[str, ...]:
    """The lines up to the first one with the marker; nothing if there is none."""
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
    marker = marker_of(ours) or _MARKERS[-1]
    disk = system_disk(content_files.find(content).data)
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
    """The arguments of `minios dev oracle`."""
    parser.set_defaults(run=run)
    parser.add_argument(
        "content", nargs="*", default=_DEFAULT, help="content files on the disk"
    )
    parser.add_argument("--show", action="store_true", help="print the lines, too")


def run(arguments: argparse.Namespace) -> int:
    """Compare in every model; 1 if anything differs."""
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
