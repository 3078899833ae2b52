"""`minios grade`: run scenarios for every submission, and write files of results.

Exit codes: 0 every submission was graded, whatever its score; 1 a person has to look at
one of them: its process died, or a test could not be run; 2 the command, the assignment
or a scenario has a mistake.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from minios.arguments import at_least_one
from minios.commands.grade_progress import Progress, print_mistakes, print_table
from minios.errors import ScenarioError
from minios.host_files import temporary_folder
from minios.interrupts import before_the_end
from minios.lazy_parser import Command
from minios.testing.grading import (
    assignment,
    jobs,
    package,
    reports,
    submission,
)
from minios.testing.grading.assignment import Assignment
from minios.testing.grading.grading import Grading
from minios.testing.grading.processes import SAME_ORDER, Processes
from minios.testing.grading.reports import Reports
from minios.testing.grading.submission import Found
from minios.visible import visible

COMMAND: Final = Command(
    "grade",
    "Grade submissions of students with scenarios.",
    place=130,
    uses=(
        (
            "grade what was handed in; make the zip for Gradescope",
            (
                "`grade handed-in --with week3`; `grade --with week3 --package "
                "autograder.zip`"
            ),
        ),
    ),
)

_DESCRIPTION: Final = """\
Grade submissions: run every scenario for each of them, in parallel processes.
SUBMISSIONS has one folder for each submission. SCENARIOS has the tests, and a file
assignment.toml that says what students hand in. Nothing of a submission is executed on
your computer: its plugins run only in the emulated machine."""
_EXAMPLES: Final = """\
examples:
  minios grade handed-in --with week-3
                              write all formats into the folder grades
  minios grade handed-in --with week-3 --format csv --output week-3-grades
  minios grade alice --single --with week-3 --format gradescope --output results
                              alice is the folder of one submission
  minios grade --with week-3 --package autograder.zip
                              make the zip that Gradescope wants

assignment.toml, beside the scenarios. At least one part must be in it:
  title = "A counter of pipe events"
  points = 2                # what a test is worth that names no points
  hidden = false            # true: students see none of the tests
  instructions = 20_000_000 # how many a test may use that names no budget
  [[part]]
  kind = "plugin"           # plugin, content, scenario, recording or answers
  file = "counter"
  required = true           # a mistake in this part: then no test is run

exit codes: 0 all were graded, whatever their scores; 1 a person has to look at one of
them: its process died, or a test could not be run; 2 the command, the assignment or a
scenario has a mistake."""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios grade`."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "submissions",
        type=Path,
        nargs="?",
        metavar="SUBMISSIONS",
        help="the folder of the submissions",
    )
    parser.add_argument(
        "--with",
        dest="scenarios",
        type=Path,
        metavar="SCENARIOS",
        help="the folder with the scenarios and assignment.toml",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("grades"),
        metavar="FOLDER",
        help="where to write the results (default: grades)",
    )
    parser.add_argument(
        "--format",
        dest="formats",
        action="append",
        choices=reports.FORMATS,
        help="what to write; may be given several times (default: all but classroom50)",
    )
    parser.add_argument(
        "--single",
        action="store_true",
        help="SUBMISSIONS is itself the folder of one submission",
    )
    parser.add_argument(
        "--jobs",
        type=at_least_one,
        metavar="N",
        help="how many processes (default: one for each CPU)",
    )
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="the scheduler of a Dask cluster that does the work, such as"
        " tcp://10.0.0.1:8786 (needs minios[cluster])",
    )
    parser.add_argument(
        "--package",
        type=Path,
        metavar="FILE",
        help="do not grade, but write the zip that Gradescope wants",
    )
    parser.add_argument(
        "--wheel",
        type=Path,
        metavar="FILE",
        help="with --package: put this wheel of minios into the zip (default: let pip"
        " install this version by its name)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Grade. Returns 1 if a person has to look at a submission, else 0."""
    if arguments.scenarios is None:  # argparse would not name an option like --wth
        raise ScenarioError(
            "the folder of the scenarios is missing",
            where="grade",
            advice="Name it: --with SCENARIOS",
        )
    if not arguments.scenarios.is_dir():
        raise ScenarioError(
            "there is no such folder",
            where=f"--with {arguments.scenarios}",
            advice="Name the folder that holds the scenarios",
        )
    task = assignment.read(arguments.scenarios)
    if arguments.package is not None:
        package.write(arguments.package, arguments.scenarios, arguments.wheel)
        print(f"The zip for Gradescope is {visible(arguments.package)}.")
        return 0
    formats = _formats(arguments)
    found = _find(arguments, task)
    with _executor(arguments) as (executor, scenarios):
        grading = Grading(scenarios, task, executor)
        tests = grading.collect()
        written = Reports(
            arguments.output,
            formats,
            found,
            tests,
            os.environ,
            is_single=arguments.single,
        )
        written.begin()
        progress = Progress(len(found))
        with before_the_end(written.write_all):
            for number, grade in grading.grade(found, tests):
                written.add(number, grade)
                progress.add(grade)
        progress.end()
        written.write_all()
    print_table(task.title, tests, written.grades, arguments.output)
    print_mistakes(written.grades)
    return int(any(it.needs_person for it in written.grades))


def _formats(arguments: argparse.Namespace) -> list[str]:
    formats = list(dict.fromkeys(arguments.formats or reports.USUAL))
    if "classroom50" in formats and not arguments.single:
        raise ScenarioError(
            "Classroom 50 grades one submission at a time",
            where="--format classroom50",
            advice="Name the folder of one submission, and add --single",
        )
    if arguments.single and {"gradescope", "exercism"} <= set(formats):
        raise ScenarioError(
            "gradescope and exercism have a file of the same name",
            where="--single",
            advice="Choose with --format gradescope or --format exercism",
        )
    return formats


def _find(arguments: argparse.Namespace, task: Assignment) -> list[Found]:
    if arguments.submissions is None:
        raise ScenarioError(
            "there is nothing to grade",
            where="SUBMISSIONS",
            advice="Name the folder of the submissions",
        )
    if arguments.single:
        return [submission.single(arguments.submissions)]
    own = (arguments.output, arguments.scenarios)  # they may lie beside submissions
    return submission.find(arguments.submissions, task, [it.resolve() for it in own])


@contextmanager
def _executor(
    arguments: argparse.Namespace,
) -> Iterator[tuple[Executor, jobs.Scenarios]]:
    """Where the work is done, and the scenarios as they reach that place."""
    folder = arguments.scenarios.resolve()
    os.environ.update(SAME_ORDER)
    if arguments.cluster is not None:
        from minios.testing.grading.cluster import Cluster  # noqa: PLC0415 - an extra

        with Cluster(arguments.cluster) as cluster:
            yield cluster, jobs.Scenarios("", jobs.bundle(folder))
        return
    count = arguments.jobs or os.cpu_count() or 1
    with temporary_folder("grading") as scratch:
        executor = Processes(count, scratch)
        with before_the_end(executor.kill):
            try:
                yield executor, jobs.Scenarios(str(folder))
            finally:
                executor.shutdown(cancel_futures=True)
