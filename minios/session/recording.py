"""A session on disk: what came from outside, and when. Replaying it gives it again.

One JSON object a line: first the lab, then an input a line, last the end. Times are
virtual nanoseconds, so a recording does not depend on how fast anything was.
"""

from __future__ import annotations

import base64
from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal

import msgspec

from minios import host_files
from minios.errors import ScenarioError
from minios.lab import ContentFile
from minios.session import catalogue
from minios.session.frames import Frame
from minios.session.orders import CutPower, Input, Push, Reset, Type, Vendor

_VERSION: Final = 1
_LARGEST: Final = 16 << 20  # bytes of a recording that are read


class _Head(msgspec.Struct, tag_field="is", tag="recording"):
    version: int
    lab: str


class _Pushed(msgspec.Struct, tag_field="is", tag="push"):
    t: int
    world: int
    name: str
    data: str


class _Typed(msgspec.Struct, tag_field="is", tag="type"):
    t: int
    world: int
    text: str


class _Pressed(msgspec.Struct, tag_field="is", tag="reset"):
    t: int
    world: int


class _Cut(msgspec.Struct, tag_field="is", tag="power cut"):
    t: int
    world: int


class _Acted(msgspec.Struct, tag_field="is", tag="vendor"):
    t: int
    world: int
    act: Literal["withdraw", "fix"]


class _End(msgspec.Struct, tag_field="is", tag="end"):
    t: int


_Line = _Head | _Pushed | _Typed | _Pressed | _Cut | _Acted | _End


@dataclass(frozen=True, slots=True)
class Recording:
    """A lab, the inputs of each of its machines in order, and how long it was."""

    lab: str
    inputs: tuple[tuple[tuple[int, Input], ...], ...]
    end: int


def of(lab: str, frames: Sequence[Frame]) -> Recording:
    """What the frames say was given."""
    inputs = tuple(frame.inputs for frame in frames)
    return Recording(lab, inputs, max((frame.t for frame in frames), default=0))


def save(recording: Recording, path: Path) -> None:
    """Write it. Raises ScenarioError if that cannot be."""
    lines: list[_Line] = [_Head(_VERSION, recording.lab)]
    lines += [
        _line(world, t, given)
        for world, inputs in enumerate(recording.inputs)
        for t, given in inputs
    ]
    lines.append(_End(recording.end))
    text = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    host_files.write(path, text, partial(_unwritable, path))


def load(path: Path) -> Recording:
    """Read it. Raises ScenarioError if it is no recording."""
    data = host_files.read(path, _LARGEST, partial(_bad, path))
    try:
        rows = data.removeprefix(BOM_UTF8).splitlines()
        lines = [msgspec.json.decode(row, type=_Line) for row in rows]
        return _read(path, lines)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _bad(path, f"is no recording: {error}") from error


def for_lab(
    card: catalogue.LabCard | None, path: Path | None
) -> tuple[catalogue.LabCard | None, Recording | None]:
    """The lab and the recording to play in it; that of the recording if none is named.

    Raises ScenarioError if it is no recording, or one of another lab.
    """
    if path is None:
        return card, None
    found = load(path)
    if card is not None and card.name != found.lab:
        raise ScenarioError(
            f"is a recording of the lab {found.lab}, not of {card.name}",
            where=str(path),
            advice=f"minios lab {found.lab} --replay {path}",
        )
    return catalogue.find(found.lab), found


def require_room(path: Path | None) -> None:
    """Raises ScenarioError if no recording can be written there later."""
    if path is not None:
        host_files.require_room(path, partial(_unwritable, path))


def _unwritable(path: Path, what: str) -> ScenarioError:
    return ScenarioError(
        f"the recording {what}", where=str(path), advice="Name another file"
    )


def _bad(path: Path, what: str) -> ScenarioError:
    advice = "Make one with `minios lab --record FILE`"
    return ScenarioError(what, where=str(path), advice=advice)


def _line(world: int, t: int, given: Input) -> _Line:
    match given:
        case Push():
            data = base64.b64encode(given.file.data).decode()
            return _Pushed(t, world, given.file.name, data)
        case Type():
            return _Typed(t, world, given.text)
        case Reset():
            return _Pressed(t, world)
        case CutPower():
            return _Cut(t, world)
        case Vendor():
            return _Acted(t, world, "fix" if given.act == "fix" else "withdraw")


def _read(path: Path, lines: Sequence[_Line]) -> Recording:
    if not lines or not isinstance(lines[0], _Head) or lines[0].version != _VERSION:
        raise _bad(path, "does not begin as a recording does")
    card = catalogue.find(lines[0].lab)
    inputs: list[list[tuple[int, Input]]] = [[] for _ in card.worlds]
    end = 0
    for line in lines[1:]:
        if isinstance(line, _End):
            end = line.t
        elif not isinstance(line, _Head):
            if not 0 <= line.world < len(inputs):
                raise _bad(path, f"speaks of machine {line.world + 1}")
            inputs[line.world].append((line.t, _given(line)))
    return Recording(card.name, tuple(tuple(it) for it in inputs), end)


def _given(line: _Pushed | _Typed | _Pressed | _Cut | _Acted) -> Input:
    match line:
        case _Pushed():
            data = base64.b64decode(line.data, validate=True)
            return Push(ContentFile(line.name, data))
        case _Typed():
            return Type(line.text)
        case _Pressed():
            return Reset()
        case _Cut():
            return CutPower()
        case _Acted():
            return Vendor(line.act)
