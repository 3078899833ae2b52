"""What a report shows of the machines of a test that has failed.

Everything here was written by a guest, so all of it is made visible: a terminal obeys
nothing of it, and XML can hold it.
"""

from __future__ import annotations

import re
import shlex
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from minios.content.errors import ContentError
from minios.errors import ImageError, MiniosError, ScenarioError
from minios.lab import ConditionNotMetError, Lab, narration
from minios.lab.mistakes import NoRecordError
from minios.session import recording as recordings
from minios.testing import culprits
from minios.testing.tracebacks import without_addresses
from minios.visible import visible

_MISTAKES: Final = (ScenarioError, ContentError, ImageError, NameError)
_OF_MACHINES: Final = (ConditionNotMetError, NoRecordError)
"""Those of them that depend on what the machines have done."""
_CONSOLE_LINES: Final = 12
_RECORDS: Final = 16
_WIDEST: Final = 200  # characters of a line
_LONGEST_NAME: Final = 80
_MOST_RECORDED: Final = 4  # labs that the interface has room for


def is_mistake(excinfo: pytest.ExceptionInfo[BaseException] | None) -> bool:
    """Whether the author has written something that no machine makes right.

    Then the machines do not matter.
    """
    error = None if excinfo is None else excinfo.value
    return isinstance(error, _MISTAKES) and not isinstance(error, _OF_MACHINES)


def make_visible(report: pytest.TestReport) -> None:
    """Escape what a guest has written in all that a report shows.

    A test may print what a guest says, or name it in its error.
    """
    report.sections[:] = [(name, _safe(text)) for name, text in report.sections]
    if isinstance(report.longrepr, str):
        report.longrepr = _safe(report.longrepr)
    for trace, crash, _ in getattr(report.longrepr, "chain", ()):
        if crash is not None:
            crash.message = _safe(crash.message)
        for entry in trace.reprentries:
            entry.lines[:] = map(visible, entry.lines)


def _safe(text: str) -> str:
    """The same lines without anything that a terminal would obey."""
    return "\n".join(map(visible, text.split("\n")))


def sections(labs: Sequence[Lab]) -> list[tuple[str, str]]:
    """For each lab its screen and its latest records.

    The last lines of the console come between them, if not all are on the screen.
    """
    return [
        (f"{called}: {what}", text)
        for called, lab in _called(labs)
        for what, text in (*culprits.sections(lab), *_parts(lab))
    ]


def recording(
    labs: Sequence[Lab], test: str, said: tuple[str, str], folder: Path | None
) -> list[tuple[str, str]]:
    """Save what was done with the latest labs, and say how to see it again.

    `test` is pytest's name of the test, `said` its title and why it has failed. Without
    a folder nothing can be saved, and nothing of a lab that the test has closed.
    """
    labs = [lab for lab in labs if not lab.is_closed][-_MOST_RECORDED:]
    if not labs or folder is None:
        return []
    name = re.sub(r"[^\w.-]+", "-", test)[-_LONGEST_NAME:].strip("-.")
    path = folder / f"{name}-{zlib.crc32(test.encode()):08x}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        recordings.save(recordings.of_labs(labs, *said), path)
    except (OSError, MiniosError) as error:
        return [("minios", visible(f"There is no recording: {error}"))]
    how = f"minios lab --replay {shlex.quote(str(_short(path)))}"
    return [("minios: open this moment in the interface", visible(how))]


def reason(excinfo: pytest.ExceptionInfo[BaseException] | None) -> str:
    """Why a test has failed, as its exception says it."""
    if excinfo is None:
        return ""
    return without_addresses(str(excinfo.value)) or type(excinfo.value).__name__


def _short(path: Path) -> Path:
    """The path as it is typed in the current folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _called(labs: Sequence[Lab]) -> Iterator[tuple[str, Lab]]:
    """Each lab with its model; with a number, too, if there are several of a model."""
    models = [lab.model for lab in labs]
    for number, lab in enumerate(labs):
        count = f" {models[:number].count(lab.model) + 1}"
        yield lab.model + (count if models.count(lab.model) > 1 else ""), lab


def _parts(lab: Lab) -> Iterator[tuple[str, str]]:
    screen = () if lab.is_closed else lab.screen
    if screen:
        rows = [row.rstrip() for row in screen]
        yield "the screen", _lines(_without_margins(rows))
    console = lab.console_text.splitlines()[-_CONSOLE_LINES:]
    shown = "".join(screen)  # a line of the console may take several of its rows
    if not all(line.rstrip() in shown for line in console):
        yield "the last lines of the console", _lines(console)
    told = [event for event in lab.events if narration.is_worth_a_line(event)]
    yield (
        "the latest records",
        _lines([narration.line(event) for event in told[-_RECORDS:]]),
    )


def _without_margins(rows: Sequence[str]) -> Sequence[str]:
    used = [number for number, row in enumerate(rows) if row]
    return rows[used[0] : used[-1] + 1] if used else ()


def _lines(rows: Sequence[str]) -> str:
    return "\n".join(visible(row[:_WIDEST]) for row in rows) or "(empty)"
