"""Standard input, output and error may be full, closed, or no terminal.

Deep: two commands that run machines, once more with an output that keeps nothing back.
The usual tests have both kinds of output with short commands.
"""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from minios import cli, interrupts

pytestmark = pytest.mark.posix  # sh closes and diverts

SHORT = ("--help", "lab --list")
LONG = ("crimes --only null", "demo --model macos --json")


def shell(line: str, *, unbuffered: bool = False) -> tuple[int, str]:
    """The exit code and standard error of a line in which M is the program."""
    python = [sys.executable, *["-u"] * unbuffered, "-m", "minios"]
    done = subprocess.run(
        ["sh", "-c", line.replace("M", " ".join(python), 1)],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("command", "unbuffered"),
    [
        *((command, False) for command in (*SHORT, *LONG)),
        *((command, True) for command in SHORT),
        *(pytest.param(command, True, marks=pytest.mark.deep) for command in LONG),
    ],
)
def test_a_full_disk_behind_the_output_is_one_line(
    command: str, unbuffered: bool
) -> None:
    """Whether it is noticed at a line or at the end."""
    assert shell(f"M {command} >/dev/full", unbuffered=unbuffered) == (
        2,
        "minios: standard output: No space left on device\n",
    )


def test_a_closed_output_is_one_line() -> None:
    """Nothing that a command does could be seen."""
    assert shell("M lab --list >&-") == (2, "minios: standard output is closed\n")


def test_a_closed_error_output_is_no_error() -> None:
    """There is nowhere to say what is wrong; the exit code says it."""
    assert shell("M lab --list 2>&- >/dev/null") == (0, "")
    assert shell("M inspect nowhere.img 2>&-") == (2, "")
    assert shell("echo 0 | M lab windows --plain 2>&- >/dev/null") == (0, "")


@pytest.mark.parametrize("command", ["", "lab windows", "lab windows --plain"])
def test_a_closed_input_is_an_end_of_input(command: str) -> None:
    """Nobody is there to answer."""
    code, complaint = shell(f"M {command} <&- >/dev/null")

    assert code in {0, 2}
    assert complaint.count("\n") <= 1


def test_typed_bytes_that_are_no_text_are_ignored() -> None:
    """As a terminal with another encoding sends them to the plain talk."""
    talk = r"printf '\351\n7\nec\377ho a\351\n0\n'"

    assert shell(f"{talk} | M lab windows --plain >/dev/null") == (0, "")


def test_a_name_that_is_no_text_can_be_printed_anywhere() -> None:
    """Also to an output that takes ASCII only."""
    command = "PYTHONIOENCODING=ascii M content inspect 'a\udcff\xe9' >/dev/null"
    code, complaint = shell(command)

    assert (code, complaint.count("\n")) == (2, 1)
    assert "a\\xff\\xe9: the file cannot be read" in complaint


@pytest.mark.parametrize(
    "command",
    [
        "demo --model macos",
        "content inspect assets/content/channel-291-bad.sys",
        "lab windows --plain",
    ],
)
def test_everything_can_be_printed_in_ascii(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with LANG=C, and as to a pipe on Windows, which has a little more."""
    printed, complaints = io.BytesIO(), io.BytesIO()
    output = io.TextIOWrapper(printed, encoding="ascii", errors="strict")
    errors = io.TextIOWrapper(complaints, encoding="ascii", errors="strict")
    monkeypatch.setattr(sys, "argv", ["minios", *command.split()])
    monkeypatch.setattr(sys, "stdin", io.StringIO("0\n"))
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setattr(sys, "stderr", errors)
    monkeypatch.setattr(interrupts, "end_at_once", lambda: None)  # this is no program

    code = cli.main()

    output.flush()
    errors.flush()
    assert (code, complaints.getvalue()) == (0, b"")
    assert printed.getvalue()
