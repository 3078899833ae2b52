"""What the arguments of several commands have in common."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterable

from minios.errors import ScenarioError


def at_least_one(text: str) -> int:
    """A number from 1 on: what was tried no times has not been tried."""
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return number


def require_known(
    names: Iterable[str], known: Collection[str], kind: str, where: str = ""
) -> None:
    """Raises ScenarioError if there is no thing of that kind with one of the names."""
    for name in names:
        if name not in known:
            raise ScenarioError(
                f"there is no {kind} {name!r}",
                where=where,
                advice=f"Choose from: {', '.join(known)}",
            )
