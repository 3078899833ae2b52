"""`minios`, as a process that also tells on a pipe what a lesson shows at each tick.

A test that types on its terminal learns from this when to press the next key.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from textual.events import Event, Key
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static

from minios import cli
from minios.lab.events import Event as Record
from minios.session.frames import Frame
from minios.session.goals.aims import Asked
from minios.session.goals.answers import Times
from minios.tui.app import MiniosApp
from minios.tui.screens.lesson import LessonScreen
from minios.tui.screens.lesson_dialogs import AnswerScreen
from minios.tui.screens.slow_pass import SlowPassScreen
from minios.tui.widgets.timeline_list import TimelineList

if TYPE_CHECKING:
    PipeOfReports = Connection[object, object]

_LATEST = 300  # records of a machine that are told
_escapes = 0


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine. `heard` is how many records there were; `records` are the latest."""

    t: int
    console: str
    heard: int
    records: Sequence[Record]


@dataclass(frozen=True, slots=True)
class Report:
    """What a lesson shows.

    Attributes:
        screen, focus: the classes of the screen on top, and of what has the keys.
        reads: whether the text of the lesson has them.
        typed: what stands in the field that has them.
        lines, line: the list on this screen, and which of its lines is chosen.
        verdict: what a dialog says of an answer or of a file.
        question: the name of the task that is asked about.
        times: the right answer to a question for times: it depends on when keys came.
        escapes: how often the escape key has arrived.
        now: the time of the machines, in virtual ns.
        stands: whether they stand still.
        because: why they do.
        done: the names of the tasks that are done.
        chosen: which kind of record is chosen on the timeline.
        cursor: its line there; -1 if none is chosen.
        is_over: whether a slow pass has come to its end.
    """

    lesson: str
    screen: str
    focus: str
    reads: bool
    typed: str
    lines: Sequence[str]
    line: int
    verdict: str
    question: str
    times: str
    escapes: int
    now: int
    pace: int
    stands: bool
    because: str
    places: Sequence[str]
    done: Sequence[str]
    chosen: str
    cursor: int
    is_over: bool
    machines: Sequence[Machine]


def _report(lesson: LessonScreen) -> Report:
    screen = lesson.app.screen
    focused = screen.focused
    conductor, visit = lesson.conductor, lesson.visit
    timeline = lesson.query_one(TimelineList)
    lines, line, verdict = [], -1, ""
    if screen is not lesson:
        for options in screen.query(OptionList):
            lines = [str(it.id or it.prompt) for it in options.options]
            line = -1 if options.highlighted is None else options.highlighted
        for static in screen.query("#verdict, .error").results(Static):
            verdict += str(static.visual)
    return Report(
        lesson=lesson.lesson.name,
        screen=type(screen).__name__,
        focus="" if focused is None else type(focused).__name__,
        reads=lesson.reads,
        typed=focused.value if isinstance(focused, Input) else "",
        lines=lines,
        line=line,
        verdict=verdict,
        question=screen._card.name if isinstance(screen, AnswerScreen) else "",
        times=_times(screen),
        escapes=_escapes,
        now=conductor.now,
        pace=conductor.pace_number,
        stands=not (conductor.running or conductor.busy),
        because=conductor.because[-1] if conductor.running else conductor.because[0],
        places=conductor.places,
        done=visit.keeper.names,
        chosen=_chosen(timeline),
        cursor=-1 if timeline.cursor is None else timeline.cursor,
        is_over=isinstance(screen, SlowPassScreen) and screen._is_over,
        machines=[_machine(it) for it in conductor.frames],
    )


def _chosen(timeline: TimelineList) -> str:
    chosen = timeline.chosen
    if chosen is None or chosen.is_mark:
        return ""
    return type(timeline.event(chosen)).__name__


def _times(screen: Screen[Any]) -> str:
    if not isinstance(screen, AnswerScreen):
        return ""
    aim = screen._card.goal.aim
    assert isinstance(aim, Asked)
    right = aim.right(screen._conductor.frames)
    values = right.values if isinstance(right, Times) else ()
    return ", ".join(f"{it / 1e9:.2f} s" for _, it in values)


def _machine(frame: Frame) -> Machine:
    log = frame.log
    records = [log[at] for at in range(max(0, len(log) - _LATEST), len(log))]
    return Machine(frame.t, frame.console, log.total, records)


def main() -> int:
    """Run minios, and tell. The words are `-c`, the pipe, and those for minios."""
    pipe: PipeOfReports = Connection(int(sys.argv[1]), readable=False)
    tick, on_event = LessonScreen.tick, MiniosApp.on_event

    def told(self: LessonScreen) -> None:
        tick(self)
        if self.is_mounted and self in self.app.screen_stack:
            pipe.send(_report(self))

    async def counted(self: MiniosApp, event: Event) -> None:
        global _escapes  # noqa: PLW0603 - the process has one application
        is_escape = isinstance(event, Key) and event.key == "escape"
        is_new = is_escape and not event.is_forwarded
        await on_event(self, event)
        _escapes += is_new

    LessonScreen.tick = told  # type: ignore[method-assign]
    MiniosApp.on_event = counted  # type: ignore[method-assign]
    return cli.main(sys.argv[2:])
