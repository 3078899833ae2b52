"""QEMU runs the same kernel from the same disk and must print the same lines."""

from __future__ import annotations

import pytest

from minios.dev import oracle, qemu

pytestmark = pytest.mark.witness


@pytest.fixture(autouse=True)
def _needs_qemu() -> None:
    if not qemu.is_installed():
        pytest.skip("qemu-system-x86_64 is not installed")


@pytest.mark.parametrize("model", ["windows", "macos", "linux"])
@pytest.mark.parametrize(
    "content",
    [
        "channel-291-good",
        "channel-291-bad",
        "channel-291-bad-user-half",
        "channel-291-random",
    ],
)
def test_qemu_prints_the_same_console_lines(model: str, content: str) -> None:
    """Up to and including the stop code and its parameters, the death, or the oops."""
    found = oracle.compare(model, content)

    assert found.agrees, found.difference


def test_qemu_reaches_the_stop_code() -> None:
    """The deciding line is there: the comparison above cannot pass on nothing."""
    found = oracle.compare("windows", "channel-291-bad")

    assert any("*** STOP 0x00000050" in line for line in found.theirs)
    assert any("0xffff840500000074" in line for line in found.theirs)
