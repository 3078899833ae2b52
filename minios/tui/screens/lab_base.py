"""What the parts of the lab screen share: the machines, and which one is meant.

lab.py          what stands where, and the newest frames in it
lab_control.py  run, step, stop, reset, take back
lab_inspect.py  the inspector's pages
lab_explain.py  why
lab_keys.py     the keys, and what the help begins with
"""

from __future__ import annotations

from textual.message import Message
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from minios.session.catalogue import LabCard
from minios.session.conductor import Conductor
from minios.session.desk import Desk


class LabBase(Screen[None]):
    """One to four machines, one of them active."""

    card: LabCard
    conductor: Conductor
    desk: Desk
    active: int = 0

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As that of a dialog (`modal.py`)."""

    class Progressed(Message, namespace="lab_screen"):
        """A learner has made a step."""

        def __init__(self, card: LabCard, step: str) -> None:
            super().__init__()
            self.card = card
            self.step = step

    def refresh_frames(self) -> None:
        """Show the newest frames."""
        raise NotImplementedError

    def show_clock(self) -> None:
        """Show the time, the pace, and where time will stop."""
        raise NotImplementedError
