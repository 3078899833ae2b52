"""The work of a worker: collect scenarios, and run them for one submission.

pytest runs inside this process, again and again, so that only the first submission pays
for importing it and for booting machines. It sees the scenarios' folder and a clean
folder with the checked parts, and no configuration of any other folder.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from minios import host_files
from minios.errors import ScenarioError
from minios.testing.grading import feedback, parts
from minios.testing.grading.jobs import Collect, Run, Scenarios
from minios.testing.grading.results import Grade, Scenario, nothing_yet
from minios.testing.grading.watching import Collector, Watcher

_INI_FILES: Final = ("pytest.toml", "pytest.ini")
_PLUGINS: Final = ("minios.testing.plugin", "xdist.plugin")
_ALL_TESTS_HERE: Final = ("--numprocesses=0", "--maxfail=0")
"""Stronger than `addopts = -n 2 -x` in a configuration of the scenarios."""
_NOT_NEEDED: Final = (
    "cacheprovider",  # would write into the scenarios' folder
    "faulthandler",
    "unraisableexception",  # collects garbage five times at each end
    "threadexception",
    "junitxml",
    "pastebin",
    "doctest",
)


def collect(job: Collect) -> tuple[Scenario, ...]:
    """The tests of the scenarios, in order.

    Raises ScenarioError if a file of the scenarios has a mistake, or if there are none.
    """
    watcher = Collector(job.assignment)
    with _own_folder() as own, _unpacked(job.scenarios) as folder:
        output = _pytest(folder, own, ["--collect-only"], watcher)
    if watcher.mistakes:
        said = watcher.mistakes[0].replace(f"{folder}{os.sep}", "")
        raise ScenarioError(feedback.safe(said), where="--with")
    if not watcher.tests:
        raise ScenarioError(
            f"there are no scenarios: {feedback.safe(output).splitlines()[-1]}",
            where="--with",
            advice="Put test_*.py or *.scenario.toml files into this folder",
        )
    return tuple(watcher.tests)


def run(job: Run) -> Grade:
    """The grade of one submission."""
    with _own_folder() as own, _unpacked(job.scenarios) as tests:
        root = own.resolve() / "submission"
        _write(root, job.submission.files)
        checked = parts.check(root, job.submission, job.assignment)
        problems = tuple(map(feedback.safe, checked.problems))
        if not checked.is_usable:
            message = "This test was not run, because a required part needs a change."
            return nothing_yet(job.submission.name, job.tests, message, problems)
        recordings = own / "recordings"
        watcher = Watcher(root, tests, recordings, job.assignment)
        arguments = [f"--submission={root}", f"--minios-recordings={recordings}"]
        _pytest(tests, own, arguments, watcher)
    return Grade(
        job.submission.name,
        watcher.results(job.tests),
        problems,
        watcher.fault(job.tests),
    )


def _pytest(
    scenarios: Path, own: Path, arguments: Sequence[str], watcher: Collector | Watcher
) -> str:
    """Run pytest here. Returns what it printed."""
    configuration = next(
        (scenarios / it for it in _INI_FILES if (scenarios / it).is_file()),
        own / "pytest.ini",
    )
    if configuration.parent == own:
        configuration.write_text("[pytest]\n", encoding="utf-8")
    command = [
        f"--rootdir={scenarios}",
        f"--confcutdir={scenarios}",
        f"-c{configuration}",
        f"--basetemp={own / 'pytest'}",
        "--color=no",
        "-q",
        *(f"-p{it}" for it in _PLUGINS),
        *(f"-pno:{it}" for it in _NOT_NEEDED),
        *_ALL_TESTS_HERE,
        *arguments,
        str(scenarios),
    ]
    output = io.StringIO()
    modules, places = set(sys.modules), sys.path.copy()
    here = Path.cwd()
    os.chdir(own)
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            pytest.main(command, plugins=[watcher])
    finally:
        os.chdir(here)
        sys.path[:] = places
        _forget(modules, scenarios)
    return output.getvalue()


def _forget(before: set[str], scenarios: Path) -> None:
    """Forget the modules of the scenarios: the next submission gets fresh ones."""
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).is_relative_to(scenarios):
            del sys.modules[name]


@contextlib.contextmanager
def _own_folder() -> Iterator[Path]:
    """An empty folder that has the same path for each job of this process.

    What is kept from an earlier job may name it: why an equal plugin was refused, say.
    """
    folder = Path(tempfile.gettempdir(), f"grade-{os.getpid()}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def _unpacked(scenarios: Scenarios) -> Iterator[Path]:
    """The folder of the scenarios; a new one if their files were sent."""
    if not scenarios.files:
        yield Path(scenarios.folder)
        return
    with host_files.temporary_folder("scenarios") as folder:
        _write(folder, scenarios.files)
        yield folder


def _write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
