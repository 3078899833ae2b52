"""The exceptions for mistakes of a user or an author.

    MiniosError
    |-- EngineError      this version of Unicorn does not work with minios
    |-- BoardError       the parts of a board table contradict each other
    |-- MachineError     a machine was used in the wrong order (run before power on)
    |-- ImageError       a kernel, program or plugin cannot be built or loaded
    |-- SnapshotError    a snapshot is from another board or another engine
    `-- ScenarioError    a scenario, lesson or command asks for something impossible

A package may add its own subclasses (`minios.disk.errors.DiskError`).

minios keeps three kinds of mistakes apart. A mistake of the guest is a value
(`minios.machine.faults.Fault`). A mistake of a user or an author is one of these
exceptions. A bug in minios itself is a failed assertion.
"""

from __future__ import annotations


class MiniosError(Exception):
    """A mistake of the user: what is wrong, where, and what to do next.

    Args:
        what: what is wrong: a sentence with a subject, without its full stop.
        where: the file, address, option or device with the mistake; may be empty.
        advice: what to do next: an imperative that begins with a capital letter.
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
    """Make the error again from its pickle: errors cross process boundaries."""
    return kind(what, where=where, advice=advice)


class EngineError(MiniosError):
    """This version of Unicorn does not work with minios."""


class BoardError(MiniosError):
    """The parts of a board table contradict each other."""


class MachineError(MiniosError):
    """A machine was used in the wrong order."""


class ImageError(MiniosError):
    """A kernel, program or plugin cannot be built or loaded."""


class SnapshotError(MiniosError):
    """A snapshot is from another board or another engine."""


class ScenarioError(MiniosError):
    """A scenario, lesson or command asks for something impossible."""
