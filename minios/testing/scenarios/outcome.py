"""What came of a scenario: what each step saw, and which step failed and why."""

from __future__ import annotations

from dataclasses import dataclass

from minios.errors import MiniosError
from minios.lab.quantities import short
from minios.testing.scenarios.model import Scenario
from minios.visible import visible


class StepFailed(Exception):  # noqa: N818 - it is an outcome, and never gets out
    """A step has not found what it expected."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(expected, found)
        self.expected = expected
        self.found = found


@dataclass(frozen=True, slots=True)
class Seen:
    """A step that was done on a machine: when it began and ended, and what it saw.

    Times are virtual nanoseconds since the machine's power on.
    """

    line: int
    verb: str
    machine: str
    began: int
    ended: int
    saw: str

    def __str__(self) -> str:
        saw = f": {visible(self.saw)}" if self.saw else ""
        return f"line {self.line}: {self.verb} on {visible(self.machine)}{saw}"


@dataclass(frozen=True, slots=True)
class Failure:
    """The step that failed: where it stands, what it expected, and what was there.

    `error` is what minios has refused, if it was that: perhaps the step is wrong.
    `source` is the text of the step, `latest` the latest records of the machine in
    words, `message` what the author has to say. `verb` is "the start" if the machine
    could not be made.
    """

    line: int
    verb: str
    machine: str
    source: str
    expected: str
    found: str
    message: str = ""
    latest: tuple[str, ...] = ()
    error: MiniosError | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a scenario."""

    scenario: Scenario
    steps: tuple[Seen, ...]
    failure: Failure | None

    @property
    def passed(self) -> bool:
        """Whether every step found what it expected."""
        return self.failure is None

    @property
    def reason(self) -> str:
        """The failure in one line, as it was found; "" if there is none."""
        failure = self.failure
        if failure is None:
            return ""
        said = (
            f"on {failure.machine} expected: {failure.expected}; found: {failure.found}"
        )
        return f"{said}. {failure.message}" if failure.message else said

    def report(self, *, records: bool = True) -> str:
        """The failure in lines that are safe to print; "" if there is none.

        The latest records of the machine follow, or else the steps before.
        """
        failure = self.failure
        if failure is None:
            return ""
        place = f"{visible(self.scenario.path)}:{failure.line}"
        machine = visible(failure.machine)
        lines = [
            f"{failure.verb} failed on {machine}: {place}",
            *(f"    {visible(line)}" for line in failure.source.splitlines()),
            f"expected: {visible(failure.expected)}",
            f"found:    {visible(failure.found)}",
        ]
        if failure.message:
            lines.append(visible(failure.message))
        title, more = "the steps before it passed:", tuple(map(str, self.steps))
        if records:
            title, more = f"the latest records of {machine}:", failure.latest
        if more:
            lines += [title, *(f"    {line}" for line in more)]
        return "\n".join(lines)


def at(nanoseconds: int) -> str:
    """A moment in words."""
    return f"at {short(nanoseconds)}"
