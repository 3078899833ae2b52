"""A plugin connects routines of its own to the board's interrupt lines, or is refused.

The probe is built here, as a learner would build it, and tries every answer that the
SDK names. Its two builds show what a ring may.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pytest

from minios.abi import disk_layout, errors
from minios.disk import make_image
from minios.image import plugins
from minios.lab import Lab
from minios.lab.system_disk import FOLDERS, system_files

MANIFEST: Final = """\
name = "probe"
version = "1.0"
license = "MIT"
description = "connects to interrupt lines in every way there is"
kinds = ["driver", "extension"]
events = []
rights = []
"""
SOURCE: Final = """\
#include <minios/plugin.h>

static uint64_t calls[9];

static void count(void *argument)
{
    ++*(uint64_t *)argument;
}

static void tell_ticks(void *argument)
{
    (void)argument;
    plugin_log("ticks: %lu by the first, %lu by the second, %lu by the third",
               calls[1], calls[2], calls[3]);
}

static void leave_at_once(void *argument)
{
    ++*(uint64_t *)argument;
    (void)!plugin_disconnect_interrupt(IRQ_TIMER, leave_at_once, argument);
}

static int probe_start(void)
{
    plugin_log("no line: %ld %ld, no routine: %ld",
               plugin_connect_interrupt(IRQ_COUNT, count, calls),
               plugin_connect_interrupt(IRQ_CASCADE, count, calls),
               plugin_connect_interrupt(IRQ_TIMER, NULL, calls));
    plugin_log("not connected: %ld",
               plugin_disconnect_interrupt(IRQ_TIMER, count, calls));
    long places = 0;
    while (places < 9 && plugin_connect_interrupt(1, count, calls + places) == 0) {
        places++;
    }
    plugin_log("places: %ld, then %ld", places,
               plugin_connect_interrupt(1, count, calls));
    for (long i = 0; i < places; i++) {
        (void)!plugin_disconnect_interrupt(1, count, calls + i);
    }
    long refused = 0;
    for (long i = 0; i < 1000; i++) {
        refused += plugin_connect_interrupt(1, count, calls + i) != 0;
        refused += plugin_disconnect_interrupt(1, count, calls + i) != 0;
    }
    plugin_log("refused in a thousand times: %ld", refused);
    plugin_log("again: %ld %ld",
               plugin_connect_interrupt(IRQ_TIMER, count, calls + 1),
               plugin_connect_interrupt(IRQ_TIMER, leave_at_once, calls + 2));
    plugin_log("and: %ld", plugin_connect_interrupt(1, count, calls + 3));
    (void)!plugin_defer(tell_ticks, NULL, 50000000);
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
NOT_ENTITLED, NOT_FOUND, BAD_ARGUMENT, NO_MEMORY = (
    -errors.BY_NAME[name]
    for name in ("NOT_ENTITLED", "NOT_FOUND", "BAD_ARGUMENT", "NO_MEMORY")
)


@pytest.fixture(scope="module", name="files")
def files_of_the_probe(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """The guest's files with both builds of the probe among them."""
    folder = tmp_path_factory.mktemp("probe")
    (folder / "plugin.toml").write_text(MANIFEST, "utf-8")
    (folder / "probe.c").write_text(SOURCE, "utf-8")
    made = {f"/{it.on_disk}": it.bare for it in plugins.build(folder).images}
    assert len(made) == 2
    return {**system_files(), **made}


def said(files: Mapping[str, bytes], model: str, service: str) -> list[str]:
    """The lines of the probe, where this line of the service list starts it."""
    listed = files[disk_layout.SERVICES_PATH].decode()
    listed = "\n".join(it for it in listed.splitlines() if "sentinel" not in it)
    disk: dict[str, bytes] = {
        **files,
        disk_layout.SERVICES_PATH: f"{listed}\n{service}\n".encode(),
    }
    image = make_image(disk, directories=FOLDERS)
    with Lab(model=model, options={"event_ms": "0"}, disk=image) as lab:
        lab.boot()
        lab.run_for(100_000_000)
        console = lab.console_text.replace("\r", "")
    # The last one stands behind the shell's prompt.
    return re.findall(r"^(?:minios> )?probe\.\w+: (.+)$", console, re.MULTILINE)


def test_a_driver_hears_the_lines_that_it_is_connected_to(
    files: Mapping[str, bytes],
) -> None:
    """Every answer of the SDK; a routine may even take itself away."""
    service = "probe.sys driver /SYSTEM/DRIVERS/PROBE.SYS system normal -"
    lines = said(files, "windows", service)

    assert [line for line in lines if not line.startswith("loaded")] == [
        f"no line: {BAD_ARGUMENT} {BAD_ARGUMENT}, no routine: {BAD_ARGUMENT}",
        f"not connected: {NOT_FOUND}",
        f"places: 8, then {NO_MEMORY}",
        "refused in a thousand times: 0",
        "again: 0 0",
        "and: 0",
        "ticks: 6 by the first, 1 by the second, 0 by the third",
    ]


def test_an_extension_has_no_interrupts(files: Mapping[str, bytes]) -> None:
    """The same source in ring 3: no line is granted to it, so it gets none."""
    service = "probe.ext extension /SYSTEM/EXTENS/PROBE.EXT auto normal -"

    assert said(files, "macos", service) == [
        "refused the right DEVICE",
        f"no line: {NOT_ENTITLED} {NOT_ENTITLED}, no routine: {BAD_ARGUMENT}",
        f"not connected: {NOT_FOUND}",
        f"places: 0, then {NOT_ENTITLED}",
        "refused in a thousand times: 2000",
        f"again: {NOT_ENTITLED} {NOT_ENTITLED}",
        f"and: {NOT_ENTITLED}",
        "ticks: 0 by the first, 0 by the second, 0 by the third",
    ]
