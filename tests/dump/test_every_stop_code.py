"""`minios inspect` names what a person would name, for every core stop code.

The right column was written by reading the crimes' source, not from a dump: the module
to look at, the function, and the line on which the wrong thing is done.

Deep: callbacks that queue each other keep the CPU busy for a second, and all of it is
emulated. The usual tests have other stops that are found in the kernel.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from minios import cli
from minios.abi import stop_codes
from minios.lab import Bugcheck, Happened, events, seconds
from minios.lab.crimes import CRIMES, Crime, Scene
from minios.lab.events import Event
from minios.lab.gallery import Gallery

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Named:
    """A stop code, the crime that earns it, and whom a person would name."""

    code: int
    crime: str
    module: str
    function: str
    file: str
    line: str  # what stands on it


VILLAIN = "villain.sys"
ROWS = (
    Named(0x0A, "dpccopy", VILLAIN, "act_copy", "acts.c", "memcpy("),
    Named(0x0A, "isrcopy", VILLAIN, "act_copy", "acts.c", "memcpy("),
    Named(0x19, "trample", VILLAIN, "crime_trample", "pool.c", "plugin_free("),
    Named(0x1E, "dpcgp", VILLAIN, "act_read", "acts.c", "(volatile uint64_t *)"),
    Named(0x3B, "unprobed", VILLAIN, "villain_control", "villain.c", "volatile"),
    Named(0x50, "wild", VILLAIN, "crime_wild", "memory.c", "NOWHERE"),
    Named(0x7E, "null", VILLAIN, "crime_null", "memory.c", "NULL"),
    Named(0x1E, "isrdiv", VILLAIN, "crime_divide", "execution.c", "divl"),
    Named(0x3B, "sysbadop", VILLAIN, "crime_badop", "execution.c", "ud2"),
    Named(0x7E, "divide", VILLAIN, "crime_divide", "execution.c", "divl"),
    Named(0x7E, "badop", VILLAIN, "crime_badop", "execution.c", "ud2"),
    Named(0x7E, "int3", VILLAIN, "crime_int3", "execution.c", "int3"),
    Named(0x7F, "fpu", VILLAIN, "crime_fpu", "execution.c", "fld1"),
    Named(0x7F, "overflow", VILLAIN, "descend", "memory.c", "here[16]"),
    Named(0xBE, "wrtext", VILLAIN, "crime_wrtext", "memory.c", "*code = 0xc3"),
    Named(0xC2, "dblfree", VILLAIN, "crime_dblfree", "pool.c", "plugin_free("),
    Named(0xCE, "leave", VILLAIN, "come_back", "later.c", "{"),
    Named(0xD1, "dpcnull", VILLAIN, "act_read", "acts.c", "(volatile uint64_t *)"),
    Named(0xD5, "useafter", VILLAIN, "crime_useafter", "pool.c", "block"),
    Named(0xD6, "overrun", VILLAIN, "crime_overrun", "pool.c", "= 1"),
    Named(0xFC, "exdata", VILLAIN, "crime_exdata", "execution.c", "code)()"),
    Named(0x109, "hook", VILLAIN, "own_handler", "memory.c", "iretq"),
    Named(0x109, "lstar", VILLAIN, "own_entry", "privileged.c", "jmpq"),
    Named(0x109, "unwp", "kernel", "boot_high", "boot.S", ""),
    Named(0x133, "dpcloop", VILLAIN, "crime_loop", "execution.c", "for (;;)"),
    Named(0xB8, "dpcwait", VILLAIN, "act_wait", "acts.c", "plugin_read_file("),
    Named(0xB8, "isrwait", VILLAIN, "act_wait", "acts.c", "plugin_read_file("),
    Named(0xC2, "freemid", VILLAIN, "crime_freemid", "pool.c", "plugin_free("),
    Named(0xFC, "smep", VILLAIN, "villain_control", "villain.c", ""),
    Named(0x50, "smash", VILLAIN, "villain_message", "villain.c", ""),
    Named(0xD1, "dpcsmash", VILLAIN, "act_smash", "acts.c", ""),
    Named(0xD1, "isrsmash", VILLAIN, "do_job", "interrupt.c", ""),
    Named(0x7E, "callnull", VILLAIN, "crime_callnull", "execution.c", ""),
    Named(0x139, "failfast", VILLAIN, "crime_failfast", "", "int %0"),
)


def stops_with(crime: Crime, code: int) -> bool:
    """Whether the table says that the crime ends in this stop code."""
    return f"STOP {code:#x} " in crime.driver + crime.program + " "


def rows() -> Iterator[Named]:
    """Those above, and for each other code the first crime that ends in it.

    Nobody has looked at the source for the others, so only their module is known.
    """
    yield from ROWS
    for code in {it.code for it in stop_codes.STOP_CODES if it.is_by_code}:
        if code not in {row.code for row in ROWS}:
            crime = next(it for it in CRIMES if stops_with(it, code))
            yield Named(code, crime.name, VILLAIN, "", "", "")


@pytest.fixture(scope="module")
def gallery() -> Iterator[Gallery]:
    """Machines that wait at their prompt."""
    with Gallery() as found:
        yield found


def commit(gallery: Gallery, name: str, code: int, path: Path) -> Event:
    """Commit the crime, write the disk that it leaves, and return the stop."""
    crime = next(it for it in CRIMES if it.name == name and stops_with(it, code))
    place = Scene.DRIVER if crime.driver else Scene.PROGRAM
    lab = gallery.at_prompt(crime, place)
    lab.type(crime.command(place) + "\r")
    if crime.then:
        lab.run_for(seconds(0.2))
        lab.type(crime.then + "\r")
    stop = lab.run_until(Bugcheck(code), within=seconds(6))
    lab.run_until(Happened(events.DumpWritten), within=seconds(1))
    path.write_bytes(lab.disk_image())
    return stop


@pytest.mark.parametrize(
    "row", list(rows()), ids=lambda row: f"{row.code:#x}-{row.crime}"
)
def test_inspect_names_what_a_person_would_name(
    gallery: Gallery,
    row: Named,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Module, function, file, and a line on which the wrong thing stands."""
    path = tmp_path_factory.mktemp("disks") / "disk.img"
    commit(gallery, row.crime, row.code, path)
    assert cli.main(["inspect", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    blamed = found["blamed"]
    file, _, number = blamed["source"].rpartition(":")
    line = (ROOT / file).read_text("utf-8").splitlines()[int(number) - 1]

    assert int(found["stop"]["code"], 16) == row.code
    assert blamed["module"] == row.module
    assert row.function in {"", blamed["function"]}
    assert file.endswith(row.file)
    assert row.line in line


def test_a_crime_in_the_kernels_code_names_the_driver_that_called_it(
    gallery: Gallery,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The copying function is not to blame for what it was asked to copy."""
    path = tmp_path_factory.mktemp("disks") / "disk.img"
    commit(gallery, "dpccopy", 0x0A, path)
    assert cli.main(["inspect", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)

    assert "it had called the kernel" in found["blamed"]["why"]
    assert [it["function"] for it in found["stack"][:2]] == ["memcpy", "act_copy"]
    assert all(it["function"] for it in found["stack"])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("smash", 0x50),
        ("smashnc", 0x7E),
        ("dpcsmash", 0xD1),
        ("isrsmash", 0xD1),
        # found in the kernel, between two calls
        pytest.param("dpcagain", 0x133, marks=pytest.mark.deep),
    ],
)
def test_a_driver_without_a_frame_is_named_by_the_kernel_and_the_dump(
    gallery: Gallery,
    name: str,
    code: int,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The stack does not tell who called, but the kernel has noted whom it called."""
    path = tmp_path_factory.mktemp("disks") / "disk.img"
    stop = commit(gallery, name, code, path)
    assert cli.main(["inspect", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)

    assert isinstance(stop, events.BugcheckEvent)
    assert stop.module == VILLAIN
    assert found["blamed"]["module"] == VILLAIN


def test_an_unloaded_module_is_listed_as_such(
    gallery: Gallery,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where RIP lies is the place where it had been."""
    path = tmp_path_factory.mktemp("disks") / "disk.img"
    commit(gallery, "leave", 0xCE, path)
    assert cli.main(["inspect", str(path)]) == 0
    said = capsys.readouterr().out

    assert "villain.sys, unloaded before the crash" in said
    assert "before it was unloaded" in " ".join(said.split())
