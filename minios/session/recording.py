"""What was given to the machines of a lab, as a file, and playing it again.

The machines are deterministic, so what they were made from and their inputs with
virtual times are the whole story, for the build that recorded them. A file is one JSON
object a line: a head with the lab, its machines and the build, the inputs, an end. The
end says where each machine stood, so that a replay that comes out differently is
noticed. The file may come from anybody:
whatever it holds, the answer is a recording or one sentence.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from minios import host_files
from minios.errors import MiniosError, ScenarioError
from minios.lab import Lab, build
from minios.lab.inputs import Input, Time
from minios.lab.setup import Setup, packed, unpacked
from minios.session import catalogue, sensor_forms
from minios.session.catalogue import LabCard
from minios.session.frames import Frame
from minios.session.goals.aims import NO_GOAL_LIST
from minios.session.orders import Replay, RunTo
from minios.session.script import Moment
from minios.session.worker import InlinePlayer
from minios.visible import visible

_VERSION: Final = 3
_MOST_MACHINES: Final = 16
_MOST_SHOWN: Final = 4  # machines that the interface has room for
_LARGEST: Final = 16 << 20  # bytes of a recording that are read
_LONGEST: Final = 300  # characters of what a recording says of itself
_MOST_INPUTS: Final = 20_000  # keys, files, resets: hours of work by hand
Inputs = tuple[tuple[Time, Input], ...]


class _Head(msgspec.Struct, tag_field="is", tag="recording"):
    version: int
    lab: str = ""
    build: str = ""
    machines: list[Setup] = []
    at_end: bool = False
    title: str = ""
    reason: str = ""


class _Given(msgspec.Struct, tag_field="is", tag="input"):
    t: Time
    world: int
    order: Input


class End(msgspec.Struct, frozen=True):
    """Where a machine stood at the end: virtual ns, instructions, records so far."""

    t: Time = 0
    instructions: int = 0
    records: int = 0


class _Ends(msgspec.Struct, tag_field="is", tag="end"):
    machines: list[End]


_Line = _Head | _Given | _Ends


@dataclass(frozen=True, slots=True)
class Recording:
    """A lab, its machines, the inputs of each in order, and how they ended.

    `lab` is the name of a lab that minios offers, or "" for another one. `at_end` is
    whether the end is what it was made for: one that shows why a test has failed opens
    there, and not at power on. `title` is what the test or the scenario is called, and
    `reason` why it has failed; both are short, in one line, and may be empty.
    """

    lab: str
    machines: tuple[Setup, ...]
    inputs: tuple[Inputs, ...]
    ends: tuple[End, ...]
    at_end: bool = False
    title: str = ""
    reason: str = ""

    @property
    def last_moments(self) -> tuple[Moment, ...]:
        """Where each machine stood at the end."""
        pairs = zip(self.ends, self.inputs, strict=True)
        return tuple(Moment(end.t, inputs) for end, inputs in pairs)

    @property
    def end(self) -> int:
        """How long it is, in virtual nanoseconds."""
        return max((it.t for it in self.ends), default=0)

    @property
    def card(self) -> LabCard:
        """The lab in which it is played. Its goals are not for whoever only watches."""
        known = catalogue.BY_NAME.get(self.lab, OTHER_LAB)
        failed = f"it has failed: {self.reason}" if self.reason else ""
        return replace(
            known,
            title=self.title or known.title,
            will_see=failed or sensor_forms.will_see(known, self.machines),
            machines=self.machines,
            goal_list=NO_GOAL_LIST,
        )


OTHER: Final = "recording"
"""What a lab is called on the host that is none of those that minios offers."""
OTHER_LAB: Final = LabCard(
    OTHER, "A recording", "what was done with these machines", 1, ()
)


def of(card: LabCard, frames: Sequence[Frame]) -> Recording:
    """The recording of the inputs that the frames contain."""
    inputs = tuple(frame.inputs for frame in frames)
    lab = card.name if card.name in catalogue.BY_NAME else ""
    return Recording(lab, card.machines, inputs, tuple(map(_end_of, frames)))


def of_labs(labs: Sequence[Lab], title: str = "", reason: str = "") -> Recording:
    """What was given to these labs, from their power on until now: it opens there.

    `title` and `reason` are those of a `Recording`; they may be long, and anybody's.
    """
    ends = tuple(
        End(it.machine.now, it.machine.instructions, it.records) for it in labs
    )
    setups, inputs = tuple(it.setup for it in labs), tuple(it.inputs for it in labs)
    return Recording("", setups, inputs, ends, True, _short(title), _short(reason))


def _short(text: str) -> str:
    """The beginning of a text, in one line."""
    said = visible(" ".join(text.split()))
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 3]}..."


def _end_of(frame: Frame) -> End:
    return End(frame.t, frame.instructions, frame.log.total)


def play(recording: Recording) -> tuple[Frame, ...]:
    """Play it to its end, at once; the last frame of each machine.

    It takes as long as the recording says: one that comes from a stranger may be long.
    Raises ScenarioError if it does not end as it ended when it was recorded.
    """
    frames = []
    parts = zip(recording.machines, recording.inputs, recording.ends, strict=True)
    for number, (setup, inputs, end) in enumerate(parts):
        player = InlinePlayer(setup)
        player.send(Replay(inputs))
        player.send(RunTo(end.t))
        player.close()
        if _end_of(player.frame) != end:
            name = recording.card.called(number)
            raise ScenarioError(
                f"the machine {name} has not ended as it was recorded",
                where=recording.card.name,
                advice="Please report this as a bug of minios, with the recording",
            )
        frames.append(player.frame)
    return tuple(frames)


def save(recording: Recording, path: Path) -> None:
    """Write it. Raises ScenarioError if that cannot be."""
    machines = list(map(packed, recording.machines))
    head = _Head(
        _VERSION,
        recording.lab,
        build.digest(),
        machines,
        at_end=recording.at_end,
        title=recording.title,
        reason=recording.reason,
    )
    lines: list[_Line] = [head]
    lines += [
        _Given(t, world, given)
        for world, inputs in enumerate(recording.inputs)
        for t, given in inputs
    ]
    lines.append(_Ends(list(recording.ends)))
    text = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    host_files.write(path, text, partial(_unwritable, path))


def load(path: Path) -> Recording:
    """Read it. Raises ScenarioError if it is no recording, or one of another build."""
    data = host_files.read(path, _LARGEST, partial(_bad, path))
    head, *rows = data.removeprefix(BOM_UTF8).splitlines() or [b""]
    try:
        return _read(path, msgspec.json.decode(head, type=_Head), rows)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _bad(path, f"is not a recording: {error}") from error


def for_lab(
    card: LabCard | None, path: Path | None
) -> tuple[LabCard | None, Recording | None]:
    """The lab, and the recording to play in it. The recording chooses an unnamed lab.

    Raises ScenarioError if the file is not a recording, or belongs to another lab.
    """
    if path is None:
        return card, None
    found = load(path)
    if card is not None and card.name != found.lab:
        raise ScenarioError(
            f"this is a recording of the lab {found.card.name}, not of {card.name}",
            where=str(path),
            advice=f"Play it with `minios lab --replay {path}`",
        )
    if len(found.machines) > _MOST_SHOWN:
        raise ScenarioError(
            f"it has {len(found.machines)} machines, but {_MOST_SHOWN} can be shown",
            where=str(path),
            advice="Play it with `minios.session.recording.play`",
        )
    return found.card, found


def require_room(path: Path | None) -> None:
    """Raise ScenarioError if no recording could be written there later."""
    if path is not None:
        host_files.require_room(path, partial(_unwritable, path))


def _unwritable(path: Path, what: str) -> ScenarioError:
    return ScenarioError(
        f"the recording {what}", where=str(path), advice="Name another file"
    )


def _bad(path: Path, what: str) -> ScenarioError:
    advice = "Make one with `minios lab --record FILE`"
    return ScenarioError(f"the file {what}", where=str(path), advice=advice)


def _read(path: Path, head: _Head, rows: Sequence[bytes]) -> Recording:
    if head.version != _VERSION or head.build != build.digest():
        raise _bad(
            path,
            "was recorded by another build of minios, so the same keys would not "
            "have the same effects here",
        )
    if head.lab not in {"", *catalogue.BY_NAME}:
        raise _bad(path, f"is of a lab that is not here: {head.lab!r}")
    if not rows:
        raise _bad(path, "is cut short: its last line does not tell the end")
    if not 1 <= len(head.machines) <= _MOST_MACHINES:
        count = len(head.machines)
        raise _bad(path, f"has {count} machines, not 1 to {_MOST_MACHINES}")
    if len(rows) - 1 > _MOST_INPUTS:
        raise _bad(path, f"has more than {_MOST_INPUTS:,} inputs")
    inputs: list[list[tuple[int, Input]]] = [[] for _ in head.machines]
    *given, ends = (msgspec.json.decode(row, type=_Given | _Ends) for row in rows)
    if not isinstance(ends, _Ends) or len(ends.machines) != len(inputs):
        raise _bad(path, "is cut short: its last line does not tell the end")
    for line in given:
        if isinstance(line, _Ends) or not 0 <= line.world < len(inputs):
            raise _bad(path, "is no recording: a line stands where it cannot stand")
        own = inputs[line.world]
        if not (own[-1][0] if own else 0) <= line.t <= ends.machines[line.world].t:
            raise _bad(path, f"is no recording: an input at {line.t} is out of order")
        own.append((line.t, line.order))
    machines = tuple(_checked(path, setup) for setup in head.machines)
    ended = tuple(ends.machines)
    given_to = tuple(map(tuple, inputs))
    said = _short(head.title), _short(head.reason)
    return Recording(head.lab, machines, given_to, ended, head.at_end, *said)


def _checked(path: Path, setup: Setup) -> Setup:
    """The setup, if a machine can be made from it."""
    try:
        found = unpacked(setup)
        Lab.of(found).close()
    except MiniosError as error:
        raise _bad(path, f"has a machine that cannot be made: {error}") from error
    return found
