"""Where CI=true, a witness that does not speak fails its test."""

from __future__ import annotations

import os
import shutil
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
"""


@pytest.mark.parametrize(
    ("ci", "outcome"),
    [
        ("", "1 passed, 2 skipped, 1 xfailed"),
        ("false", "1 passed, 2 skipped, 1 xfailed"),
        ("true", "1 failed, 1 passed, 1 skipped, 1 xfailed"),
    ],
)
def test_a_skipped_witness_fails_where_ci_is_true(
    tmp_path: Path, ci: str, outcome: str
) -> None:
    """Other skips and expected failures stay what they are."""
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_it.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = witness", "utf-8")
    environment = {**os.environ, "CI": ci}

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.splitlines()[-1].startswith(outcome)
    assert ("a witness is silent" in done.stdout) == (ci == "true")
