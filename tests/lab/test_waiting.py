"""What a scenario can wait for, alone and combined, and what it gets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from minios.lab import (
    Bugcheck,
    Condition,
    ConditionNotMetError,
    Console,
    Death,
    DiskWrite,
    Happened,
    Lab,
    LabSnapshot,
    Not,
    Ready,
    Reset,
    Restart,
    Screen,
    TimePassed,
    events,
    milliseconds,
    seconds,
)
from minios.lab.waiting import latest


@pytest.fixture(scope="module")
def booted() -> Iterator[tuple[Lab, LabSnapshot]]:
    """A machine without events of its own that is ready and has a prompt."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.wait_for_prompt()
        yield lab, lab.snapshot()


@pytest.fixture
def macos(booted: tuple[Lab, LabSnapshot]) -> Lab:
    """That machine, as it was then."""
    lab, start = booted
    lab.restore(start)
    return lab


@pytest.fixture(scope="module")
def crashing() -> Iterator[tuple[Lab, LabSnapshot]]:
    """Machines in either ring that will run into the bad file, at its push."""
    with Lab(model="windows") as lab:
        lab.boot()
        lab.push("channel-291-bad")
        yield lab, lab.snapshot()


@pytest.fixture
def windows(crashing: tuple[Lab, LabSnapshot]) -> Lab:
    """That machine, as it was then."""
    lab, start = crashing
    lab.restore(start)
    return lab


def test_the_first_of_two_ends_the_wait(windows: Lab) -> None:
    """The other may never come."""
    seen = windows.run_until(Death() | Bugcheck() | Reset(), within=seconds(5))

    assert seen == windows.events[-1]
    assert isinstance(seen, events.BugcheckEvent)


@pytest.mark.parametrize(
    "never",
    [
        Death("sentinel"),
        Death("sentinel.ext").count(2),
        Happened(events.RestartEvent, name="sentinel.ext"),
    ],
)
def test_what_cannot_be_in_this_world_is_not_waited_for(
    windows: Lab, never: Condition[Any]
) -> None:
    """It fails at once and says why; of two conditions the other is waited for."""
    start = windows.now
    with pytest.raises(
        ConditionNotMetError,
        match=r"cannot happen: this model allows no extensions, so sentinel\.ext is no "
        r"process here\. .*wait for a bugcheck",
    ):
        windows.run_until(never, within=seconds(5))
    assert windows.now == start

    windows.run_until(Not(never), within=milliseconds(1))
    windows.push("channel-291-bad")
    seen = windows.run_until(never | Bugcheck(), within=seconds(5))
    assert isinstance(seen, events.BugcheckEvent)


def test_an_extension_that_somebody_runs_is_waited_for() -> None:
    """The shell runs any program, in any world."""
    with Lab(model="windows") as lab:
        lab.boot()
        lab.type("run /SYSTEM/EXTENS/VILLAIN.EXT &\rrun commit null\r")
        death = lab.run_until(Death("villain"), within=seconds(5))

        assert (death.name, death.ring) == ("villain.ext", 3)


def test_the_third_of_a_kind_is_counted_from_the_beginning_of_the_wait() -> None:
    """A wait of its own for each: those of before do not count."""
    with Lab(model="macos") as lab:
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_until(Death("sentinel"), within=seconds(5))
        third = lab.run_until(Death("sentinel").count(3), within=seconds(60))

        deaths = lab.all(Death("sentinel"))
        assert len(deaths) == 4
        assert third == deaths[-1] == lab.events[-1]


def test_a_wait_for_the_console_ends_with_the_last_character(macos: Lab) -> None:
    """Nothing behind it has been written."""
    macos.type("echo one two\r")
    macos.run_until(Console("one two"), within=seconds(1))  # the echo of the keys
    seen = macos.run_until(Console("one two"), within=seconds(1))

    assert macos.console_text.endswith("\none two")
    assert (seen.text, seen.line) == ("one two", "one two")
    assert (seen.t, seen.instructions) == (macos.now, macos.machine.instructions)


def test_a_pattern_on_the_console_says_what_has_matched(macos: Lab) -> None:
    """The text that was found, as soon as it can be found."""
    macos.type("model\r")
    seen = macos.run_until(Console(re.compile(r"^mac\w+$")), within=seconds(1))

    assert (seen.text, seen.line) == ("maco", "maco")


