"""The table of crimes: for each forbidden act, how it must end in each place.

The rows are in `crimes.toml`. The same code runs as a driver in ring 0, as an extension
in ring 3 (both are `drivers/villain/`), and as a program in ring 3
(`minios/user/programs/crimes/`). The ring, the page tables and the kernel decide how a
crime ends. A row says how it must end, as one line of text. `gallery.py` compares the
line with what a machine did.

    STOP 0xbe villain P 0x0 0x0     the kernel stops: the code and its four parameters
    #PF 0x7 at image                the CPU raises this in ring 3, and the process ends
    reset: triple fault             the machine resets, and no code could say why
    hangs, interrupts off           nothing runs any more, not even the clock
    never ends, is preempted        the code runs for ever, but other code runs, too
    refused                         the kernel refuses, and the program goes on
    nothing                         the act was allowed, and nobody noticed it

Words stand for numbers that the compiler or the heap chose. `rip` is the address of the
instruction. `villain`, `image`, `heap`, `stack` and `kernel` say in what an address
lies. `word` is the contents of altered memory. A page-table entry is shown as its bits.
An empty cell means that the crime makes no sense in that place.
"""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from minios.abi.plugins import Kind


class Scene(enum.Enum):
    """Where the code of a crime runs."""

    DRIVER = "driver"
    EXTENSION = "extension"
    PROGRAM = "program"

    @property
    def ring(self) -> int:
        """The CPU's privilege level in this place."""
        return 3 if self.kind is None else self.kind.row.ring

    @property
    def kind(self) -> Kind | None:
        """The kind of plugin that commits crimes there. None: a program does."""
        return None if self is Scene.PROGRAM else Kind(self.value)


@dataclass(frozen=True, slots=True)
class Crime:
    """One forbidden act, and how it must end in each place ("" for an empty cell).

    Args:
        name: a short name, as the guest's shell knows it.
        words: what the code does.
        rule: which rule it breaks, or why nobody stops it.
        why: why the ends differ; "" if the general words of `crime_words.py` say it.
        driver, extension, program: how the act must end there.
        options: boot options that the machine needs for it.
        typed: what to type in the shell, if not the usual command.
        then: what to type when the command has returned.
    """

    name: str
    words: str
    rule: str
    why: str = ""
    driver: str = ""
    extension: str = ""
    program: str = ""
    options: tuple[tuple[str, str], ...] = ()
    typed: str = ""
    then: str = ""

    @property
    def key(self) -> str:
        """The name and the options, which together are unique in the table."""
        return " ".join([self.name, *(f"{key}={value}" for key, value in self.options)])

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """The scenes for which the table has a cell."""
        return tuple(scene for scene in Scene if self.expected(scene))

    def expected(self, scene: Scene) -> str:
        """How the crime must end at this scene."""
        return {
            Scene.DRIVER: self.driver,
            Scene.EXTENSION: self.extension,
            Scene.PROGRAM: self.program,
        }[scene]

    def command(self, scene: Scene) -> str:
        """What to type in the guest's shell to commit the crime."""
        usual = "run " if scene is Scene.PROGRAM else "run commit "
        return self.typed or usual + self.name


def _crime(key: str, row: Mapping[str, str]) -> Crime:
    name, *options = key.split()
    pairs = (option.partition("=") for option in options)
    return Crime(name, options=tuple((left, right) for left, _, right in pairs), **row)


def _groups() -> Iterator[tuple[str, tuple[Crime, ...]]]:
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    for group in table.values():
        title = group.pop("title")
        yield title, tuple(_crime(key, row) for key, row in group.items())


GROUPS: Final = tuple(_groups())
"""The rows under their headings, in the order in which to read them."""

CRIMES: Final = tuple(crime for _, crimes in GROUPS for crime in crimes)
"""All rows."""

MAY_STOP_THE_MACHINE: Final = ("critical", "crash")
"""Crimes in ring 3 that stop the machine: the operator's shell has the right to."""
