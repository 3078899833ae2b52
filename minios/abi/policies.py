"""The operating-system models: one kernel, and one table of policies.

The boot parameter `model=NAME` chooses a row. A row never changes what a fault is. It
only says which kinds of plugins the kernel loads.

A model shows one idea of the system whose name it has. On a real Windows machine a
sensor may do part of its work in ring 3. On a real Mac the owner can still allow kernel
extensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Policy:
    """What one model allows.

    `drivers`: third-party plugins may be loaded into ring 0.
    `extensions`: the system offers the event feed to ring-3 plugins.
    """

    number: int
    name: str
    drivers: bool
    extensions: bool
    words: str


POLICIES: Final = (
    Policy(0, "windows", True, False, "third-party drivers run in ring 0"),
    Policy(1, "macos", False, True, "third-party code stays in ring 3"),
)

BY_NAME: Final = {policy.name: policy for policy in POLICIES}
