"""What was given to the machines of a lab, as a file, and playing it again.

The machines are deterministic, so their inputs with virtual times are the whole story,
for the build that recorded them. A file is one JSON object a line: a head that names
the lab and the build, the inputs, an end. The end says where each machine stood, so
that a replay that comes out differently is noticed. The file may come from anybody:
whatever it holds, the answer is a recording or one sentence.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from minios import host_files
from minios.errors import ScenarioError
from minios.lab import build
from minios.session import catalogue
from minios.session.frames import Frame
from minios.session.orders import Input, Replay, RunTo, Time
from minios.session.worker import InlinePlayer

_VERSION: Final = 2
_LARGEST: Final = 16 << 20  # bytes of a recording that are read
Inputs = tuple[tuple[Time, Input], ...]


class _Head(msgspec.Struct, tag_field="is", tag="recording"):
    version: int
    lab: str = ""
    build: str = ""


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
    """A lab, the inputs of each of its machines in order, and how they ended."""

    lab: str
    inputs: tuple[Inputs, ...]
    ends: tuple[End, ...]

    @property
    def end(self) -> int:
        """How long it is, in virtual nanoseconds."""
        return max((it.t for it in self.ends), default=0)


def of(lab: str, frames: Sequence[Frame]) -> Recording:
    """The recording of the inputs that the frames contain."""
    inputs = tuple(frame.inputs for frame in frames)
    return Recording(lab, inputs, tuple(map(_end_of, frames)))


def _end_of(frame: Frame) -> End:
    return End(frame.t, frame.instructions, frame.log.total)


def play(recording: Recording) -> tuple[Frame, ...]:
    """Play it to its end, at once; the last frame of each machine.

    It takes as long as the recording says: one that comes from a stranger may be long.
    Raises ScenarioError if it does not end as it ended when it was recorded.
    """
    card = catalogue.find(recording.lab)
    frames = []
    parts = zip(card.worlds, recording.inputs, recording.ends, strict=True)
    for number, (world, inputs, end) in enumerate(parts):
        player = InlinePlayer(world, card.options)
        player.send(Replay(inputs))
        player.send(RunTo(end.t))
        player.close()
        if _end_of(player.frame) != end:
            raise ScenarioError(
                f"the machine {card.called(number)} has not ended as it was recorded",
                where=recording.lab,
                advice="Please report this as a bug of minios, with the recording",
            )
        frames.append(player.frame)
    return tuple(frames)


def save(recording: Recording, path: Path) -> None:
    """Write it. Raises ScenarioError if that cannot be."""
    lines: list[_Line] = [_Head(_VERSION, recording.lab, build.digest())]
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
    card: catalogue.LabCard | None, path: Path | None
) -> tuple[catalogue.LabCard | None, Recording | None]:
    """The lab, and the recording to play in it. The recording chooses an unnamed lab.

    Raises ScenarioError if the file is not a recording, or belongs to another lab.
    """
    if path is None:
        return card, None
    found = load(path)
    if card is not None and card.name != found.lab:
        raise ScenarioError(
            f"this is a recording of the lab {found.lab}, not of {card.name}",
            where=str(path),
            advice=f"Play it with `minios lab {found.lab} --replay {path}`",
        )
    return catalogue.find(found.lab), found


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
    if head.lab not in catalogue.BY_NAME:
        raise _bad(path, f"is of a lab that is not here: {head.lab!r}")
    if not rows:
        raise _bad(path, "is cut short: its last line does not tell the end")
    card = catalogue.find(head.lab)
    inputs: list[list[tuple[int, Input]]] = [[] for _ in card.worlds]
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
    return Recording(card.name, tuple(map(tuple, inputs)), tuple(ends.machines))
