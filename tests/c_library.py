"""The guest's own C, built as a library of this host, so that a test can call it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_IS_LINUX = sys.platform == "linux"


def build(target: Path, *words: str, sources: Sequence[str]) -> Path:
    """Compile it with these options; skip the test where that cannot be done."""
    if not _IS_LINUX:
        pytest.skip("a library without the host's own is built on Linux only")
    if importlib.util.find_spec("ziglang") is None:
        pytest.skip("the C compiler is not installed (pip install 'minios[dev]')")
    flags = ["-shared", "-nostdlib", "-O1", "-fno-sanitize=all", *words]
    command = [sys.executable, "-m", "ziglang", "cc", *flags, *sources]
    built = subprocess.run(
        [*command, "-o", str(target)], cwd=ROOT, capture_output=True, check=False
    )
    assert built.returncode == 0, built.stderr.decode()
    return target
