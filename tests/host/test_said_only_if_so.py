"""What is said of a disk, a crash or a build was looked at first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from minios.abi import dump as abi
from minios.abi.disk_layout import (
    CONTENT_PATH,
    DUMP_SECTOR,
    DUMP_SECTORS,
    SECTOR_SIZE,
)
from minios.commands import comparison
from minios.disk import SectorsOfBuffer, Volume
from minios.dump import post_mortem, sources
from minios.dump.errors import DumpError
from minios.lab import Lab, content_files, events
from minios.lab.conditions import Happened, seconds
from minios.lab.explain import explain
from minios.lab.modules import Module
from minios.lab.story import Plan, Story, tell
from minios.lab.system_disk import system_disk
from minios.machine.disk_image import DiskImage

GOOD = content_files.find("channel-291-good").data


@pytest.fixture(scope="module")
def story() -> Story:
    """A crash loop of two boots."""
    return tell("windows", Plan("channel-291-bad", reboots=2))


def with_content(story: Story, content: bytes | None) -> Story:
    """The same, with other content on its disk, or with none."""
    image = bytearray(story.disk.contents())
    volume = Volume(SectorsOfBuffer(image))
    volume.delete(CONTENT_PATH)
    if content is not None:
        volume.write(CONTENT_PATH, content)
    return replace(story, disk=DiskImage(bytes(image)))


def test_the_file_is_still_there_if_it_is(story: Story) -> None:
    """The disk is asked at the end."""
    assert "2 bugchecks in 2 boots: the file is still on the disk" in said(story)


@pytest.mark.parametrize("content", [None, b"", b"noise", GOOD])
def test_the_file_is_not_still_there_if_it_is_not(
    story: Story, content: bytes | None
) -> None:
    """Somebody may have taken it away, or put another one there."""
    assert "still on the disk" not in said(with_content(story, content))


def said(story: Story) -> str:
    """What came of it."""
    return comparison._afterwards(story)


def test_a_dump_is_spoken_of_once_it_is_saved(windows: Lab) -> None:
    """Whoever stops the machine in between reads what has happened up to there."""
    windows.push("channel-291-bad")
    crash = windows.run_until(Happened(events.BugcheckEvent), within=seconds(5))

    def told() -> str:
        return str(explain(windows, crash))

    assert "It has saved no dump yet, and it has not reset" in told()
    windows.run_until(Happened(events.DumpWritten), within=seconds(5))
    assert "saved a small dump and has not reset the machine yet" in told()
    windows.run_until(Happened(events.Booted), within=seconds(5))
    assert "saved a small dump and reset the machine" in told()


def test_a_crash_that_was_reset_before_its_dump_has_none(windows: Lab) -> None:
    """Somebody has pressed the button; the dump of the next crash is another one."""
    windows.push("channel-291-bad")
    crash = windows.run_until(Happened(events.BugcheckEvent), within=seconds(5))
    windows.machine.reset()
    windows.run_until(Happened(events.DumpWritten), within=seconds(60))

    assert "No dump of this crash was saved" in str(explain(windows, crash))


def test_a_disk_without_a_dump_is_not_said_to_be_without_a_crash(
    story: Story, tmp_path: Path
) -> None:
    """It may lie in the folder, or be lost."""
    path = tmp_path / "disk.img"
    path.write_bytes(system_disk(GOOD))
    assert "Make a disk with a dump" in refusal(path)

    image = bytearray(story.disk.contents())
    reserve = slice(DUMP_SECTOR * SECTOR_SIZE, (DUMP_SECTOR + DUMP_SECTORS) * 512)
    volume = Volume(SectorsOfBuffer(image))
    volume.write(f"{abi.DUMPS_FOLDER}/MINI0007.DMP", bytes(image[reserve]))
    image[reserve] = bytes(DUMP_SECTORS * SECTOR_SIZE)
    path.write_bytes(image)
    assert "with --file: " in refusal(path)
    assert "MINI0007.DMP" in refusal(path)


def refusal(path: Path) -> str:
    """Why no dump is read from a disk."""
    with pytest.raises(DumpError, match="has no dump in its") as raised:
        sources.read(path)
    return str(raised.value)


def test_a_foreign_driver_does_not_mean_that_nothing_was_built(tmp_path: Path) -> None:
    """Only its own file is missing."""
    foreign = Module("evil.sys", 0, 0x1000, tmp_path / "evil.sys", relocated=True)

    said = post_mortem._no_names(foreign)
    assert said.startswith("evil.sys has not been built here")
    assert "guest" not in said
