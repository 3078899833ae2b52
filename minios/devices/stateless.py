"""A device without state, which does nothing by itself."""

from __future__ import annotations


class Stateless:
    """The part of the `Device` protocol that such a device does not need."""

    def reset(self) -> None:
        """There is nothing to reset."""

    def next_deadline(self) -> int | None:
        """Never."""
        return None

    def advance(self, now: int) -> None:
        """Nothing depends on time."""

    def save(self) -> object:
        """There is nothing to save."""
        return None

    def load(self, state: object) -> None:
        """There is nothing to load."""
        assert state is None