def test_what_the_console_said_before_does_not_count(macos: Lab) -> None:
    """It would end a wait for something that is still to come."""
    assert "minios> " in macos.console_text
    waited = macos.run_while_waiting(Console("minios> "), within=seconds(1))

    assert waited is None


def test_the_console_is_counted_like_a_record(macos: Lab) -> None:
    """The echo of the keys is the first, the answer the second."""
    macos.type("echo hi\r")
    macos.run_until(Console("hi").count(2), within=seconds(1))

    assert macos.console_text.endswith("echo hi\nhi")


def test_the_screen_is_met_within_ten_thousand_instructions(windows: Lab) -> None:
    """As near as can be: nothing tells that the screen has changed."""
    words = "The kernel met a problem"
    stop = windows.run_until(Bugcheck(), within=seconds(5))
    assert not any(words in line for line in windows.screen)
    seen = windows.run_until(Screen(words), within=seconds(5))

    assert seen.line in windows.screen
    assert seen.text == words
    assert 0 < seen.t - stop.t <= milliseconds(0.2)


def test_what_stands_on_the_screen_is_met_at_once(windows: Lab) -> None:
    """No time passes."""
    pattern = re.compile("page_fault", re.IGNORECASE)
    first = windows.run_until(Screen(pattern), within=seconds(5))

    assert windows.run_until(Screen(pattern), within=seconds(5)) == first


def test_what_does_not_happen_takes_the_whole_time(macos: Lab) -> None:
    """And not a nanosecond more than it must."""
    before = macos.now
    passed = macos.run_until(Not(Bugcheck() | Death()), within=seconds(3))

    assert isinstance(passed, TimePassed)
    assert passed.t == macos.now
    assert seconds(3) <= passed.t - before < seconds(3) + 1000


def test_what_must_not_happen_fails_at_that_moment(windows: Lab) -> None:
    """The message says what has happened."""
    with pytest.raises(
        ConditionNotMetError, match=r"Not.*BugcheckEvent PAGE_FAULT.*has happened"
    ):
        windows.run_until(Not(Bugcheck()), within=seconds(50))

    assert isinstance(windows.events[-1], events.BugcheckEvent)
    assert windows.now == windows.events[-1].t


def test_fewer_than_three_is_what_must_not_happen_three_times(windows: Lab) -> None:
    """`Not` takes any condition."""
    windows.run_until(Not(Bugcheck().count(3)), within=seconds(5))

    assert len(windows.all(events.BugcheckEvent)) == 2


def test_a_machine_that_switches_itself_off_lets_no_time_pass(macos: Lab) -> None:
    """So it is not taken for one on which nothing bad happens."""
    macos.type("off\r")
    with pytest.raises(ConditionNotMetError, match="the machine is off"):
        macos.run_until(Not(Bugcheck()), within=seconds(3))


def test_a_cpu_that_nothing_wakes_is_not_waited_for(macos: Lab) -> None:
    """Time stands still there, too."""
    macos.run_for(milliseconds(1))
    assert macos.machine.is_halted
    macos.machine.devices["pit"].reset()  # the only clock
    with pytest.raises(ConditionNotMetError, match="nothing will wake it"):
        macos.run_until(Not(Bugcheck()), within=seconds(3))


def test_a_short_time_is_told_in_microseconds(macos: Lab) -> None:
    """Who meant milliseconds sees it."""
    with pytest.raises(ConditionNotMetError, match="within 5 microseconds of virtual"):
        macos.run_until(Bugcheck(), within=5000)


def test_either_of_two_may_still_come_when_one_cannot(windows: Lab) -> None:
    """The wait goes on until neither can."""
    both = Not(Bugcheck()) | Reset()

    assert isinstance(windows.run_until(both, within=seconds(60)), events.ResetEvent)


def test_a_write_in_flight_can_be_torn(windows: Lab) -> None:
    """The wait ends where a power cut leaves only the first sectors."""
    seen = windows.run_until(DiskWrite(sectors=2), within=seconds(5))
    disk = windows.machine.disk
    assert disk is not None
    assert len(seen.sectors) == disk.in_flight >= 2
    written = [disk.read(number) for number in seen.sectors]
    windows.cut_power(kept_sectors=1)
    left = [disk.read(number) for number in seen.sectors]

    assert left[0] == written[0]
    assert left[1:] != written[1:]


def test_the_next_write_is_another_one(macos: Lab) -> None:
    """One that is in flight already does not count."""
    macos.push("channel-291-good")
    first = macos.run_until(DiskWrite(), within=seconds(5))
    second = macos.run_until(DiskWrite(), within=seconds(5))

    assert second.instructions > first.instructions


