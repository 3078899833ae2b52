"""Try mutants: a copy of the checkout, one change in it, and the tests.

The copy has its own built guest. Its tests import the code of the copy, because Python
looks into the working folder first. The checkout itself is never changed.

A mutant that hangs counts as noticed. A guest may execute only so many instructions
until it is ready. A process of the host may loop for ever without a count. So the tests
are first timed without a change, in the same run. A multiple of that time is a hang.
"""

from __future__ import annotations

import contextlib
import enum
import fnmatch
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from minios.closing import Closing
from minios.dev.mutants import Mutant
from minios.dev.mutation_table import EQUIVALENT, STAGES, key
from minios.errors import ScenarioError
from minios.host_files import temporary_folder
from minios.image import elf

_NOT_COPIED: Final = (".git", ".venv", "__pycache__", ".*_cache", ".hypothesis")
_GUEST: Final = "minios/guest"
_KERNEL: Final = "minios/guest/kernel.elf"
_HANG_FACTOR: Final = 3
_HANG_SECONDS: Final = 30
_BUILD_SECONDS: Final = 300
_PYTEST: Final = ("-m", "pytest", "-n", "0", "-q", "-x", "-m", "not witness")
_STARTS: Final = """
from minios.lab import Lab, events, milliseconds

ends = (events.ReadyEvent, events.BugcheckEvent, events.ResetEvent)
end = Lab().run_while_waiting(lambda it: isinstance(it, ends), within=milliseconds(500))
raise SystemExit(not isinstance(end, events.ReadyEvent))
"""
_FAILED: Final = ("FAILED ", "ERROR ")


class Fate(enum.Enum):
    """The result for a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    NOT_BUILT = "not built"
    SAME_CODE = "same code"  # the compiler makes the same bytes of it
    EQUIVALENT = "equivalent"  # as a person has found out


@dataclass(frozen=True, slots=True)
class Outcome:
    """A mutant, its fate, and the test that noticed it, or why no test can."""

    mutant: Mutant
    fate: Fate
    by: str = ""


class Trials(Closing):
    """Tries mutants, one after the other, on a copy of the checkout.

    Args:
        root: the folder of the checkout.
        stages: how many stages of tests to run; None for all.
    """

    def __init__(self, root: Path, *, stages: int | None = None) -> None:
        self._stages: Final = stages
        self._rest: Final = contextlib.ExitStack()
        folder = self._rest.enter_context(temporary_folder("mutants"))
        self._sound: Final = folder / "sound"  # stays without a change
        self._root: Final = folder / "copy"
        ignored = shutil.ignore_patterns(*_NOT_COPIED)
        for copy in (self._sound, self._root):
            shutil.copytree(root, copy, ignore=ignored)
        self._segments: Final = elf.read(self._sound / _KERNEL).segments
        self._seconds: Final[dict[str, float]] = {}
        self._touched = 0

    def close(self) -> None:
        """Delete the copies."""
        self._rest.close()

    def try_one(self, mutant: Mutant) -> Outcome:
        """Apply a mutant, build, test, and take it back.

        Raises ScenarioError if the tests fail without any change.
        """
        path = self._root / mutant.path
        text = path.read_text("utf-8")
        source = text.splitlines()[mutant.line - 1]
        if reason := EQUIVALENT.get(key(mutant.path, source, mutant.words)):
            return Outcome(mutant, Fate.EQUIVALENT, reason)
        try:
            self._write(path, mutant.apply(text))
            return self._judge(mutant)
        finally:
            self._write(path, text)
            if path.suffix != ".py":
                sound = self._sound / _GUEST
                shutil.copytree(sound, self._root / _GUEST, dirs_exist_ok=True)

    def _judge(self, mutant: Mutant) -> Outcome:
        if not mutant.path.endswith(".py"):
            if not self._builds():
                return Outcome(mutant, Fate.NOT_BUILT)
            if elf.read(self._root / _KERNEL).segments == self._segments:
                return Outcome(mutant, Fate.SAME_CODE)
            if not self._starts():
                return Outcome(mutant, Fate.KILLED, "the machine does not come up")
        for stage in stages_of(mutant.path)[: self._stages]:
            limit = self._usual(stage) * _HANG_FACTOR + _HANG_SECONDS
            if by := _failure(self._root, stage, limit):
                return Outcome(mutant, Fate.KILLED, by)
        return Outcome(mutant, Fate.SURVIVED)

    def _write(self, path: Path, text: str) -> None:
        """Write a file with a new time, or Python might use its old bytecode."""
        path.write_text(text, encoding="utf-8")
        self._touched += 2
        os.utime(path, (self._touched, self._touched))

    def _builds(self) -> bool:
        build = ("-m", "minios", "dev", "build", "kernel")
        return _python(self._root, build, _BUILD_SECONDS).returncode == 0

    def _starts(self) -> bool:
        try:
            done = _python(self._root, ("-c", _STARTS), _HANG_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def _usual(self, stage: str) -> float:
        """The seconds that the tests take without a change."""
        if stage not in self._seconds:
            begin = time.perf_counter()
            if by := _failure(self._sound, stage, None):
                raise ScenarioError(
                    f"the tests fail without any change: {by}",
                    where=stage,
                    advice="Mend the tests first",
                )
            self._seconds[stage] = time.perf_counter() - begin
        return self._seconds[stage]


def stages_of(path: str) -> tuple[str, ...]:
    """The tests for a file, with the nearest first."""
    return next(stages for pattern, stages in STAGES if fnmatch.fnmatch(path, pattern))


def _failure(root: Path, stage: str, limit: float | None) -> str:
    """The first test that fails in a copy within this many seconds; "" if none does."""
    try:
        done = _python(root, (*_PYTEST, *stage.split()), limit)
    except subprocess.TimeoutExpired:
        return f"{stage}: hangs"
    if done.returncode == 0:
        return ""
    lines = [it for it in done.stdout.splitlines() if it.startswith(_FAILED)]
    return lines[0].split(" ", 2)[1] if lines else f"{stage}: ends early"


def _python(
    root: Path, arguments: Sequence[str], limit: float | None
) -> subprocess.CompletedProcess[str]:
    """Run the code of a copy, also in the processes that its tests start."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        check=False,
        text=True,
        errors="replace",
        timeout=limit,
    )
