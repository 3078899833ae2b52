"""Check whether a run can stop at a place in the code, such as `sentinel.sys+0x9af`.

This is asked before a machine has loaded anything. So every driver that comes with
minios counts as loaded. The session finds the address when the driver is loaded.
"""

from __future__ import annotations

from functools import lru_cache

from minios import paths
from minios.abi.memory_map import DRIVER_REGION
from minios.abi.plugins import Form, Kind
from minios.errors import ScenarioError
from minios.lab import places
from minios.lab.modules import Modules

_SIZE = 1 << 20
_DRIVERS = [
    f"{it.row.made_in}/*{it.row.ending}" for it in Kind if it.row.form is Form.OBJECT
]


@lru_cache(maxsize=1)
def _everything() -> Modules:
    modules = Modules()
    files = sorted(file for it in _DRIVERS for file in paths.GUEST.glob(it))
    for number, file in enumerate(files):
        modules.add_driver(file.name, DRIVER_REGION + number * _SIZE, _SIZE)
    return modules


def trouble(name: str) -> str:
    """Why this is no place, with similar names; "" if it is one."""
    try:
        places.find(name, _everything())
    except ScenarioError as error:
        return str(error)
    return ""


def suggestion(name: str) -> str:
    """A similar name that exists; "" if there is none."""
    likely = (it for it in places.near(name, _everything()) if not trouble(it))
    return next(likely, "")
