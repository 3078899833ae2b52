"""Nothing moves by itself while the interface is tested."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual import constants

from tests.tui import stage


@pytest.fixture(autouse=True, scope="session")
def no_animations() -> Iterator[None]:
    """Textual's own animations need a clock. What stands ready is closed in the end."""
    with pytest.MonkeyPatch.context() as patch:
        # The variable of this name is read when Textual is imported: too late here.
        patch.setattr(constants, "TEXTUAL_ANIMATIONS", "none")
        yield
        stage.close()
