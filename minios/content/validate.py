"""The vendor's check before a release, which decides whether a file may be published.

There are two validators, for the two sides of 19 July 2024:

- `historical` trusts the definitions file. That says that the IPC type has 21 fields,
  so 21 criteria are right, and the 21st may be anything. It accepts the bad file.
- `fixed` counts the inputs that the sensor's code supplies: 20. It refuses a criterion
  that would read input 21. It accepts a wildcard there, which reads nothing. Because of
  such a wildcard the fault stayed hidden from March to July.

Source: CrowdStrike, External Technical Root Cause Analysis, 6 August 2024, finding 4
(the validator) and its mitigation.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from minios.abi import content
from minios.abi.content import TemplateType
from minios.content.decode import decode
from minios.content.layout import CRITERION, HEADER, INSTANCE
from minios.content.model import CriterionKind
from minios.content.verdict import Verdict, check, where

SUPPLIED = {
    **{template.name: len(template.fields) for template in content.TEMPLATE_TYPES},
    content.IPC.name: content.IPC_INPUTS_SUPPLIED,
}
"""How many inputs the sensor passes to the interpreter, for each template type."""


class Validator(enum.Enum):
    """Which of the two validators."""

    HISTORICAL = "historical"
    FIXED = "fixed"


def validate(
    data: bytes,
    validator: Validator,
    types: Sequence[TemplateType] = content.TEMPLATE_TYPES,
    supplied: int = content.IPC_INPUTS_SUPPLIED,
) -> Verdict:
    """A validator's verdict on the bytes of a file.

    Both use the definitions `types`. The `fixed` validator also knows how many inputs
    the sensor's code supplies, and uses FIELD_COUNT for a criterion that has none.
    """
    verdict = check(data, types)
    if not verdict.accepted:
        return verdict
    if validator is Validator.FIXED:
        return _refuse_unsupplied(data, types, supplied) or Verdict(
            verdict.status, "the file is well formed, and every criterion has an input"
        )
    declared = ", ".join(f"{t.name} {len(t.fields)}" for t in types)
    return Verdict(
        verdict.status,
        f"the file is well formed, and has as many fields as declared ({declared})",
    )


def _refuse_unsupplied(
    data: bytes, types: Sequence[TemplateType], supplied: int
) -> Verdict | None:
    position = HEADER.size
    fields = {it.name: it.fields for it in types}
    for number, instance in enumerate(decode(data, types).instances, 1):
        names = fields[instance.template]
        for index in range(supplied, len(names)):
            criterion = instance.criteria[index]
            if criterion.kind is not CriterionKind.ANY:
                place = position + INSTANCE.size + CRITERION.size * index
                words = (
                    f"{where(number, index, names[index])}: {criterion} would read "
                    f"input {index + 1}, but the sensor supplies only {supplied}: "
                    "make the field a wildcard"
                )
                return Verdict("FIELD_COUNT", words, place)
        position += INSTANCE.unpack(data, position)["size"]
    return None
