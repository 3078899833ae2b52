"""From the bytes to the value, for bytes that pass the sensor's own checks."""

from __future__ import annotations

from collections.abc import Sequence

from minios.abi import content
from minios.abi.content import TemplateType
from minios.content.errors import ContentError
from minios.content.layout import CRITERION, HEADER, INSTANCE
from minios.content.model import Action, ChannelFile, Criterion, CriterionKind, Instance
from minios.content.verdict import check

_KINDS = {kind.number: kind for kind in CriterionKind}
_ACTIONS = {action.number: action for action in Action}


def decode(
    data: bytes, types: Sequence[TemplateType] = content.TEMPLATE_TYPES
) -> ChannelFile:
    """The value of a well-formed channel file, under these definitions.

    Raises `ContentError` with the sensor's verdict if it is not well formed.
    """
    verdict = check(data, types)
    if not verdict.accepted:
        raise ContentError(
            f"the content file is not well formed: {verdict.status}, {verdict.words}",
            advice="Look at it with `minios content inspect`",
        )
    header = HEADER.unpack(data, 0)
    instances = []
    position = HEADER.size
    for _ in range(header["instances"]):
        size = INSTANCE.unpack(data, position)["size"]
        instances.append(_instance(data[position : position + size]))
        position += size
    return ChannelFile(header["channel"], header["version"], tuple(instances))


def _instance(data: bytes) -> Instance:
    header = INSTANCE.unpack(data, 0)
    places = range(INSTANCE.size, INSTANCE.size + CRITERION.size * header["fields"], 8)
    return Instance(
        content.BY_NUMBER[header["type"]].name,
        header["detection"],
        tuple(_criterion(data, CRITERION.unpack(data, place)) for place in places),
        _ACTIONS[header["action"]],
    )


def _criterion(data: bytes, fields: dict[str, int]) -> Criterion:
    kind = _KINDS[fields["kind"]]
    if kind is CriterionKind.ANY:
        return Criterion()
    start = fields["offset"]
    text = data[start : start + fields["length"]].decode("latin-1")
    return Criterion(kind, text)
