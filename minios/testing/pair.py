"""Both worlds at once: the same content, the same seed, one handle.

    crash = pair.run_until(Bugcheck() | Death(), within=seconds(5))
    assert (crash.windows.ring, crash.macos.ring) == (0, 3)

What is done to a pair is done to both machines at the same virtual time. What comes of
it is a `Worlds`: one value for each world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar, overload

from minios.lab import (
    Condition,
    ConditionNotMetError,
    ContentFile,
    Event,
    Lab,
    LabSnapshot,
    events,
    seconds,
)
from minios.lab.combining import R
from minios.lab.mistakes import Advised, require_type, verb
from minios.lab.waiting import require_time, words_for
from minios.visible import visible

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Worlds(Advised, Generic[T]):
    """One value for each world. Iterating gives first that of windows."""

    windows: T
    macos: T

    def __iter__(self) -> Iterator[T]:
        yield self.windows
        yield self.macos

    def map(self, function: Callable[[T], U]) -> Worlds[U]:
        """The results of a function for each of the two values."""
        return Worlds(function(self.windows), function(self.macos))

    def _instead_of(self, name: str) -> str:
        return (
            f"Write .windows.{name} or .macos.{name}; "
            f".map(lambda it: it.{name}) is that of both"
        )


class Pair(Advised):
    """The fixture `pair`: a windows lab and a macos lab on one virtual time."""

    def __init__(self, windows: Lab, macos: Lab) -> None:
        self.windows: Final = windows
        self.macos: Final = macos
        self.worlds: Final = Worlds(windows, macos)
        self.meet()

    def _instead_of(self, name: str) -> str:
        if name in (*dir(Lab), "model", "setup"):
            return f"Write pair.windows.{name} or pair.macos.{name}"
        return super()._instead_of(name)

    @property
    def now(self) -> int:
        """The common virtual time in ns: that of the machine that is ahead."""
        return max(lab.now for lab in self.worlds)

    def meet(self) -> None:
        """Let the machine that is behind run to the moment of the other."""
        self.run_for(0)

    @verb("pair.run_for(seconds(5))")
    def run_for(self, time: int) -> None:
        """Run both for so many virtual ns from now on; to the same moment."""
        require_time(time, "time", or_none=True)
        end = self.now + time
        for lab in self.worlds:
            lab.machine.run_until(None, limit_ns=max(0, end - lab.now))

    @overload
    def run_until(self, condition: Condition[R], *, within: int) -> Worlds[R]: ...
    @overload
    def run_until(
        self, condition: Callable[[Event], bool], *, within: int
    ) -> Worlds[Event]: ...
    @verb("pair.run_until(Bugcheck() | Death(), within=seconds(5))")
    def run_until(
        self, condition: Condition[Any] | Callable[[Event], bool], *, within: int
    ) -> Worlds[Any]:
        """Run each world until a record of its own meets the condition.

        Each machine stops at that very instruction, so one may be ahead; `meet` brings
        them together. `within` is virtual time in ns from now on, for both.

        Raises ConditionNotMetError, which names the world.
        """
        end = self.now + require_time(within)
        return self.worlds.map(
            lambda lab: lab.run_until(condition, within=end - lab.now)
        )

    @verb("pair.run_to_first(Bugcheck() | Death(), within=seconds(5))")
    def run_to_first(
        self, condition: Condition[Any] | Callable[[Event], bool], *, within: int
    ) -> Lab:
        """Run both until one of them meets the condition; returns that one.

        Both stand at that instant then, as if one clock had stopped for both: the other
        goes back and comes there. If both meet it at one instant, windows is returned.
        `within` is virtual time in ns from now on.

        Raises ConditionNotMetError if neither of them meets it.
        """
        require_time(within)
        self.meet()
        begin, kept, first, at = self.now, self.snapshot(), None, within
        for lab in self.worlds:
            seen = lab.run_while_waiting(condition, within=within)
            if seen is not None and lab.now - begin < at:
                first, at = lab, lab.now - begin
        if first is None:
            raise ConditionNotMetError(
                f"{visible(repr(condition))} has happened in neither world",
                where="pair",
                advice=f"It was waited for {words_for(within)}",
            )
        for lab, before in zip(self.worlds, kept, strict=True):
            if lab is not first:
                lab.restore(before)
        self.meet()
        return first

    @verb('pair.push("channel-291-bad")')
    def push(self, content: str | Path | ContentFile) -> Worlds[events.Pushed]:
        """Send a content file to both at one moment; see `Lab.push`."""
        self.meet()
        return self.worlds.map(lambda lab: lab.push(content))

    @verb('pair.publish("channel-291-bad")')
    def publish(self, content: str | Path | ContentFile) -> Worlds[events.Pushed]:
        """Publish a content file for both at one moment; see `Lab.publish`."""
        self.meet()
        return self.worlds.map(lambda lab: lab.publish(content))

    @verb('pair.console("help")')
    def console(self, command: str, *, within: int = seconds(5)) -> Worlds[str]:
        """What each shell answers to a command; see `Lab.console`."""
        self.meet()
        return self.worlds.map(lambda lab: lab.console(command, within=within))

    def reset(self) -> None:
        """Press both reset buttons at one moment; see `Lab.reset`."""
        self.meet()
        for lab in self.worlds:
            lab.reset()

    def snapshot(self) -> Worlds[LabSnapshot]:
        """Both machines, to go back to with `restore`."""
        return self.worlds.map(Lab.snapshot)

    @verb("pair.restore(pair.snapshot())")
    def restore(self, snapshots: Worlds[LabSnapshot]) -> None:
        """Take both back to a snapshot of this pair.

        Raises WrongTypeError for anything else.
        """
        require_type(snapshots, Worlds, "pair.restore(pair.snapshot())")
        self.windows.restore(snapshots.windows)
        self.macos.restore(snapshots.macos)
