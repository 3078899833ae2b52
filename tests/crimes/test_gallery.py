"""Every cell of the table of crimes: committed on a machine, and ends as it says.

Deep: each cell is a machine of its own. Among the usual tests each crime is committed
once, and in turn at each of its places. But of those that keep the CPU busy for a
second and end in the same way, only one is a usual test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from minios.abi import stop_codes
from minios.lab.crimes import CRIMES, MAY_STOP_THE_MACHINE, Crime, Scene
from minios.lab.gallery import Gallery

ROOT = Path(__file__).parents[2]
CELLS = [(crime, scene) for crime in CRIMES for scene in crime.scenes]
USUAL = {
    (crime.key, scene)
    for at, crime in enumerate(CRIMES)
    for scene in crime.scenes[at % len(crime.scenes) :][:1]
    if crime.name not in {"dpcpair", "isrloop"}  # end as "dpcagain" and "hang" do
}
STOP = re.compile(r"STOP (0x[0-9a-f]+)")


@pytest.fixture(scope="module", name="gallery")
def open_gallery() -> Iterator[Gallery]:
    """Machines at their prompt."""
    with Gallery() as gallery:
        yield gallery


def cell_id(value: object) -> str:
    """A readable name of one parameter."""
    return value.key if isinstance(value, Crime) else str(getattr(value, "value", ""))


@pytest.mark.parametrize(
    ("crime", "scene"),
    [
        pytest.param(
            crime, scene, marks=[pytest.mark.deep] * ((crime.key, scene) not in USUAL)
        )
        for crime, scene in CELLS
    ],
    ids=cell_id,
)
def test_a_crime_ends_as_the_table_says(
    gallery: Gallery, crime: Crime, scene: Scene
) -> None:
    """Stop code and parameters, vector and error code, or that nothing happens."""
    trial = gallery.measure(crime, scene)

    assert trial.measured == trial.expected


def test_no_crime_of_ring_3_stops_the_machine() -> None:
    """But those for which somebody gave the operator's shell the right."""
    stopping = {
        crime.name
        for crime, scene in CELLS
        if scene.ring == 3
        and re.match("STOP|reset|hangs", crime.expected(scene)) is not None
    }

    assert stopping == set(MAY_STOP_THE_MACHINE)


def test_every_crime_of_the_villain_stands_in_the_table() -> None:
    """The plugin knows no crime whose end nobody has thought about."""
    header = (ROOT / "drivers/villain/crime_list.h").read_text("utf-8")
    known = set(re.findall(r"^CRIME\((\w+)\)$", header, re.MULTILINE))
    by_control = {"unprobed", "smap", "smapac", "smep", "sysdiv", "sysbadop"}

    assert known | by_control == {crime.name for crime in CRIMES if crime.driver}


def test_every_stop_code_is_earned_by_a_crime() -> None:
    """But for what no code is to blame for: a disk, say, that cannot be read."""
    earned = {
        int(found[1], 16)
        for crime, scene in CELLS
        if (found := STOP.match(crime.expected(scene)))
    }

    by_code = {stop.code for stop in stop_codes.STOP_CODES if stop.is_by_code}

    assert by_code <= earned <= set(stop_codes.BY_CODE)


def test_rows_are_told_apart_by_their_keys() -> None:
    """A name with its boot options occurs once."""
    keys = [crime.key for crime in CRIMES]

    assert len(keys) == len(set(keys))
