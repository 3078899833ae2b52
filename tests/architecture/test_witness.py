"""Witnesses must speak where CI=true, on Linux; tests of POSIX leave Windows out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"

TESTS = """\
import pytest

@pytest.mark.witness
def test_silent_witness():
    pytest.skip("qemu is not installed")

def test_other_skip():
    pytest.skip("not today")

@pytest.mark.witness
@pytest.mark.xfail
def test_witness_known_to_disagree():
    assert False

@pytest.mark.witness
def test_witness():
    pass

@pytest.mark.posix
def test_signals():
    pass
"""


SKIPPED = "2 passed, 2 skipped, 1 xfailed"
FAILED = "1 failed, 2 passed, 1 skipped, 1 xfailed"
WINDOWS = "1 passed, 3 skipped, 1 xfailed"


@pytest.mark.parametrize(
    ("host", "ci", "outcome"),
    [
        ("linux", "", SKIPPED),
        ("linux", "false", SKIPPED),
        ("linux", "true", FAILED),
        ("darwin", "true", SKIPPED),  # has no witnesses; GitHub always sets CI
        ("win32", "true", WINDOWS),
    ],
)
def test_a_host_is_asked_what_it_can_answer(
    tmp_path: Path, host: str, ci: str, outcome: str
) -> None:
    """A silent witness fails on the build server; other skips stay what they are."""
    conftest = CONFTEST.read_text(encoding="utf-8").replace("sys.platform", repr(host))
    (tmp_path / "conftest.py").write_text(conftest, encoding="utf-8")
    (tmp_path / "test_it.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = witness\n posix", "utf-8")
    # Without the plugins of others: they have no part in this, and take time to load.
    environment = {**os.environ, "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.splitlines()[-1].startswith(outcome)
    assert ("a witness is silent" in done.stdout) == (outcome is FAILED)