def test_fields_choose_among_the_records_of_a_kind() -> None:
    """The values that a record must have."""
    with Lab(model="windows") as lab:
        seen = lab.run_until(
            Happened(events.ProcessStarted, name="updater"), within=seconds(5)
        )

    assert seen.name == "updater"


@pytest.mark.parametrize("name", ["sentinel", "sentinel.ext"])
def test_an_extension_may_be_named_without_its_ending(macos: Lab, name: str) -> None:
    """One rule for all records of processes."""
    (started,) = macos.all(Happened(events.ProcessStarted, name=name))

    assert started.name == "sentinel.ext"
    with pytest.raises(ConditionNotMetError):  # and not a name that no program has
        macos.run_until(
            Happened(events.RestartEvent, name=name), within=milliseconds(1)
        )


def test_an_expectation_that_fails_begins_with_its_message(windows: Lab) -> None:
    """It is what a student reads first, and the latest records what he reads then."""
    with pytest.raises(ConditionNotMetError) as raised:
        windows.expect(
            Restart(), within=seconds(5), message="the sensor should come back"
        )

    assert str(raised.value).startswith(
        "windows: the sensor should come back: Restart() has not happened "
        "within 5 s of virtual time. The latest records: "
    )
    assert "ProcessStarted recovery at 0.1" in raised.value.advice


def test_the_latest_records_say_which_number_a_plugin_has_told() -> None:
    """The number is what the author of a plugin looks for first."""
    told = events.ValueReported(
        world="windows",
        t=3_560_000_000,
        instructions=1,
        plugin="pipes",
        what="opens",
        value=3,
        ring=0,
    )

    assert latest([told]) == (
        "The latest records: ValueReported pipes opens 3 at 3.560000 s"
    )


def test_a_text_that_does_not_come_is_compared_with_what_is_there(macos: Lab) -> None:
    """The end of the console, or the lines of the screen."""
    with pytest.raises(ConditionNotMetError) as raised:
        macos.run_until(Console("never") | Screen("never"), within=seconds(1))

    assert raised.value.advice.endswith(
        f". The console ends with: {macos.console_text[-200:]!r}. The screen shows: "
        + " / ".join(filter(None, macos.screen))
    )


def test_an_expectation_that_holds_gives_the_record(windows: Lab) -> None:
    """As `run_until` does."""
    stop = windows.expect(Bugcheck(0x50), within=seconds(5), message="it must stop")

    assert stop == windows.events[-1]


def test_waiting_disturbs_nothing(macos: Lab) -> None:
    """However one waits, the machine does the same at the same moment."""
    start = macos.snapshot()
    waits = (
        Ready(),
        Screen("never"),
        Console("never"),
        DiskWrite(sectors=100),
        Not(Bugcheck()),
    )
    ends = []
    for wait in waits:
        macos.restore(start)
        macos.push("channel-291-good")
        macos.run_while_waiting(wait, within=seconds(1))
        ends.append((macos.now, macos.machine.instructions, macos.events))

    assert all(end == ends[0] for end in ends)


def test_a_condition_is_shown_as_it_is_written() -> None:
    """In the message of a wait in vain; a stop code is hexadecimal."""
    conditions = (
        Bugcheck(),
        Bugcheck(0x50),
        Death("sentinel"),
        Not(Bugcheck()),
        Bugcheck() | Death().count(2),
        Console("ready"),
        DiskWrite(sectors=2),
        Happened(events.GaveUp, events.Restored),
        Happened(events.ContentLoaded, ring=0),
        Happened(events.RestartEvent, delay=seconds(1)),
    )

    assert list(map(repr, conditions)) == [
        "Bugcheck()",
        "Bugcheck(0x50)",
        "Death('sentinel')",
        "Not(Bugcheck())",
        "Bugcheck() or Death().count(2)",
        "Console('ready')",
        "DiskWrite(2)",
        "GaveUp or Restored",
        "ContentLoaded with ring=0",
        "RestartEvent with delay=1000000000",
    ]


def test_conditions_that_wait_for_the_same_are_equal() -> None:
    """So they can be compared, and be keys."""
    assert Bugcheck(0x50) == Bugcheck(0x50) != Bugcheck()
    assert Bugcheck() | Death("shell") == Bugcheck() | Death("shell")
    assert Console("a") != Screen("a")
    assert len({Not(Bugcheck()), Not(Bugcheck()), Bugcheck().count(2)}) == 2
