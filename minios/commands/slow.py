"""`minios demo --slow`: one security event in each world, step by step, as lines.

Each world is followed twice: with the content file that a fresh disk has, and after the
given file was pushed. The steps are those of the slow pass in a lab.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final

import msgspec

from minios.commands.narration import RING_0, RING_3, Style, wrapped
from minios.lab import events, seconds
from minios.lab.content_files import FACTORY, ContentFile
from minios.lab.events import Hex, describe_hex, encode_hex
from minios.lab.explain import describe
from minios.lab.inputs import Push
from minios.lab.setup import Setup
from minios.machine.events import Door
from minios.session.orders import RunTo, Step
from minios.session.session import Session
from minios.session.slow_pass.steps import Pass, PassStep
from minios.session.slow_pass.words import said
from minios.visible import visible, visible_json

_BOOT: Final = seconds(10)
_ARRIVAL: Final = seconds(10)
_LOADED: Final = ("content_loaded", "content_refused", "update_refused")


class CrossedRing(msgspec.Struct, frozen=True, kw_only=True):
    """A crossing of the rings, as `--json` prints it."""

    t: int
    door: Door
    from_ring: int
    to_ring: int
    words: str


class SlowStep(msgspec.Struct, tag_field="kind", tag="slow_step", frozen=True):
    """A step of a slow pass, as `--json` prints it. Times are in nanoseconds."""

    world: str
    content: str
    number: int
    way: str
    sentence: str
    by: str
    changed: tuple[str, ...]
    t: int
    instructions: int
    executed: int
    elapsed: int
    ring_before: int
    ring: int
    module: str
    function: str
    source: str
    instruction: str
    program: str
    thread: str
    stack: str
    rip: Hex
    rsp: Hex
    cr3: Hex
    crossings: tuple[CrossedRing, ...]


class SlowEnd(msgspec.Struct, tag_field="kind", tag="slow_end", frozen=True):
    """The end of a slow pass: how many steps it had, and why it is over."""

    world: str
    content: str
    steps: int
    over: str


_ENCODER: Final = msgspec.json.Encoder(enc_hook=encode_hex)


def schema() -> dict[str, Any]:
    """The JSON Schema of a line of `minios demo --slow --json`."""
    return msgspec.json.schema(SlowStep | SlowEnd, schema_hook=describe_hex)


def lines(
    world: str, setup: Setup, content: ContentFile, style: Style
) -> Iterator[str]:
    """Both passes of one world, as lines for a person."""
    for name, refused, passes in _followed(setup, content):
        yield style.bold(f"== {world}: one event step by step, with {visible(name)} ==")
        if refused:
            yield from (wrapped(refused), "")
        for found in passes:
            for step in found.steps[-1:]:
                yield from _told(step, style)
        yield from (wrapped(found.over), "")


def _told(step: PassStep, style: Style) -> Iterator[str]:
    first, *rest = (visible(it) for it in said(step))
    colour = RING_3 if step.spot.ring else RING_0
    if style.plain:
        yield from (first, *rest)
        return
    sentence = f"{step.number:2}. {wrapped(f'    {visible(step.sentence)}')[4:]}"
    yield from (style.paint(row, colour) for row in sentence.splitlines())
    yield from (wrapped(f"    {row}") for row in rest)


def json_lines(world: str, setup: Setup, content: ContentFile) -> Iterator[str]:
    """Both passes of one world: a JSON object for each step, and one for the end."""
    for name, _, passes in _followed(setup, content):
        for found in passes:
            for step in found.steps[-1:]:
                yield _json(_typed(world, name, step))
        yield _json(SlowEnd(world, name, len(found.steps), found.over))


def _json(what: SlowStep | SlowEnd) -> str:
    return visible_json(_ENCODER.encode(what).decode())


def _followed(
    setup: Setup, content: ContentFile
) -> Iterator[tuple[str, str, Iterator[Pass]]]:
    """The name of the content, why it is not used, the pass after each step; twice."""
    with closing(Session(setup)) as session:
        name = FACTORY if setup.disk is None else "the content of its disk"
        yield name, "", _passes(session)
        session.do(RunTo(session.lab.now + _BOOT, ("ready",)))
        session.do(Push(content))
        session.do(RunTo(session.lab.now + _ARRIVAL, _LOADED))
        yield content.name, _refusal(session), _passes(session)


def _refusal(session: Session) -> str:
    """Why the machine does not use the content that was pushed, "" if it does."""
    for event in reversed(session.lab.events):
        if isinstance(event, events.ContentLoaded):
            return ""
        if isinstance(event, events.UpdateRefused):
            what = describe(event)
            return f"{what[0].upper()}{what[1:]}. The old content stays in use."
    return ""


def _passes(session: Session) -> Iterator[Pass]:
    while True:
        found = session.do(Step("pass")).slow_pass
        assert found is not None
        yield found
        if found.is_over:
            return


def _typed(world: str, content: str, step: PassStep) -> SlowStep:
    spot = step.spot
    return SlowStep(
        world=world,
        content=content,
        number=step.number,
        way=step.way.value,
        sentence=step.sentence,
        by=step.by,
        changed=step.changed,
        t=spot.t,
        instructions=spot.instructions,
        executed=step.instructions,
        elapsed=step.nanoseconds,
        ring_before=step.ring_before,
        ring=spot.ring,
        module=spot.module,
        function=spot.function,
        source=spot.source,
        instruction=spot.instruction,
        program=spot.program,
        thread=spot.thread,
        stack=spot.stack,
        rip=Hex(spot.rip),
        rsp=Hex(spot.rsp),
        cr3=Hex(spot.cr3),
        crossings=tuple(
            CrossedRing(
                t=it.crossing.now,
                door=it.crossing.door,
                from_ring=it.crossing.from_ring,
                to_ring=it.crossing.to_ring,
                words=str(it),
            )
            for it in step.crossings
        ),
    )
