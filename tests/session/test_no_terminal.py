"""A session needs no terminal, and loads no terminal interface."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from minios.lab import content_files, milliseconds, seconds
from minios.lab.inputs import Push
from minios.session import catalogue, recording
from minios.session.orders import RunTo
from minios.session.worker import InlinePlayer

PLAYS = """
import sys
from pathlib import Path
import minios.session
from minios.session import recording

frames = recording.play(recording.load(Path(sys.argv[1])))
print([frame.status.crashes for frame in frames])
print(sorted(name for name in sys.modules if name.partition(".")[0] in BANNED))
""".replace("BANNED", repr({"textual", "rich", "curses", "termios"}))


def test_a_recording_is_played_without_textual(tmp_path: Path) -> None:
    """In a process that imports `minios.session` and nothing of the interface."""
    card = catalogue.find("two-worlds")
    players = [InlinePlayer(it) for it in card.machines]
    for player in players:
        player.send(RunTo(milliseconds(20)))
        player.send(Push(content_files.find(card.suggested)))
        player.send(RunTo(seconds(1)))
        player.close()
    path = tmp_path / "it.jsonl"
    recording.save(recording.of(card, [it.frame for it in players]), path)

    done = subprocess.run(
        [sys.executable, "-c", PLAYS, path], capture_output=True, text=True, check=True
    )

    crashes = [player.frame.status.crashes for player in players]
    assert crashes[0] > 0
    assert done.stdout.splitlines() == [str(crashes), "[]"]
