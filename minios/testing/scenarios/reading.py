"""Read a scenario file. A mistake is reported with its line, and with what to write.

The file may come from anybody. Its size is bounded, and so is everything in it. Reading
it only looks: what a scenario does is in `running.py`.
"""

from __future__ import annotations

import itertools
import tomllib
from codecs import BOM_UTF8
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from minios import host_files
from minios.abi import policies
from minios.lab.services import shipped_programs
from minios.testing.scenarios import SUFFIX, steps
from minios.testing.scenarios.checking import Checker, shipped_services
from minios.testing.scenarios.mistakes import ScenarioFileError
from minios.testing.scenarios.model import Head, Machine, PlacedStep, Scenario
from minios.testing.scenarios.parameters import in_words, text_with, variants
from minios.testing.scenarios.positions import Place
from minios.testing.scenarios.sources import Sources
from minios.testing.scenarios.syntax import not_toml
from minios.testing.scenarios.tables import EXAMPLES, Tables
from minios.visible import visible

LARGEST: Final = 64 << 10  # bytes of a scenario file
LONGEST_LINE: Final = 1000  # characters; a key of 10,000 parts takes tomllib seconds
_MOST_LINES: Final = 12  # of a step that are shown


def read(path: Path) -> tuple[Scenario, ...]:
    """Read a scenario file: one scenario for each combination of its parameters.

    Raises `ScenarioFileError` for a mistake in it.
    """
    data = host_files.read(path, LARGEST, partial(_unreadable, path))
    try:
        text = data.removeprefix(BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ScenarioFileError(
            f"the byte {data[error.start]:#04x} is not UTF-8",
            where=f"{path}:{line}",
            advice="Save the file as UTF-8",
        ) from error
    return parse(text, path)


def parse(text: str, path: Path) -> tuple[Scenario, ...]:
    """Read the text of a scenario file; `path` is the file that it is, or will be.

    Raises `ScenarioFileError` for a mistake in it.
    """
    text = text.replace("\r\n", "\n")
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            raise ScenarioFileError(
                f"the line has {len(line)} characters; at most {LONGEST_LINE} are read",
                where=f"{path}:{number}",
                advice="Break it into several lines",
            )
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise not_toml(path, text, error) from error
    reader = _Reader(path, text)
    if not table:
        raise reader.refuse((), "the file is empty", EXAMPLES["title"])
    return tuple(itertools.starmap(reader.scenario, variants(reader, table)))


def _unreadable(path: Path, what: str) -> ScenarioFileError:
    advice = f"Give the path of a file whose name ends with {SUFFIX}"
    return ScenarioFileError(f"the file {what}", where=str(path), advice=advice)


class _Reader(Tables):
    def scenario(self, chosen: dict[str, Any], table: dict[str, Any]) -> Scenario:
        head = self.table(Head, table, ())
        if head.title != visible(head.title):
            what = "the title has characters that cannot be seen"
            raise self.refuse(("title",), what, "Write it in one line of plain text")
        names = tuple(head.machines)
        check = Checker(self, Sources(self.path.parent), head.budget, names)
        machines = {}
        for name, value in head.machines.items():
            place: Place = ("machines", name)
            machines[name] = self.table(Machine, value, place)
            check.machine(name, machines[name], place)
        if not any(it.plugins or it.disk or it.recording for it in machines.values()):
            self.programs = shipped_programs()
            worlds = (it.world or name for name, it in machines.items())
            check.services = {it for world in worlds for it in shipped_services(world)}
        self.follows = max(
            (_follows(name, it) for name, it in machines.items()),
            key=lambda it: it.number,
        )
        placed = []
        for number, value in enumerate(head.steps):
            place = ("steps", number)
            placed.append(self.step(value, place, chosen))
            check.step(placed[-1].step, place)
        values = msgspec.structs.asdict(head)
        values |= {"machines": machines, "steps": tuple(placed)}
        lines = {it: self.line_and_column(("machines", it))[0] for it in machines}
        variant = in_words(chosen)
        return Scenario(path=self.path, variant=variant, lines=lines, **values)

    def step(self, value: object, place: Place, chosen: dict[str, Any]) -> PlacedStep:
        verb, step = self.one_of("verb", steps.VERBS, value, place)
        line, _ = self.line_and_column(place)
        return PlacedStep(line, verb, step, text_with(chosen, self.text_from(line)))

    def text_from(self, line: int) -> str:
        """The lines of a step: up to the next blank line or step."""
        lines = self.text.splitlines()[line - 1 : line - 1 + _MOST_LINES]
        end = next(
            (n for n, it in enumerate(lines) if n and it.lstrip()[:2] in ("", "[[")),
            len(lines),
        )
        return "\n".join(lines[:end])


def _follows(name: str, machine: Machine) -> policies.AfterFault:
    """What follows a fault of ring 0 on a machine of a file."""
    options = {key: str(it) for key, it in machine.options.items()}
    return policies.after_fault(machine.world or name, options)
