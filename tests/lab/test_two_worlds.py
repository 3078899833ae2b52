"""The main claim of minios: the same sensor, the same file, two rings, two fates."""

from __future__ import annotations

from typing import TypeVar

import pytest

from minios.lab import events
from minios.lab.story import Plan, Story, tell

T = TypeVar("T")
BAD = "channel-291-bad"


@pytest.fixture(scope="module")
def windows() -> Story:
    """The windows world after the bad file, watched for three boots."""
    return tell("windows", Plan(BAD, reboots=3))


@pytest.fixture(scope="module")
def macos() -> Story:
    """The macos world after the bad file, watched until it is calm."""
    return tell("macos", Plan(BAD))


def _all(story: Story, kind: type[T]) -> list[T]:
    return [event for event in story.events if isinstance(event, kind)]


def test_ring0_sensor_takes_the_machine_down_in_every_boot(windows: Story) -> None:
    """Three boots, three bugchecks, each 0x50 from ring 0 at the same offset."""
    stops = _all(windows, events.BugcheckEvent)

    assert [stop.boot for stop in stops] == [1, 2, 3]
    assert {(stop.ring, stop.code, stop.name) for stop in stops} == {
        (0, 0x50, "PAGE_FAULT_IN_NONPAGED_AREA")
    }
    assert len({(stop.module, stop.offset) for stop in stops}) == 1
    assert stops[0].module == "sentinel.sys"


def test_the_loop_comes_from_the_file_that_is_still_on_the_disk(
    windows: Story,
) -> None:
    """One push; in the later boots the sensor loads the same version by itself."""
    assert len(_all(windows, events.Pushed)) == 1
    versions = [event.version for event in _all(windows, events.ContentLoaded)]
    assert versions[0] != versions[1]  # the factory's file, then the pushed one
    assert set(versions[1:]) == {versions[1]}


def test_loading_the_bad_file_is_harmless_until_the_next_pipe_event(
    windows: Story,
) -> None:
    """Between the load and the fault lies virtual time, in which the machine runs."""
    loaded = _all(windows, events.ContentLoaded)[1]
    fault = _all(windows, events.Faulted)[0]

    assert fault.t > loaded.t
    assert fault.function == "interpreter_matches"


def test_the_bugcheck_has_the_four_parameters_of_its_stop_code(windows: Story) -> None:
    """Address, read, instruction, "no valid page-table entry"."""
    stop = _all(windows, events.BugcheckEvent)[0]

    assert stop.params == (stop.address, 0, stop.rip, 2)
    assert stop.address == 0xFFFF840500000074


def test_the_guest_paints_its_own_blue_screen(windows: Story) -> None:
    """The stop code's name stands on the 80x25 screen in the guest's memory."""
    text = "\n".join(windows.screen)

    assert "PAGE_FAULT_IN_NONPAGED_AREA" in text
    assert "sentinel.sys" in text


def test_ring3_sensor_dies_alone(macos: Story) -> None:
    """One boot, no bugcheck, and every death is the extension's own."""
    assert macos.end.boots == 1
    assert macos.end.bugchecks == 0
    assert {death.name for death in _all(macos, events.DeathEvent)} == {"sentinel.ext"}
    assert {death.ring for death in _all(macos, events.DeathEvent)} == {3}


def test_a_record_says_whether_it_names_a_plugin_an_image_or_a_content_file(
    windows: Story, macos: Story
) -> None:
    """One plugin in both worlds, built as two images, and one content file."""
    stories = (windows, macos)
    loaded = {event.name for event in _all(windows, events.ModuleLoaded)}
    started = {event.name for event in _all(macos, events.ProcessStarted)}
    sensors = {event.plugin for it in stories for event in _all(it, events.SensorUp)}
    files = {event.file for it in stories for event in _all(it, events.ContentLoaded)}

    assert "sentinel.sys" in loaded
    assert "sentinel.ext" in started
    assert sensors == {"sentinel"}
    assert files == {"C-000291.SYS"}


def test_the_supervisor_restarts_backs_off_gives_up_and_repairs(macos: Story) -> None:
    """At once, then later and later; then quarantine and the last good file."""
    delays = [event.delay // 10**9 for event in _all(macos, events.RestartEvent)]

    assert delays[:4] == [0, 2, 4, 8]
    assert len(_all(macos, events.GaveUp)) == 1
    assert len(_all(macos, events.Quarantined)) == 1
    assert len(_all(macos, events.Restored)) == 1


def test_after_the_repair_the_sensor_runs_and_the_console_answers(macos: Story) -> None:
    """Restart is not repair: only the last good file makes the machine protected."""
    assert macos.end.sensor_running
    assert macos.end.console_alive
    assert macos.end.outcome == "isolated"


def test_both_worlds_fault_at_the_same_bytes(windows: Story, macos: Story) -> None:
    """One source, compiled twice: the refused instruction is the same."""
    assert windows.crash is not None
    assert macos.crash is not None
    assert windows.crash.bytes == macos.crash.bytes != ""
    assert windows.crash.address == macos.crash.address
    assert windows.crash.source == macos.crash.source


def test_the_ring_stands_in_the_error_code(windows: Story, macos: Story) -> None:
    """Bit 2 of the page fault's error code is the only difference."""
    assert windows.crash is not None
    assert macos.crash is not None
    assert (windows.crash.error_code, macos.crash.error_code) == (0, 4)


def test_user_half_garbage_gives_another_stop_code() -> None:
    """The same bug with 0x9c behind the array: SYSTEM_THREAD_EXCEPTION_NOT_HANDLED."""
    story = tell("windows", Plan("channel-291-bad-user-half", reboots=1))

    assert isinstance(story.crash, events.BugcheckEvent)
    assert story.crash.name == "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED"
    assert story.crash.params[:2] == (0xC0000005, story.crash.rip)
    assert story.crash.address == 0x9C


@pytest.mark.parametrize("model", ["windows", "macos"])
@pytest.mark.parametrize("content", ["channel-291-good", "channel-291-latent"])
def test_good_and_latent_files_harm_neither_world(model: str, content: str) -> None:
    """A wildcard never reads its input, so the 21st field stays asleep."""
    story = tell(model, Plan(content))

    assert story.end.outcome == "unharmed"
    assert story.end.sensor_running
    assert story.end.console_alive
    assert _all(story, events.UpdateStored)


@pytest.mark.parametrize("model", ["windows", "macos"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("channel-291-truncated", "size_mismatch"),
        ("channel-291-random", "bad_magic"),
    ],
)
def test_malformed_files_are_refused_with_a_reason_and_nothing_is_lost(
    model: str, content: str, reason: str
) -> None:
    """The sensor says why; the file in force stays the one that was."""
    story = tell(model, Plan(content))

    assert [event.reason for event in _all(story, events.UpdateRefused)] == [reason]
    assert not _all(story, events.UpdateStored)
    assert story.end.outcome == "refused"
    assert story.end.sensor_running
    assert story.end.content == "C-000291.SYS version 1"
