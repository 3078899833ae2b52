"""What is known about the faults of named plugins.

Of a plugin that is not here, `causes.py` says in general words what the picture of its
fault shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from minios.lab.explainers import sentinel
from minios.lab.picture import FaultPicture
from minios.lab.protection import plugin_of


class Explainer(Protocol):
    """What a module of this package offers about its plugin."""

    def is_of_content(self, picture: FaultPicture) -> bool:
        """Whether the content that the plugin has loaded led to this fault."""

    def of_pointer(self, picture: FaultPicture) -> Iterator[str]:
        """How such content became a bad pointer, in sentences."""


_BY_PLUGIN: Final[Mapping[str, Explainer]] = {"sentinel": sentinel}


def of_content(picture: FaultPicture | None) -> Explainer | None:
    """What explains this fault, if it is known that content led to it."""
    if picture is None:
        return None
    known = _BY_PLUGIN.get(plugin_of(picture.module_name))
    return known if known is not None and known.is_of_content(picture) else None
