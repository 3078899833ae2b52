"""Scenario files as tests of pytest: each becomes a function like any other.

So fixtures, marks, `-k`, `--lf`, pytest-xdist and plugins that repeat a test work as
they do for tests in Python. The function uses the fixture `lab` of
`minios/testing/plugin.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from minios.testing.scenarios import SUFFIX
from minios.visible import visible

if TYPE_CHECKING:
    from minios.testing.scenarios.model import Scenario


def collect(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """What `pytest_collect_file` returns for a file: None if it is no scenario."""
    if not path.name.endswith(SUFFIX):
        return None
    return ScenarioFile.from_parent(parent, path=path)


class ScenarioFile(pytest.File):
    """A scenario file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Its tests. Raises CollectError for a mistake in the file."""
        from minios.testing.scenarios.mistakes import (  # noqa: PLC0415 - the emulator
            ScenarioFileError,
        )
        from minios.testing.scenarios.reading import read  # noqa: PLC0415

        try:
            scenarios = read(self.path)
        except ScenarioFileError as error:
            raise self.CollectError(visible(error)) from error
        for scenario in scenarios:
            name = self.path.name.removesuffix(SUFFIX)
            if scenario.variant:
                name += f"[{visible(scenario.variant)}]"
            test = ScenarioTest.from_parent(
                self, name=name, callobj=_function(scenario, self.config)
            )
            test.add_marker(pytest.mark.budget(**scenario.limits))
            if scenario.points is not None:
                test.add_marker(pytest.mark.points(scenario.points))
            if scenario.hidden:
                test.add_marker(pytest.mark.hidden)
            yield test


class ScenarioTest(pytest.Function):
    """The test of one scenario."""

    def reportinfo(self) -> tuple[Path, int, str]:
        """It stands in the scenario file, and not where its function was made."""
        return self.path, 0, self.name


def _function(scenario: Scenario, config: pytest.Config) -> Callable[..., None]:
    def test(lab: Any) -> None:  # noqa: ANN401 - a Labs, which imports the emulator
        from minios.testing.scenarios.running import run  # noqa: PLC0415
        from minios.testing.submission import Submission  # noqa: PLC0415

        folder = config.getoption("submission", None)
        submission = folder and Submission(config.invocation_params.dir / folder)
        outcome = run(scenario, lab, submission=submission)
        lab.reason = outcome.reason
        if outcome.failure is not None:
            # The author knows no Python. The records are a section of the report.
            words = outcome.report(records=False)
            raise pytest.fail.Exception(words, pytrace=False) from outcome.failure.error

    test.__doc__ = scenario.title
    return test
