"""Every demonstration ends, whatever the disk holds, and says how.

Deep: a machine is watched for ten minutes of virtual time. The usual test waits for
one of them.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from minios.abi.disk_layout import CONTENT_PATH
from minios.commands import comparison, narration
from minios.disk import SparseSectors, Volume
from minios.disk.geometry import minios_geometry
from minios.disk.image import format_volume
from minios.lab import Lab, Ready, content_files, events, seconds
from minios.lab.story import Plan, Story, tell
from minios.lab.system_disk import system_files
from tests.trust import probe

BAD = "channel-291-bad"
RESETS = """
static void reset(void *argument)
{
    (void)argument;
    (void)call(SYSCALL_POWER, POWER_RESET, 0, 0);
}

static int probe_start(void)
{
    (void)tell("init", "ready");
    return (int)plugin_defer(reset, NULL, 500000000);
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
# Starts a program that dies, again and again, for ever.
RESTLESS = """
static void start_another(void *argument)
{
    static const struct spawn request = {.path = "/BIN/NULL"};
    (void)argument;
    (void)call(SYSCALL_SPAWN, (uint64_t)&request, 0, 0);
    (void)!plugin_defer(start_another, NULL, 20000000000);
}

static int probe_start(void)
{
    (void)tell("init", "ready");
    start_another(NULL);
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""


def afterwards(story: Story) -> str:
    """What the table says of it, as in `minios demo --plain`."""
    table = comparison.table([story], narration.style(plain=True))
    return table.partition("afterwards: ")[2].partition("\n")[0]


def resets(story: Story) -> int:
    """How often the machine has started again."""
    return sum(isinstance(it, events.ResetEvent) for it in story.events)


@pytest.fixture(name="looping", scope="module")
def disk_of_a_crash_loop() -> bytes:
    """A disk that the machine has crashed with twice."""
    return tell("windows", Plan(BAD, reboots=2)).disk.contents()


def test_a_disk_with_two_failures_behind_it_comes_up(looping: bytes) -> None:
    """Recovery counts down, nobody is there, and the start goes on."""
    with Lab(disk=looping, options={"first_event_ms": "10000"}) as lab:
        event = lab.boot()

        assert Ready()(event)
        assert any(isinstance(it, events.RecoveryEntered) for it in lab.events)
        assert event.t > seconds(30)


def test_a_demonstration_goes_on_with_that_disk(looping: bytes) -> None:
    """To its last boot, as with any other."""
    story = tell("windows", Plan(BAD, reboots=2, disk=looping))

    assert (story.end.outcome, resets(story)) == ("crash loop", 2)


def disk_without_room_for_a_dump() -> bytes:
    """What `mkfs.fat` makes: four reserved sectors, and the file system behind them."""
    sectors = SparseSectors()
    volume = format_volume(
        sectors, geometry=replace(minios_geometry(), reserved_sectors=4)
    )
    files = {**system_files(), CONTENT_PATH: content_files.find(BAD).data}
    for folder in sorted({"/SYSTEM", *(path.rpartition("/")[0] for path in files)}):
        volume.make_directory(folder)
    for path, data in files.items():
        volume.write(path, data)
    return sectors.to_bytes()


@pytest.mark.parametrize("reboots", [1, 2])
def test_a_crash_without_a_dump_is_told_without_one(reboots: int) -> None:
    """The reset is not lost while a dump is waited for that never comes."""
    plan = Plan(BAD, reboots=reboots, disk=disk_without_room_for_a_dump())
    story = tell("windows", plan)
    kinds = [type(it) for it in story.events]

    assert kinds.count(events.ResetEvent) == story.end.bugchecks == reboots
    assert events.DumpWritten not in kinds
    assert any("PAGE_FAULT_IN_NONPAGED_AREA" in row for row in story.screen)


@pytest.mark.parametrize("reboots", [1, 3])
def test_a_machine_that_resets_itself_is_watched_so_often(reboots: int) -> None:
    """A program with the right POWER does it after every start."""
    disk = probe.disk_with(
        probe.built(RESETS, rights=("POWER",)), probe.PROGRAM.format("auto", "power")
    )
    story = tell("macos", Plan("channel-291-good", reboots=reboots, disk=disk))

    assert (story.end.outcome, resets(story)) == ("reset loop", reboots)
    assert afterwards(story) == f"{reboots} resets in {reboots} boots, and no bugcheck"


def test_a_machine_that_switches_itself_off_is_not_asked() -> None:
    """Nobody is there to answer, and no time passes while one waits."""
    body = RESETS.replace("POWER_RESET", "POWER_OFF")
    disk = probe.disk_with(
        probe.built(body, rights=("POWER",)), probe.PROGRAM.format("auto", "power")
    )
    story = tell("macos", Plan("channel-291-good", disk=disk))

    assert story.end.outcome == "switched off"
    assert afterwards(story) == "the machine switched itself off"
    assert story.console == ""


@pytest.mark.parametrize("limit", [60, pytest.param(600, marks=pytest.mark.deep)])
def test_a_machine_that_never_rests_is_left_after_a_time(
    limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something dies in it every twenty seconds; the real limit is the longer one."""
    if limit < 600:
        monkeypatch.setattr("minios.lab.story._WATCHED", seconds(limit))
    disk = probe.disk_with(
        probe.built(RESTLESS, rights=("SPAWN",)), probe.PROGRAM.format("auto", "spawn")
    )
    story = tell("macos", Plan("channel-291-good", disk=disk))

    assert seconds(limit) < story.end.t < seconds(limit + 40)


def test_an_update_that_finds_no_room_has_not_arrived() -> None:
    """The updater says so, and so does the demonstration."""
    story = tell("macos", Plan(BAD, disk=probe.filled(probe.disk_with({}))))
    failed = [it for it in story.events if isinstance(it, events.UpdateFailed)]

    assert [it.error for it in failed] == ["there is no room on the disk"]
    assert story.end.outcome == "not updated"
    assert (
        afterwards(story) == "the update did not arrive: there is no room on the disk"
    )
    assert Volume(story.disk).read(CONTENT_PATH) != content_files.find(BAD).data
