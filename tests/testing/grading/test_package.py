"""The zip for Gradescope works in its folders, without a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.commands.running import minios
from tests.testing.grading import formats
from tests.testing.grading.grading import BAD, contents, scenarios

HOSTS = ("http", "pypi", "index-url")


def packed(folder: Path, *words: str | Path) -> Path:
    """A zip with the usual scenarios."""
    target = folder / "autograder.zip"
    place = folder / "scenarios"
    tests = place if place.exists() else scenarios(folder)
    arguments = ("--with", tests, "--package", target, *words)
    done = minios("grade", *map(str, arguments))
    assert (done.returncode, done.stderr) == (0, "")
    return target


def test_scripts_stand_at_the_root_of_the_zip_and_can_be_started(
    tmp_path: Path,
) -> None:
    """As Gradescope asks; and the same scenarios give the same bytes."""
    target = packed(tmp_path)
    first = target.read_bytes()
    with zipfile.ZipFile(target) as archive:
        modes = {it.filename: oct(it.external_attr >> 16) for it in archive.infolist()}

    assert modes == {
        "run_autograder": "0o100755",
        "scenarios/assignment.toml": "0o100644",
        "scenarios/test_mine.py": "0o100644",
        "setup.sh": "0o100755",
    }
    assert packed(tmp_path).read_bytes() == first


def test_the_scripts_name_no_host_and_install_a_wheel_that_is_put_in(
    tmp_path: Path,
) -> None:
    """Without a wheel, pip finds this version by its name."""
    wheel = tmp_path / "minios-9.9-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    target = packed(tmp_path, "--wheel", wheel)
    with zipfile.ZipFile(target) as archive:
        setup = archive.read("setup.sh").decode()
        scripts = setup + archive.read("run_autograder").decode()
        assert archive.read(wheel.name) == b"wheel"

    assert 'pip install "./minios-9.9-py3-none-any.whl[plugins]"' in setup
    assert [it for it in HOSTS if it in scripts] == []


@pytest.mark.posix
def test_run_autograder_writes_results_in_the_folders_of_gradescope(
    tmp_path: Path,
) -> None:
    """source, submission and results stand beside it, in whatever folder."""
    root = tmp_path / "autograder"
    with zipfile.ZipFile(packed(tmp_path)) as archive:
        archive.extractall(root / "source")
    shutil.copy(root / "source/run_autograder", root)
    (root / "run_autograder").chmod(0o755)
    (root / "results").mkdir()
    (root / "submission").mkdir()
    shutil.copy(BAD, root / "submission/mine.toml")
    (root / "venv").symlink_to(sys.prefix)  # what setup.sh installs
    before = contents(root / "submission")
    done = subprocess.run(
        [root / "run_autograder"],
        cwd=root,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    data = (root / "results/results.json").read_bytes()

    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    assert formats.gradescope(data) == []
    assert [(it["score"], it["status"]) for it in json.loads(data)["tests"]] == [
        (3.0, "passed"),
        (1.0, "passed"),
        (2.0, "passed"),
    ]
    assert contents(root / "submission") == before


@pytest.mark.posix
def test_setup_is_a_script_that_a_shell_understands(tmp_path: Path) -> None:
    """It is not run here, because it installs packages."""
    with zipfile.ZipFile(packed(tmp_path)) as archive:
        archive.extractall(tmp_path)

    for name in ("setup.sh", "run_autograder"):
        done = subprocess.run(["sh", "-n", tmp_path / name], check=False)
        assert done.returncode == 0
