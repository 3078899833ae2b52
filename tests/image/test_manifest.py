"""A plugin's manifest is checked before anything is built from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.abi import structures
from minios.abi.plugins import Kind
from minios.errors import ImageError
from minios.image import manifest
from minios.image.manifest import Manifest
from minios.image.recipe import ROOT

GOOD = """\
name = "toy"
version = "1.0"
license = "MIT"
description = "says where it is"
kinds = ["driver"]
events = ["PIPE_OPEN"]
rights = ["EVENTS"]
"""
DEVICE = "ports = [{}]\ninterrupts = [{}]\nquiesce = [{}]"


def read(folder: Path, text: str) -> Manifest:
    """Write a manifest and read it back."""
    (folder / "plugin.toml").write_text(text, encoding="utf-8")
    return manifest.read(folder)


def test_a_good_manifest_is_read_whole(tmp_path: Path) -> None:
    """Every key, with kinds as values of their own type."""
    assert read(tmp_path, GOOD) == Manifest(
        name="toy",
        version="1.0",
        license="MIT",
        description="says where it is",
        kinds=(Kind.DRIVER,),
        events=("PIPE_OPEN",),
        rights=("EVENTS",),
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "toy"', "", "the key `name` is missing"),
        ('"toy"', '"toy', "Illegal character"),
        ('"toy"', '"Toy"', "lower case"),
        ('"toy"', '"toy_sensor"', "one to eight characters"),
        ('"toy"', '"../toy"', "cannot be a file name"),
        ('["driver"]', "[]", '"driver" or "extension" or "user_driver" or "bpf"'),
        ('["driver"]', '["user_driver"]', 'a "user_driver" has a device'),
        ('rights = ["EVENTS"]', "ports = [1520, 1527]", "both `ports` and `quiesce`"),
        ('rights = ["EVENTS"]', "interrupts = [14]", "both `ports` and `quiesce`"),
        ('rights = ["EVENTS"]', DEVICE.format("32, 33", 14, "32, 1"), "ports 0x5f0 to"),
        ('rights = ["EVENTS"]', DEVICE.format("1527, 1520", 14, "1520, 1"), "line 14"),
        ('rights = ["EVENTS"]', DEVICE.format("1520, 1528", 14, "1520, 1"), "line 14"),
        ('rights = ["EVENTS"]', DEVICE.format("1520, 1521", 14, "1522, 1"), "line 14"),
        ('rights = ["EVENTS"]', DEVICE.format("1520, 1527", 0, "1522, 1"), "line 14"),
        ('rights = ["EVENTS"]', DEVICE.format("1520, 1527", 14, "1522, 256"), "byte"),
        ('["driver"]', '["driver", "driver"]', "names a kind twice"),
        ('["driver"]', '["module"]', "there is no kind of plugins 'module'"),
        (
            '"PIPE_OPEN"',
            '"PIPE_OPENED"',
            r"Did you mean PIPE_OPEN\? `minios plugin new",
        ),
        ('"EVENTS"', '"ANY"', "no such name as 'ANY'"),
        (
            'version = "1.0"',
            "version = 1.0",
            r"version must be a text, not a number\. Put it in quotes",
        ),
        ('"1.0"', "2026-12-01", "version must be a text, not a date"),
        (
            '["driver"]',
            '"driver"',
            r"kinds must be a list, not a text\. Write a list",
        ),
        (
            '["driver"]',
            "[1]",
            "kinds must be a text, not a whole n",
        ),
        (
            'rights = ["EVENTS"]',
            "sensor = 1",
            "sensor must be true or false, not a whole num",
        ),
        (
            'rights = ["EVENTS"]',
            "ports = 1520",
            "ports must be a list, not a whole n",
        ),
        ('rights = ["EVENTS"]', "ports = [1520]", "ports must be a list of length 2"),
        ("rights", "right", "there is no key `right`"),
        ('["driver"]', "[" * 10_000, "nested too deeply"),
    ],
    ids=lambda it: it[:40],
)
def test_a_bad_manifest_is_refused_with_the_place_and_a_way_out(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    """The message names the file, so that it can be found and mended."""
    assert old in GOOD

    with pytest.raises(ImageError, match=message) as caught:
        read(tmp_path, GOOD.replace(old, new))

    assert str(tmp_path / "plugin.toml") in str(caught.value)
    assert caught.value.advice


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("7.11", (7, 11)), ("1.0-beta", (1, 0)), ("2", (0, 0)), ("1.256", (0, 0))],
)
def test_a_machine_shows_the_first_two_numbers_of_a_version(
    tmp_path: Path, version: str, numbers: tuple[int, int]
) -> None:
    """A version is any text; a machine has one byte for each number."""
    found = read(tmp_path, GOOD.replace('"1.0"', f'"{version}"'))
    assert found.version_numbers == numbers


def test_an_early_start_is_asked_for_in_the_manifest(tmp_path: Path) -> None:
    """It is a flag in the note of the image."""
    assert read(tmp_path, GOOD).flags == 0
    assert read(tmp_path, GOOD + "early = true\n").flags == structures.PLUGIN_EARLY


def test_the_device_of_a_driver_is_granted_as_a_structure(tmp_path: Path) -> None:
    """A part of the ports, with or without the line: as the kernel reads it."""
    text = GOOD.replace('["driver"]', '["driver", "user_driver"]')
    own = read(tmp_path, text + DEVICE.format("1521, 1524", 14, "1522, 128"))
    silent = read(tmp_path, text + DEVICE.format("1520, 1527", "", "1522, 128"))

    assert list(own.device.values()) == [1521, 1 << 14, 4, 1, 128]
    assert list(silent.device.values()) == [1520, 0, 8, 2, 128]
    assert list(read(tmp_path, GOOD).device.values()) == [0, 0, 0, 0, 0]


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    """With what a manifest has to say."""
    with pytest.raises(
        ImageError, match=r"A plugin.s folder needs a plugin\.toml with name, version"
    ):
        manifest.read(tmp_path)


def test_every_plugin_of_this_checkout_has_a_good_manifest() -> None:
    """And lives in a folder of its own name."""
    folders = [path.parent for path in ROOT.glob("drivers/*/plugin.toml")]

    assert [manifest.read(folder).name for folder in folders] == [
        folder.name for folder in folders
    ]


def test_the_plugins_say_which_of_them_are_sensors() -> None:
    """So no code has to look for the sensor by its name."""
    found = manifest.sensors(ROOT / "drivers")
    assert [folder.name for folder in found] == ["sentinel"]
