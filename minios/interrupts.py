"""Ctrl-C ends the program at once, and never leaves a guest half changed.

Python calls the handler of a signal between any two of its own instructions, and the
usual handler raises KeyboardInterrupt there. In a callback of the engine, this
exception would be lost. Inside a device, it would leave a guest that is half changed.
So it is not raised in either place:

- The program `minios` calls `end_at_once`. Its handler does what `before_the_end` asks
  for, and ends the process. It raises nothing.
- A program that uses minios as a library keeps its own handler. `undisturbed` holds the
  signal back while a machine changes. `let_through` calls the handler between two
  slices of a run, where it does no harm.

Signals reach only the main thread, so machines in other threads need none of this.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` needs 25 us for enums
import atexit
import contextlib
import functools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final, NoReturn, ParamSpec, TypeAlias, TypeVar

from minios.errors import MiniosError
from minios.visible import visible

P = ParamSpec("P")
T = TypeVar("T")
_Handler: TypeAlias = Callable[[int, FrameType | None], object]

EXIT_SIGNAL: Final = 128  # plus the number of the signal, as shells have it

_SIGINT: Final = int(signal.SIGINT)

_last_acts: list[Callable[[], object]] = []
_theirs: _Handler | None = None  # the handler from which a signal is held back
_is_waiting = False  # a signal has come, and is held back


def end_at_once() -> None:
    """From now on, Ctrl-C ends this process with exit code 130, and prints nothing.

    If SIGINT is ignored, it stays ignored: shells do this for background jobs.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return
    signal.signal(signal.SIGINT, end)
    # While Python shuts down it runs no handler any more, and the exit code stays.
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)


def end(number: int, _frame: FrameType | None) -> NoReturn:
    """Handle a signal that ends the process: first save what must be saved."""
    signal.signal(number, _give_up)
    for act in reversed(_last_acts):
        try:
            act()
        except MiniosError as error:
            os.write(2, f"minios: {visible(error)}\n".encode())
        except BaseException:  # noqa: BLE001, S112 - the end comes in any case
            continue
    os._exit(EXIT_SIGNAL + number)


def _give_up(number: int, _frame: FrameType | None) -> NoReturn:
    """Handle a second signal: somebody does not want to wait for the saving."""
    os._exit(EXIT_SIGNAL + number)


@contextlib.contextmanager
def before_the_end(act: Callable[[], object]) -> Iterator[None]:
    """Call a function if a signal ends the process meanwhile. It must not wait."""
    _last_acts.append(act)
    try:
        yield
    finally:
        _last_acts.remove(act)


def undisturbed(function: Callable[P, T]) -> Callable[P, T]:
    """Make a function from which no KeyboardInterrupt is raised halfway.

    A signal that comes meanwhile is handled afterwards, or when the function calls
    `let_through`.
    """

    @functools.wraps(function)
    def held(*args: P.args, **kwargs: P.kwargs) -> T:
        global _is_waiting, _theirs
        before = _signal.getsignal(_SIGINT)
        if before in (end, _note) or not callable(before) or not _is_main():
            return function(*args, **kwargs)
        _is_waiting, _theirs = False, before
        _signal.signal(_SIGINT, _note)
        try:
            return function(*args, **kwargs)
        finally:
            _signal.signal(_SIGINT, before)
            let_through()

    return held


@contextlib.contextmanager
def first_is_noted() -> Iterator[Callable[[], bool]]:
    """Meanwhile a first Ctrl-C only makes what this gives return True.

    A second one does what the first would have done. If no terminal is there, nobody
    could go on afterwards, so nothing is changed.
    """
    before = _signal.getsignal(_SIGINT)
    if not callable(before) or not _is_main() or not sys.stdin.isatty():
        yield lambda: False
        return
    has_come = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal has_come
        if has_come:
            before(number, frame)
        has_come = True

    _signal.signal(_SIGINT, note)
    try:
        yield lambda: has_come
    finally:
        _signal.signal(_SIGINT, before)


def let_through() -> None:
    """Call the handler of a signal that was held back. The handler may raise."""
    global _is_waiting  # noqa: PLW0603 - as above
    if _is_waiting and _theirs is not None and _is_main():
        _is_waiting = False
        _theirs(signal.SIGINT, None)


def _is_main() -> bool:
    return threading.get_ident() == threading.main_thread().ident


def _note(_number: int, _frame: FrameType | None) -> None:
    global _is_waiting  # noqa: PLW0603 - as above
    _is_waiting = True
