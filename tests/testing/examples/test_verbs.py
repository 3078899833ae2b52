"""What a test can do to a lab, and what it can look at."""

from minios.lab import Bugcheck, Death, Happened, Lab, Ready, events, recovery, seconds
from minios.testing import Labs, Pair, Worlds


def test_content_comes_from_the_vendor(macos: Lab) -> None:
    """Pushed, published, withdrawn."""
    # [content]
    macos.push("channel-291-latent")  # sent over the update link now
    macos.run_until(Happened(events.UpdateStored), within=seconds(5))
    macos.publish("channel-291-good")  # a machine gets it when it asks, at a start
    macos.withdraw()  # no machine gets it any more
    macos.offer_fix("channel-291")  # for machines in the recovery environment
    # [/content]
    assert macos.last(events.Withdrawn).name == "channel-291-good"


def test_a_person_sits_at_the_console(windows: Lab) -> None:
    """Types, and reads the answer."""
    # [console]
    assert "updater" in windows.console("ps")  # types a line, waits for the answer
    windows.type("help\r")  # types and does not wait; \r is the enter key
    windows.wait_for_prompt()
    assert "switch the machine off" in windows.console_text  # since power on
    # [/console]


def test_buttons_and_power(windows: Lab) -> None:
    """A power cut can tear a write in two."""
    # [power]
    windows.set_options({"pool": "plain"})  # boot options that the next start finds
    windows.reset()  # the reset button
    windows.come_up(Ready())  # like run_until, but it also waits for a countdown
    windows.cut_power()  # and the power comes back
    windows.boot()  # the same as come_up(Ready())
    windows.cut_power(kept_sectors=1)  # of a write that is in flight
    windows.boot()
    # [/power]
    assert windows.boots == 4


def test_a_lab_runs_and_waits(windows: Lab) -> None:
    """For a time, for a condition, to a place in the code."""
    # [run]
    windows.run_for(seconds(0.2))
    windows.push("channel-291-bad")
    windows.run_to("sentinel.sys!interpreter_matches", within=seconds(5))
    stop = windows.expect(
        Bugcheck(), within=seconds(5), message="the driver should have crashed"
    )
    assert windows.run_while_waiting(Death(), within=seconds(1)) is None
    # [/run]
    assert stop.module == "sentinel.sys"


def test_a_lab_goes_back(windows: Lab) -> None:
    """And what was recorded since is forgotten."""
    # [snapshot]
    before = windows.snapshot()
    windows.push("channel-291-bad")
    windows.run_until(Bugcheck(), within=seconds(5))
    windows.restore(before)
    assert windows.all(events.BugcheckEvent) == ()
    # [/snapshot]


def test_a_lab_shows_what_has_happened(windows: Lab) -> None:
    """Its records, files, services, screen, and for how long nobody watched."""
    # [look]
    ready = windows.last(events.ReadyEvent)  # the latest record of this kind
    windows.push("channel-291-bad")
    windows.run_until(Bugcheck().count(2), within=seconds(10))

    assert len(windows.all(Bugcheck(0x50))) == 2  # all records that meet a condition
    assert windows.now > ready.t  # virtual nanoseconds since power on
    assert not windows.is_protected()  # whether a sensor sees events now
    assert windows.unprotected_time(since=ready.t) > 0  # nanoseconds
    assert windows.services["sentinel.sys"].start == "system"
    assert windows.files().exists("/SYSTEM/CONTENT/C-000291.SYS")
    assert any("PAGE_FAULT_IN_NONPAGED_AREA" in line for line in windows.screen)
    # [/look]


def test_recovery_is_left_by_its_menu(windows: Lab) -> None:
    """Into it with F8, out of it without third-party drivers."""
    # [recovery]
    recovery.enter(windows)  # presses reset, and holds down F8
    recovery.choose(windows, "safe mode")
    windows.boot()
    assert windows.last(events.ModeChosen).mode == "safe"
    # [/recovery]


def test_a_pair_stays_on_one_clock(pair: Pair) -> None:
    """One act for both, one result for each world."""
    # [pair]
    before = pair.snapshot()
    pair.push("channel-291-bad")
    crash = pair.run_until(Bugcheck() | Death(), within=seconds(5))
    assert crash.map(lambda event: event.ring) == Worlds(windows=0, macos=3)

    pair.restore(before)
    pair.push("channel-291-latent")
    first = pair.run_to_first(Happened(events.UpdateStored), within=seconds(5))
    assert first in (pair.windows, pair.macos)

    pair.run_for(seconds(1))  # both, to the same moment
    answers = pair.console("echo alive")
    assert all("alive" in answer for answer in answers)
    # [/pair]
    pair.publish("channel-291-good")
    pair.reset()
    pair.meet()
    assert pair.now == pair.windows.now == pair.macos.now


def test_labs_of_a_test_can_be_a_pair(lab: Labs) -> None:
    """With what both are made from."""
    # [made pair]
    pair = lab.pair(plugins=["counter"], options={"event_ms": "50"})
    # [/made pair]
    told = pair.run_until(
        Happened(events.ValueReported, what="creates", value=1), within=seconds(1)
    )
    assert (told.windows.ring, told.macos.ring) == (0, 3)
