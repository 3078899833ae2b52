"""`minios pipeline`: send content files through the vendor's pipeline to customers."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final

from minios import host_files
from minios.abi import policies
from minios.arguments import at_least_one, meant
from minios.commands import lab
from minios.errors import ScenarioError
from minios.lazy_parser import Command
from minios.tutor.pipeline import (
    SWITCHES,
    Bounds,
    Outcome,
    Outcomes,
    Pipeline,
    Step,
    Switches,
    Table,
    definitions,
    table,
    writing,
)
from minios.tutor.pipeline.switches import BY_NAME, BY_NUMBER
from minios.visible import visible

COMMAND: Final = Command(
    "pipeline",
    "Send content files through the vendor's pipeline, with six switches.",
    place=60,
    uses=(
        (
            ("turn the six switches of the vendor's pipeline; compare all 96 settings"),
            "`pipeline --on 6`; `pipeline --table`",
        ),
    ),
    interrupted="pipeline --machines 2",
)

_WIDTH: Final = 79
_STDOUT: Final = "-"
_SHOWN: Final = 60  # characters of a name
_SIGNS: Final = {True: "ok   ", False: "CRASH"}
_DESCRIPTION: Final = """\
Send content files through the vendor's pipeline to the machines of customers.
The pipeline has six stages, and each can be repaired with one switch. All switches are
off at first: that is the pipeline of July 2024. The command tells stage by stage what
happens to a file. The machines are real ones, and the sensors are real builds.
  1 compile-check  the build compares the definitions with the sensor's code
  2 bounds-check   the interpreter checks the index before it reads
  3 tests          the sensor is tested with a real criterion for every field
  4 validator      the validator counts the inputs that the code supplies
  5 pre-release    the file runs in a machine before its release
  6 rollout        the customers get the file in rings, not all at once
Use this command to see which repair would have been enough."""
_EXAMPLES: Final = """\
examples:
  minios pipeline                        all shipped files, as in July 2024
  minios pipeline channel-291-bad        one file
  minios pipeline --on 6                 the same with a rollout in rings
  minios pipeline --on 2,6               two switches
  minios pipeline --bounds wrong         a bounds check that aborts
  minios pipeline my-file.toml --on validator
                                         a file of your own; switches have names, too
  minios pipeline --definitions my-definitions.toml
                                         other definitions (copy definitions.toml
                                         from the folder assets)
  minios pipeline --table                compare all 96 settings, in half a minute
  minios pipeline --table --csv all.csv  write every row of the table
  minios pipeline --json -               print JSON, for a program to read
  minios pipeline --screen               turn the switches on a screen
  minios pipeline --plain                turn them in a talk, for screen readers

