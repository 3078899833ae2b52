"""Saving and loading, for a device that keeps its whole state in one object."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

S = TypeVar("S")


class Stateful(Generic[S]):
    """A device whose whole state is `self.state`, a picklable dataclass."""

    state: S

    def save(self) -> object:
        """A copy of the state."""
        return copy.deepcopy(self.state)

    def load(self, state: object) -> None:
        """Set a copy of a state that `save` returned."""
        assert isinstance(state, type(self.state))
        self.state = copy.deepcopy(state)
