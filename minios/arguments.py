"""Checks of arguments that several commands use."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterable
from difflib import get_close_matches

from minios.errors import ScenarioError


def whole_number(text: str) -> int:
    """Read a whole number, below 0, too.

    Raises argparse.ArgumentTypeError for anything else.
    """
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from error


def at_least_one(text: str) -> int:
    """Read a whole number that is at least 1.

    Raises argparse.ArgumentTypeError for anything else.
    """
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a whole number of at least 1"
        )
    return number


def meant(name: str, known: Iterable[str]) -> str:
    """A question that offers the most similar name; "" if none is similar."""
    near = get_close_matches(name, list(known), 1)
    return f"Did you mean {near[0]}? " if near else ""


def require_known(
    names: Iterable[str], known: Collection[str], kind: str, where: str = ""
) -> None:
    """Raise ScenarioError, with the nearest name, if one of them is not known.

    Args:
        names: what a person has written.
        known: the names that exist.
        kind: what is named, as a noun for the message: "crime".
        where: the option in which the names stood; may be empty.
    """
    for name in names:
        if name not in known:
            raise ScenarioError(
                f"there is no {kind} {name!r}",
                where=where,
                advice=f"{meant(name, known)}Choose from: {', '.join(known)}",
            )
