"""QEMU prints the same lines, whichever form the sensor has.

Deep: QEMU boots for each form of the sensor. The usual test has the module, in a
loop of panics.
"""

from __future__ import annotations

from typing import Final

import pytest

from minios.dev import qemu
from minios.lab import Lab, milliseconds, seconds
from minios.lab.system_disk import disk_of

pytestmark = pytest.mark.witness

BAD: Final = "channel-291-bad"
MORE: Final[tuple[tuple[str, str, dict[str, str], str], ...]] = (
    ("bpf-naive", BAD, {}, "naive.bpf is not loaded"),
    ("bpf-checked", "channel-291-good", {}, "detection 0x1005"),
    ("bpf-collector", BAD, {}, "sentinel.ext started again"),
)
EACH: Final = {"first_event_ms": "30", "event_ms": "50"}
LONGEST: Final = seconds(6)


def lines(text: str, last: str) -> list[str]:
    """What a person reads, up to the first line that has these words."""
    found = text.replace("\r", "").splitlines()
    end = next((i for i, it in enumerate(found) if last in it), len(found))
    return found[: end + 1]


@pytest.mark.parametrize(
    ("sensor", "content", "more", "last"),
    [
        ("module", BAD, {"panic_on_oops": "1"}, "---[ end Kernel panic"),
        *(pytest.param(*row, marks=pytest.mark.deep) for row in MORE),
    ],
)
def test_qemu_prints_the_same(
    sensor: str, content: str, more: dict[str, str], last: str
) -> None:
    """From the first line of the kernel to what the form of the sensor leads to."""
    if not qemu.is_installed():
        pytest.skip("qemu-system-x86_64 is not installed")
    options = {**EACH, **more}
    with Lab("linux", sensor=sensor, content=content, options=options) as lab:
        disk = disk_of(lab.setup)
        words = lab.machine.command_line
        while last not in lab.console_text and lab.now < LONGEST:
            lab.run_for(milliseconds(50))
        lab.run_for(milliseconds(50))
        ours = lines(lab.console_text, last)
    outcome = qemu.run(
        disk,
        words,
        enough=lambda text: "\n" in text.partition(last)[2],
    )

    assert last in ours[-1]
    assert lines(outcome.console, last) == ours
