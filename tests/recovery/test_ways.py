"""What each way out of the loop is worth, as `minios recover` shows it.

Deep: two minutes of a machine for each way that another test of this folder goes by
hand, thirty starts, all of which crash, and fifteen until the race is won.
`test_from_outside.py` makes seven or more of each kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache

import pytest

from minios import cli
from minios.commands import recover
from minios.lab import Event, events
from minios.lab.rescue import BY_NAME, Rescue, RescuePlan, Way, rescue


@cache
def tried(way: str) -> tuple[Rescue, list[Event]]:
    """What came of a way, and what was heard; each is tried once."""
    heard: list[Event] = []
    return rescue(BY_NAME[way], listen=heard.append), heard


def told_again(
    way: Way, plan: RescuePlan, *, listen: Callable[[Event], None]
) -> Rescue:
    """In place of `rescue`, for those who care about what is said of it."""
    assert plan == RescuePlan()
    done, heard = tried(way.name)
    for event in heard:
        listen(event)
    return done


@pytest.mark.parametrize(
    ("way", "recovered", "sensor"),
    [
        ("shell", True, "no content"),
        pytest.param("safe-mode", True, "no content", marks=pytest.mark.deep),
        ("last-good", False, ""),
        pytest.param("fix", True, "content version 1", marks=pytest.mark.deep),
        ("blocklist", True, "no content"),
        pytest.param("race", True, "content version 2", marks=pytest.mark.deep),
    ],
)
def test_a_way_out_is_worth_what_it_was_in_2024(
    way: str, recovered: bool, sensor: str
) -> None:
    """Last known good is not worth anything: the file is no part of it."""
    done, heard = tried(way)

    assert done.recovered == recovered
    assert sensor in done.sensor
    assert bool(done.sensor) == recovered
    told = [it for it in heard if isinstance(it, events.Rescued)]
    assert [(it.way, it.recovered, it.boots) for it in told] == [
        (way, recovered, done.boots)
    ]


def test_every_row_says_what_the_machine_does_then() -> None:
    """A repair that does not help ends in the crash that it did not prevent."""
    done, _ = tried("last-good")

    assert done.stop == "0x50 PAGE_FAULT_IN_NONPAGED_AREA"
    assert recover._line(done).endswith(f"crashes at every start: STOP {done.stop}")


@pytest.mark.deep
def test_the_race_is_lost_by_a_machine_that_crashes_at_once() -> None:
    """Even with 30 tries."""
    done = rescue(BY_NAME["race"], RescuePlan(first_event_ms=50))

    assert not done.recovered
    assert done.boots > 25


def test_the_command_follows_one_way(capsys: pytest.CaptureFixture[str]) -> None:
    """Events, the console as a person saw it, and what the sensor says in the end."""
    assert cli.main(["recover", "--by", "shell", "--plain"]) == 0
    said = capsys.readouterr().out

    assert "somebody types: rm /SYSTEM/CONTENT/C-000291.SYS" in said
    assert "recovery# rm /SYSTEM/CONTENT/C-000291.SYS" in said
    assert "in sentinel.sys+0x" in said
    assert said.rstrip().endswith("nothing is matched.")


def test_the_command_follows_the_way_of_linux(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its console begins with the boot menu."""
    monkeypatch.setattr(recover, "rescue", told_again)
    assert cli.main(["recover", "--by", "blocklist", "--plain"]) == 0
    said = capsys.readouterr().out

    assert "the kernel command line forbids it" in said
    assert "| BOOT MENU  The machine has not started properly." in said
    assert "| start: entry blocklist: module_blacklist=sentinel" in said
    assert said.rstrip().endswith("nothing is matched.")


def test_the_command_prints_records(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One JSON object a line, the last of which says how it came out."""
    monkeypatch.setattr(recover, "rescue", told_again)
    assert cli.main(["recover", "--by", "last-good", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert rows[-1]["kind"] == "rescued"
    assert rows[-1]["recovered"] is False
    assert {"recovery", "recovery_choice", "boot_mode", "bugcheck"} <= {
        row["kind"] for row in rows
    }


@pytest.mark.parametrize(
    "arguments",
    [["--by", "prayer"], ["--first-event-ms", "-1"], ["--first-event-ms", "soon"]],
)
def test_a_wrong_argument_is_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """And exit code 2."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["recover", *arguments])

    assert ended.value.code == 2
    assert arguments[1] in capsys.readouterr().err
