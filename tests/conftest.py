"""What all tests share: which are left out, and who must speak.

A deep test takes long by nature. `pytest` leaves it out, `pytest -m deep` runs those
alone, and one that is named (`pytest tests/x.py::test_y`) is run.

A witness test asks another emulator or tool (QEMU, gdb, mtools) whether it agrees with
us. On a developer's machine that tool may be missing, and the test is skipped. On the
build server a skipped witness would be silence taken for consent: there it fails. That
holds on Linux. A build server with another system has no witnesses.

A test marked `posix` is skipped on Windows, which does not have what is tested.

Python searches for garbage rarely, and never among the tests themselves: they are
hundreds of thousands of objects, and all of them live as long as the run. A search
takes half a second where much is kept ready, so it is not made after each file.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest

_IS_WINDOWS: Final = sys.platform == "win32"
_GARBAGE: Final = (20_000, 10, 10)  # new objects, times, times: a full search is rare
_STATUS: Final = Path("/proc/self/statm")  # what this process holds, in pages; Linux
_GROWN: Final = 256 << 20  # bytes: sixteen machines
_held_before = 0  # bytes, after the latest search


def pytest_configure(config: pytest.Config) -> None:
    """Let Ctrl-C be heard, and nothing be done twice: here and in what we start.

    A shell that starts a suite in the background makes it ignore SIGINT. Where Python
    may not write bytecode beside the sources it goes into pytest's own cache: a command
    that a test starts would compile all that it imports, which takes a second.
    """
    gc.set_threshold(*_GARBAGE)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    cache: pytest.Cache | None = getattr(config, "cache", None)  # it can be left out
    if sys.dont_write_bytecode and cache is not None:
        sys.dont_write_bytecode = False
        sys.pycache_prefix = str(cache.mkdir("bytecode"))
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what this host cannot do."""
    if _IS_WINDOWS and item.get_closest_marker("posix"):
        pytest.skip("needs signals, sh, a terminal or files as POSIX hosts have them")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave the deep tests out, unless tests are chosen by marks or by name."""
    if config.option.markexpr or any("::" in it for it in config.args):
        return
    deep = [it for it in items if it.get_closest_marker("deep")]
    if deep:
        config.hook.pytest_deselected(items=deep)
        items[:] = [it for it in items if it not in deep]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is being collected is no garbage: no search looks at it, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a witness into a failure where CI=true, on Linux."""
    report = yield
    in_ci = os.environ.get("CI", "").lower() == "true" and sys.platform == "linux"
    # An expected failure is reported as skipped, too: that one did speak.
    silent = report.skipped and not hasattr(report, "wasxfail")
    if in_ci and silent and item.get_closest_marker("witness"):
        report.outcome = "failed"
        report.longrepr = f"CI=true, and a witness is silent: {call.excinfo}"
    return report


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After a file: a machine in a cycle holds 16 MiB that Python does not see."""
    global _held_before  # noqa: PLW0603 - one number for the whole process
    if nextitem is not None and nextitem.path == item.path:
        return
    held = _held()
    if held is None or held > _held_before + _GROWN:
        gc.collect()
        _held_before = _held() or 0


if sys.platform == "linux":

    def _held() -> int | None:
        """Bytes of memory that this process has."""
        pages = int(_STATUS.read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGESIZE")
else:

    def _held() -> int | None:
        """Not said there: a search after each file."""
        return None
