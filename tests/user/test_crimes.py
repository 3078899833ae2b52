"""The gallery of crimes: each file says how it must end, and each does end so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from minios.abi.vectors import EXCEPTIONS
from minios.lab.conditions import seconds
from minios.lab.events import ProcessDied, ProcessExited
from minios.lab.lab import Lab, LabSnapshot

FOLDER = Path(__file__).parents[2] / "minios/user/programs/crimes"
CRIMES = sorted(FOLDER.glob("*.c"))
EXPECTATION = re.compile(
    r"^// Expect: (?:(#\w+)(?: (0x[0-9a-f]+))?|exit 0)$", re.MULTILINE
)


@pytest.mark.parametrize("path", CRIMES, ids=lambda path: path.stem)
def test_a_crime_says_how_it_must_end(path: Path) -> None:
    """One `Expect:` line, with an error code exactly where the CPU pushes one."""
    found = EXPECTATION.findall(path.read_text("utf-8"))

    assert len(found) == 1
    mnemonic, error_code = found[0]
    if mnemonic:
        pushes = {f"#{row.mnemonic}": row.has_error_code for row in EXCEPTIONS}
        assert pushes[mnemonic] == bool(error_code)


@pytest.mark.parametrize("path", CRIMES, ids=lambda path: path.stem)
def test_a_crime_fits_the_disk(path: Path) -> None:
    """Its name is a FAT file name of at most eight letters."""
    assert re.fullmatch(r"[a-z][a-z0-9]{0,7}", path.stem)


@pytest.fixture(scope="module", name="booted")
def booted_lab() -> Iterator[tuple[Lab, LabSnapshot]]:
    """A machine at its prompt, and a way back there after each crime."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        yield lab, lab.snapshot()


def ending(lab: Lab, name: str) -> str:
    """Run a crime in ring 3; how it ended, in the words of an `Expect:` line."""
    lab.console(f"run {name}", within=seconds(5))
    ends = [
        event
        for event in lab.events
        if isinstance(event, ProcessDied | ProcessExited) and event.name == name
    ]
    assert len(ends) == 1
    if isinstance(ends[0], ProcessExited):
        return f"exit {ends[0].status}"
    row = next(row for row in EXCEPTIONS if row.number == ends[0].vector)
    return f"#{row.mnemonic}" + (
        f" {ends[0].error_code:#x}" if row.has_error_code else ""
    )


@pytest.mark.parametrize("path", CRIMES, ids=lambda path: path.stem)
def test_a_crime_ends_as_it_says(booted: tuple[Lab, LabSnapshot], path: Path) -> None:
    """The CPU raises what the manual says, or the kernel refuses the call."""
    lab, prompt = booted
    lab.restore(prompt)
    expected = re.search(r"^// Expect: (.+)$", path.read_text("utf-8"), re.MULTILINE)
    assert expected is not None

    assert ending(lab, path.stem) == expected[1]


def test_all_crimes_end_as_they_say_in_one_boot() -> None:
    """On the same page frames, no code of one program is run as that of the next."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        for path in CRIMES:
            text = path.read_text("utf-8")
            expected = re.search(r"^// Expect: (.+)$", text, re.MULTILINE)
            assert expected is not None

            assert (path.stem, ending(lab, path.stem)) == (path.stem, expected[1])
