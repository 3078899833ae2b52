"""`minios dev fuzz content`: push changed content files to the sensor in both rings.

    end                                    windows     macos
    bugcheck                                    28         0
    death, restart                               0        28
    harmless                                    88        88
    refused: bad_criterion                     104       104
    ...

`content_cases.py` says how the files are made, `content_trials.py` how they may end and
what is compared. A finding is of one of these kinds:

- a Python exception, or an end of the emulator's process;
- no answer within the budget of virtual time;
- a verdict other than that of `minios content inspect`, or other in the other ring;
- a fault where the file and the model say that there can be none, or none where there
  must be one;
- what `judge.py` finds: a damaged disk, a record that cannot be, a fault without an
  explanation, a kernel that code in ring 3 has changed.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Final

from minios.dev.fuzz import campaign, content_cases, content_trials
from minios.dev.fuzz.content_cases import ContentCase
from minios.dev.fuzz.content_trials import ContentWorld
from minios.dev.fuzz.trials import WORLDS, Bench, Trial
from minios.lab import Lab

_COUNT: Final = 20_000
_REFUSED: Final = "refused"
_DESCRIPTION: Final = """\
Push changed content files to the sensor, in ring 0 and in ring 3.
Both rings must refuse the same files, and a file that is not refused must do what its
contents and the model say. Use this command after a change of the sensor, the updater,
the supervisor or the lab. The exit code is 1 if there is a finding."""
_EXAMPLES: Final = """\
examples:
  minios dev fuzz content --count 500
  minios dev fuzz content --seed 7 --only 4711   try one case alone"""


class ContentBench(Bench):
    """A booted machine of each world."""

    name = "content"

    def __init__(self, seed: int) -> None:
        self._seed: Final = seed
        self._worlds: Final = {world: ContentWorld(world) for world in WORLDS}

    def case(self, number: int) -> ContentCase:
        """Make the case with this number."""
        return content_cases.case(self._seed, number)

    def run(self, number: int) -> Mapping[str, Trial]:
        """Push the file to both machines, and compare what they made of it."""
        case = self.case(number)
        found = {name: world.run(case) for name, world in self._worlds.items()}
        verdicts = {name: _verdict(trial) for name, trial in found.items()}
        if len(set(verdicts.values())) > 1:
            found["macos"] = Trial(
                found["macos"].end,
                (*found["macos"].problems, f"the rings do not agree: {verdicts}"),
            )
        return found

    def labs(self, number: int) -> Sequence[Lab]:
        """The machines as they are, or the case once more from power on."""
        return [world.recorded(self.case(number)) for world in self._worlds.values()]

    def steps(self, number: int, file: str) -> str:
        """Give the file to both machines."""
        return content_trials.steps(self.case(number), f"{file}.content")


def _verdict(trial: Trial) -> str:
    return trial.end if trial.end.startswith(_REFUSED) else "taken"


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios dev fuzz content`."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    campaign.add_arguments(parser, _COUNT, "content files")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Push the files and print the results. Returns 1 if there is a finding."""
    return campaign.run(arguments, ContentBench)
