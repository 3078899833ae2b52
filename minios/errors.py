"""What minios raises when its user, not its guest, made a mistake.

    MiniosError
    |-- EngineError      this unicorn cannot be driven safely
    |-- BoardError       a board table that does not fit together
    |-- MachineError     a machine used out of order (run before power on, ...)
    |-- ImageError       a kernel, program or plugin that cannot be built or loaded
    |-- SnapshotError    a snapshot of another board or another engine
    `-- ScenarioError    a scenario, lesson or command that asks for the impossible

A room may grow a branch of its own (`minios.disk.errors.DiskError`).

Three kinds of trouble never mix. What the guest does wrong is a value
(`minios.machine.faults.Fault`); what an author does wrong is one of these; what we do
wrong is an assertion and crashes loudly.
"""

from __future__ import annotations


class MiniosError(Exception):
    """A mistake of the caller: what happened, where, and what to do next.

    Args:
        what: what went wrong, one sentence without a full stop.
        where: the file, address, option or device in question; may be empty.
        advice: what to do next; may be empty.
    """

    def __init__(self, what: str, *, where: str = "", advice: str = "") -> None:
        super().__init__(what, where, advice)
        self.what = what
        self.where = where
        self.advice = advice

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f". {self.advice}" if self.advice else ""
        return f"{place}{self.what}{advice}"

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.advice))


def _rebuild(
    kind: type[MiniosError], what: str, where: str, advice: str
) -> MiniosError:
    """Unpickle: errors travel between the processes of a fleet."""
    return kind(what, where=where, advice=advice)


class EngineError(MiniosError):
    """This unicorn cannot be driven safely."""


class BoardError(MiniosError):
    """A board table that does not fit together."""


class MachineError(MiniosError):
    """A machine used out of order."""


class ImageError(MiniosError):
    """A kernel, program or plugin that cannot be built or loaded."""


class SnapshotError(MiniosError):
    """A snapshot of another board or another engine."""


class ScenarioError(MiniosError):
    """A scenario, lesson or command that asks for the impossible."""
