"""Fixes by name or by path, which the vendor offers to machines in recovery.

`assets/fixes/README.md` describes the format. A fix is refused if it makes no sense to
send it. Whether it helps is not checked.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from minios import host_files, paths
from minios.abi.disk_layout import FIX_BYTES, UPDATE_NAME_SIZE
from minios.abi.structures import PATH_SIZE
from minios.arguments import meant
from minios.errors import ScenarioError

_SUFFIX: Final = ".fix"
_LARGEST: Final = 1 << 20  # bytes that are read; a fix has far fewer
_FOR: Final = "# for:"
_STEPS: Final = {"rm": 1, "mv": 2, "cp": 2, "svc": 2}
"""Each step, and how many words follow it (user/programs/recovery/fix.c)."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix: its name, the module for which it is, and its text."""

    name: str
    module: str
    text: str


def shipped() -> tuple[str, ...]:
    """The names of the fixes that come with minios."""
    folder = paths.ASSETS / "fixes"
    return tuple(sorted(path.stem for path in folder.glob("*" + _SUFFIX)))


def find(name: str | Path) -> Fix:
    """A fix that comes with minios by its name, or any fix by its path.

    Raises:
        ScenarioError: there is no such file, it is not text, is too long, does not say
            for which module it is, or has a step that no machine would do.
    """
    path = Path(name)
    if str(name) in shipped():
        path = paths.ASSETS / "fixes" / f"{name}{_SUFFIX}"
    return read(path.stem[: UPDATE_NAME_SIZE - 1], _text_of(path, str(name)))


def read(name: str, told: str) -> Fix:
    """The fix that a text describes. Raises ScenarioError as `find` does."""
    text = "\n".join(told.splitlines()) + "\n"
    if not text.isascii():
        raise _refused(name, "is not ASCII text")
    if len(text) > FIX_BYTES:
        raise _refused(name, f"has {len(text)} bytes; a fix has at most {FIX_BYTES}")
    if not name.isascii() or not name.isprintable() or len(name) >= UPDATE_NAME_SIZE:
        raise _refused(name, "has a name with characters that are not printable ASCII")
    modules = [
        line.removeprefix(_FOR).strip()
        for line in text.splitlines()
        if line.startswith(_FOR)
    ]
    if len(modules) != 1 or len(modules[0].split()) != 1:
        raise _refused(
            name, f"needs exactly one line `{_FOR} MODULE`, which names one module"
        )
    steps = [line.split() for line in text.splitlines() if not _is_comment(line)]
    if not steps:
        raise _refused(name, "has no step")
    for step in steps:
        _check(step, name)
    return Fix(name, modules[0], text)


def _is_comment(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _check(step: list[str], name: str) -> None:
    verb, *words = step
    line = " ".join(step)
    if verb not in _STEPS:
        raise _refused(name, f"has an unknown step: {line!r}")
    if len(words) != _STEPS[verb]:
        raise _refused(name, f"has a step with the wrong number of words: {line!r}")
    if len(line) >= PATH_SIZE * 2 or any(len(word) >= PATH_SIZE for word in words):
        raise _refused(name, f"has a step that is too long: {line!r}")
    if verb != "svc" and not all(word.startswith("/SYSTEM/") for word in words):
        raise _refused(name, f"names a file outside of /SYSTEM/: {line!r}")


def _text_of(path: Path, name: str) -> str:
    data = host_files.read(path, _LARGEST, partial(_not_read, name))
    try:
        return data.removeprefix(BOM_UTF8).decode("ascii")
    except UnicodeDecodeError as error:
        raise _refused(name, "is not ASCII text") from error


def _not_read(name: str, what: str) -> ScenarioError:
    asked = meant(name, shipped())
    advice = f"{asked}Give the path of a fix, or one of: {', '.join(shipped())}"
    return ScenarioError(f"the file {what}", where=name, advice=advice)


def _refused(name: str, what: str) -> ScenarioError:
    return ScenarioError(
        f"the fix {what}",
        where=name,
        advice="Compare it with the examples in assets/fixes/README.md",
    )
