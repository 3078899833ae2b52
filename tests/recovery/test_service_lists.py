"""Service lists that are damaged, and which one becomes the last good one."""

from __future__ import annotations

import pytest

from minios.lab import Bugcheck, Happened, Lab, Ready, events, recovery, seconds
from tests.recovery.test_error_control import (
    LAST_GOOD_LIST,
    LIST,
    SHELL,
    disk_with,
)

NOISE = "".join(chr(1 + n * n % 255) for n in range(3000))
UNUSABLE = {
    "empty": "",
    "noise": NOISE,
    "no program": "sentinel.sys driver /SYSTEM/DRIVERS/SENTINEL.SYS boot normal -\n",
    "mistyped": SHELL.replace("program", "programm"),
    "too long": SHELL + "# a comment\n" * 400,
}
PROMOTED = seconds(12)


def lists(lab: Lab) -> tuple[bytes, bytes]:
    """The list, and the last good one, as they are on the disk now."""
    volume = lab.files()
    return volume.read(LIST), volume.read(LAST_GOOD_LIST)


@pytest.mark.parametrize("text", UNUSABLE.values(), ids=UNUSABLE)
def test_a_list_that_starts_nothing_gives_way_to_the_last_good_one(text: str) -> None:
    """In the same start; and the list on the disk is that one again."""
    disk = disk_with("", last_good=SHELL)
    with Lab(disk=disk) as lab:
        lab.files().write(LIST, text.encode("latin-1"))
        lab.boot()
        lab.run_for(PROMOTED)
        modes = [it.mode for it in lab.events if isinstance(it, events.ModeChosen)]

        assert lab.boots == 1
        assert modes == ["normal"]
        assert "using the list of the last good start" in lab.console_text
        assert lists(lab) == (SHELL.encode(), SHELL.encode())
        assert len(lab.console_text) < 8000  # a few complaints, not one a line


def test_a_missing_list_gives_way_too() -> None:
    """Somebody has deleted it."""
    with Lab(disk=disk_with(SHELL)) as lab:
        lab.files().delete(LIST)
        lab.boot()
        lab.run_for(PROMOTED)

        assert lists(lab) == (SHELL.encode(), SHELL.encode())


def test_without_any_list_the_machine_stops_and_comes_into_recovery() -> None:
    """Nobody would ever say that it is ready; there, somebody can write one."""
    with Lab(disk=disk_with("", last_good="")) as lab:
        lab.run_until(Bugcheck("CRITICAL_SERVICE_FAILED"), within=seconds(2))
        lab.run_until(Happened(events.RecoveryEntered), within=seconds(2))


@pytest.mark.parametrize("text", UNUSABLE.values(), ids=UNUSABLE)
def test_a_last_good_list_that_starts_nothing_is_refused(text: str) -> None:
    """In the menu, with a sentence; and nothing is written."""
    with Lab(disk=disk_with(SHELL)) as lab:
        lab.files().write(LAST_GOOD_LIST, text.encode("latin-1"))
        recovery.enter(lab)
        said = lab.console("3")
        assert "cannot be used" in said
        recovery.choose(lab, "continue")
        lab.run_until(Ready(), within=seconds(2))

        assert lab.files().read(LIST) == SHELL.encode()


def test_a_list_that_was_not_started_with_is_not_kept(windows: Lab) -> None:
    """It was changed a second after the machine was ready: it has proved nothing."""
    windows.run_for(seconds(1))
    good = windows.files().read(LAST_GOOD_LIST)
    windows.console("svc sentinel.sys disabled")
    windows.run_for(seconds(60))

    assert windows.files().read(LIST) != good
    assert windows.files().read(LAST_GOOD_LIST) == good


def test_what_is_typed_after_a_restore_is_not_undone(windows: Lab) -> None:
    """The list is restored when the machine is ready, not later."""
    recovery.boot_into(windows, "last good")
    windows.run_until(Ready(), within=seconds(5))
    windows.run_for(seconds(1))
    windows.console("svc workload disabled")
    changed = windows.files().read(LIST)
    windows.run_for(seconds(60))

    assert windows.files().read(LIST) == changed


def test_changing_a_line_leaves_the_others_and_its_comment_alone() -> None:
    """Byte for byte."""
    line = "workload program /BIN/WORKLOAD auto normal -"
    text = f"# first\n\n{SHELL}{line}   # noisy\r\n# last"
    with Lab(disk=disk_with(text)) as lab:
        lab.boot()
        lab.wait_for_prompt()
        lab.console("svc workload demand")
        rows = lab.files().read(LIST).decode().split("\n")

    assert rows[:3] == ["# first", "", SHELL.strip()]
    assert rows[3].split() == [*line.replace("auto", "demand").split(), "#", "noisy"]
    assert rows[4:] == ["# last"]


def test_a_name_that_is_too_long_is_refused_by_the_kernel() -> None:
    """It could be shown, but not be named."""
    name = "x" * 32
    text = SHELL + f"{name} program /BIN/WORKLOAD auto normal -\n"
    with Lab(disk=disk_with(text)) as lab:
        lab.boot()
        assert f"line not understood: {name}" in lab.console_text
        lab.wait_for_prompt()
        assert "xxx" not in lab.console("svc")


def test_twenty_one_services_are_one_too_many() -> None:
    """And that is what is said."""
    row = "s{0} program /BIN/WORKLOAD demand normal -\n"
    text = SHELL + "".join(row.format(n) for n in range(20))
    with Lab(disk=disk_with(text)) as lab:
        lab.boot()
        assert "one service too many: s19" in lab.console_text
