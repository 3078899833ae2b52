"""Stop codes that no crime of code earns."""

from __future__ import annotations

from minios.lab import Bugcheck, Lab, seconds
from minios.lab.events import Bugchecked


def test_a_disk_that_holds_no_volume_is_an_inaccessible_boot_device() -> None:
    """0x7B, said by the first thread: nothing has been loaded yet."""
    with Lab(model="windows", disk=bytes(16 << 20)) as lab:
        stop = lab.run_until(Bugcheck(), within=seconds(1))

        assert isinstance(stop, Bugchecked)
        assert (stop.code, stop.params) == (0x7B, (12, 0, 0, 0))
