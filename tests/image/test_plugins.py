"""A plugin from any folder becomes a value that a lab can load and explain.

Deep: compiles each shipped plugin once more. The usual test compiles the sensor.
"""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import msgspec
import pytest

from minios.errors import ImageError
from minios.image import guest, plugins, symbols
from minios.image.plugins import BuiltPlugin
from minios.image.recipe import ROOT


@pytest.fixture(scope="module")
def sentinel(tmp_path_factory: pytest.TempPathFactory) -> BuiltPlugin:
    """The shipped sensor, built from a copy outside of the tree."""
    folder = tmp_path_factory.mktemp("höme") / "my sensor"
    return plugins.build(Path(shutil.copytree(ROOT / "drivers/sentinel", folder)))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(it, marks=[pytest.mark.deep] * (it != "sentinel"))
        for it in sorted(
            path.parent.name for path in ROOT.glob("drivers/*/plugin.toml")
        )
    ],
)
def test_a_copy_elsewhere_gives_the_shipped_bytes(name: str, tmp_path: Path) -> None:
    """Where the folder lies is in no byte, and the sandbox refuses none of ours."""
    folder = shutil.copytree(ROOT / "drivers" / name, tmp_path / "mein Übungsblatt")

    made = plugins.build(Path(folder))

    assert made == plugins.built(ROOT / "drivers" / name, ROOT / guest.GUEST)


def test_a_built_plugin_is_a_plain_value(sentinel: BuiltPlugin) -> None:
    """It goes to another process, and into a recording, and comes back the same."""
    encoded = msgspec.json.encode(sentinel)

    assert pickle.loads(pickle.dumps(sentinel)) == sentinel  # noqa: S301 - our own
    assert msgspec.json.decode(encoded, type=BuiltPlugin) == sentinel


def test_an_address_in_a_built_plugin_leads_to_its_source(
    sentinel: BuiltPlugin,
) -> None:
    """The path in the debug information is the key of the text."""
    driver = sentinel.images[0]
    known = symbols.of(driver.name, driver.whole)

    location = known.locate(known.address("interpreter_matches"))

    assert location is not None
    before = sentinel.sources[location.file].splitlines()[: location.line]
    assert set(known.files()) <= set(sentinel.sources)
    assert any("interpreter_matches(" in line for line in before[-4:])


def test_a_refusal_goes_to_another_process(tmp_path: Path) -> None:
    """With all the lines of the compiler."""
    for name in ("plugin.toml", "sentinel.c"):
        shutil.copyfile(ROOT / "drivers/sentinel" / name, tmp_path / name)
    with pytest.raises(ImageError, match=r"'content\.h' file not found") as refused:
        plugins.build(tmp_path)

    again = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 - our own

    assert str(again) == str(refused.value)
    assert len(str(again).splitlines()) > 2


def test_bytes_that_are_no_image_are_refused() -> None:
    """With the name of the image."""
    with pytest.raises(ImageError, match=r"bad\.sys: the file is not a whole ELF"):
        symbols.of("bad.sys", b"no ELF at all")
