"""Recovery as people did it in July 2024: at the keyboard, line by line.

Deep: to wait for the longest countdown, an hour of virtual time, takes half a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from minios.abi import boot_options
from minios.lab import (
    Bugcheck,
    ConditionNotMetError,
    Happened,
    Lab,
    Ready,
    Reset,
    events,
    recovery,
    seconds,
)
from tests.recovery.conftest import BAD

HARMLESS = seconds(130)  # longer than the loop and than what settles a start


def survives(lab: Lab) -> bool:
    """Whether the machine runs on without another bugcheck, until it has settled."""
    before = lab.boots
    lab.run_for(HARMLESS)
    return lab.boots == before and isinstance(_last_of(lab), events.StartSettled)


def _last_of(lab: Lab) -> object:
    settled = [it for it in lab.events if isinstance(it, events.StartSettled)]
    return settled[-1] if settled else None


def test_two_failed_starts_lead_into_recovery_and_one_does_not(looping: Lab) -> None:
    """The second start after the push still went straight on; the third does not."""
    modes = [it for it in looping.events if isinstance(it, events.ModeChosen)]
    entered = looping.run_until(Happened(events.RecoveryEntered), within=seconds(1))

    assert [it.failed_starts for it in modes] == [0, 1]
    assert entered.failed_starts == 2
    assert looping.boots == 3


def test_the_way_out_is_typed_like_a_person_would(in_recovery: Lab) -> None:
    """Loop, menu, safe mode, delete the file, normal start, ready, and it stays up."""
    lab = in_recovery
    lab.withdraw()
    assert "2 starts in a row have failed" in lab.console_text
    assert "Last crash: stop 0x50" in lab.console_text
    assert any("RECOVERY" in row for row in lab.screen)

    lab.type("2\r")
    safe = lab.run_until(Happened(events.ModeChosen), within=seconds(2))
    assert safe.mode == "safe"
    lab.run_until(Ready(), within=seconds(2))
    lab.wait_for_prompt()
    assert "no sensor is running" in lab.console("sensor")
    assert "workload" not in lab.console("ps")
    assert "C-000291.SYS" in lab.console("ls /system/content")
    assert lab.console(f"rm {BAD}") == ""
    assert "C-000291.SYS" not in lab.console("ls /system/content")

    lab.type("reset\r")
    lab.run_until(Reset(), within=seconds(2))
    lab.run_until(Ready(), within=seconds(2))
    lab.wait_for_prompt()
    assert "has no content" in lab.console("sensor")
    assert survives(lab)


def test_the_shell_of_recovery_can_delete_the_file(in_recovery: Lab) -> None:
    """No start in between: nothing of what may be to blame has run."""
    lab = in_recovery
    lab.withdraw()
    lab.console("4")
    assert "in sentinel.sys+0x" in lab.console("dump")
    assert "PAGE_FAULT_IN_NONPAGED_AREA" in lab.console("dump")
    assert "sentinel.sys  driver    system" in lab.console("svc")
    assert lab.console(f"rm {BAD}") == ""
    lab.console("exit")
    recovery.choose(lab, "continue")
    refused = lab.run_until(Happened(events.ContentRefused), within=seconds(2))
    lab.run_until(Ready(), within=seconds(2))

    assert refused.reason == "missing"
    assert survives(lab)


def test_nothing_of_the_vendor_runs_in_recovery(in_recovery: Lab) -> None:
    """No driver, no service: one program, started by the kernel."""
    since = max(
        n for n, it in enumerate(in_recovery.events) if isinstance(it, events.Booted)
    )
    started = in_recovery.events[since:]

    assert [it.name for it in started if isinstance(it, events.ProcessStarted)] == [
        "recovery"
    ]
    assert not [it for it in started if isinstance(it, events.ModuleLoaded)]


def test_an_unattended_machine_goes_on_into_the_next_crash(looping: Lab) -> None:
    """Nobody types: after the countdown it starts as usual, and the loop is a loop."""
    stops = []
    for _ in range(2):
        stops.append(looping.run_until(Bugcheck(), within=seconds(40)))
        looping.run_until(Reset(), within=seconds(1))
    choices = [it for it in looping.events if isinstance(it, events.RecoveryChosen)]

    assert [it.choice for it in choices] == ["continue"] * 2
    assert {stop.code for stop in stops} == {0x50}


def test_the_countdown_can_be_switched_off() -> None:
    """recovery_s=0: like the recovery environment of today, it waits for somebody."""
    with Lab(model="windows", options={"recovery_s": "0"}) as lab:
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_until(Happened(events.RecoveryEntered), within=seconds(5))
        lab.run_for(seconds(60))  # twice as long as usual

        assert not isinstance(lab.events[-1], events.RecoveryChosen)
        recovery.choose(lab, "continue")


def test_recovery_can_be_switched_off() -> None:
    """recovery=no: a loop and nothing else, until somebody holds down F8."""
    with Lab(model="windows", options={"recovery": "no"}) as lab:
        lab.boot()
        lab.push("channel-291-bad")
        for _ in range(5):
            lab.run_until(Reset(), within=seconds(5))
        assert not [it for it in lab.events if isinstance(it, events.RecoveryEntered)]

        entered = recovery.enter(lab)
        assert entered.failed_starts == 5


def test_f8_leads_into_recovery_and_is_no_answer_to_the_menu(macos: Lab) -> None:
    """A key that is held down repeats; what it leaves behind chooses nothing."""
    entered = recovery.boot_into(macos, "recovery")
    assert isinstance(entered, events.RecoveryEntered)
    macos.run_for(seconds(60))
    assert not [it for it in macos.events if isinstance(it, events.RecoveryChosen)]
    assert "type a number from 1 to 6" in macos.console("9")


def test_the_shell_can_ask_for_the_mode_of_the_next_start_alone(windows: Lab) -> None:
    """`reset safe` once, then as usual again; `reset nonsense` does nothing."""
    windows.wait_for_prompt()
    assert "usage" in windows.console("reset nonsense")
    modes = []
    for command in ("reset safe", "reset"):
        windows.type(command + "\r")
        event = windows.run_until(Happened(events.ModeChosen), within=seconds(2))
        modes.append((event.mode, event.failed_starts))
        windows.run_until(Ready(), within=seconds(2))
        windows.wait_for_prompt()

    assert modes == [("safe", 0), ("normal", 0)]


def test_last_known_good_does_not_help_against_a_data_file(in_recovery: Lab) -> None:
    """It brings back the service list, says that nothing differs, and crashes again."""
    lab = in_recovery
    chosen = recovery.choose(lab, "last known good")
    assert chosen.mode == "last good"
    assert "nothing to restore" in lab.console_text
    assert "no content, no other file" in lab.console_text

    stop = lab.run_until(Bugcheck("PAGE_FAULT_IN_NONPAGED_AREA"), within=seconds(5))
    assert stop.module == "sentinel.sys"


def test_last_known_good_brings_back_a_service_list(windows: Lab) -> None:
    """It says which line differs, and the list on the disk is the old one again."""
    windows.wait_for_prompt()
    good = windows.files().read("/SYSTEM/SERVICES.INI")
    windows.console("svc workload disabled")
    assert windows.files().read("/SYSTEM/SERVICES.INI") != good
    recovery.boot_into(windows, "last good")
    windows.run_until(Happened(events.ServicesRestored), within=seconds(20))
    windows.run_for(seconds(1))

    restored = [it for it in windows.events if isinstance(it, events.ServicesRestored)]
    assert [it.lines for it in restored] == [1]
    assert windows.files().read("/SYSTEM/SERVICES.INI") == good
    assert "now:  workload program /BIN/WORKLOAD disabled" in windows.console_text
    assert "then: workload program /BIN/WORKLOAD auto" in windows.console_text
    windows.console("")
    assert "workload      program   auto     running" in windows.console("svc")


def test_a_list_becomes_the_last_good_one_only_after_a_while(windows: Lab) -> None:
    """A start that crashes at once proves nothing about its list."""
    windows.wait_for_prompt()
    windows.console("svc villain.sys disabled")
    windows.type("reset\r")
    windows.run_until(Ready(), within=seconds(5))
    changed = windows.files().read("/SYSTEM/SERVICES.INI")
    windows.run_for(seconds(9))
    assert windows.files().read("/SYSTEM/SERVICES.LKG") != changed
    windows.run_for(seconds(2))
    assert windows.files().read("/SYSTEM/SERVICES.LKG") == changed


def test_switching_off_in_recovery_changes_nothing(in_recovery: Lab) -> None:
    """What has failed has failed: the next start leads there again."""
    in_recovery.type("switch off\r")
    in_recovery.run_until(Happened(events.PoweredOff), within=seconds(2))
    with Lab(model="windows", disk=in_recovery.disk_image()) as lab:
        event = lab.run_until(Happened(events.RecoveryEntered), within=seconds(1))

    assert event.failed_starts == 2


def test_a_reset_in_recovery_is_no_failed_start(in_recovery: Lab) -> None:
    """Nothing has started there that could have failed."""
    for _ in range(3):
        in_recovery.reset()
        event = in_recovery.run_until(
            Happened(events.RecoveryEntered), within=seconds(1)
        )
        assert event.failed_starts == 2


def test_a_recovery_program_that_is_gone_does_not_keep_the_machine_down(
    looping: Lab,
) -> None:
    """The kernel says so and starts as usual."""
    looping.files().delete("/BIN/RECOVERY")
    event = looping.run_until(Happened(events.ModeChosen), within=seconds(1))

    assert event.mode == "normal"
    assert "cannot start /BIN/RECOVERY" in looping.console_text


def test_a_repair_does_not_last_while_the_vendor_sends_the_file(
    in_recovery: Lab,
) -> None:
    """Deleted by hand, asked for, sent again: the loop is back without a push."""
    lab = in_recovery
    lab.console("4")
    lab.console(f"rm {BAD}")
    lab.console("exit")
    recovery.choose(lab, "continue")
    boots = lab.boots
    lab.run_until(Happened(events.UpdateStored), within=seconds(5))
    lab.run_until(Bugcheck(), within=seconds(5))

    assert lab.boots == boots
    assert len([it for it in lab.events if isinstance(it, events.Pushed)]) == 1


def test_there_is_no_prompt_where_nobody_asks() -> None:
    """What a test waits for in vain is told with the end of the console."""
    with (
        Lab(model="windows") as lab,
        pytest.raises(ConditionNotMetError, match="no prompt has come"),
    ):
        lab.wait_for_prompt(within=1000)


@pytest.mark.parametrize("shell", ["recovery", "normal"])
def test_a_file_is_not_copied_onto_itself_by_another_name(
    windows: Lab, shell: str
) -> None:
    """One path, however it is spelled."""
    if shell == "recovery":
        recovery.enter(windows)
        windows.console("4")
    else:
        windows.wait_for_prompt()
    before = windows.files().read("/SYSTEM/SERVICES.INI")
    said = windows.console("cp /system//services.ini //SYSTEM/services.ini/")

    assert "that is the same file" in said
    assert windows.files().read("/SYSTEM/SERVICES.INI") == before


def test_an_escape_does_not_swallow_the_next_key(windows: Lab) -> None:
    """Only a sequence is left out."""
    windows.wait_for_prompt()

    assert windows.console("\x1becho \x1b[A\x1b[19~here").strip() == "here"


LONGEST = "99999999999"


@contextmanager
def counted(value: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A machine whose countdown begins; it was told something else to count from.

    The guest cannot count on a boot loader that checks its words.
    """
    monkeypatch.setattr(boot_options, "trouble", lambda *_: "")
    with Lab(model="windows", options={"recovery_s": value}) as lab:
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_until(Happened(events.RecoveryEntered), within=seconds(5))
        yield lab


@pytest.mark.parametrize(
    ("value", "said"), [("abc", 30), ("5x", 30), ("-1", 30), (LONGEST, 3600)]
)
def test_a_countdown_that_makes_no_sense_is_the_usual_one(
    value: str, said: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the longest: so the console says."""
    with counted(value, monkeypatch) as lab:
        lab.run_for(seconds(1))
        assert f"continues in {said} s, unless" in lab.console_text


@pytest.mark.parametrize(
    ("value", "ends_in"),
    [("abc", 30), pytest.param(LONGEST, 3600, marks=pytest.mark.deep)],
)
def test_a_countdown_ends_when_it_has_said(
    value: str, ends_in: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the second, of virtual time."""
    with counted(value, monkeypatch) as lab:
        start = lab.machine.now
        chosen = lab.run_until(Happened(events.RecoveryChosen), within=seconds(4000))
        assert abs(chosen.t - start - seconds(ends_in)) < seconds(ends_in * 0.01 + 0.1)
