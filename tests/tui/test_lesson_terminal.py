"""A lesson on a real terminal, as `minios learn` opens it.

Deep: a real terminal, at the pace of a person. test_lesson.py does the same in
virtual time.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tui.pty_app import PtyApp

pytestmark = pytest.mark.posix


@pytest.mark.deep
def test_a_lesson_opens_gives_a_hint_and_ends(tmp_path: Path) -> None:
    """The terminal is as before, and the lesson is noted as opened."""
    with PtyApp("-m", "minios", "learn", "1", home=tmp_path) as app:
        app.wait_for("lesson: ")
        app.wait_for("Hint")  # the key
        app.press("h")
        app.wait_for("Hint 1 of ")
        app.press("\x11")

        assert app.end() == 0
        assert app.is_restored()
        assert b"Traceback" not in app.seen
    kept = json.loads((tmp_path / "minios" / "lessons.json").read_text())
    assert list(kept) == ["minios/01_rings"]
