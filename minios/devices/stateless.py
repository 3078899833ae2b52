"""A device without state, which does nothing by itself."""

from __future__ import annotations

from minios.machine.device import Untimed


class Stateless(Untimed):
    """The part of the `Device` protocol that such a device does not need."""

    def reset(self) -> None:
        """There is nothing to reset."""

    def save(self) -> object:
        """There is nothing to save."""
        return None

    def load(self, state: object) -> None:
        """There is nothing to load."""
        assert state is None
