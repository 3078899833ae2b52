"""QEMU's CPU looks up the same map of ports, and our lamps are missing there."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from minios.dev import qemu
from minios.dev.oracle import until
from minios.image import plugins
from minios.lab import Death, Lab, seconds
from minios.lab.setup import Setup
from minios.lab.system_disk import disk_of
from tests.trust import probe

pytestmark = pytest.mark.witness

MANIFEST: Final = """\
name = "edges"
version = "1.0"
license = "MIT"
description = "uses its ports, and then one more"
kinds = ["user_driver"]
rights = ["DEVICE"]
ports = [0x5f0, 0x5f7]
quiesce = [0x5f2, 0x80]
"""
SOURCE: Final = """\
#include <minios/plugin.h>

static int edges_start(void)
{
    for (unsigned port = PORT_LAMPS; port < PORT_LAMPS + PORT_LAMPS_COUNT; port++) {
        plugin_out8((uint16_t)port, 0);
    }
    plugin_log("ring %d may use its ports", plugin_ring());
    plugin_out8(PORT_LAMPS + PORT_LAMPS_COUNT, 0);
    plugin_log("ring %d may use another port", plugin_ring());
    return 0;
}

const struct plugin plugin = {.name = "edges", .start = edges_start};
"""
LISTED: Final = "edges.drv user_driver /SYSTEM/USERDRV/EDGES.DRV auto normal device"


@pytest.fixture(autouse=True)
def _needs_qemu() -> None:
    if not qemu.is_installed():
        pytest.skip("qemu-system-x86_64 is not installed")


def on_qemu(disk: bytes, last: str) -> str:
    """What QEMU prints, up to a line with these words."""
    outcome = qemu.run(
        disk,
        "model=macos seed=1 event_ms=0",
        enough=lambda text: bool(until(text.rpartition("\n")[0], last)),
    )
    return outcome.console


def test_both_cpus_allow_the_granted_ports_and_no_other(tmp_path: Path) -> None:
    """The same lines, with the same instruction at which the driver dies."""
    (tmp_path / "plugin.toml").write_text(MANIFEST, "utf-8")
    (tmp_path / "edges.c").write_text(SOURCE, "utf-8")
    (image,) = plugins.build(tmp_path).images
    disk = probe.disk_with({f"/{image.on_disk}": image.bare}, LISTED)
    last = "killed in ring 3"
    with Lab(model="macos", disk=disk, options={"event_ms": "0"}) as lab:
        lab.run_until(Death("edges.drv"), within=seconds(2))
        ours = until(lab.console_text, last)

    assert ours == until(on_qemu(disk, last), last)
    assert "edges.drv: ring 3 may use its ports" in ours
    assert "vector 13" in ours[-1]


def test_on_qemu_the_driver_says_that_there_are_no_lamps() -> None:
    """It reads a port at which no device is, and does not start."""
    disk = disk_of(Setup("macos", services={"lamps.drv": "auto"}))

    assert "lamps.drv: this board has no lamps" in on_qemu(disk, "this board has")
