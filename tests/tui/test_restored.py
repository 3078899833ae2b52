"""Whatever ends the interface, the terminal is given back as it was.

Deep: for each state and each kind of bug a program starts, which takes more than a
second. The usual tests take each signal, while machines run and while somebody types,
the two bugs that are furthest apart, and a window that is gone without a signal.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from minios.tui.leaving import HUNG_UP
from tests.tui.pty_app import PtyApp

pytestmark = pytest.mark.posix

_LAB = ("-m", "minios", "lab", "two-worlds")
STATES: dict[str, tuple[tuple[str, str], ...]] = {
    # in this lab: what to wait for, then what to type
    "running": (("protected", ""),),
    "picker": (("protected", "p"), ("which content file", "")),
    "typing": (("protected", "c"), ("you type here", "")),
    "pushed": (
        ("protected", "p"),
        ("which content file", "\x14\r"),  # to windows alone
        ("STOPPED", ""),
    ),
}
_BROKEN = """
from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.session.files import Files
from minios.tui.screens.lab import LabScreen
from minios.session.session import Session
from minios.tui.widgets.ring_view import RingView
from pathlib import Path
import sys
def broken(*_):
    raise RuntimeError("a screw is loose")
{name} = broken
app = MiniosApp(catalogue.find("macos"), files=Files(reports=Path(sys.argv[1])))
app.run()
sys.exit(app.return_code)
"""


@pytest.mark.parametrize(
    ("state", "number"),
    [
        *(
            pytest.param(state, signal.SIGTERM, marks=pytest.mark.deep)
            for state in STATES
            if state != "running"
        ),
        ("running", signal.SIGTERM),
        pytest.param("running", HUNG_UP, marks=pytest.mark.deep),
        pytest.param("typing", signal.SIGINT, marks=pytest.mark.deep),
    ],
)
def test_a_signal_gives_the_terminal_back(
    state: str, number: int, tmp_path: Path
) -> None:
    """In whatever state it comes; the exit code says which signal it was."""
    with PtyApp(*_LAB, home=tmp_path) as app:
        for words, keys in STATES[state]:
            app.wait_for(words)
            app.press(keys)
        app.process.send_signal(number)

        assert app.end() == 128 + number
        assert app.is_restored()


@pytest.mark.deep
def test_a_signal_on_the_start_screen_gives_the_terminal_back(tmp_path: Path) -> None:
    """There no lab is open yet."""
    with PtyApp("-m", "minios", home=tmp_path) as app:
        app.wait_for("type to filter")
        app.process.send_signal(signal.SIGTERM)

        assert app.end() == 128 + signal.SIGTERM
        assert app.is_restored()


def test_leaving_by_key_gives_the_terminal_back(tmp_path: Path) -> None:
    """Exit code 0."""
    with PtyApp("-m", "minios", home=tmp_path) as app:
        app.wait_for("type to filter")
        app.press("\x11")

        assert app.end() == 0
        assert app.is_restored()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("LabScreen.action_inspect", marks=pytest.mark.deep),  # a key
        pytest.param("LabScreen.tick", marks=pytest.mark.deep),  # the clock
        "RingView.draw",  # drawing: nothing of the lab can be shown any more
        pytest.param("Session.do", marks=pytest.mark.deep),  # a machine's thread
    ],
)
def test_a_bug_of_ours_is_told_in_a_dialog(name: str, tmp_path: Path) -> None:
    """No traceback on the screen; it stands in a file; and one can go on."""
    with PtyApp("-c", _BROKEN.format(name=name), str(tmp_path), home=tmp_path) as app:
        if name == "LabScreen.action_inspect":
            app.wait_for("protected")
            app.press("i")
        app.wait_for("that did not work")
        app.wait_for("RuntimeError: a screw is loose")
        app.press("\x1b")
        app.wait_for("type to filter")
        app.press("\x11")

        assert app.end() == 0
        assert app.is_restored()
        assert b"Traceback" not in app.seen
    assert "a screw is loose" in (tmp_path / "last-bug.txt").read_text()


@pytest.mark.deep
def test_a_bug_that_no_dialog_can_be_drawn_over_ends_the_program(
    tmp_path: Path,
) -> None:
    """Nothing that is shown can be drawn: a traceback, and the terminal as it was."""
    source = _BROKEN.format(name="Screen.render_line = Widget.render_line")
    source = f"from textual.screen import Screen, Widget\n{source}"
    with PtyApp("-c", source, str(tmp_path), home=tmp_path) as app:
        assert app.end() == 1
        assert app.is_restored()
        assert b"a screw is loose" in app.seen


@pytest.mark.deep
@pytest.mark.parametrize(
    "silently", [pytest.param(False, marks=pytest.mark.deep), True]
)
def test_a_window_that_is_closed_ends_the_process(
    silently: bool, tmp_path: Path
) -> None:
    """Nobody is left to draw for: no thread goes on reading what is no longer there."""
    with PtyApp(*_LAB, home=tmp_path) as app:
        app.wait_for("protected")

        assert app.hang_up(silently=silently) == 129
