"""Mistakes of those who write lessons, and of those who install them."""

from __future__ import annotations

from minios.errors import ScenarioError


class LessonError(ScenarioError):
    """A lesson or a pack of lessons cannot be used as it is."""
