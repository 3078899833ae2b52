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
        ('name = "toy"', "", "missing required field `name`"),
        ('"toy"', '"toy', "Illegal character"),
        ('"toy"', '"Toy"', "lower case"),
        ('"toy"', '"toy_sensor"', "one to eight characters"),
        ('"toy"', '"../toy"', "cannot be a file name"),
        ('["driver"]', "[]", '"driver" or "extension", or both'),
        ('["driver"]', '["driver", "driver"]', "names a kind twice"),
        ('["driver"]', '["module"]', "Invalid enum value 'module'"),
        ('"PIPE_OPEN"', '"PIPE_OPENED"', "Choose from PIPE_CREATE, PIPE_OPEN"),
        ('"EVENTS"', '"ANY"', "Choose from SPAWN, DISK_WRITE"),
        ('version = "1.0"', "version = 1.0", r"Expected `str`.* `\$\.version`"),
        ("rights", "right", "unknown field `right`"),
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


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    """With what a manifest has to say."""
    with pytest.raises(
        ImageError, match=r"Write a plugin\.toml in the plugin.s folder, with name"
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
