"""Machines that are tried again and again from the same moment, each booted once."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from minios.closing import Closing
from minios.lab.lab import Lab
from minios.lab.snapshots import LabSnapshot


class BootedLabs(Closing):
    """Keeps machines, each with a snapshot of the moment from which it is tried."""

    def __init__(self) -> None:
        self._labs: dict[Hashable, tuple[Lab, LabSnapshot]] = {}

    def close(self) -> None:
        """Free the machines."""
        for lab, _ in self._labs.values():
            lab.close()
        self._labs.clear()

    def at_start(self, key: Hashable, boot: Callable[[], Lab]) -> Lab:
        """The machine with this key, back at that moment. `boot` makes it once."""
        if key not in self._labs:
            lab = boot()
            self._labs[key] = lab, lab.snapshot()
        lab, start = self._labs[key]
        lab.restore(start)
        return lab
