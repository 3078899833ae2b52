"""`minios dev fuzz plugins`: load changed plugin images in both rings.

    end                                    windows     macos
    bugcheck                                    21         0
    death                                        0        38
    harmless                                    61        60
    refused: the file is not a program ...      18         2
    ...

`elf_changes.py` says how the images are made, `plugin_trials.py` how they may end. A
finding is of one of these kinds:

- a Python exception, or an end of the emulator's process;
- a machine with an extension that does not come up, does not answer, or stops;
- a kernel that stops while it loads a driver, before code of the driver runs;
- an image that is loaded though it must be refused (`elf_facts.py`);
- a supervisor that does not care for an extension that has ended;
- what `judge.py` finds: a damaged disk, a record that cannot be, a fault without an
  explanation, a kernel that code in ring 3 has changed.

Of some images, the debug information is changed, too, and read as `minios` does to
explain a fault. This must end in symbols, or in one sentence.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from minios.abi import policies
from minios.dev.fuzz import campaign, plugin_cases
from minios.dev.fuzz.plugin_cases import PluginCase
from minios.dev.fuzz.plugin_trials import PluginWorld
from minios.dev.fuzz.trials import WORLDS, Bench, Trial
from minios.errors import ImageError
from minios.image.symbols import Symbols
from minios.lab import Lab

_COUNT: Final = 2_000
_DESCRIPTION: Final = """\
Load changed plugin images: drivers into ring 0, extensions into ring 3.
The loaders must refuse what cannot be loaded. An extension must not harm its machine,
whatever it does. Use this command after a change of a loader, the kernel or the lab.
The exit code is 1 if there is a finding."""
_EXAMPLES: Final = """\
examples:
  minios dev fuzz plugins --count 200
  minios dev fuzz plugins --seed 7 --only 471   try one case alone"""


class PluginBench(Bench):
    """Machines of each world that are about to read their disk."""

    name = "plugin"

    def __init__(self, seed: int) -> None:
        self._seed: Final = seed
        self._worlds: Final = {
            world: PluginWorld(world)
            for world in WORLDS
            if policies.BY_NAME[world].kinds
        }

    def case(self, number: int) -> PluginCase:
        """Make the case with this number."""
        return plugin_cases.case(self._seed, number)

    def run(self, number: int) -> Mapping[str, Trial]:
        """Load the images into both machines."""
        case = self.case(number)
        if number % plugin_cases.WHOLE_EVERY == 0:
            self._read_symbols(case, number)
        return {name: world.run(case, number) for name, world in self._worlds.items()}

    def _read_symbols(self, case: PluginCase, number: int) -> None:
        for kind in case.images:
            data = plugin_cases.whole(self._seed, number, kind)
            try:
                symbols = Symbols(Path(case.plugin), data)
            except ImageError:
                continue
            for function in symbols.functions:
                symbols.locate(function.address)
            symbols.files()

    def labs(self, number: int) -> Sequence[Lab]:
        """The case once more, from power on: there the disk has the changed image."""
        return [world.again(self.case(number)) for world in self._worlds.values()]


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios dev fuzz plugins`."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    campaign.add_arguments(parser, _COUNT, "plugin images")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Load the images and print the results. Returns 1 if there is a finding."""
    return campaign.run(arguments, PluginBench)
