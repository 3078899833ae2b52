"""What a setting of the switches makes of a file, in one value with one sentence."""

from __future__ import annotations

import msgspec

from minios.tutor.pipeline.runs import End, Ran
from minios.tutor.pipeline.stages import Stage, Step, Verdict, stops_of
from minios.tutor.pipeline.switches import Switches


class Outcome(msgspec.Struct, frozen=True):
    """What came of one file.

    Attributes:
        switches: the setting.
        file: the name of the file.
        repaired_at: the stage that has found the sensor's mistake. Every file then
            reaches a repaired sensor.
        stopped_at: the stage that has stopped the file. At ROLLOUT some machines had
            it before.
        fates: what came of each machine; None if it never got the file.
        steps: what each stage said, up to the last that the file has reached.
    """

    switches: Switches
    file: str
    repaired_at: Stage | None
    stopped_at: Stage | None
    fates: tuple[Ran | None, ...]
    steps: tuple[Step, ...]

    def _count(self, end: End) -> int:
        return sum(it is not None and it.end is end for it in self.fates)

    @property
    def machines(self) -> int:
        """How many machines the customers have."""
        return len(self.fates)

    @property
    def crashed(self) -> int:
        """How many machines have stopped."""
        return self._count(End.STOPPED)

    @property
    def unprotected(self) -> int:
        """How many machines run on, but without their sensor."""
        return self._count(End.UNPROTECTED)

    @property
    def protected(self) -> int:
        """How many machines run on with the new file."""
        return self._count(End.PROTECTED)

    @property
    def refused(self) -> int:
        """How many machines refuse the file, and run on with the old one."""
        return self._count(End.REFUSED)

    @property
    def spared(self) -> int:
        """How many machines never got the file, and run on with the old one."""
        return sum(it is None for it in self.fates)

    @property
    def stops(self) -> tuple[tuple[str, int], ...]:
        """The stop codes with their names, each with the number of machines."""
        return stops_of(self.fates)

    @property
    def is_harmless(self) -> bool:
        """Whether no customer has noticed anything."""
        return self.crashed + self.unprotected == 0

    @property
    def sentence(self) -> str:
        """The whole outcome in a sentence."""
        if self.stopped_at in _REFUSED:
            return f"{_REFUSED[self.stopped_at]}: no machine gets it."
        if not self.is_harmless:
            return f"{self._harm}{self._rest}."
        because = _REPAIRED.get(self.repaired_at, "")
        if self.refused:
            count = _of(self.refused, self.machines)
            return f"{because}On {count} the old file stays: the new one is refused."
        return f"{because}{_all(self.machines)} get the file and run on, protected."

    @property
    def _harm(self) -> str:
        if self.crashed:
            stops = " or ".join(stop for stop, _ in self.stops)
            return f"{_part(self.crashed, self.machines)} with {stops}"
        count = _of(self.unprotected, self.machines)
        return f"On {count} the sensor dies: they run on without protection"

    @property
    def _rest(self) -> str:
        parts = []
        if self.protected:
            parts.append(f"{self.protected} run on, protected")
        if self.refused:
            parts.append(f"{self.refused} refuse the file")
        if self.spared:
            parts.append(f"{self.spared} never get the file")
        return f"; {', and '.join(parts)}" if parts else ""

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for outcomes that are the same for the customers and the vendor.

        Without its first part it is equal if they are the same for the customers.
        """
        counts = (self.crashed, self.unprotected, self.protected, self.refused)
        return (self.repaired_at, self.stopped_at, *counts, self.spared, self.stops)


_REFUSED = {
    Stage.VALIDATOR: "The validator refuses the file",
    Stage.PRE_RELEASE: "The pre-release run refuses the file",
}
_REPAIRED: dict[Stage | None, str] = {
    Stage.BUILD: "The build has found the mistake in the sensor. ",
    Stage.TESTS: "The tests have found the mistake in the sensor. ",
}


def _of(some: int, total: int) -> str:
    if some == total:
        return f"all {total} machines" if total > 1 else "the only machine"
    return f"{some} of {total} machines"


def _all(total: int) -> str:
    return f"All {total} machines" if total > 1 else "The only machine"


def _part(some: int, total: int) -> str:
    words = _of(some, total)
    verb = "stop" if some > 1 else "stops"
    return f"{words[0].upper()}{words[1:]} {verb}"


def last_step(fates: tuple[Ran | None, ...], sentence: str) -> Step:
    """The step at the customers."""
    crashed = any(it is not None and it.has_crashed for it in fates)
    verdict = Verdict.CRASHED if crashed else Verdict.PASSED
    return Step(Stage.CUSTOMERS, verdict, sentence)