ACCESSIBLE=1 in the environment means --plain, unless an option asks for another
output; that is then printed without columns."""


_MODELS: Final = tuple(policies.BY_NAME[name] for name in policies.COMPARED)


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="a shipped file by its name, or a path; a source that ends in .toml is"
        " compiled (default: all shipped files)",
    )
    parser.add_argument(
        "--on",
        default="",
        metavar="SWITCHES",
        help="the switches that are on: numbers or names with commas, or all",
    )
    parser.add_argument(
        "--bounds",
        choices=[it.value for it in Bounds],
        metavar="CHECK",
        help="the bounds check: none, right, or wrong, which aborts (default: none;"
        " right if switch 2 is on)",
    )
    parser.add_argument(
        "--definitions",
        type=Path,
        metavar="FILE",
        help="another definitions file: how many fields an event has",
    )
    parser.add_argument(
        "--machines",
        type=at_least_one,
        default=12,
        metavar="N",
        help="how many machines the customers have (default: %(default)s)",
    )
    parser.add_argument(
        "--rings",
        type=_rings,
        default=(1, 3),
        metavar="SIZES",
        help="how many machines are in the first rings of a rollout; the last ring has"
        " the rest (default: 1,3)",
    )
    parser.add_argument(
        "--model",
        choices=policies.COMPARED,
        default="windows",
        metavar="NAME",
        help=f"{'; '.join(f'{it.name}: {it.words}' for it in _MODELS)}"
        " (default: %(default)s)",
    )
    parser.add_argument(
        "--table", action="store_true", help="compare all 96 settings of the switches"
    )
    parser.add_argument(
        "--json",
        metavar="FILE",
        help="write every outcome as JSON into this file; - prints only the JSON",
    )
    parser.add_argument(
        "--csv",
        metavar="FILE",
        help="write every outcome as a table (CSV) into this file; - prints only that",
    )
    parser.add_argument(
        "--jobs",
        type=at_least_one,
        metavar="N",
        help="how many processes run machines (default: one for each CPU)",
    )
    parser.add_argument(
        "--plain", action="store_true", help="talk in numbered choices, line by line"
    )
    parser.add_argument("--screen", action="store_true", help="open the interface")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Send the files through the pipeline. Returns 0, whatever became of them."""
    switches = _switches(arguments)
    _refuse_contradictions(arguments)
    for option, name in (("--json", arguments.json), ("--csv", arguments.csv)):
        if name not in (None, _STDOUT):
            host_files.require_room(Path(name), partial(_refused, option, name))
    with _pipeline(arguments) as pipeline:
        if arguments.plain or _is_talk_wanted(arguments):
            return _talk(pipeline, switches)
        if arguments.screen:
            return _open(pipeline, switches)
        is_told = _STDOUT not in (arguments.json, arguments.csv)
        if arguments.table:
            found = _compared(pipeline, is_told=is_told)
            outcomes = found.outcomes
            lines = _of_table(found)
        else:
            for _ in pipeline.prepare([switches]):
                pass
            one = pipeline.run(switches)
            outcomes, lines = one.outcomes, _of_setting(pipeline, one)
    if is_told:
        for line in lines:
            print(" ".join(line.split()) if lab.is_plain_wanted() else line)
    _write(arguments.json, "--json", writing.json, outcomes)
    _write(arguments.csv, "--csv", writing.table_csv, outcomes)
    return 0


def _is_talk_wanted(arguments: argparse.Namespace) -> bool:
    """Whether ACCESSIBLE=1 means the talk: not where an option asks for an output."""
    wanted = arguments.table or arguments.screen or arguments.json or arguments.csv
    return lab.is_plain_wanted() and not wanted


def _pipeline(arguments: argparse.Namespace) -> Pipeline:
    declared = arguments.definitions
    return Pipeline(
        arguments.files or None,
        model=arguments.model,
        machines=arguments.machines,
        rings=arguments.rings,
        definitions=None if declared is None else definitions.find(declared),
        processes=arguments.jobs,
    )


# ---- What was typed.


def _rings(text: str) -> tuple[int, ...]:
    """Sizes with commas."""
    return tuple(map(at_least_one, text.split(",")))


def _switches(arguments: argparse.Namespace) -> Switches:
    """The setting that the options name. Raises ScenarioError."""
    names = [it.strip() for it in arguments.on.split(",") if it.strip()]
    if "all" in names:
        names = list(BY_NAME)
    found = Switches()
    for name in dict.fromkeys(map(_switch, names)):
        found = BY_NAME[name].turned(found)
    if arguments.bounds is None:
        return found
    if found.bounds_check is not Bounds.NONE and arguments.bounds == "none":
        raise ScenarioError(
            "switch 2 cannot be on without a check",
            where="--bounds",
            advice="Leave out 2 in --on, or choose right or wrong",
        )
    told = {it.field: getattr(found, it.field) for it in SWITCHES}
    return Switches(**{**told, "bounds_check": Bounds(arguments.bounds)})


def _switch(name: str) -> str:
    numbers = {str(number): it.name for number, it in BY_NUMBER.items()}
    if name in numbers:
        return numbers[name]
    if name in BY_NAME:
        return name
    raise ScenarioError(
        f"there is no switch {name[:_SHOWN]!r}",
        where="--on",
        advice=f"{meant(name, BY_NAME)}Choose from 1 to 6, all, {', '.join(BY_NAME)}",
    )


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    """Raise ScenarioError for options that cannot be used together."""
    ways = [
        option
        for option, is_given in (
            ("--plain", arguments.plain),
            ("--screen", arguments.screen),
            ("--table", arguments.table),
        )
        if is_given
    ]
    written = [it for it in ("json", "csv") if getattr(arguments, it) is not None]
    if ways and ways[0] != "--table":
        ways += [f"--{it}" for it in written]
    if len(ways) > 1:
        raise ScenarioError(
            f"{' and '.join(ways)} cannot be used together", advice="Choose one of them"
        )
    if arguments.table and (arguments.on or arguments.bounds):
        raise ScenarioError(
            "the table has all settings of the switches",
            where="--table",
            advice="Leave out --on and --bounds",
        )
    if arguments.json == arguments.csv == _STDOUT:
        raise ScenarioError(
            "JSON and CSV cannot both be printed",
            where="--csv",
            advice="Give one of them the name of a file",
        )


