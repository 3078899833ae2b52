"""`fsck.fat` as a witness: what an independent checker says about a disk.

It may only report (`-n`), never repair. Its words are read strictly: a line that is not
known to be harmless is a finding. So a new version, a crash or a surprise never passes
for a clean disk. Known to be harmless are the greeting, the summary, and the line about
lost clusters, the only damage that costs nobody a file:

    fsck.fat 4.2 (2021-01-31)
    Reclaimed 4 unused clusters (8192 bytes).

    Leaving filesystem unchanged.
    disk.img: 53 files, 270/8142 clusters
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Final

from minios.closing import Closing
from minios.errors import ScenarioError
from minios.host_files import temporary_folder
from minios.machine.disk_image import SECTOR_BYTES, DiskImage

PROGRAM: Final = "fsck.fat"
# It is an administrator's program, which is not on everybody's path.
_FOLDERS: Final = ("/usr/sbin", "/sbin")
_GREETING: Final = re.compile(r"fsck\.fat \d+\.\d+ \(\d{4}-\d\d-\d\d\)")
_LOST: Final = re.compile(r"Reclaimed (\d+) unused clusters? \(\d+ bytes\)\.")
_UNCHANGED: Final = "Leaving filesystem unchanged."
_SUMMARY: Final = re.compile(r".*: \d+ files, \d+/\d+ clusters")


@dataclass(frozen=True, slots=True)
class FsckReport:
    """The result: lost clusters, and all other lines that fsck.fat printed."""

    lost: int
    findings: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether there is nothing worse than lost clusters."""
        return not self.findings


def program() -> str | None:
    """The path of fsck.fat. None if it is not installed."""
    search = os.pathsep.join((os.environ.get("PATH", ""), *_FOLDERS))
    return shutil.which(PROGRAM, path=search)


def read_answer(code: int, output: str, errors: str) -> FsckReport:
    """The verdict from the text and the exit code of `fsck.fat -n`.

    The code must fit the text: 0 for a disk without damage, 1 for one with lost
    clusters. A summary must come last, or fsck.fat did not reach its end.
    """
    lost = 0
    findings = [f"stderr: {line}" for line in errors.splitlines() if line.strip()]
    greeting, *lines = [line for line in output.splitlines() if line.strip()] or [""]
    if not _GREETING.fullmatch(greeting):
        findings.append(f"no greeting: {greeting!r}")
    if not lines or not _SUMMARY.fullmatch(lines.pop()):
        findings.append("no summary at the end")
    for line in lines:
        if found := _LOST.fullmatch(line):
            lost += int(found[1])
        elif line != _UNCHANGED:
            findings.append(line.strip())
    if not findings and code != (1 if lost else 0):
        findings.append(f"exit code {code} with {lost} lost clusters")
    return FsckReport(lost, tuple(findings))


class Fsck(Closing):
    """Checks one disk again and again, as it changes.

    It keeps a file with the image and writes only the sectors that differ, so that a
    check costs only some milliseconds.

    Raises:
        ScenarioError: fsck.fat is not installed.
    """

    def __init__(self) -> None:
        found = program()
        if found is None:
            raise ScenarioError(
                "the program is not installed",
                where=PROGRAM,
                advice="Install it with `apt-get install dosfstools`",
            )
        self._program: Final = found
        self._rest: Final = contextlib.ExitStack()
        folder = self._rest.enter_context(temporary_folder("fsck"))
        self._image: Final = folder / "disk.img"
        self._base: bytes | None = None
        self._overlay: dict[int, bytes] = {}

    def close(self) -> None:
        """Delete the temporary files."""
        self._rest.close()

    def ask(self, disk: DiskImage) -> FsckReport:
        """Check this disk."""
        self._put(disk)
        answer = subprocess.run(
            [self._program, "-n", str(self._image)],
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
        )
        return read_answer(answer.returncode, answer.stdout, answer.stderr)

    def _put(self, disk: DiskImage) -> None:
        if self._base is not disk.base:
            self._image.write_bytes(disk.base)
            self._base, self._overlay = disk.base, {}
        with self._image.open("r+b", buffering=0) as file:
            for number in self._overlay.keys() | disk.overlay.keys():
                data = disk.read(number)
                if data != self._overlay.get(number):
                    file.seek(number * SECTOR_BYTES)
                    file.write(data)
        self._overlay = dict(disk.overlay)
