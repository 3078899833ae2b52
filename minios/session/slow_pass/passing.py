"""The slow pass of one machine: where it begins, how far it has come, when it ends."""

from __future__ import annotations

from collections.abc import Callable

from minios.errors import MiniosError
from minios.lab import Event, Lab
from minios.session.passages import Passage
from minios.session.slow_pass import begin
from minios.session.slow_pass.steps import Pass
from minios.session.slow_pass.walk import Walk
from minios.session.status import Status


class SlowPass:
    """Steps the machine of a session along one event; the session asks it to.

    Args:
        lab: the machine.
        status: its newest status.
        run: runs it to a virtual time, or to a stop.
        go_back: takes it back to a virtual time.
        give_due: gives the inputs that are due between two instructions, and returns
            when the next one is.

    Attributes:
        so_far: the pass as far as it has come, None if there is none.
    """

    def __init__(
        self,
        lab: Lab,
        status: Callable[[], Status],
        run: begin.Run,
        go_back: Callable[[int], None],
        give_due: Callable[[], int | None],
    ) -> None:
        self._lab = lab
        self._status = status
        self._run = run
        self._go_back = go_back
        self._give_due = give_due
        self._walk: Walk | None = None
        self.so_far: Pass | None = None

    def forget(self) -> None:
        """There is no pass any more: the machine goes on in another way."""
        self._walk = self.so_far = None

    def step(self) -> None:
        """One step more. The first is to where the pass begins.

        An error ends the pass: its words say so, and nobody waits for the next step.
        """
        if self.so_far is not None and self.so_far.is_over:
            return
        try:
            self.so_far = self._next()
        except MiniosError as error:
            steps = self.so_far.steps if self.so_far is not None else ()
            self.so_far = Pass(steps, over=f"The pass cannot go on: {error}")

    def _next(self) -> Pass:
        if self._walk is not None and self.so_far is not None:
            return self._walk.go_on(self.so_far)
        trouble = begin.trouble_before(
            self._lab, self._status, self._run, self._go_back
        )
        if trouble:
            return Pass(over=trouble)
        self._walk = Walk(self._lab, self._give_due)
        return self._walk.begin()

    # ---- What is heard on the way.

    def hear(self, event: Event) -> None:
        """The machine has let out a record."""
        if self._walk is not None:
            self._walk.hear(event)

    def cross(self, way: Passage) -> None:
        """The CPU changes its ring."""
        if self._walk is not None:
            self._walk.cross(way)
