"""Write down what a machine lets out: its records, explained, and its dumps."""

from __future__ import annotations

from functools import partial
from typing import Final, get_args

from minios.abi.disk_layout import DUMP_SECTOR, DUMP_SECTORS
from minios.lab import Event, Lab, events, explain
from minios.lab.origins import Origin
from minios.session.history import History

_EXPLAINED: Final = (
    *get_args(events.FaultRecord),
    events.RecoveryEntered,
    events.BpfRefused,
    events.Denied,
    events.DeadlineMissed,
    events.EventDropped,
)


class Chronicle(History):
    """The history of one machine, written while it runs.

    Attributes:
        origin: where the latest bad pointer came from, None if there was none.
    """

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self.origin: Origin | None = None

    def hear(self, event: Event) -> None:
        """The machine has let out a record: write it down, with what explains it."""
        if isinstance(event, events.DumpWritten):
            self._keep_dump()
        if not isinstance(event, _EXPLAINED):
            self.add(event, None)
        else:
            self.add(event, explain(self._lab, event))
            picture = self._lab.picture_of(event)
            self.origin = self.origin if picture is None else picture.origin
        self._explain_again(event)

    def _explain_again(self, event: Event) -> None:
        """A stop is followed by a dump and a reset, and some deaths by a stop."""
        match event:
            case events.DumpWritten() | events.ResetEvent():
                kind: type[Event] = events.BugcheckEvent
            case events.BugcheckEvent(name="CRITICAL_PROCESS_DIED"):
                kind = events.DeathEvent
            case _:
                return
        self.explain_again(kind, partial(explain, self._lab))

    def _keep_dump(self) -> None:
        disk = self._lab.disk()
        if disk.sectors >= DUMP_SECTOR + DUMP_SECTORS:
            self.keep_dump(disk.read(DUMP_SECTOR, DUMP_SECTORS))
