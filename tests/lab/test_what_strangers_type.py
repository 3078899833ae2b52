"""The types that a scenario test gets, where it is not part of this project.

Each is checked in a folder of its own, by mypy at its strictest and without our
settings, as in the folder of somebody who has only installed minios.

Deep: mypy reads every example for instructors. The usual test has that of the README.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MINE = "test_mine.py"
PAGES = sorted((ROOT / "tests/testing/examples").rglob("test_*.py"))

CONDITIONS = """\
from typing import assert_type

from minios.lab import Bugcheck, Death, Event, Happened, Lab, Ready, Reset, Restart
from minios.lab import Console, DiskWrite, Not, Screen, TextSeen, TimePassed, WriteSeen
from minios.lab import events, recovery

Mixed = TextSeen | events.BugcheckEvent


def is_late(event: Event) -> bool:
    return event.t > 1_000_000


def kinds(lab: Lab) -> None:
    assert_type(lab.boot(), events.ReadyEvent)
    assert_type(lab.run_until(Bugcheck(), within=1), events.BugcheckEvent)
    assert_type(lab.run_until(Death("sentinel"), within=1), events.DeathEvent)
    assert_type(lab.run_until(Restart(2), within=1), events.RestartEvent)
    assert_type(lab.run_while_waiting(Reset(), within=1), events.ResetEvent | None)
    assert_type(lab.come_up(Ready() | Reset()), events.ReadyEvent | events.ResetEvent)
    assert_type(lab.run_until(Happened(events.GaveUp), within=1), events.GaveUp)
    assert_type(
        lab.run_until(Happened(events.GaveUp, events.Restored), within=1),
        events.GaveUp | events.Restored,
    )


def sightings(lab: Lab) -> None:
    assert_type(lab.run_until(Console("x"), within=1), TextSeen)
    assert_type(lab.run_until(Screen("x") | Bugcheck(), within=1), Mixed)
    assert_type(lab.run_until(DiskWrite().count(2), within=1), WriteSeen)
    assert_type(lab.run_until(Not(Bugcheck()), within=1), TimePassed)
    assert_type(lab.expect(Death(), within=1, message="x"), events.DeathEvent)
    assert_type(lab.all(events.GaveUp), tuple[events.GaveUp, ...])
    assert_type(lab.all(Death("shell")), tuple[events.DeathEvent, ...])
    assert_type(lab.last(events.GaveUp).failures, int)
    assert_type(recovery.choose(lab, "switch off"), events.PoweredOff)
    assert_type(recovery.choose(lab, "continue"), events.ModeChosen)


def either(lab: Lab, end: Bugcheck | Death) -> None:
    lab.picture_of(lab.run_until(end, within=1))


def functions(lab: Lab) -> None:
    assert_type(lab.run_until(is_late, within=1), Event)
    assert_type(lab.run_until(lambda event: event.t > 1, within=1), Event)
    assert_type(lab.run_until(Bugcheck() | is_late, within=1), Event)
"""

MISTAKES = """\
from minios.lab import Bugcheck, Death, Lab, events


def mistaken(lab: Lab) -> None:
    lab.run_until("Bugcheck", within=1)
    lab.run_until(Bugcheck(), within=1).process_id
    lab.run_until(Bugcheck() | Death(), within=1).code
    events.Bugcheck
"""


def mypy(folder: Path, files: Mapping[str, str]) -> str:
    """What mypy says of files that stand alone in a folder."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    cache = folder.parent / "mypy"  # several tests of one run share it
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={cache}", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def example(language: str) -> str:
    """The scenario in this language that README.md shows."""
    block = rf"^```{language}\n(.*?)^```$"
    (code,) = re.findall(block, README, re.DOTALL | re.MULTILINE)
    return str(code)


def test_the_example_in_the_readme_has_no_type_error(tmp_path: Path) -> None:
    """`stop.name` and `stop.ring` are known, without an isinstance."""
    assert mypy(tmp_path, {MINE: example("python")}).startswith("Success")


@pytest.mark.deep
def test_no_example_for_instructors_has_a_type_error(tmp_path: Path) -> None:
    """What `minios/testing/README.md` shows is a part of these files."""
    pages = {path.name: path.read_text(encoding="utf-8") for path in PAGES}

    assert len(pages) == len(PAGES) > 1
    assert mypy(tmp_path, pages).startswith("Success")


def test_the_examples_in_the_readme_pass(tmp_path: Path) -> None:
    """Both are run by pytest in a folder of its own."""
    for name, language in (("test_mine.py", "python"), ("mine.scenario.toml", "toml")):
        (tmp_path / name).write_text(example(language), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "test_mine.py", "mine.scenario.toml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_what_is_waited_for_decides_the_type(tmp_path: Path) -> None:
    """Of a condition, of two, of a wait that may be in vain, and of any function."""
    assert mypy(tmp_path, {MINE: CONDITIONS}).startswith("Success")


def test_what_no_record_has_is_a_type_error(tmp_path: Path) -> None:
    """So the types promise no more than there is."""
    said = mypy(tmp_path, {MINE: MISTAKES})

    assert 'argument types "str", "int"' in said
    assert '"BugcheckEvent" has no attribute "process_id"' in said
    assert '"BugcheckEvent | DeathEvent" has no attribute "code"' in said
    assert 'Module has no attribute "Bugcheck"' in said
