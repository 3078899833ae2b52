"""On a real terminal (tmux): the story by typed keys, read off the screen.

Deep: what is told there goes by at the pace of a person. The usual tests take the
shortest way, to the crash and its reasons, and leave. The whole story and the way back
in time are walked in virtual time by test_story.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.witness,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux"),
]
_PATIENCE = 300  # looks, each as long as tmux waits for the next output


class Terminal:
    """A window in a tmux server of its own."""

    def __init__(self, socket: Path, command: str, size: tuple[int, int]) -> None:
        self._tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
        self._home = socket.parent
        width, height = map(str, size)
        self._run(
            *("new-session", "-d", "-x", width, "-y", height, "-s", "it"),
            f"{command}; cat",
        )

    def _run(self, *words: str) -> str:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
        environment["XDG_DATA_HOME"] = str(self._home)
        for name in ("COLUMNS", "LINES", "NO_COLOR", "TMUX", "ACCESSIBLE"):
            environment.pop(name, None)
        done = subprocess.run(
            [*self._tmux, *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env=environment,
            timeout=60,
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        """Type."""
        self._run("send-keys", "-t", "it", *keys)

    def screen(self) -> str:
        """What is on the screen now."""
        return self._run("capture-pane", "-t", "it", "-p")

    def wait_for(self, *words: str, in_a_row: bool = False) -> str:
        """Until all the words stand on the screen, or in one of its rows."""
        seen = ""
        for _ in range(_PATIENCE):
            seen = self.screen()
            places = seen.splitlines() if in_a_row else [seen]
            if any(all(word in place for word in words) for place in places):
                return seen
            # The host's own clock, spent outside of this process: a real terminal
            # is the one thing that does not run on virtual time.
            self._run("run-shell", "sleep 0.1")
        pytest.fail(f"{words} never came; the screen is\n{seen}")

    def close(self) -> None:
        """End the server."""
        self._run("kill-server")


@pytest.fixture
def terminal(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """`minios` in a terminal."""
    size = getattr(request, "param", (200, 50))
    made = Terminal(tmp_path / "tmux", f"{sys.executable} -m minios", size)
    yield made
    made.close()


def open_lab(terminal: Terminal) -> None:
    """The list begins with the lessons, so the lab is searched for."""
    terminal.wait_for("choose a lesson or a lab")
    terminal.press("fault, in two")
    terminal.wait_for("the fault of 19 July 2024: one machine")
    terminal.press("Enter")


def past_the_death(terminal: Terminal) -> None:
    """Time waits at the death of the sensor, then at the crash of the other machine."""
    terminal.wait_for("‖", "sentinel.ext", in_a_row=True)
    terminal.press("Space")
    terminal.wait_for("‖ windows has stopped")


def leave(terminal: Terminal) -> None:
    """From the reasons to the lab, to the list of labs, and out: nothing is left."""
    terminal.press("Escape")
    terminal.wait_for("q Leave")
    terminal.press("q")
    terminal.wait_for("choose a lesson or a lab", "goals reached")
    terminal.press("C-q")
    for _ in range(_PATIENCE):
        if not terminal.screen().strip():
            break
    assert not terminal.screen().strip()


@pytest.mark.parametrize("terminal", [(80, 24)], indirect=True)
def test_the_way_to_why_on_a_small_terminal(terminal: Terminal) -> None:
    """A word and four keys, 80 x 24: enter, p, enter, w. It is left cleanly."""
    open_lab(terminal)
    terminal.wait_for("● protected", "w Why", "? Help", "q Leave")
    terminal.press("p")
    terminal.wait_for("historical accepts")
    terminal.press("Enter")
    past_the_death(terminal)
    terminal.press("w")
    terminal.wait_for("machine stopped, because the fault was in the kernel")
    terminal.press("d", "d")
    terminal.wait_for("The instruction")
    leave(terminal)


@pytest.mark.deep
def test_time_is_taken_back_on_a_real_terminal(terminal: Terminal) -> None:
    """Inspect, step, mark, push; then back to the mark, and on into another future."""
    open_lab(terminal)
    terminal.wait_for("● protected", "all services are running")
    terminal.press("Space", "i")
    terminal.wait_for("paused", "registers", "page walk", "kernel thread_idle")
    terminal.press("i", "i")
    terminal.wait_for("threads and stacks", "waits: thread")
    terminal.press("i", "m")
    terminal.wait_for("◆ snapshot: marked")
    terminal.press("p")
    terminal.wait_for("which content file")
    terminal.press("Enter")
    past_the_death(terminal)
    terminal.wait_for("crashes 1", "deaths 1")
    terminal.wait_for("▸", "■ STOP 0x50", in_a_row=True)  # the crash is chosen
    terminal.press("t", "Home")
    terminal.wait_for("‖", "▸ 0.000000 s")
    before: list[str] = []
    for _ in range(_PATIENCE):
        chosen = [row for row in terminal.screen().splitlines() if row[1:3] == "▸ "]
        if any("snapshot: marked" in row for row in chosen):
            break
        if chosen != before:  # else the key before has not arrived yet
            before = chosen
            terminal.press("Down")
    terminal.press("b")
    terminal.wait_for("crashes 0", "deaths 0", "‖ back at the snapshot: marked")


@pytest.mark.deep
def test_the_story_on_a_real_terminal(terminal: Terminal) -> None:
    """Open, push, watch one loop and one restart, ask why, leave cleanly."""
    terminal.wait_for("What a ring is", "begin here")
    open_lab(terminal)
    terminal.wait_for("1 windows", "2 macos", "● protected", "all services are running")
    terminal.press("p")
    terminal.wait_for("channel-291-latent", "fixed      REFUSES")
    terminal.press("Enter")
    past_the_death(terminal)
    terminal.press("+", "Space")  # the wait for the next start goes by faster
    terminal.wait_for("crashes 2", "✖ sentinel.ext", "Recovery asks in windows")
    terminal.press("Escape")
    terminal.wait_for("w Why")
    terminal.press("w")
    seen = terminal.wait_for("In windows", "In macos", "The reasons in both worlds")
    assert "In windows the machine stopped, because the fault was in the kernel" in seen
    assert "In macos the same code ran in ring 3, in the process sentinel.ext" in seen
    leave(terminal)
