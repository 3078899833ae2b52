"""The operating-system models: one kernel, one table of policies.

The boot parameter `model=NAME` picks a row. A row never changes what a fault is;
it only says which kinds of plugin the kernel will take.

A model takes one idea of the system whose name it has. On a real Windows machine a
sensor may do part of its work in ring 3; on a real Mac the owner can still let kernel
extensions in.
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
