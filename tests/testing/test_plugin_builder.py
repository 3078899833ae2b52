"""Plugins for tests, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.errors import ImageError, MiniosError
from minios.image import plugins
from minios.image.plugins import BuiltPlugin
from minios.testing import Labs, PluginBuilder
from minios.testing import plugins as testing_plugins

_HELLO = """\
#include <minios/plugin.h>

static int start(void)
{
    plugin_log("hello from ring %d", plugin_ring());
    return 0;
}

const struct plugin plugin = {.name = "mine", .start = start};
"""


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were built, in a process that has built nothing yet."""
    built: list[Path] = []

    def build(folder: Path) -> BuiltPlugin:
        built.append(folder)
        return real(folder)

    real = plugins.build
    monkeypatch.setattr(plugins, "build", build)
    monkeypatch.setattr(testing_plugins, "_built", {})
    return built


def test_c_text_runs_in_both_rings(lab: Labs, plugin_builder: PluginBuilder) -> None:
    """One source, two images: that is what the SDK is for."""
    mine = plugin_builder.from_text(_HELLO)

    assert "hello from ring 0" in lab("windows", plugins=[mine]).console_text
    assert "hello from ring 3" in lab("macos", plugins=[mine]).console_text


def test_equal_sources_are_built_once(tmp_path: Path, builds: list[Path]) -> None:
    """Also by the next process, which finds what was built in the cache."""
    first = PluginBuilder(tmp_path).from_text(_HELLO, kinds=["driver"])
    again = PluginBuilder(tmp_path).from_text(_HELLO, kinds=["driver"])
    testing_plugins._built.clear()
    later = PluginBuilder(tmp_path).from_text(_HELLO, kinds=["driver"])

    assert first == again == later
    assert len(builds) == 1
    PluginBuilder(tmp_path).from_text(_HELLO.replace("hello", "bye"), kinds=["driver"])
    assert len(builds) == 2


def test_a_damaged_cache_is_built_again(tmp_path: Path, builds: list[Path]) -> None:
    """Whatever has happened to the file."""
    first = PluginBuilder(tmp_path).from_text(_HELLO, kinds=["driver"])
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    testing_plugins._built.clear()

    assert PluginBuilder(tmp_path).from_text(_HELLO, kinds=["driver"]) == first
    assert len(builds) == 2


def test_what_cannot_be_built_is_not_tried_again(builds: list[Path]) -> None:
    """Five scenarios of one submission wait for its compiler once."""
    for _ in range(2):
        with pytest.raises(ImageError, match=r"plugin\.c:2:5: error"):
            PluginBuilder(None).from_text("#include <minios/plugin.h>\nint 1;")

    assert len(builds) == 1


def test_a_mistake_in_c_is_told_with_its_line(plugin_builder: PluginBuilder) -> None:
    """Line 5 of the text that the test wrote."""
    with pytest.raises(ImageError, match=r"plugin\.c:5:.*expected ';'"):
        plugin_builder.from_text(_HELLO.replace("plugin_ring());", "plugin_ring())"))


def test_a_plugin_that_is_not_there_is_named(lab: Labs) -> None:
    """With the names of those that are."""
    with pytest.raises(MiniosError, match=r"no plugin './mine'.*sentinel"):
        lab("windows", plugins=["./mine"])
