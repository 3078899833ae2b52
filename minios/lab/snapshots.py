"""A lab at a moment, as a value; pickled, it can travel to another process."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Final, Self

from minios.errors import SnapshotError
from minios.lab import build
from minios.lab.cloud import CloudState
from minios.lab.memory import Memory
from minios.machine.snapshot import Snapshot

_ADVICE: Final = "Take the snapshot again with this build"


@dataclass(frozen=True, slots=True)
class LabSnapshot:
    """A machine, what was recorded of it, and what the vendor's cloud knows.

    A pickled snapshot carries the build that made it. Unpickling one of another build
    raises SnapshotError, before anything else of it is read. (Unpickle only what you
    have pickled yourself: a pickle can run code.)
    """

    machine: Snapshot
    memory: Memory
    cloud: CloudState

    def __new__(cls, *parts: object, **named: object) -> Self:
        """Pickles of before builds were told apart ask for an empty one."""
        if not parts and not named:
            raise SnapshotError(
                "this snapshot was made by an older minios", advice=_ADVICE
            )
        return object.__new__(cls)

    def __reduce__(self) -> tuple[object, ...]:
        parts = pickle.dumps((self.machine, self.memory, self.cloud))
        return _unpickle, (build.digest(), parts)


def _unpickle(made_by: str, parts: bytes) -> LabSnapshot:
    if made_by != build.digest():
        raise SnapshotError(
            "this snapshot was made by another build of minios", advice=_ADVICE
        )
    return LabSnapshot(*pickle.loads(parts))  # noqa: S301 - whoever unpickles trusts it