# ---- One setting.


def _of_setting(pipeline: Pipeline, found: Outcomes) -> Iterator[str]:
    world = pipeline.world
    yield f"The switches that are on: {found.switches.words}"
    yield f"The customers have {world.machines} machines."
    yield f"Their model is {world.model}: {policies.BY_NAME[world.model].words}."
    yield ""
    yield "The sensor's release"
    yield from _steps(found.sensor.steps)
    for outcome in found.outcomes:
        yield ""
        yield f"The content file {visible(outcome.file)}"
        yield from _steps(outcome.steps[len(found.sensor.steps) :])
    yield ""
    yield "What came of it"
    yield from _results(found.outcomes)


def _steps(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        yield from _folded(f"{step.stage.value}: {visible(step.words)}")


def _results(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """The outcomes, equal ones together."""
    for sentence, same in groupby(outcomes, lambda it: it.sentence):
        files = list(same)
        names = ", ".join(visible(it.file) for it in files)
        yield from _folded(f"{_SIGNS[files[0].is_harmless]} {names}")
        yield from _folded(sentence, indent=8)


def _folded(text: str, indent: int = 2) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_on_hyphens=False,
    )


# ---- All settings.


def _compared(pipeline: Pipeline, *, is_told: bool) -> Table:
    if is_told:
        print("All settings are tried. This takes about half a minute.", flush=True)
    return table(pipeline)


def _of_table(found: Table) -> Iterator[str]:
    total = len(found.rows)
    harmed = [it for it in found.groups if not all(o.is_harmless for o in it.outcomes)]
    count = sum(len(it.settings) for it in harmed)
    for group in found.groups:
        yield ""
        several = len(group.settings) > 1
        words = "; or ".join(group.conditions)
        number = f"{len(group.settings)} settings" if several else "1 setting"
        yield from _folded(f"{words} ({number})", indent=0)
        told = [it for it in group.outcomes if it.file not in found.unaffected]
        yield from _results(told or group.outcomes)
    yield ""
    same = [it for it in found.groups[0].outcomes if it.file in found.unaffected]
    if 0 < len(same) < len(found.groups[0].outcomes):
        yield "The same in every setting"
        yield from _results(same)
        yield ""
    yield "A switch that is not named may stand in any position."
    yield f"Customers have a crash in {count} of the {total} settings."
    yield ""
    for it in SWITCHES:
        yield f"  {it.number} {it.name:14} {it.on}"


# ---- Files, a talk, a screen.


def _write(
    name: str | None,
    option: str,
    made: Callable[[Iterable[Outcome]], bytes],
    outcomes: tuple[Outcome, ...],
) -> None:
    if name is None:
        return
    data = made(outcomes)
    if name == _STDOUT:
        sys.stdout.write(data.decode())
        return
    host_files.write(Path(name), data, partial(_refused, option, name))


def _refused(option: str, name: str, what: str) -> ScenarioError:
    return ScenarioError(f"{name} {what}", where=option, advice="Choose another file")


def _talk(pipeline: Pipeline, switches: Switches) -> int:
    from minios.plain import pipeline as plain  # noqa: PLC0415

    plain.run(pipeline, switches, lab.say, lab.ask)
    return 0


def _open(pipeline: Pipeline, switches: Switches) -> int:

    if not lab.is_possible():
        raise ScenarioError(
            "there is no terminal to draw on", advice="Use `minios pipeline --plain`"
        )
    from minios.tui.app import MiniosApp  # noqa: PLC0415
    from minios.tui.screens.pipeline import PipelineScreen  # noqa: PLC0415

    return lab.shown(MiniosApp(pipeline=PipelineScreen(pipeline, switches)))
