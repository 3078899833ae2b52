"""An event loop whose time goes on only while there is nothing to do.

Textual's pilot waits for the interface by the host's clock: at least twenty
milliseconds a key, twice, and longer if the host is busy. Here a wait costs nothing and
always ends at the same moment: what is ready is done first, and then the time jumps to
the next timer. Notices grow old by the same time. The screen is drawn at the end of
each pause, and neither at every step to it nor after each key. Style sheets that an
earlier application has parsed are not parsed again, and what lies below a dialog is
dimmed by colours that are known.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Hashable, Iterable, Iterator
from contextlib import closing
from functools import lru_cache
from typing import Final, TypeVar

import pytest
import textual._time
import textual.app
import textual.notifications
import textual.pilot
import textual.strip
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.notifications import Notification, SeverityLevel
from textual.pilot import Pilot
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen

T = TypeVar("T")
_TURN = 1 / 50  # as long as Textual's own: every timer that draws rings meanwhile
_MOMENT = 1e-6
_parse_rules: Callable[..., list[RuleSet]] = Stylesheet._parse_rules
_dim: Final = BackgroundScreen.process_segments
_parsed: dict[Hashable, list[RuleSet]] = {}  # of all applications in this process


class _Patience(selectors.DefaultSelector):
    """Waits for nothing: instead of that it moves the time on."""

    now = 0.0

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        """What has come from outside; if nothing has, the time is over."""
        if timeout is None:  # no timer: only another thread can go on
            return super().select()
        found = super().select(0)
        if not found:
            self.now += max(0, timeout)
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop with a clock of its own."""

    def __init__(self) -> None:
        self._patience = _Patience()
        super().__init__(self._patience)

    def run_in_executor(
        self, _executor: object, work: Callable[..., T], *arguments: object
    ) -> asyncio.Future[T]:
        """Do the work here and now: time would not wait for another thread."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(work(*arguments))
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            done.set_exception(error)
        return done

    def time(self) -> float:
        """Virtual seconds since it began."""
        return self._patience.now


async def _after_key(*_: float) -> None:
    """Instead of `wait_for_idle` after a key: as long as it takes, without a look."""
    await asyncio.sleep(_TURN)


async def _settled(*_: object) -> bool:
    """Instead of `Pilot._wait_for_screen`, which sends a message to each widget.

    A wait ends after all that is ready was done, however short it is.
    """
    await asyncio.sleep(_MOMENT)
    return True


class _Brush:
    """Draws what is new once in a pause, and not as often as it changes within one."""

    def __init__(self, draw: Callable[[Screen[object]], None]) -> None:
        self._draw = draw
        self._undrawn: list[Screen[object]] = []

    def note(self, screen: Screen[object]) -> None:
        """Instead of `Screen._compositor_refresh`."""
        if screen is not screen.app.screen:  # what lies below tells the one on top
            self._draw(screen)
            return
        screen._dirty_widgets.clear()
        if screen not in self._undrawn:
            self._undrawn.append(screen)

    async def turn(self, *_: float) -> None:
        """Instead of `wait_for_idle`: until nothing is new any more."""
        await asyncio.sleep(_TURN)
        while self._undrawn:
            screen = self._undrawn.pop()
            if screen.is_attached and screen.is_current:
                with screen._context():
                    self._try(screen)
            await asyncio.sleep(_TURN)

    def _try(self, screen: Screen[object]) -> None:
        try:
            self._draw(screen)
        except Exception as error:  # noqa: BLE001 - as where Textual draws
            screen.app._handle_exception(error)


def _cache(_: int) -> dict[object, object]:
    """Instead of the class of that kind of which every strip makes seven."""
    return {}


def _rules(sheet: Stylesheet, css: str, **named: Hashable) -> list[RuleSet]:
    """Instead of `Stylesheet._parse_rules`: each application would parse all anew."""
    key = (css, *named.items(), *sheet._variables.items())
    if key not in _parsed:
        _parsed[key] = _parse_rules(sheet, css, **named)
    return _parsed[key]


@lru_cache(maxsize=1 << 12)
def _dimmed_style(style: Style | None, color: Color) -> Style | None:
    """The style of something that lies below a dialog."""
    (segment,) = _dim([Segment("", style)], color)
    return segment.style


def _dimmed(segments: Iterable[Segment], color: Color) -> Iterator[Segment]:
    """Instead of `BackgroundScreen.process_segments`: few styles, many segments."""
    for it in segments:
        if it.control:
            yield it
        else:
            yield Segment(it.text, _dimmed_style(it.style, color))


class VirtualTime:
    """An event loop in virtual time. Between two runs everything stands still."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=VirtualLoop)
        self._brush = _Brush(Screen._compositor_refresh)

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Like `asyncio.Runner.run`: all runs are in one context."""

        def note(screen: Screen[object]) -> None:  # a method of every screen
            self._brush.note(screen)

        def raised(
            message: str,
            title: str,
            severity: SeverityLevel,
            timeout: float,
            *,
            markup: bool,
        ) -> Notification:
            return Notification(message, title, severity, timeout, markup, time())

        time = self._runner.get_loop().time
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(textual._time, "get_time", time)
            patch.setattr(textual.notifications, "time", time)
            patch.setattr(textual.app, "Notification", raised)
            patch.setattr(textual.app, "wait_for_idle", _after_key)
            patch.setattr(textual.pilot, "wait_for_idle", self._brush.turn)
            patch.setattr(Pilot, "_wait_for_screen", _settled)
            patch.setattr(Screen, "_compositor_refresh", note)
            patch.setattr(textual.strip, "FIFOCache", _cache)
            patch.setattr(Stylesheet, "_parse_rules", _rules)
            # Each node asks for all rules: by identity, as before, but not in Python.
            patch.setattr(RuleSet, "__hash__", object.__hash__)
            patch.setattr(BackgroundScreen, "process_segments", staticmethod(_dimmed))
            return self._runner.run(work)

    def close(self) -> None:
        """End what still waits."""
        self._runner.close()


def run(walk: Coroutine[object, object, None]) -> None:
    """Like `asyncio.run`, in virtual time."""
    with closing(VirtualTime()) as time:
        time.run(walk)
