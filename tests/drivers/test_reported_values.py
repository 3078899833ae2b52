"""A plugin tells the world outside a number: `plugin_report_value`, in both rings."""

from __future__ import annotations

from typing import Final

import pytest

from minios.lab import Lab, events, milliseconds
from tests.trust import probe

REPORTS: Final = """
static void later(void *argument)
{
    (void)argument;
    plugin_report_value("later", 7);
}

static int probe_start(void)
{
    plugin_report_value("", 0);
    plugin_report_value("the largest", UINT64_MAX);
    plugin_report_value("a name that has more characters than there is room for "
                        "in a record", 1);
    return (int)plugin_defer(later, NULL, 1000000);
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
PLACES: Final = [
    pytest.param("windows", probe.DRIVER.format("system"), 0, id="ring0"),
    pytest.param("macos", probe.EXTENSION.format("report"), 3, id="ring3"),
]


def run(model: str, service: str, rights: tuple[str, ...]) -> Lab:
    """A machine on which the probe has said everything. The caller closes it."""
    files = probe.built(REPORTS, rights=rights)
    lab = probe.machine(model, probe.disk_with(files, service))
    lab.boot()
    lab.run_for(milliseconds(100))
    return lab


def values(lab: Lab) -> list[events.ValueReported]:
    """The numbers that the machine has let out."""
    return [it for it in lab.events if isinstance(it, events.ValueReported)]


@pytest.mark.parametrize(("model", "service", "ring"), PLACES)
def test_a_value_arrives_with_its_words_and_ring(
    model: str, service: str, ring: int
) -> None:
    """A test of a plugin compares numbers; a deferred call may report, too."""
    cut = "a name that has more characters than there is room for in a rec"
    with run(model, service, ("REPORT",)) as lab:
        assert [(it.plugin, it.what, it.value, it.ring) for it in values(lab)] == [
            ("probe", "", 0, ring),
            ("probe", "the largest", (1 << 64) - 1, ring),
            ("probe", cut, 1, ring),
            ("probe", "later", 7, ring),
        ]


@pytest.mark.parametrize(("model", "service", "ring"), PLACES)
def test_a_value_needs_the_right_to_report(model: str, service: str, ring: int) -> None:
    """Without REPORT in plugin.toml the kernel drops it; ring 0 says so by itself."""
    with run(model, service, ()) as lab:
        lines = probe.said(lab).count("may not report a record of kind 32")

        assert (values(lab), lines) == ([], 4 if ring == 0 else 0)
