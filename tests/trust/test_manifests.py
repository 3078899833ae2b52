"""A plugin is held to its manifest: what plugin.toml does not name is refused."""

from __future__ import annotations

import pytest

from minios.abi.errors import BY_NAME as ERRORS
from minios.image import manifest, recipe
from minios.lab import Lab, milliseconds
from tests.trust import probe

SUBSCRIBES = """
static int probe_start(void)
{
    plugin_log("open %d", plugin_subscribe(1 << EVENT_PIPE_OPEN));
    plugin_log("close %d", plugin_subscribe(1 << EVENT_PIPE_CLOSE));
    plugin_log("both %d",
               plugin_subscribe(1 << EVENT_PIPE_OPEN | 1 << EVENT_PIPE_CLOSE));
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
STARTS_ANOTHER = """
static int probe_start(void)
{
    static const struct spawn request = {.path = "/BIN/WORKLOAD"};
    plugin_log("spawn %d", call(SYSCALL_SPAWN, (uint64_t)&request, 0, 0) > 0);
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
NOT_PERMITTED = -ERRORS["NOT_PERMITTED"]
PLACES = [
    ("macos", probe.EXTENSION.format("spawn,events,report")),
    ("windows", probe.DRIVER.format("system")),
]


def answers(lab: Lab) -> list[str]:
    """What the probe says once everything is up."""
    lab.boot()
    lab.run_for(milliseconds(50))
    return [it for it in probe.said(lab) if not it.startswith("loaded")]


@pytest.mark.parametrize(("model", "service"), PLACES)
def test_events_that_the_manifest_does_not_name_are_refused(
    model: str, service: str
) -> None:
    """In both rings, also when they are asked for together with others."""
    files = probe.built(SUBSCRIBES, events=("PIPE_OPEN",), rights=("EVENTS",))
    with probe.machine(model, probe.disk_with(files, service)) as lab:
        assert answers(lab) == [
            "open 0",
            f"close {NOT_PERMITTED}",
            f"both {NOT_PERMITTED}",
        ]


@pytest.mark.parametrize(("model", "service"), PLACES)
def test_no_events_without_the_right_in_the_manifest(model: str, service: str) -> None:
    """The service list grants it; the plugin has not asked for it."""
    files = probe.built(SUBSCRIBES, events=("PIPE_OPEN", "PIPE_CLOSE"))
    with probe.machine(model, probe.disk_with(files, service)) as lab:
        assert {it.split()[1] for it in answers(lab)} == {str(NOT_PERMITTED)}


@pytest.mark.parametrize(("rights", "started"), [(("SPAWN",), 1), ((), 0)])
def test_a_right_of_the_list_is_no_right_without_the_manifest(
    rights: tuple[str, ...], started: int
) -> None:
    """Both have to name it."""
    files = probe.built(STARTS_ANOTHER, rights=rights)
    disk = probe.disk_with(files, PLACES[0][1])
    with probe.machine("macos", disk) as lab:
        assert answers(lab) == [f"spawn {started}"]


def test_an_extension_that_has_no_manifest_has_no_rights() -> None:
    """Its image was made by hand, or somebody has taken the note out."""
    files = dict(probe.built(STARTS_ANOTHER, rights=("SPAWN",)))
    path = "/SYSTEM/EXTENS/PROBE.EXT"
    assert b"minios\0\0" in files[path]
    files[path] = files[path].replace(b"minios\0\0", b"nobody\0\0")
    with probe.machine("macos", probe.disk_with(files, PLACES[0][1])) as lab:
        assert answers(lab) == ["spawn 0"]


def test_the_masks_are_those_of_the_names() -> None:
    """As the kernel knows them, each once."""
    sensor = manifest.read(recipe.ROOT / "drivers/sentinel")

    assert sensor.event_mask == 1 << 0 | 1 << 1
    assert sensor.right_mask == 1 << 3 | 1 << 4
