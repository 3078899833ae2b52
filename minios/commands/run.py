"""`minios run`: run scenario files, and say which steps have passed and what failed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from minios.commands import watching
from minios.errors import MiniosError, ScenarioError
from minios.lazy_parser import Command
from minios.session import recording as recordings
from minios.testing import stock
from minios.testing.budgets import Budget
from minios.testing.loans import Labs
from minios.testing.plugins import PluginBuilder
from minios.testing.scenarios import SUFFIX, schema
from minios.testing.scenarios.model import Scenario
from minios.testing.scenarios.outcome import Outcome, Seen
from minios.testing.scenarios.parameters import choose
from minios.testing.scenarios.reading import read
from minios.testing.scenarios.running import run as run_scenario
from minios.testing.submission import Submission
from minios.visible import visible, visible_json

COMMAND: Final = Command(
    "run",
    "Run scenario files: what is done to machines, and what must happen.",
    place=70,
    uses=(
        (
            "run the scenarios that come with minios; follow one in the interface",
            (
                "`run assets/scenarios`; `lab --scenario "
                "assets/scenarios/bad-file.scenario.toml`"
            ),
        ),
    ),
    interrupted="run assets/scenarios",
)

_DESCRIPTION: Final = f"""\
Run scenario files.
A scenario is a text file whose name ends with {SUFFIX}. It says what is done to
machines, and what must happen. Each step that passes is printed. The first step that
fails ends its scenario. You then see its line, what was expected, and what was found.
Use this command to try a scenario while you write it. pytest collects the same files as
tests.
The exit code is 1 if a scenario failed, and 2 if there is a mistake in a file."""
_EXAMPLES: Final = f"""\
examples:
  minios run bad-file{SUFFIX}   run one scenario
  minios run scenarios/               run all in this folder and below it
  minios run --watch scenarios/       run them again whenever a file is saved
  minios run --json scenarios/        print JSON, for a program to read
  minios run --schema > scenario.schema.json
                                      an editor completes words with it"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="FILE", help="scenario files, or folders"
    )
    parser.add_argument(
        "--submission",
        type=Path,
        metavar="DIR",
        help="the folder that `submission/` means in a scenario",
    )
    parser.add_argument(
        "--variant",
        metavar="VALUES",
        help="of a scenario with parameters, run only the one with these values, such"
        " as windows-2; they are printed in brackets",
    )
    parser.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="save what was done in one scenario; `minios lab --replay FILE` shows it",
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="run again when a scenario, a content file or a source of a plugin is"
        " saved, until Ctrl-C",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on each line"
    )
    parser.add_argument(
        "--schema", action="store_true", help="print the JSON schema of scenario files"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the scenarios. Returns 1 if one failed, and 2 if a file has a mistake."""
    if arguments.schema:
        print(schema.text(), end="")
        return 0
    if not arguments.paths:
        raise ScenarioError(
            "no scenario is named",
            where="run",
            advice=f"Give files whose names end with {SUFFIX}, or a folder",
        )
    recordings.require_room(arguments.record)
    if not arguments.watch:
        return _run_all(_files(arguments.paths), arguments)
    folders = [it if it.is_dir() else it.parent for it in arguments.paths]
    folders += [arguments.submission] if arguments.submission else []
    while True:
        before = watching.state(folders)
        try:
            _run_all(_files(arguments.paths), arguments)
        except MiniosError as error:  # while a folder is being moved, for example
            _complain(error)
        print("waiting for a file to be saved; Ctrl-C ends", flush=True)
        watching.changed(folders, before)


def _run_all(files: Sequence[Path], arguments: argparse.Namespace) -> int:
    submission = arguments.submission and Submission(arguments.submission)
    if arguments.record and len(files) > 1:
        raise ScenarioError(
            "more than one scenario is named",
            where="--record",
            advice="Name one: a recording holds one scenario",
        )
    passed = failed = wrong = 0
    for path in files:
        try:
            scenarios = read(path)
        except ScenarioError as error:
            wrong += 1
            _mistake(path, error, as_json=arguments.json)
            continue
        if arguments.variant is not None or arguments.record:
            scenarios = (choose(scenarios, arguments.variant),)
        for scenario in scenarios:
            outcome = _run_one(scenario, submission, arguments)
            passed += outcome.passed
            failed += not outcome.passed
    if not arguments.json:
        mistakes = f", {wrong} with a mistake in the file" if wrong else ""
        print(f"{passed} passed, {failed} failed{mistakes}")
    return 2 if wrong else int(failed > 0)


def _files(paths: Sequence[Path]) -> list[Path]:
    """The scenario files that are named, and those of folders, in a fixed order."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not inside:
            raise ScenarioError(
                "there is no scenario file in this folder",
                where=str(path),
                advice=f"Their names end with {SUFFIX}",
            )
        found.update(dict.fromkeys(inside))
    return list(found)


def _run_one(
    scenario: Scenario, submission: Submission | None, arguments: argparse.Namespace
) -> Outcome:
    budget = Budget(**scenario.limits)
    labs = Labs(stock.of_process(), budget, PluginBuilder(None))
    if not arguments.json:
        variant = f" [{visible(scenario.variant)}]" if scenario.variant else ""
        print(f"{visible(scenario.path)}{variant}: {scenario.title}", flush=True)
    try:
        outcome = run_scenario(
            scenario,
            labs,
            submission=submission,
            listen=(lambda _: None) if arguments.json else _step,
        )
        if arguments.record:
            made = recordings.of_labs(labs.borrowed, scenario.title, outcome.reason)
            recordings.save(made, arguments.record)
    finally:
        labs.give_back()
    if arguments.json:
        print(visible_json(_as_json(outcome)), flush=True)
    else:
        print(outcome.report() or "  passed", flush=True)
    return outcome


def _step(seen: Seen) -> None:
    print(f"  {seen}", flush=True)


def _mistake(path: Path, error: MiniosError, *, as_json: bool) -> None:
    if as_json:
        told = {"scenario": str(path), "passed": False, "mistake": str(error)}
        print(visible_json(msgspec.json.encode(told).decode()), flush=True)
    else:
        _complain(error)


def _complain(error: MiniosError) -> None:
    print("minios:", visible(error), file=sys.stderr, flush=True)


def _as_json(outcome: Outcome) -> str:
    scenario = outcome.scenario
    told = {
        "scenario": str(scenario.path),
        "variant": scenario.variant,
        "title": scenario.title,
        "points": 1.0 if scenario.points is None else scenario.points,
        "hidden": scenario.hidden,
        "passed": outcome.passed,
        "steps": outcome.steps,
        "failure": outcome.failure,
    }
    return msgspec.json.encode(told).decode()
