"""Nothing moves by itself while the interface is tested."""

from __future__ import annotations

import pytest
from textual import constants


@pytest.fixture(autouse=True)
def no_animations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's own animations need a clock."""
    # The variable of this name is read when Textual is imported: too late here.
    monkeypatch.setattr(constants, "TEXTUAL_ANIMATIONS", "none")
