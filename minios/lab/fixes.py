"""Fixes by name or by path: what the vendor offers to machines in recovery.

The format stands in `assets/fixes/README.md`. A fix from outside is checked for what
would make sending it senseless, never for whether it helps.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from minios import paths
from minios.abi.disk_layout import FIX_BYTES, UPDATE_NAME_SIZE
from minios.errors import ScenarioError

_SUFFIX: Final = ".fix"
_FOR: Final = "# for:"


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix: what to call it, which module it is for, its text."""

    name: str
    module: str
    text: str


def shipped() -> tuple[str, ...]:
    """The names of the fixes that come with minios."""
    folder = paths.ASSETS / "fixes"
    return tuple(sorted(path.stem for path in folder.glob("*" + _SUFFIX)))


def find(name: str | Path) -> Fix:
    """A shipped fix by its name, or any by its path.

    Raises:
        ScenarioError: there is no such file, it is no text, too long, or does not say
            which module it is for.
    """
    path = Path(name)
    if str(name) in shipped():
        path = paths.ASSETS / "fixes" / f"{name}{_SUFFIX}"
    try:
        data = path.read_bytes()
        text = data.decode("ascii")
    except OSError as error:
        raise ScenarioError(
            f"cannot be read: {error.strerror or error}",
            where=str(name),
            advice=f"Give a path, or one of: {', '.join(shipped())}",
        ) from error
    except UnicodeDecodeError as error:
        raise ScenarioError(
            "is no ASCII text", where=str(name), advice="See assets/fixes/README.md"
        ) from error
    if len(data) > FIX_BYTES:
        raise ScenarioError(
            f"has {len(data)} bytes; a fix has at most {FIX_BYTES}",
            where=str(name),
            advice="Is this the right file?",
        )
    modules = [
        line.removeprefix(_FOR).strip()
        for line in text.splitlines()
        if line.startswith(_FOR)
    ]
    if len(modules) != 1 or not modules[0]:
        raise ScenarioError(
            "does not say which module it is for",
            where=str(name),
            advice=f"Begin it with a line such as `{_FOR} sentinel.sys`",
        )
    return Fix(path.stem[: UPDATE_NAME_SIZE - 1], modules[0], text)
