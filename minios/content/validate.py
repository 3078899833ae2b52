"""The vendor's question before a release: may this file go out.

Two validators, for the two sides of 19 July 2024:

- `historical` trusts the definitions file. It says that the IPC type has 21 fields, so
  21 criteria are right and the twenty-first may be anything. It lets the bad file pass.
- `fixed` counts what the sensor's own code supplies, which is 20. A criterion that
  would read the twenty-first input is refused. A wildcard there is harmless and passes:
  that is how the fault stayed asleep from March to July.

Source: CrowdStrike, External Technical Root Cause Analysis, 6 August 2024, finding 4
(the validator) and its mitigation.
"""

from __future__ import annotations

import enum

from minios.abi import content
from minios.content.decode import decode
from minios.content.layout import CRITERION, HEADER, INSTANCE
from minios.content.model import CriterionKind
from minios.content.verdict import Verdict, check, where

SUPPLIED = {content.IPC.name: content.IPC_INPUTS_SUPPLIED}
"""How many inputs the sensor passes to the interpreter, for each template type."""


class Validator(enum.Enum):
    """Which of the two is asked."""

    HISTORICAL = "historical"
    FIXED = "fixed"


def validate(data: bytes, validator: Validator) -> Verdict:
    """A validator's verdict on the bytes of a file.

    The `fixed` one uses FIELD_COUNT for a criterion that has no input.
    """
    verdict = check(data)
    if not verdict.accepted:
        return verdict
    if validator is Validator.FIXED:
        return _refuse_unsupplied(data) or Verdict(
            verdict.status, "well formed, and every criterion has an input"
        )
    declared = ", ".join(f"{t.name} {len(t.fields)}" for t in content.TEMPLATE_TYPES)
    return Verdict(
        verdict.status,
        f"well formed, and the definitions declare as many fields ({declared})",
    )


def _refuse_unsupplied(data: bytes) -> Verdict | None:
    position = HEADER.size
    for number, instance in enumerate(decode(data).instances, 1):
        supplied = SUPPLIED[instance.template]
        names = instance.template_type.fields
        for index in range(supplied, len(names)):
            criterion = instance.criteria[index]
            if criterion.kind is not CriterionKind.ANY:
                place = position + INSTANCE.size + CRITERION.size * index
                words = (
                    f"{where(number, index, names[index])}: {criterion} would read "
                    f"input {index + 1}, but the sensor supplies {supplied}; "
                    "leave the field a wildcard"
                )
                return Verdict("FIELD_COUNT", words, place)
        position += INSTANCE.unpack(data, position)["size"]
    return None
