"""Whether a place in the code can be stopped at: `kernel_main`, `sentinel.sys+0x9af`.

Asked before any machine has loaded anything, so every driver that is shipped counts as
loaded. Where it will be is found out by the session when it is.
"""

from __future__ import annotations

from functools import lru_cache

from minios import paths
from minios.abi.memory_map import DRIVER_REGION
from minios.errors import ScenarioError
from minios.lab import places
from minios.lab.modules import Modules

_SIZE = 1 << 20


@lru_cache(maxsize=1)
def _everything() -> Modules:
    modules = Modules()
    for number, file in enumerate(sorted((paths.GUEST / "drivers").glob("*.sys"))):
        modules.add_driver(file.name, DRIVER_REGION + number * _SIZE, _SIZE)
    return modules


def trouble(name: str) -> str:
    """Why this is no place, with names that are near; nothing if it is one."""
    try:
        places.find(name, _everything())
    except ScenarioError as error:
        return str(error)
    return ""


def suggestion(name: str) -> str:
    """A place that may be meant by what is none; nothing if there is none like it."""
    likely = (it for it in places.near(name, _everything()) if not trouble(it))
    return next(likely, "")
