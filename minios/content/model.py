"""A content file as a typed value: the common meaning of its bytes and its TOML source.

A `ChannelFile` proves nothing about what the sensor will do with it. It may contain a
criterion for which the sensor has no input. `validate.py` decides whether to publish
such a file.
"""

from __future__ import annotations

import enum

import msgspec

from minios.abi.content import BY_NAME, TemplateType
from minios.abi.enumerations import ACTION, CRITERION


class CriterionKind(enum.Enum):
    """How a criterion compares its input. ANY does not read the input at all."""

    ANY = "any"
    EQUALS = "equals"
    PATTERN = "pattern"

    @property
    def number(self) -> int:
        """The number of this kind in the file."""
        return CRITERION[self.name]


class Criterion(msgspec.Struct, frozen=True):
    """What one field must be. `text` is empty for ANY."""

    kind: CriterionKind = CriterionKind.ANY
    text: str = ""

    def __str__(self) -> str:
        """Words for a person: anything, equals "x", matches "x*"."""
        if self.kind is CriterionKind.ANY:
            return "anything"
        verb = "equals" if self.kind is CriterionKind.EQUALS else "matches"
        return f"{verb} {spoken(self.text)}"


class Action(enum.Enum):
    """What the sensor does if an instance matches. BLOCK reports it as well."""

    REPORT = "report"
    BLOCK = "block"

    @property
    def number(self) -> int:
        """The number of this action in the file."""
        return ACTION[self.name]


def actions_of(template: TemplateType) -> tuple[Action, ...]:
    """The actions that an instance of this template type may have."""
    return tuple(Action) if template.can_block else (Action.REPORT,)


class Instance(msgspec.Struct, frozen=True):
    """A template instance: a detection id, and one criterion for each field."""

    template: str
    detection: int
    criteria: tuple[Criterion, ...]
    action: Action = Action.REPORT

    @property
    def template_type(self) -> TemplateType:
        """The template type that the instance fills in."""
        return BY_NAME[self.template]


class ChannelFile(msgspec.Struct, frozen=True):
    """The contents of a channel file."""

    channel: int
    version: int
    instances: tuple[Instance, ...]


def spoken(text: str) -> str:
    """A text in double quotes, with escapes for what is not printable ASCII."""
    inner = "".join(
        f"\\x{ord(c):02x}" if not " " <= c <= "~" or c in '"\\' else c for c in text
    )
    return f'"{inner}"'
