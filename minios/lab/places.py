"""Find the address that a person names.

    kernel_main                        a symbol of the kernel
    sentinel.sys!interpreter_matches   a function of a loaded driver
    supervis!main                      a symbol of a program, running or not
    sentinel.sys!sentinel_load+0x2d    so many bytes after it, as explanations say it
    sentinel.sys+0x2d                  module and offset in bytes, as records say it
    0xffffffff80101234                 the address itself

Programs of ring 3 all lie at the same addresses, so the name of the program is part
of the place. Left out: functions that the compiler made part of another, and the data
of drivers, which have no symbol at an address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from minios.errors import ScenarioError
from minios.lab.modules import KERNEL, Modules
from minios.machine.breakpoints import Breakpoint
from minios.machine.cpu_state import MASK64

Name = str | int | Breakpoint
"""What a caller may give for a place."""

_NUMBER: Final = re.compile(r"0x[0-9a-f]+|[0-9]+", re.IGNORECASE)
_NAME: Final = re.compile(
    r"(?:(?P<module>[^!+]+)!)?(?P<symbol>[^!+]+)(?:\+(?P<offset>0x[0-9a-f]+|[0-9]+))?",
    re.IGNORECASE,
)
_SUGGESTIONS: Final = 4
_MOST: Final = 12  # names that begin like the one that was typed


@dataclass(frozen=True, slots=True)
class Place:
    """A breakpoint, and the program to whose process it belongs ("" for any)."""

    breakpoint: Breakpoint
    program: str = ""


def find(name: Name, modules: Modules) -> Place:
    """The place for a name, with the modules that are loaded now.

    Raises ScenarioError, with similar names, if there is none.
    """
    if isinstance(name, Breakpoint):
        return Place(name)
    if isinstance(name, int):
        return Place(Breakpoint(name))
    found = _read(name, modules)
    if found is None or found.breakpoint.address > MASK64:
        raise ScenarioError(
            f"there is no symbol {name!r}",
            where="symbols",
            advice=_advice(name, modules),
        )
    return found


def _number(text: str) -> int:
    return int(text, 16 if text[:2] in ("0x", "0X") else 10)


def _read(name: str, modules: Modules) -> Place | None:
    if _NUMBER.fullmatch(name):
        return Place(Breakpoint(_number(name)))
    parts = _NAME.fullmatch(name)
    return _named(modules, **parts.groupdict()) if parts else None


def _named(
    modules: Modules, module: str | None, symbol: str, offset: str | None
) -> Place | None:
    distance = _number(offset) if offset else 0
    owner = modules.named(symbol) if module is None and offset else None
    address = owner.base if owner else None
    if owner is None:
        owner = modules.named(module or KERNEL.name)
        address = owner.address_of(symbol) if owner else None
    if owner is None or address is None:
        return None
    program = owner.name if owner.is_program else ""
    return Place(Breakpoint(address + distance), program)


def _advice(name: str, modules: Modules) -> str:
    """Similar names, or a list of the modules."""
    module, mark, _ = name.partition("!")
    if mark and modules.named(module) is None:
        names = ", ".join(it.name for it in modules.loaded())
        return f"Loaded now: {names}; programs can be named before they run"
    words = near(name, modules)
    if not words:
        return "Write a symbol, MODULE!SYMBOL, MODULE+OFFSET or an address"
    return f"Did you mean {' or '.join(words)}?"


def near(name: str, modules: Modules) -> list[str]:
    """Places whose names begin with this one, the shortest first; at most twelve.

    If there is none, at most four with names like this one, the likeliest first.
    An offset that was given is kept: "kernel_mian+0x4" is near "kernel_main+0x4".
    """
    module, mark, symbol = name.partition("!")
    wanted, plus, offset = (symbol if mark else module).partition("+")
    owner = modules.named(module) if mark else None
    if mark and owner is None:
        return []
    candidates: dict[str, list[str]] = {}
    for it in [owner] if owner else modules.loaded():
        prefix = "" if it is KERNEL else f"{it.name}!"
        for function in it.functions():
            candidates.setdefault(function, []).append(prefix + function)
    begun = [it for it in candidates if wanted and it.startswith(wanted)]
    alike = sorted(begun, key=len) or get_close_matches(
        wanted, candidates, n=_SUGGESTIONS
    )
    words = [full for function in alike for full in candidates[function]]
    most = _MOST if begun else _SUGGESTIONS
    return [f"{full}{plus}{offset}" for full in words[:most]]
