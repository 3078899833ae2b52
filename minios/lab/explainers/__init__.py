"""What is known about single plugins: the only place that knows them by name.

A plugin that is not here gets the general words (`Explainer`). To say more of one,
write a module that has another `Explainer`, and add a row to `_BY_PLUGIN`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from minios.abi.plugins import plugin_of
from minios.lab.explainers.general import Explainer
from minios.lab.explainers.sentinel import Sentinel
from minios.lab.picture import FaultPicture

_GENERAL: Final = Explainer()
_BY_PLUGIN: Final[Mapping[str, Explainer]] = {"sentinel": Sentinel()}


def of_image(name: str) -> Explainer:
    """What is known about the plugin of an image file, such as `counter.sys`."""
    return _BY_PLUGIN.get(plugin_of(name), _GENERAL)


def is_of_content(picture: FaultPicture | None) -> bool:
    """Whether it is known that content led to this fault."""
    return picture is not None and of_image(picture.module_name).is_of_content(picture)
