"""Machines that stand ready: brought somewhere once, and taken back for each test.

To build machines, to boot them and to let them crash takes longer than most of what is
then looked at. So each process does it once for the same setups and orders, and keeps
a snapshot there. Whoever borrows the machines finds them as they were then; only their
frames say that they have been taken back (`Frame.past`), and list that snapshot.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Final

from minios.lab.setup import Setup
from minios.session.orders import GoBack, Look, MarkHere, Order
from minios.session.session import Session
from minios.session.worker import InlinePlayer

_MOST: Final = 8  # machines: 16 MiB each
_kept: OrderedDict[Hashable, tuple[Standing, ...]] = OrderedDict()


class Standing(InlinePlayer):
    """A machine that some orders have brought to where it stands."""

    def __init__(self, setup: Setup, orders: Sequence[Order]) -> None:
        super().__init__(setup)
        for order in (*orders, MarkHere("it stands ready")):
            self.send(order)
        self._ready: Final = self.frame.marks[-1]
        history = self._session._history
        self._then: Final = {
            **vars(history),
            "_items": list(history._items),
            "_explanations": dict(history._explanations),
        }
        self._kept: Final = tuple(self._session._past._kept)
        self.is_lent = True

    @property
    def session(self) -> Session:
        """Its session, for those who look deeper than a frame."""
        return self._session

    def take_back(self) -> None:
        """Let it stand there again, and show what a new one shows.

        Who has gone back to an earlier moment has lost what came later.
        """
        vars(self._session._history).update(self._then)
        self._session._past._kept[:] = self._kept
        self.send(Look())
        self.send(GoBack(self._ready.t, self._ready))
        self.is_lent = True

    def close(self) -> None:
        """It is kept for the next who wants it."""
        self.is_lent = False

    def free(self) -> None:
        """Nobody will want it any more."""
        super().close()


def standing(setups: Sequence[Setup], *orders: Order) -> tuple[Standing, ...]:
    """A machine of each setup, to which the same orders were given. Close them all."""
    key = (*(setup.key for setup in setups), *orders)
    players = _kept.pop(key, ())
    if any(player.is_lent for player in players):
        players = ()
    for player in players:
        player.take_back()
    players = players or tuple(Standing(setup, orders) for setup in setups)
    _kept[key] = players
    _free_the_oldest()
    return players


def _free_the_oldest() -> None:
    """Of too many machines, those that nobody has used for longest go."""
    unused = [key for key, it in _kept.items() if not any(one.is_lent for one in it)]
    for key in unused:
        if sum(map(len, _kept.values())) <= _MOST:
            return
        for player in _kept.pop(key):
            player.free()
