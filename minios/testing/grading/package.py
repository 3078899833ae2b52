"""The zip that Gradescope wants: `setup.sh` and `run_autograder` at its root.

Gradescope unpacks it in the folder `source`, runs `setup.sh` once, with a network, and
copies `run_autograder` beside `source`. For each submission it starts that copy, which
needs no network. The folders are found from the place of the script, so the same zip
works in any folder.
"""

from __future__ import annotations

import io
import zipfile
from functools import partial
from pathlib import Path
from typing import Final

import minios
from minios import host_files
from minios.errors import ScenarioError
from minios.testing.grading import jobs

_SCENARIOS: Final = "scenarios"
_LARGEST_WHEEL: Final = 64 << 20
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)  # the same bytes at every time
_SETUP: Final = """\
#!/bin/sh
# Runs once, when Gradescope makes the image: installs minios into a folder of its own.
set -eu
cd "$(dirname "$0")"
for python in python3.14 python3.13 python3.12 python3.11 python3; do
    "$python" -c 'import sys, venv; assert sys.version_info >= (3, 11)' && break
    python=
done 2>/dev/null
if [ -z "$python" ]; then
    apt-get update && apt-get install -y python3.11 python3.11-venv
    python=python3.11
fi
"$python" -m venv ../venv
../venv/bin/pip install "{requirement}"
"""
_RUN: Final = """\
#!/bin/sh
# Runs for each submission, in the folder that holds source, submission and results.
root=$(cd "$(dirname "$0")" && pwd)
exec "$root/venv/bin/minios" grade "$root/submission" --single \\
    --with "$root/source/{scenarios}" --format gradescope --output "$root/results"
"""


def write(path: Path, scenarios: Path, wheel: Path | None) -> None:
    """Write the zip.

    Args:
        path: the zip.
        scenarios: the folder of the scenarios.
        wheel: minios as a wheel, to be put into the zip; else pip finds it by its name.

    Raises ScenarioError if a file cannot be read or written.
    """
    files: dict[str, bytes] = {}
    requirement = f"minios[plugins]=={minios.__version__}"
    if wheel is not None:
        refuse = partial(_unusable, wheel)
        files[wheel.name] = host_files.read(wheel, _LARGEST_WHEEL, refuse)
        requirement = f"./{wheel.name}[plugins]"
    files["setup.sh"] = _SETUP.format(requirement=requirement).encode()
    files["run_autograder"] = _RUN.format(scenarios=_SCENARIOS).encode()
    for name, data in jobs.bundle(scenarios).items():
        files[f"{_SCENARIOS}/{name}"] = data
    host_files.write(path, _zipped(files), partial(_unusable, path))


def _zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.create_system = 3  # Unix: the permissions below are kept
            is_script = name in {"setup.sh", "run_autograder"}
            entry.external_attr = (0o100755 if is_script else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return target.getvalue()


def _unusable(path: Path, what: str) -> ScenarioError:
    return ScenarioError(
        f"the file {what}", where=str(path), advice="Name another file"
    )
