"""The machines of one screen: what they are told, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from minios.session.catalogue import called
from minios.session.frames import Frame
from minios.session.orders import Order
from minios.session.worker import Player


class Machines:
    """Several machines that run at the same time."""

    def __init__(self, players: Sequence[Player]) -> None:
        self.players: Final = tuple(players)
        self._worlds: Final = tuple(player.world for player in players)

    @property
    def busy(self) -> bool:
        """Whether any machine is still running."""
        return any(player.waiting for player in self.players)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The newest frame of each machine that has one."""
        found = (player.frame for player in self.players)
        return tuple(frame for frame in found if frame is not None)

    @property
    def now(self) -> int:
        """The common virtual time, which is the time of the machine that is ahead."""
        return max((frame.t for frame in self.frames), default=0)

    def send(self, order: Order, world: int | None = None) -> None:
        """Send an order to one machine, or to all."""
        chosen = self.players if world is None else (self.players[world],)
        for player in chosen:
            player.send(order)

    def close(self) -> None:
        """Free all machines."""
        for player in self.players:
            player.close()

    def _called(self, world: int) -> str:
        return called(self._worlds, world)
