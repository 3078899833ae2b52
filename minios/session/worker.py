"""A session in its own thread: orders go in through a queue, and frames come out.

Three things are always true: only this thread uses the machine, only the newest frame
is kept, and giving a order never waits.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Final, Protocol

from minios.lab.setup import Setup
from minios.session.frames import Frame
from minios.session.orders import Order, Show
from minios.session.session import Session


class Player(Protocol):
    """Something that runs a session, in a thread or at once."""

    @property
    def world(self) -> str:
        """The model of the machine."""

    @property
    def frame(self) -> Frame | None:
        """The newest frame."""

    @property
    def waiting(self) -> int:
        """How many orders wait or are being done."""

    @property
    def failure(self) -> BaseException | None:
        """The error that has ended the session before its time, if there was one."""

    def send(self, order: Order) -> None:
        """Do this after everything that was sent before."""

    def close(self) -> None:
        """End the session. Nothing may be sent afterwards."""


class InlinePlayer:
    """Does everything at once, in the thread of the caller.

    Tests and `--plain` use it.
    """

    def __init__(self, setup: Setup | str) -> None:
        self._session = Session(setup)
        self.world: Final = self._session.world
        self.frame: Frame = self._session.frame()
        self.waiting: Final = 0
        self.failure: Final = None

    def send(self, order: Order) -> None:
        """Do this now."""
        self.frame = self._session.do(order)

    def close(self) -> None:
        """Free the machine."""
        self._session.close()


class Worker:
    """Does everything in its own thread, and calls `notify` when there is a new frame.

    `notify` is called in that thread, without arguments. If the session fails because
    of a bug in minios, `failure` contains the error, and no order waits any more.
    """

    def __init__(
        self,
        setup: Setup | str,
        *,
        notify: Callable[[], None] = lambda: None,
    ) -> None:
        self._setup = Setup(setup) if isinstance(setup, str) else setup
        self.world: Final = self._setup.model
        self.frame: Frame | None = None
        self.failure: BaseException | None = None
        self._notify = notify
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._sent = 0
        self._done = 0
        self._thread = threading.Thread(
            target=self._work, name=f"machine {self.world}", daemon=True
        )
        self._thread.start()
        self.send(Show())

    @property
    def waiting(self) -> int:
        """How many orders wait or are being done."""
        return 0 if self.failure is not None else self._sent - self._done

    def send(self, order: Order) -> None:
        """Do this after everything that was sent before. Returns at once."""
        self._sent += 1
        self._orders.put(order)

    def close(self) -> None:
        """Let the thread finish its work, and wait for its end."""
        self._orders.put(None)
        self._thread.join()

    def _work(self) -> None:
        try:
            with closing(Session(self._setup)) as session:
                self._serve(session)
        except BaseException as error:  # noqa: BLE001 - shown by whoever owns us
            self.failure = error
            self._notify()

    def _serve(self, session: Session) -> None:
        while (order := self._orders.get()) is not None:
            self.frame = session.do(order)
            self._done += 1
            self._notify()
