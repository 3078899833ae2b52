"""Every file that the guest writes has a date that FAT knows, without a clock."""

from __future__ import annotations

import pytest

from minios.abi.disk_layout import FILE_DATE
from minios.disk.names import raw_name
from minios.lab import Lab, events
from minios.lab.conditions import Happened, seconds

ENTRY = 32


def dates_of(lab: Lab, name: str) -> set[int]:
    """The dates in the entry of a file: made, read, written."""
    image = lab.disk_image()
    at = image.index(raw_name(name))
    assert at % ENTRY == 0
    return {
        int.from_bytes(image[at + it : at + it + 2], "little") for it in (16, 18, 24)
    }


def test_what_the_guest_writes_has_the_date_of_all_disks() -> None:
    """A copy, a service list, a dump."""
    with Lab(options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.console("cp /bin/init /copy.bin")
        lab.console("svc villain.ext disabled")
        lab.console("svc villain.ext demand")
        lab.type("crash\r")
        lab.run_until(Happened(events.DumpSaved), within=seconds(5))

        for name in ("COPY.BIN", "SERVICES.INI", "MINI0001.DMP"):
            assert dates_of(lab, name) == {FILE_DATE}


@pytest.mark.parametrize(
    ("option", "date"), [("1980-01-01", 0x21), ("2107-12-31", 0xFF9F)]
)
def test_a_boot_option_chooses_another_day(option: str, date: int) -> None:
    """The first and the last that FAT knows."""
    with Lab(options={"event_ms": "0", "date": option}) as lab:
        lab.boot()
        lab.console("cp /bin/init /copy.bin")

        assert dates_of(lab, "COPY.BIN") == {date}


def test_the_operator_sets_the_date_of_what_is_written_from_then_on() -> None:
    """Without a date, `date` says which one holds."""
    with Lab(options={"event_ms": "0"}) as lab:
        lab.boot()
        assert lab.console("date") == "2024-07-19\n"
        assert lab.console("date 2031-02-03") == "2031-02-03\n"
        lab.console("cp /bin/init /copy.bin")

        assert dates_of(lab, "COPY.BIN") == {(2031 - 1980) << 9 | 2 << 5 | 3}


@pytest.mark.parametrize(
    "word", ["1979-12-31", "2108-01-01", "2026-13-01", "2026-01-32", "2026-1-1", "soon"]
)
def test_a_day_that_fat_has_no_number_for_is_refused(macos: Lab, word: str) -> None:
    """With what would be right; the date stays."""
    said = macos.console(f"date {word}")

    assert said == f"{word}: write a day from 1980-01-01 to 2107-12-31\n"
    assert macos.console("date") == "2024-07-19\n"
