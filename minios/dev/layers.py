"""`minios dev layers`: the kernel's files include only what lies below them.

`minios/kernel/README.md` draws the layers, the highest first. This reads the drawing,
and the `#include "..."` lines of the kernel. A *unit* is a C file with its header. Two
things are wrong:

    an include that leads upwards    the layer needs what is built on it
    a circle of units                none of them can be read, or changed, before the
                                     others; also inside one layer
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from minios import paths
from minios.errors import ScenarioError
from minios.lazy_parser import Command

COMMAND: Final = Command(
    "dev layers",
    "Check that the kernel's files include downwards only.",
    place=40,
)

_KERNEL: Final = Path("minios/kernel")
_README: Final = "README.md"
_DRAWING: Final = re.compile(r"^## Layers\n.*?```\n(.*?)```", re.DOTALL | re.MULTILINE)
_LAYER: Final = re.compile(r"^(\w[\w.]*)", re.MULTILINE)
_INCLUDE: Final = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
_SUFFIXES: Final = frozenset({".c", ".h", ".S"})

_DESCRIPTION: Final = """\
Check that the kernel is built in layers.
minios/kernel/README.md draws the layers. A file may include only what lies below it,
and no files may include one another in a circle. The exit code is 1 if any does."""
_EXAMPLES: Final = """\
examples:
  minios dev layers                   check this kernel
  minios dev layers --root ../older   check the kernel of another checkout"""


@dataclass(frozen=True, slots=True)
class Include:
    """One line of a file: who includes what. Paths are relative to the kernel."""

    file: str
    line: int
    header: str

    @property
    def unit(self) -> str:
        """The file without its suffix: "memory/heap"."""
        return self.file.rpartition(".")[0]

    @property
    def wanted(self) -> str:
        """The unit of the header."""
        return self.header.rpartition(".")[0]


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.set_defaults(run=run)
    parser.add_argument(
        "--root", type=Path, metavar="DIR", help="another checkout of minios"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print what is wrong. Returns 1 if anything is."""
    kernel = (arguments.root or paths.checkout()) / _KERNEL
    found = includes(kernel)
    layers = drawn(kernel)
    wrong = [*upward(found, layers), *missing(found, layers)] if layers else []
    rings = circles(found)
    for line in wrong:
        print(line)
    for ring in rings:
        print(f"a circle of {len(ring)} units: {', '.join(ring)}")
    units = {it.unit for it in found}
    order = f"{len(layers)} layers" if layers else "no layers are drawn in its README"
    print(
        f"{len(units)} units, {len(found)} includes, {order}: "
        f"{len(wrong)} wrong, {len(rings)} circles"
    )
    return 1 if wrong or rings or not layers else 0


def drawn(kernel: Path) -> tuple[str, ...]:
    """The layers in the drawing, the highest first. Empty if there is no drawing."""
    readme = kernel / _README
    drawing = _DRAWING.search(readme.read_text("utf-8")) if readme.exists() else None
    return tuple(_LAYER.findall(drawing[1])) if drawing else ()


def includes(kernel: Path) -> tuple[Include, ...]:
    """Every include of the kernel's own files. Raises ScenarioError if it has none."""
    found = tuple(_includes(kernel))
    if not found:
        raise ScenarioError(
            "there is no kernel here",
            where=str(kernel),
            advice="Name the folder of a checkout of minios",
        )
    return found


def _includes(kernel: Path) -> Iterator[Include]:
    files = (it for it in kernel.rglob("*") if it.suffix in _SUFFIXES)
    for path in sorted(files, key=lambda it: it.as_posix()):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(kernel).as_posix()
        for match in _INCLUDE.finditer(text):
            yield Include(name, text.count("\n", 0, match.start(1)) + 1, match[1])


def layer_of(file: str) -> str:
    """The folder of a file; a file that is in none is a layer of its own."""
    return file.partition("/")[0]


def upward(found: tuple[Include, ...], layers: tuple[str, ...]) -> Iterator[str]:
    """The includes that lead from a layer to a higher one, in words."""
    height = {layer: -index for index, layer in enumerate(layers)}
    for it in found:
        own, other = layer_of(it.file), layer_of(it.header)
        if own in height and other in height and height[other] > height[own]:
            yield (
                f"{_KERNEL.as_posix()}/{it.file}:{it.line} includes {it.header}, but "
                f"{other} lies above {own}"
            )


def missing(found: tuple[Include, ...], layers: tuple[str, ...]) -> Iterator[str]:
    """The folders that are not in the drawing, in words."""
    used = {layer_of(name) for it in found for name in (it.file, it.header)}
    for layer in sorted(used - set(layers)):
        yield f"{_KERNEL.as_posix()}/{layer} is not in the drawing of {_README}"


def circles(found: tuple[Include, ...]) -> list[list[str]]:
    """The groups of units of which each leads to all others, the largest first.

    In the words of graph theory: the strongly connected components of more than one.
    """
    below: dict[str, set[str]] = {}
    for it in found:
        below.setdefault(it.unit, set()).add(it.wanted)
        below.setdefault(it.wanted, set())
    reach = {unit: _reachable(unit, below) for unit in below}
    groups = {
        frozenset(other for other in reach[unit] if unit in reach[other])
        for unit in below
    }
    return sorted(
        (sorted(group) for group in groups if len(group) > 1),
        key=lambda group: (-len(group), group),
    )


def _reachable(start: str, below: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    ahead = {*below[start]} - {start}
    while ahead:
        unit = ahead.pop()
        seen.add(unit)
        ahead |= below[unit] - seen
    return seen
