"""Make the bytes from the value. The same value always gives the same bytes.

The texts follow the criteria in the order of their fields, each with its NUL. Zeros
fill the instance up to a multiple of 8 bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from minios.abi import content
from minios.abi.content import TemplateType
from minios.content.errors import ContentError, suggest
from minios.content.layout import (
    CRITERION,
    HEADER,
    INSTANCE,
    INSTANCE_ALIGNMENT,
    MAGIC_NUMBER,
)
from minios.content.model import ChannelFile, CriterionKind, Instance, actions_of

_CRC_OFFSET = next(offset for name, offset, _ in HEADER.places() if name == "crc")


def encode(
    file: ChannelFile, types: Sequence[TemplateType] = content.TEMPLATE_TYPES
) -> bytes:
    """The bytes of a channel file, under these definitions.

    Raises `ContentError` if it has more instances, or is larger, than the sensor takes,
    or if an instance is none of its template.
    """
    for number, instance in enumerate(file.instances, 1):
        _require_template(instance, f"instance {number}", types)
    if len(file.instances) > content.MAXIMUM_INSTANCES:
        raise ContentError(
            f"{len(file.instances)} instances are more than the sensor has room for",
            advice=f"Leave some out: at most {content.MAXIMUM_INSTANCES} are possible",
        )
    body = b"".join(_instance(instance) for instance in file.instances)
    size = content.HEADER_SIZE + len(body)
    if size > content.MAXIMUM_FILE_SIZE:
        raise ContentError(
            f"the file would have {size} bytes, but the sensor takes at most "
            f"{content.MAXIMUM_FILE_SIZE}",
            advice="Shorten the texts or leave instances out",
        )
    header = HEADER.pack(
        magic=MAGIC_NUMBER,
        format=content.FORMAT_VERSION,
        channel=file.channel,
        version=file.version,
        instances=len(file.instances),
        size=size,
    )
    return with_checksum(header + body)


def with_checksum(data: bytes) -> bytes:
    """The same file with a right checksum in its header.

    For CRC-32 see IEEE 802.3 clause 3.2.9; zlib's `crc32` is the same.
    """
    assert len(data) >= content.HEADER_SIZE, len(data)
    checksum = zlib.crc32(data[content.HEADER_SIZE :]).to_bytes(4, "little")
    return data[:_CRC_OFFSET] + checksum + data[_CRC_OFFSET + len(checksum) :]


def _require_template(
    instance: Instance, place: str, types: Sequence[TemplateType]
) -> None:
    by_name = {it.name: it for it in types}
    if instance.template not in by_name:
        raise ContentError(
            f"there is no template {instance.template!r}",
            where=place,
            advice=suggest(instance.template, by_name),
        )
    template, count = by_name[instance.template], len(instance.criteria)
    if count != len(template.fields):
        raise ContentError(
            f"the template {template.name} has {len(template.fields)} fields, but "
            f"there are {count} criteria",
            where=place,
            advice="Give one criterion for each field: Criterion() matches anything",
        )
    if instance.action not in actions_of(template):
        raise ContentError(
            f"the template {template.name} cannot {instance.action.value}",
            where=place,
            advice=f"Take one of: {', '.join(it.value for it in actions_of(template))}",
        )


def _instance(instance: Instance) -> bytes:
    criteria = b""
    texts = b""
    first_text = INSTANCE.size + CRITERION.size * len(instance.criteria)
    for criterion in instance.criteria:
        kind = criterion.kind.number
        if criterion.kind is CriterionKind.ANY:
            criteria += CRITERION.pack(kind=kind)
            continue
        text = criterion.text.encode("latin-1")
        offset = first_text + len(texts)
        criteria += CRITERION.pack(kind=kind, length=len(text), offset=offset)
        texts += text + b"\0"
    texts += bytes(-(first_text + len(texts)) % INSTANCE_ALIGNMENT)
    header = INSTANCE.pack(
        size=first_text + len(texts),
        type=instance.template_type.number,
        fields=len(instance.criteria),
        detection=instance.detection,
        action=instance.action.number,
    )
    return header + criteria + texts
