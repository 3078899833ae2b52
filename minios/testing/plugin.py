"""The pytest plugin: fixtures with booted machines, marks for grades, and reports.

Installing minios is enough: pytest finds this file by the entry point `pytest11`. It is
loaded in every run of such a project, so the emulator is imported only where a fixture
needs it, and tests that use nothing of minios are left alone.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from minios.testing import marks, tracebacks
from minios.testing.scenarios import collecting

if TYPE_CHECKING:
    from minios.lab import Lab
    from minios.testing.contents import ContentMaker
    from minios.testing.loans import Labs
    from minios.testing.pair import Pair
    from minios.testing.plugins import PluginBuilder
    from minios.testing.submission import Submission

_labs: Final[pytest.StashKey[Labs]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the group minios."""
    group = parser.getgroup("minios")
    group.addoption(
        "--submission",
        metavar="DIR",
        help="the folder that was handed in: for the fixture `submission`, and for "
        "paths that begin with `submission/` in a scenario file",
    )
    group.addoption(
        "--minios-recordings",
        metavar="DIR",
        help="where to save what the machines of a failed test did, for `minios lab "
        "--replay` (default: in pytest's cache)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the markers."""
    marks.register(config)


def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    """Scenario files are tests, too."""
    return collecting.collect(file_path, parent)


# ---- Fixtures.


@pytest.fixture
def _minios_labs(
    request: pytest.FixtureRequest, plugin_builder: PluginBuilder
) -> Iterator[Labs]:
    """The labs of a test. A project may have a fixture `lab` of its own beside them."""
    from minios.testing import stock  # noqa: PLC0415 - the emulator
    from minios.testing.budgets import Budget  # noqa: PLC0415
    from minios.testing.loans import Labs  # noqa: PLC0415

    item = request.node
    budget = Budget(**marks.budget(item))
    labs = item.stash[_labs] = Labs(stock.of_process(), budget, plugin_builder)
    yield labs
    labs.give_back()


@pytest.fixture
def lab(_minios_labs: Labs) -> Labs:
    """Make booted labs: `lab("windows", content=..., plugins=[...], seed=...)`.

    With `cold=True` a lab stands before its first instruction.
    """
    return _minios_labs


@pytest.fixture
def windows(_minios_labs: Labs) -> Lab:
    """A booted lab of the windows model: third-party drivers run in ring 0."""
    return _minios_labs("windows")


@pytest.fixture
def macos(_minios_labs: Labs) -> Lab:
    """A booted lab of the macos model: third-party code stays in ring 3."""
    return _minios_labs("macos")


@pytest.fixture
def pair(_minios_labs: Labs) -> Pair:
    """Both worlds, booted with the same seed, on one virtual time."""
    return _minios_labs.pair()


@pytest.fixture
def content() -> ContentMaker:
    """Make content files: `content({"channel": 291, "version": 2, ...})`."""
    from minios.testing.contents import ContentMaker  # noqa: PLC0415

    return ContentMaker()


@pytest.fixture
def plugin_builder(request: pytest.FixtureRequest) -> PluginBuilder:
    """Build plugins: `plugin_builder(folder)`, `plugin_builder.from_text(C_TEXT)`."""
    from minios.testing.plugins import PluginBuilder  # noqa: PLC0415

    return PluginBuilder(_folder(request.config, "plugins"))


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> Submission:
    """The folder of `--submission DIR`; an error without this option."""
    from minios.testing.submission import (  # noqa: PLC0415
        Submission,
        SubmissionError,
    )

    folder = request.config.getoption("submission")
    if folder is None:
        raise SubmissionError(
            "this test needs a submission", advice="Run pytest with --submission DIR"
        )
    return Submission(request.config.invocation_params.dir / folder)


def _folder(config: pytest.Config, name: str) -> Path | None:
    """A folder in pytest's cache; None if there is no cache."""
    cache: pytest.Cache | None = getattr(config, "cache", None)
    return None if cache is None else cache.mkdir(f"minios-{name}")


# ---- What is said about a test.


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[
    None, pytest.CollectReport, pytest.CollectReport
]:
    """Refuse a file whose tests have marks with wrong arguments."""
    report = yield
    items = [it for it in report.result or () if isinstance(it, pytest.Item)]
    troubles = [words for words in map(marks.trouble, items) if words]
    if troubles:
        report.outcome = "failed"
        report.longrepr = "\n".join(troubles)
        report.result = []
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say of each scenario what it is called and worth, and whether it is hidden."""
    for item in items:
        if _is_scenario(item):
            said = {name for name, _ in item.user_properties}
            item.user_properties += [
                (name, value)
                for name, value in (
                    ("minios_title", _title(item)),
                    ("minios_points", marks.points(item)),
                    ("minios_hidden", marks.is_hidden(item)),
                )
                if name not in said
            ]


def _is_scenario(item: pytest.Item) -> bool:
    """Whether a test uses a fixture or a mark of this file."""
    if any(item.get_closest_marker(name) for name in marks.NAMES):
        return True
    info = getattr(item, "_fixtureinfo", None)
    fixtures = info.name2fixturedefs if info else {}
    return any(one[-1].func.__module__ == __name__ for one in fixtures.values() if one)


def _title(item: pytest.Item) -> str:
    """The first line of a test's docstring, or else its name."""
    words = getattr(getattr(item, "obj", None), "__doc__", None) or ""
    first, *_ = words.strip().splitlines() or [""]
    return first.removesuffix(".") or item.name


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that has used up its budget, and show its machines if it failed."""
    if call.excinfo is not None:
        tracebacks.end_at_own_line(call.excinfo, item.config)
    report = yield
    labs = item.stash.get(_labs, None)
    if labs is None or call.when == "teardown":
        return report
    if labs.over_budget:
        report.outcome = "failed"
        report.longrepr = labs.over_budget
    from minios.testing import failure  # noqa: PLC0415 - the emulator

    failure.make_visible(report)
    if report.failed and not failure.is_mistake(call.excinfo):
        report.sections += failure.sections(labs.borrowed)
        said = (
            _title(item),
            labs.over_budget or labs.reason or failure.reason(call.excinfo),
        )
        report.sections += failure.recording(
            labs.borrowed, item.nodeid, said, _recordings(item.config)
        )
    return report


def _recordings(config: pytest.Config) -> Path | None:
    """Where recordings of failed tests go; None without such a place."""
    told: str | None = config.getoption("minios_recordings")
    if told is not None:
        return config.invocation_params.dir / told
    return _folder(config, "recordings")
