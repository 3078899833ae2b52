"""Where a key belongs that stands in a table which does not have it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from minios.testing.scenarios import claims, conditions, records, steps
from minios.testing.scenarios.model import Head, Machine
from minios.testing.scenarios.steps import Step


def _keys(kinds: Iterable[type[msgspec.Struct]]) -> frozenset[str]:
    fields = (it for kind in kinds for it in msgspec.structs.fields(kind))
    return frozenset(it.encode_name for it in fields)


_HEAD: Final = _keys([Head]) - {"machines", "steps"}
_MACHINE: Final = _keys([Machine])
_STEP: Final = _keys(steps.VERBS.values())
_BRACES: Final = _keys(
    (
        *conditions.CONDITIONS.values(),
        *claims.CLAIMS.values(),
        *records.KINDS.values(),
    )
)


def home_of(key: str, kind: type[msgspec.Struct]) -> str:
    """Advice for a key in a table of this kind; "" if it belongs nowhere else."""
    if kind is not Head and key in _HEAD:
        return "It belongs into the head of the file: write it above [machines.NAME]"
    if kind is not Machine and key in _MACHINE:
        return "It belongs to a machine: write it below [machines.NAME]"
    if kind in (Head, Machine):
        is_of_step = key in _STEP
        return "It belongs to a step: write it below [[steps]]" if is_of_step else ""
    if key in _STEP and not issubclass(kind, Step):
        return "It belongs to the step: write it in a line of its own, without { }"
    if key in _BRACES and kind in (steps.WaitFor, steps.Assert):
        return "It belongs into the braces: write it between { and }"
    return ""
