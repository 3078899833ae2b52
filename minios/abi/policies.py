"""The operating-system models: one kernel, and one table of policies.

The boot parameter `model=NAME` chooses a row. A row never changes what a fault is. It
only says which kinds of plugins the kernel loads, and what follows a fault of ring 0.
The boot options `plugins=` and `after_fault=` say something else instead, for any
model, so that one can ask: what if this system did?

A model shows one idea of the system whose name it has. On a real Windows machine a
sensor may do part of its work in ring 3. On a real Mac the owner can still allow kernel
extensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from minios.abi.plugins import Kind


@dataclass(frozen=True, slots=True)
class Policy:
    """What one model allows: it loads third-party plugins of these kinds.

    The system offers the feed of security events to ring 3 if it takes extensions.
    `after_fault` is what follows a fault of ring 0, a word of AFTER_FAULT.
    """

    number: int
    name: str
    kinds: tuple[Kind, ...]
    words: str
    after_fault: str = "stop_machine"

    @property
    def runs(self) -> str:
        """Where plugins run: "in ring 0, as part of the kernel"."""
        rows = (kind.row for kind in self.kinds)
        return " or ".join(f"in ring {it.ring}, {it.runs}" for it in rows) or "nowhere"


POLICIES: Final = (
    Policy(0, "windows", (Kind.DRIVER,), "third-party drivers run in ring 0"),
    Policy(1, "macos", (Kind.EXTENSION,), "third-party code stays in ring 3"),
)

BY_NAME: Final = {policy.name: policy for policy in POLICIES}


def taking(kind: Kind) -> Policy:
    """The first model that takes plugins of this kind."""
    return next(it for it in POLICIES if kind in it.kinds)


def kinds_taken(model: str, options: Mapping[str, str]) -> tuple[Kind, ...]:
    """The kinds of plugins that a machine with these boot options takes."""
    named = options.get("plugins")
    if named is None:
        return BY_NAME[model].kinds
    return tuple(kind for kind in Kind if kind.value in named.split(","))
