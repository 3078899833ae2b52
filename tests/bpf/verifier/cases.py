"""Reads `cases.toml`: pairs of programs, of which the verifier refuses one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_TABLE: Final = Path(__file__).with_name("cases.toml")


@dataclass(frozen=True, slots=True)
class Case:
    """One rule: a pair of programs.

    Attributes:
        name: what the bad program does.
        lines: both programs, with `||` in the line that differs.
        reason: a piece of the reason for which the bad one is refused.
        at: the instruction at which it is refused; None if that is not the point.
        hook: for which moment.
        memory: for the hook "test": how many bytes R1 points to.
    """

    name: str
    lines: tuple[str, ...]
    reason: str
    at: int | None
    hook: str
    memory: int

    def side(self, number: int) -> str:
        """The good program (0), or the bad one (1)."""
        chosen = []
        for line in self.lines:
            sides = [it.strip() for it in line.split("||")]
            chosen.append(sides[number] if len(sides) > 1 else sides[0])
        return "\n".join(it for it in chosen if it != "-")


def _expanded(text: str, names: Mapping[str, str]) -> Iterator[str]:
    """The lines, those behind an @ included."""
    for line in text.split("\n"):
        bare = line.strip()
        if bare.startswith("@"):
            yield from _expanded(names[bare[1:]], names)
        elif bare:
            yield bare


def _cases() -> Iterator[Case]:
    table: dict[str, Any] = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    for row in table["case"]:
        yield Case(
            name=row["name"],
            lines=tuple(_expanded(row["text"], table["lines"])),
            reason=row["reason"],
            at=row.get("at"),
            hook=row.get("hook", "notify/pipe_open"),
            memory=row.get("memory", 0),
        )


CASES: Final = tuple(_cases())
