"""The criminal programs: each file says how it must end, and so does the table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from minios import paths
from minios.abi.vectors import EXCEPTIONS
from minios.lab.conditions import seconds
from minios.lab.crimes import CRIMES
from minios.lab.events import DeathEvent, ProcessExited
from minios.lab.lab import Lab

FOLDER = Path(__file__).parents[2] / "minios/user/programs/crimes"
PATHS = sorted(FOLDER.glob("*.c"))
EXPECTATION = re.compile(r"^// Expect: (.+)$", re.MULTILINE)
ROWS = [crime for crime in CRIMES if crime.program and not crime.typed]
NEVER = "never ends, is preempted"
WORDS = {"exit 0": "refused", "exit 1": "nothing", "no end": NEVER}


def expectation(path: Path) -> str:
    """What the file says, in its own words."""
    found = EXPECTATION.findall(path.read_text("utf-8"))
    assert len(found) == 1
    return str(found[0])


def test_every_criminal_program_stands_in_the_table() -> None:
    """Under its own name, in the column for programs."""
    programs = {path.name.lower() for path in (paths.GUEST_DISK / "BIN").iterdir()}
    others = {path.name for path in FOLDER.parent.iterdir()}

    assert {crime.name for crime in ROWS} == programs - others


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_crime_says_what_the_table_says(path: Path) -> None:
    """The table adds the address to an exception, and nothing else."""
    row = next(crime for crime in CRIMES if crime.name == path.stem and crime.program)
    expected = expectation(path)

    assert row.program.partition(" at ")[0] == WORDS.get(expected, expected)


def test_a_crime_fits_the_disk() -> None:
    """Its name is a FAT file name of at most eight letters."""
    for crime in CRIMES:
        assert re.fullmatch(r"[a-z][a-z0-9]{0,7}", crime.name)


def ending(lab: Lab, name: str) -> str:
    """Run a crime in ring 3; how it ended, in the words of the table."""
    lab.console(f"run {name}", within=seconds(5))
    ends = [
        event
        for event in lab.events
        if isinstance(event, DeathEvent | ProcessExited) and event.name == name
    ]
    assert len(ends) == 1
    if isinstance(ends[0], ProcessExited):
        return WORDS[f"exit {ends[0].status}"]
    row = next((it for it in EXCEPTIONS if it.number == ends[0].vector), None)
    if row is None:
        return f"INT {ends[0].vector:#x}"
    return f"#{row.mnemonic}" + (
        f" {ends[0].error_code:#x}" if row.has_error_code else ""
    )


def test_all_crimes_end_as_they_say_in_one_boot() -> None:
    """On the same page frames, no code of one program is run as that of the next."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        for crime in ROWS:
            expected = crime.program.partition(" at ")[0]
            if expected != NEVER:
                assert (crime.name, ending(lab, crime.name)) == (crime.name, expected)


def test_a_program_that_never_calls_the_kernel_is_ended_by_kill() -> None:
    """At its next interrupt, because it comes to the kernel by no other way."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        process = lab.console("run loop &").split()[-1]
        lab.console(f"kill {process}")

        assert f"loop (process {process}) ended: killed" in lab.console("uptime")
