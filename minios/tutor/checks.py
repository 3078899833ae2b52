"""The scenario that checks a learner's files, with a bound on what it may use.

It comes with a lesson, so perhaps from a stranger, and a learner waits for it. So a
check may use less than a scenario that somebody runs as a test.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from minios.testing.scenarios import reading, times
from minios.testing.scenarios.base import Span
from minios.testing.scenarios.mistakes import ScenarioFileError
from minios.testing.scenarios.model import Scenario
from minios.testing.scenarios.tables import Tables
from minios.tutor import texts

MOST_INSTRUCTIONS: Final = 200_000_000
"""Of all scenarios of a check together: about 2 s of the host, at worst 10."""
MOST_TIME: Final = Span(120_000_000_000)
"""Virtual ns of each machine."""
MOST_MACHINES: Final = 8
"""Of all scenarios together: each of them has to boot."""


def read(path: Path) -> tuple[Scenario, ...]:
    """The scenarios of a check.

    Raises ScenarioFileError, with the line, for a mistake or for a budget that is too
    large, and LessonError for a text that a terminal would obey.
    """
    texts.read_table(path)  # its messages are read by learners: nothing hidden in them
    scenarios = reading.read(path)
    if sum(len(it.machines) for it in scenarios) > MOST_MACHINES:
        what = f"a check of a lesson may have {MOST_MACHINES} machines in all"
        raise _refused(path, "machines", what, "Use fewer machines or parameters")
    for scenario in scenarios:
        if scenario.budget > MOST_TIME:
            what = f"a check of a lesson may take {times.shown(MOST_TIME)}"
            raise _refused(path, "budget", what, "Write a smaller budget")
        if scenario.instructions > MOST_INSTRUCTIONS:
            what = f"a check of a lesson may use {MOST_INSTRUCTIONS:,} instructions"
            raise _refused(path, "instructions", what, "Write a smaller number")
    return scenarios


def _refused(path: Path, key: str, what: str, advice: str) -> ScenarioFileError:
    return Tables(path, texts.read(path)).refuse((key,), what, advice)
