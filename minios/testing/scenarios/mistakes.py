"""A mistake in a scenario file."""

from __future__ import annotations

from minios.errors import ScenarioError


class ScenarioFileError(ScenarioError):
    """A scenario file has a mistake; `where` is its path, line and column."""
