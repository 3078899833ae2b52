"""What a pack may name: content and fixes that come with minios, and visible words."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.errors import MiniosError
from minios.tutor import checks, packs
from minios.tutor.attempts import read
from minios.tutor.taking import taken
from tests.tutor import two_lessons


def test_a_message_that_a_terminal_would_obey_is_refused(tmp_path: Path) -> None:
    """Also if TOML spells it with an escape."""
    hidden = two_lessons.CHECK.replace('message = "', 'message = "\\u001b]0;x\\u0007')
    assert hidden != two_lessons.CHECK
    name = "02_plugin/checks/five.scenario.toml"
    folder = two_lessons.write(tmp_path, {name: hidden})
    with pytest.raises(MiniosError, match=r"U\+001B"):
        checks.read(folder / name)


def test_only_a_shipped_content_file_can_be_suggested(tmp_path: Path) -> None:
    """A path of the host is none."""
    text = f'suggested = "/etc/hostname"\n{two_lessons.MACHINES}'
    folder = two_lessons.write(tmp_path, {"01_crash/lesson.toml": text})
    with pytest.raises(MiniosError, match="no shipped content file '/etc/hostname'"):
        _ = packs.read(folder, "en").lessons


def test_only_a_shipped_fix_can_be_offered(tmp_path: Path) -> None:
    """A path of the host is none."""
    folder = two_lessons.write(tmp_path / "pack")
    (tmp_path / "steps.toml").write_text('[[steps]]\noffer_fix = "/etc/hostname"\n')
    _, steps = read(tmp_path / "steps.toml")
    with (
        taken(packs.read(folder, "en").lessons[0]) as one,
        pytest.raises(MiniosError, match="no fix '/etc/hostname'"),
    ):
        one.take(steps)
