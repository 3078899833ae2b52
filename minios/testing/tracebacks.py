"""Where the report of a failure ends: at the author's own line, not inside of minios.

A MiniosError says what is wrong and what to write instead. The lines of minios that
have found it out would only be in the way.
"""

from __future__ import annotations

import re
from typing import Final

import pytest

from minios.errors import MiniosError

_CALLED_BY_PYTEST: Final = ("minios.testing.plugin", "minios.testing.scenarios.")
"""Fixtures and scenarios: without them there may be no line to show."""

_ADDRESS: Final = re.compile(r"(<[^<>\n]*) at 0x[0-9a-f]+>")  # of a Python object


def end_at_own_line(
    excinfo: pytest.ExceptionInfo[BaseException], config: pytest.Config
) -> None:
    """Hide the frames of minios in the report of a MiniosError.

    `--full-trace` and `--tb=native` still show them.
    """
    if not isinstance(excinfo.value, MiniosError):
        return
    for entry in excinfo.traceback:
        found = entry.frame.f_globals
        name = str(found.get("__name__"))
        if name.startswith("minios.") and not name.startswith(_CALLED_BY_PYTEST):
            found["__tracebackhide__"] = _is_told
    is_whole = config.getoption("fulltrace") or config.getoption("tbstyle") == "native"
    if excinfo.traceback[-1].ishidden(excinfo) and not is_whole:
        excinfo.value.__cause__ = None  # that was inside of minios, too


def _is_told(excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
    """Whether the message says it all: pytest asks this for each of the frames."""
    return isinstance(excinfo.value, MiniosError)


def without_addresses(text: str) -> str:
    """The same text in every process: Python names objects by where they lie."""
    return _ADDRESS.sub(r"\1>", text)
