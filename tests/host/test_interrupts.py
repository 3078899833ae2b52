"""Ctrl-C ends every command with 130 and in silence, at whatever moment it comes.

The moments are counted in calls of Python functions, so they are the same every time:
in imports, in the parser, in callbacks of the engine, while a file is written.
`minios dev interrupts` sends real signals at random times.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from minios import cli
from minios.lab import Event, Lab, events

# Sends itself the signal at the so-many-th call, counted from the first line of main.
PROGRAM = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from minios import cli, interrupts
left = int(sys.argv.pop(1))
def count(frame, event, _):
    global left
    left -= event == "call"
    if not left:
        signal.raise_signal(signal.SIGINT)
begin = interrupts.end_at_once
def begin_counting():
    begin()
    sys.setprofile(count)
interrupts.end_at_once = begin_counting
sys.exit(cli.main())
"""


def interrupted(call: int, *words: str, talk: str = "") -> tuple[int, str]:
    """The exit code and standard error of a command that was interrupted."""
    command = [sys.executable, "-c", PROGRAM, str(call), *words]
    done = subprocess.run(
        command, input=talk, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("call", [1, 100, 10_000, 300_000])
def test_a_run_of_machines_ends_at_once(call: int) -> None:
    """From the first call on; the last of these are in the engine's callbacks."""
    assert interrupted(call, "demo", "--model", "macos") == (130, "")


@pytest.mark.parametrize(
    "words",
    [
        ("recover", "--by", "shell"),
        ("crimes", "--only", "null"),
        ("dev", "powercuts", "--cuts", "20", "windows"),
    ],
    ids=lambda words: words[0],
)
def test_every_command_ends_at_once(words: tuple[str, ...]) -> None:
    """Whatever the command does, the same handler is there."""
    assert interrupted(400_000, *words) == (130, "")


def test_a_talk_that_is_interrupted_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`lab --plain --record`: what was done up to then can be played again."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    path = tmp_path / "talk.jsonl"
    words = ("lab", "windows", "--plain", "--record", str(path))

    # Go on, push the first file, and go on for much longer than it takes.
    talk = "1\n4\n" + "1\n" * 1000

    assert interrupted(400_000, *words, talk=talk) == (130, "")
    assert b'"lab":"windows"' in path.read_bytes()


def test_no_image_is_left_half_written(tmp_path: Path) -> None:
    """The signal comes while the disk is being saved: nothing is beside it, either."""
    script = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from minios import interrupts\n"
        "from minios.lab import disk_files\n"
        "interrupts.end_at_once()\n"
        "Path.replace = lambda *_: signal.raise_signal(signal.SIGINT)\n"
        f"path = Path({str(tmp_path / 'windows.img')!r})\n"
        "disk_files.write_disk(path, bytes(1 << 20))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False)

    assert (done.returncode, list(tmp_path.iterdir())) == (130, [])


def test_no_temporary_folder_is_left(tmp_path: Path) -> None:
    """Such as the copy of a checkout that `minios dev mutate` works on."""
    script = (
        "import os, signal\n"
        "from minios import host_files, interrupts\n"
        "interrupts.end_at_once()\n"
        "with host_files.temporary_folder('test') as folder:\n"
        "    (folder / 'file').write_bytes(b'x')\n"
        "    assert os.listdir(os.environ['TMPDIR'])\n"
        "    signal.raise_signal(signal.SIGINT)\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=False)

    assert (done.returncode, list(tmp_path.iterdir())) == (130, [])


def test_a_library_gets_keyboard_interrupt_and_a_whole_machine() -> None:
    """It comes out of the run, however often it comes; the machine can go on."""

    def interrupt(_: Event) -> None:
        signal.raise_signal(signal.SIGINT)

    with Lab(model="macos") as lab:
        lab.listen(interrupt)
        raised = 0
        while not any(isinstance(it, events.ReadyEvent) for it in lab.events):
            with pytest.raises(KeyboardInterrupt):
                lab.run_for(1_000_000_000)
            raised += 1
        whole = [str(it) for it in lab.events]

    with Lab(model="macos") as lab:
        lab.run_for(1_000_000_000)
        undisturbed = [str(it) for it in lab.events]

    assert raised > 2
    assert whole == undisturbed[: len(whole)]


def test_the_callers_handler_is_back_after_a_run() -> None:
    """Also one that raises nothing: then the run simply goes on."""
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    ours = signal.getsignal(signal.SIGINT)
    try:
        with Lab(model="macos") as lab:
            lab.listen(lambda _: signal.raise_signal(signal.SIGINT))
            lab.run_for(100_000_000)
            assert lab.machine.now >= 100_000_000
        assert signal.getsignal(signal.SIGINT) is ours
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard


def test_main_as_a_function_leaves_the_callers_handler_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A test or a notebook that calls it can still be interrupted."""
    before = signal.getsignal(signal.SIGINT)

    assert cli.main(["lab", "--list"]) == 0
    assert signal.getsignal(signal.SIGINT) is before
    assert capsys.readouterr().out


def test_a_background_job_goes_on_ignoring_it() -> None:
    """Shells start those with SIGINT ignored: Ctrl-C is for what is in front."""
    script = (
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from minios import interrupts\n"
        "interrupts.end_at_once()\n"
        "signal.raise_signal(signal.SIGINT)\n"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
