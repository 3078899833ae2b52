"""Report a bug of minios in a sentence, and write its traceback to a file."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Final

from minios import host_files
from minios.errors import ScenarioError

_NAME: Final = "last-bug.txt"


def words(error: BaseException, folder: Path | None) -> str:
    """The sentence. The traceback is written to the folder, if there is one."""
    said = f"This is a bug in minios: {type(error).__name__}: {error}"
    path = _write(error, folder)
    if path is not None:
        said += f"\n\nThe details for a developer are in {path}"
    return f"{said}\n\nThe lab was closed. You can open it again."


def _write(error: BaseException, folder: Path | None) -> Path | None:
    if folder is None:
        return None
    path = folder / _NAME
    text = "".join(traceback.format_exception(error))
    try:
        host_files.write(path, text.encode(errors="backslashreplace"), ScenarioError)
    except ScenarioError:
        return None
    return path
