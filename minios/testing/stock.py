"""Booted machines, made once in each process and given out from a snapshot.

To build a machine and to boot it takes many times longer than to restore a snapshot of
it. So the stock boots each setup once, keeps the snapshot, and keeps some machines. Of
those that nobody uses, the one that had the same setup last is restored: then only the
pages of RAM that differ are written, and translated code is kept.

Invariant: whoever borrows a lab gets a new `Lab`, whose machine stands at the snapshot
and has no listeners. Nothing that an earlier borrower did can be seen there, and the
labs of earlier borrowers are closed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Final

from minios.errors import MiniosError
from minios.lab import Lab, LabSnapshot
from minios.lab.setup import Setup
from minios.machine.allowance import Allowance
from minios.machine.machine import Machine

_MACHINES: Final = 4  # that nobody uses: 16 MiB each, and the code they have translated
_STARTS: Final = 32  # snapshots after booting: a megabyte each
_BOOT: Final = 20_000_000  # instructions that booting may take: usual is half a million


@dataclass(frozen=True, slots=True)
class _Start:
    """How a setup came up: the snapshot of then, and what went wrong."""

    snapshot: LabSnapshot
    trouble: MiniosError | None


class Stock:
    """The booted machines of one process."""

    def __init__(self) -> None:
        self._starts: OrderedDict[Hashable, _Start] = OrderedDict()
        self._idle: OrderedDict[Machine, Hashable] = OrderedDict()
        self._lent: dict[Lab, tuple[Machine, Hashable]] = {}

    def lend(self, setup: Setup) -> tuple[Lab, MiniosError | None]:
        """A booted lab, and why it is not ready if booting has failed.

        Raises as `Lab` does if there can be no such lab.
        """
        key = setup.key
        if key in self._starts:
            self._starts.move_to_end(key)
            machine = self._machine_for(key)
        else:
            machine = self._boot(setup)
        start = self._starts[key]
        lab = Lab.at(start.snapshot, setup, machine=machine)
        self._lent[lab] = lab.machine, key
        return lab, copy(start.trouble)

    def _boot(self, setup: Setup) -> Machine:
        """Boot a setup for the first time, and keep how it came up."""
        lab = Lab.of(setup)
        lab.machine.allowance = Allowance(_BOOT)
        trouble = None
        try:
            lab.boot()
        except MiniosError as error:
            trouble = error
        self._starts[setup.key] = _Start(lab.snapshot(), trouble)
        while len(self._starts) > _STARTS:
            self._starts.popitem(last=False)
        return lab.release()

    def _machine_for(self, key: Hashable) -> Machine | None:
        """An idle machine that had this setup; else the one idle for longest, or none.

        None while there may be more machines.
        """
        same = (machine for machine, had in self._idle.items() if had == key)
        found = next(same, None)
        if found is None and len(self._idle) + len(self._lent) >= _MACHINES:
            found = next(iter(self._idle), None)
        if found is not None:
            del self._idle[found]
        return found

    def take_back(self, lab: Lab) -> None:
        """Close a lab that was lent, and keep its machine for the next borrower."""
        machine, key = self._lent.pop(lab)
        if machine.is_closed:
            return
        if not lab.is_closed:
            lab.release()
        self._idle[machine] = key
        while len(self._idle) > _MACHINES:
            self._idle.popitem(last=False)[0].close()

    def close(self) -> None:
        """Free all machines that nobody uses."""
        while self._idle:
            self._idle.popitem()[0].close()
        self._starts.clear()


@cache
def of_process() -> Stock:
    """The stock of this process. It outlives a run of pytest: others may follow."""
    return Stock()
