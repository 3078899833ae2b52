"""Plugins for pytest that note which tests there are, and how each one ends."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Final

import pytest
from msgspec import structs

from minios.testing import marks
from minios.testing.budgets import LARGER
from minios.testing.grading import feedback
from minios.testing.grading.assignment import Assignment
from minios.testing.grading.blame import Blame
from minios.testing.grading.results import Outcome, Result, Scenario
from minios.testing.marks import MarkError
from minios.testing.tracebacks import without_addresses

_NEXT: Final = """

Next step: mend it, and hand it in again. If you were given the folder of the tests, you
can run this test yourself, in that folder (FOLDER is what you hand in):
pytest {} --submission FOLDER"""
_CLASS: Final = re.compile(r"\Aminios\.[\w.]+: ")  # of an error: no word for students
_MOST_SECTION: Final = 4000  # characters of a section that are kept: the last ones


class Collector:
    """Notes the tests. `mistakes` are the files that could not be collected."""

    def __init__(self, assignment: Assignment) -> None:
        self.tests: list[Scenario] = []
        self.mistakes: list[str] = []
        self._assignment = assignment

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that has a mistake: in one line, without the way to it."""
        if report.failed:
            lines = _words(report).splitlines()
            said = [it[1:].strip() for it in lines if it.startswith("E ")] or lines
            text = " ".join(said)
            file = "" if report.nodeid in text else f"{report.nodeid}: "
            self.mistakes.append(file + text)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note all tests, in their order. A mark that nobody knows is a mistake."""
        for item in session.items:
            try:
                marks.require_known(item, all_of_them=True)
            except MarkError as error:
                self.mistakes.append(f"{item.nodeid}: {error}")
        found = [self._scenario(item) for item in session.items]
        titles = Counter(it.title for it in found)
        self.tests = [_told_apart(it) if titles[it.title] > 1 else it for it in found]

    def _scenario(self, item: pytest.Item) -> Scenario:
        said = dict(item.user_properties)
        points, hidden = self._assignment.points, self._assignment.hidden
        if item.get_closest_marker("points"):
            points = float(str(said.get("minios_points", points)))
        if item.get_closest_marker("hidden"):
            hidden = True
        title = str(said.get("minios_title", item.name))
        return Scenario(item.nodeid, title, points, hidden)


class Watcher:
    """Notes how each test ends.

    Args:
        submission: the folder of the checked parts.
        scenarios: the folder of the scenarios.
        recordings: the folder into which failed tests write recordings.
        assignment: what a test may use that does not say it, and which parts students
            hand in.
    """

    def __init__(
        self,
        submission: Path,
        scenarios: Path,
        recordings: Path,
        assignment: Assignment,
    ) -> None:
        self._budget = assignment.budget
        self._blame = Blame(submission, scenarios, assignment.part)
        self._places = ((submission, "submission"), (scenarios, "scenarios"))
        self._folder = recordings
        self._recordings: dict[str, bytes] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._messages: dict[str, str] = {}
        self._mistakes: dict[str, str] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Give every test a budget."""
        for item in items:
            if self._budget and item.get_closest_marker("budget") is None:
                item.add_marker(pytest.mark.budget(**self._budget))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note a mistake of the test itself. A text alone: its budget is used up."""
        report = yield
        if report.failed and call.excinfo and not isinstance(report.longrepr, str):
            mistake = self._blame.mistake(item, call.excinfo)
            if mistake:
                self._mistakes[item.nodeid] = self._portable(mistake)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a phase of a test: its setup, its call or its end."""
        name = report.nodeid
        if report.when == "call" and report.passed and name not in self._outcomes:
            self._outcomes[name] = Outcome.PASSED
        elif not report.passed:
            failed = report.when == "call" and report.failed
            self._outcomes[name] = Outcome.FAILED if failed else Outcome.ERROR
            self._messages[name] = self._portable(_feedback(report))
            for path in self._folder.glob("*"):
                self._recordings[name] = path.read_bytes()
                path.unlink()

    def results(self, tests: Iterable[Scenario]) -> tuple[Result, ...]:
        """The result of each test."""
        return tuple(map(self._result, tests))

    def fault(self, tests: Iterable[Scenario]) -> str:
        """Which tests were not run, for the instructor; "" if there are none.

        What pytest printed is not here: it differs from run to run.
        """
        lost = [it.name for it in tests if it.name not in self._outcomes]
        if not lost:
            return ""
        names = ", ".join(lost)
        return f"pytest has ended before {names}. Run it by hand to see why."

    def _result(self, test: Scenario) -> Result:
        name = test.name
        if name not in self._outcomes:
            return Result(test, Outcome.ERROR, feedback.NOT_RUN)
        if name in self._mistakes:
            mistake = feedback.safe(self._mistakes[name])
            return Result(test, Outcome.ERROR, feedback.NOT_YOURS, mistake)
        outcome, message = self._outcomes[name], self._messages.get(name, "")
        if outcome is not Outcome.PASSED:
            message += _NEXT.format(shlex.quote(name))
        return Result(
            test,
            outcome,
            feedback.safe(message),
            recording=self._recordings.get(name, b""),
        )

    def _portable(self, text: str) -> str:
        """The same text in every worker: without its folders and its addresses."""
        text = without_addresses(text)
        for folder, name in self._places:
            text = text.replace(str(folder), name)
        return text


def _told_apart(test: Scenario) -> Scenario:
    """The test with its parameters behind the title: several have the same one."""
    variant = test.name.partition("[")[2].removesuffix("]")
    return structs.replace(test, title=f"{test.title} [{variant or test.name}]")


def _words(report: pytest.CollectReport | pytest.TestReport) -> str:
    """What a report says in a few words: the message of the exception."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return _CLASS.sub("", str(crash.message))
    if isinstance(report.longrepr, tuple):  # skipped: file, line, reason
        return str(report.longrepr[2])
    return report.longreprtext


def _feedback(report: pytest.TestReport) -> str:
    """What was expected and seen, and what the machines showed."""
    lines = [_words(report).replace(LARGER, "")]
    for title, text in report.sections:
        if not title.startswith(("Captured", "minios")):
            lines += ["", f"--- {title}", text[-_MOST_SECTION:].rstrip()]
    return "\n".join(lines)
