"""The gallery of crimes is in order: each file says how it must end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from minios.abi.vectors import EXCEPTIONS

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
