"""Ctrl-C ends a grading at once, with all its processes, and leaves whole files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.grading import formats
from tests.testing.grading.grading import BAD, hand_in, scenarios, table


@pytest.mark.posix
@pytest.mark.parametrize("whom", ["the terminal", "the process alone"])
def test_ctrl_c_leaves_whole_files_and_no_process(tmp_path: Path, whom: str) -> None:
    """A terminal sends the signal to the whole group, `kill` to one process."""
    bad = BAD.read_text()
    root = hand_in(tmp_path, {f"student-{it}": bad for it in range(10)})
    results, temporary = tmp_path / "grades", tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "minios", "grade", str(root), "--jobs", "2"]
    command += ["--with", str(scenarios(tmp_path)), "--output", str(results)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
    ) as grading:
        assert grading.stdout is not None
        assert grading.stdout.readline() == b"1 of 10 submissions are graded.\n"
        # A negative number names the group (POSIX, `kill`).
        os.kill(-grading.pid if whom == "the terminal" else grading.pid, signal.SIGINT)
        said = grading.stdout.read()  # ends when no process can write there any more

    scores = [cells[0] for cells in table(results).values()]
    assert (grading.returncode, b"Traceback" in said) == (130, False)
    assert list(temporary.iterdir()) == []
    assert (len(scores), set(scores)) == (10, {"0", "6"})
    assert formats.junit((results / "junit.xml").read_bytes()) == []
    wrong = [
        formats.gradescope(path.read_bytes())
        for path in results.glob("gradescope/*/results.json")
    ]
    assert wrong == [[]] * 10
