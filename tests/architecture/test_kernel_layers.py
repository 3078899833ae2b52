"""The kernel is built in layers, and the check of it can fail."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import pytest

from minios import paths
from minios.dev import layers

_KERNEL = Path("minios/kernel")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of this checkout's kernel that a test may spoil."""
    shutil.copytree(paths.checkout() / _KERNEL, tmp_path / _KERNEL)
    return tmp_path


def _check(root: Path) -> int:
    return layers.run(argparse.Namespace(root=root))


def _add(root: Path, file: str, header: str) -> None:
    path = root / _KERNEL / file
    path.write_text(f'#include "{header}"\n{path.read_text()}')


def test_this_kernel_includes_downwards_only_and_in_no_circle(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """This is what the check is for."""
    assert _check(copy) == 0
    assert capsys.readouterr().out.endswith("0 wrong, 0 circles\n")


def test_an_include_that_leads_upwards_fails_and_is_named(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says which line it is, and which layer lies above which."""
    _add(copy, "memory/heap.c", "plugins/driver.h")
    assert _check(copy) == 1
    assert (
        "minios/kernel/memory/heap.c:1 includes plugins/driver.h, but plugins lies "
        "above memory\n"
    ) in capsys.readouterr().out


def test_a_circle_inside_a_layer_fails(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two units of one layer need an order, too."""
    _add(copy, "memory/frames.c", "memory/page_table.h")
    assert _check(copy) == 1
    assert "a circle of 2 units: memory/frames, memory/page_table\n" in (
        capsys.readouterr().out
    )


def test_a_folder_that_nobody_drew_fails(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new folder needs a place in the order."""
    (copy / _KERNEL / "radio").mkdir()
    (copy / _KERNEL / "radio/radio.c").write_text('#include "library/text.h"\n')
    assert _check(copy) == 1
    assert "minios/kernel/radio is not in the drawing of README.md\n" in (
        capsys.readouterr().out
    )


def test_a_kernel_without_a_drawing_is_not_taken_for_a_good_one(copy: Path) -> None:
    """Without an order there is nothing to check against."""
    (copy / _KERNEL / "README.md").write_text("# The kernel\n")
    assert _check(copy) == 1
