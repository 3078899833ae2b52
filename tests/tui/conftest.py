"""Nothing moves by itself while the interface is tested."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_animations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's own animations need a clock."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
