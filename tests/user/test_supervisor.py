"""What the supervisor tells of its extensions, and who may tell it what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from minios.lab import Death, Happened, Lab, Ready, events, milliseconds, seconds
from tests.trust import probe

BACK: Final = Happened(events.BackAgain, name="sentinel.ext")
PLANNED: Final = Happened(events.RestartPlanned, name="sentinel.ext")


@pytest.fixture(scope="module", name="machine")
def booted_machine() -> Iterator[Lab]:
    """A machine whose sensor gets a bad file at once; each test restores it."""
    with Lab(model="macos") as lab:
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_until(Death("sentinel.ext"), within=seconds(5))
        yield lab


@pytest.fixture(name="mac")
def machine_after_the_first_death(machine: Lab) -> Iterator[Lab]:
    """The sensor has just died for the first time."""
    before = machine.snapshot()
    yield machine
    machine.restore(before)


def test_the_time_without_the_sensor_is_what_the_lab_has_measured(mac: Lab) -> None:
    """From the death until it is ready: two gaps, and their sum."""
    start = mac.machine.now
    first = mac.run_until(BACK, within=seconds(5))
    second = mac.run_until(BACK, within=seconds(10))

    assert first.gap < milliseconds(30)  # at once; a tick is 10 ms
    assert second.total == first.gap + second.gap
    assert second.gap == pytest.approx(seconds(2), abs=milliseconds(50))
    measured = mac.unprotected_time(since=start)
    assert second.total == pytest.approx(measured, abs=milliseconds(30))


def test_the_shell_says_how_the_extensions_are(mac: Lab) -> None:
    """A line for each, under the restart policy."""
    mac.run_until(PLANNED, within=seconds(5))
    waits = mac.console("super").splitlines()
    mac.run_until(BACK, within=seconds(5))
    runs = mac.console("super").splitlines()

    assert waits[:2] == [
        "restart policy: minix",
        "extension     state    hold   restarts deaths without it",
    ]
    assert waits[2].split()[:5] == ["sentinel.ext", "waits", "-", "1", "2"]
    assert runs[2].split()[:5] == ["sentinel.ext", "runs", "-", "2", "2"]
    assert 2 <= float(runs[2].split()[5]) < 2.1


def test_a_held_extension_stays_dead_until_it_is_released(mac: Lab) -> None:
    """Whoever wants to know why it died can look, and then let it go on."""
    mac.console("hold sentinel.ext")
    mac.run_until(Death("sentinel.ext"), within=seconds(5))
    mac.run_for(seconds(20))
    held = mac.console("super").splitlines()[2].split()
    restarts = sum(isinstance(it, events.RestartEvent) for it in mac.events)

    assert held[:4] == ["sentinel.ext", "held", "held", "1"]
    assert restarts == 1
    assert "sentinel.ext is held, and is not started again" in mac.console_text

    mac.console("release sentinel.ext")
    again = [it for it in mac.events if isinstance(it, events.RestartEvent)][1]
    assert again.attempt == 0  # the deaths before it do not count any more


def test_a_hold_before_the_next_start_takes_the_plan_back(mac: Lab) -> None:
    """It waits for its next start, and then does not get it."""
    mac.run_until(PLANNED, within=seconds(5))
    mac.console("hold sentinel.ext")
    mac.run_for(seconds(10))

    assert "held" in mac.console("super").splitlines()[2]
    answer = mac.console("hold nobody").strip()
    assert answer == "nobody: no such extension; `super` lists them"


def test_only_the_shell_may_hold_an_extension() -> None:
    """Otherwise each program could switch the sensor off for good."""
    body = """
    static int probe_start(void)
    {
        struct message message = {.type = MESSAGE_TEXT};
        message.size = (uint32_t)plugin_format((char *)message.body, 32, "%s",
                                               "hold sentinel.ext") + 1;
        long port = call(SYSCALL_PORT_CONNECT, (uint64_t)"supervisor", 0, 0);
        long status = call(SYSCALL_PORT_CALL, (uint64_t)port, (uint64_t)&message,
                           1000000000);
        plugin_log("%ld %ld", status, *(long *)message.body);
        return 0;
    }

    const struct plugin plugin = {.name = "probe", .start = probe_start};
    """
    image = probe.upstairs(body)["/SYSTEM/EXTENS/PROBE.EXT"]
    with probe.machine("macos", probe.disk_with({"/BIN/ASKS": image})) as lab:
        lab.run_until(Ready(), within=seconds(5))
        lab.type("run asks &\n")
        lab.run_for(seconds(1))

        assert probe.said(lab) == ["0 -1"]  # -ERROR_NOT_PERMITTED
        assert "held" not in lab.console("super").splitlines()[2]
