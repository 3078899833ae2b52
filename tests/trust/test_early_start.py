"""An extension that asks for an early start is up before the others are started."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from minios.image import plugins
from minios.lab import Lab, events
from tests.trust import probe

MANIFEST: Final = """\
name = "probe"
version = "1.0"
license = "MIT"
description = "starts early"
kinds = ["extension"]
rights = ["REPORT"]
early = true
"""
PROBE: Final = """\
#include <minios/plugin.h>

static int probe_start(void)
{
    while (HANGS) {
        plugin_sleep(UINT64_MAX);
    }
    plugin_report_value("up", 1);
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
LINE: Final = probe.EXTENSION.format("report")
TIMEOUT: Final = 4_000_000_000  # nanoseconds that the supervisor waits for each


def machine(folder: Path, hangs: int) -> Lab:
    """A machine with an early extension, in the last line of its list."""
    (folder / "plugin.toml").write_text(MANIFEST, "utf-8")
    (folder / "probe.c").write_text(PROBE.replace("HANGS", str(hangs)), "utf-8")
    images = plugins.build(folder).images
    files = {f"/{image.on_disk}": image.bare for image in images}
    return probe.machine("macos", probe.disk_with(files, LINE))


def order(lab: Lab) -> list[str]:
    """The extensions as they start, and the moment at which the probe is up."""
    return [
        it.name if isinstance(it, events.ProcessStarted) else "up"
        for it in lab.events
        if isinstance(it, events.ValueReported)
        or (isinstance(it, events.ProcessStarted) and it.name.endswith(".ext"))
    ]


def test_an_early_extension_is_up_before_others_start(tmp_path: Path) -> None:
    """Though it stands in the last line of the list."""
    with machine(tmp_path, hangs=0) as lab:
        lab.boot()
        assert order(lab) == ["probe.ext", "up", "sentinel.ext"]


def test_others_do_not_wait_for_ever(tmp_path: Path) -> None:
    """An early extension that is never ready costs them four seconds."""
    with machine(tmp_path, hangs=1) as lab:
        lab.boot()
        assert order(lab) == ["probe.ext", "sentinel.ext"]
        first, second = (
            it.t for it in lab.all(events.ProcessStarted) if it.name.endswith(".ext")
        )
        assert TIMEOUT <= second - first < TIMEOUT + 100_000_000
