"""The sensor's verdict on a content file when the sensor is asked to load the file.

The sensor makes these checks in its C code, in this order, in either ring. This is the
same in Python, so that a person can know the verdict before a push. The names are those
of `CONTENT_STATUS` in `minios/abi/enumerations.py`.

    TOO_LARGE         the file is larger than the sensor's buffer
    TOO_SHORT         the file is shorter than a header
    BAD_MAGIC         the file does not begin with MCHN
    BAD_VERSION       the file has another version of the format
    SIZE_MISMATCH     the header names another size
    BAD_CHECKSUM      the CRC-32 of all bytes after the header is wrong
    TOO_LARGE         the file has more instances than the sensor has room for
    UNKNOWN_TEMPLATE  the file is for another channel than 291
    then for each instance:
    BAD_INSTANCE      it ends after the file, or its criteria end after the instance
    UNKNOWN_TEMPLATE  the definitions do not have its type
    FIELD_COUNT       it has another number of criteria than the definitions
    BAD_ACTION        its action is unknown, or its type cannot do it
    BAD_CRITERION     unknown kind, or a text out of bounds or without its NUL
    and at the end:
    SIZE_MISMATCH     there are bytes behind the last instance

No check asks how many inputs the sensor will supply. That is the point: a file that
passes all of these checks can still crash the interpreter.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec

from minios.abi import content
from minios.abi.content import TemplateType
from minios.abi.enumerations import CONTENT_STATUS
from minios.content.layout import (
    CRITERION,
    HEADER,
    INSTANCE,
    INSTANCE_ALIGNMENT,
    MAGIC_NUMBER,
)
from minios.content.model import CriterionKind, actions_of

ACCEPTED = "ACCEPTED"
_ANY = CriterionKind.ANY.number
_KINDS = {kind.number for kind in CriterionKind}


class Verdict(msgspec.Struct, frozen=True):
    """Whether a file is accepted, and if not, why.

    `status` is a name of `CONTENT_STATUS`. `offset` is the byte of the file that is
    wrong, or -1 if it is no particular byte.
    """

    status: str
    words: str
    offset: int = -1

    def __post_init__(self) -> None:
        """Refuse a status that the sensor does not know."""
        assert self.number >= 0

    @property
    def accepted(self) -> bool:
        """Whether the file is accepted."""
        return self.status == ACCEPTED

    @property
    def number(self) -> int:
        """The number that the sensor reports."""
        return CONTENT_STATUS[self.status]


def check(
    data: bytes, types: Sequence[TemplateType] = content.TEMPLATE_TYPES
) -> Verdict:
    """The verdict on the bytes of a file of a sensor with these definitions."""
    bad = _check_header(data)
    if bad is not None:
        return bad
    header = HEADER.unpack(data, 0)
    position = content.HEADER_SIZE
    for number in range(1, header["instances"] + 1):
        bad = _check_instance(data, position, number, types)
        if bad is not None:
            return bad
        position += INSTANCE.unpack(data, position)["size"]
    if position != len(data):
        extra = len(data) - position
        return Verdict(
            "SIZE_MISMATCH", f"{extra} bytes follow the last instance", position
        )
    return Verdict(ACCEPTED, "the file is well formed")


def _check_header(data: bytes) -> Verdict | None:  # noqa: PLR0911 - one a check
    size = len(data)
    if size > content.MAXIMUM_FILE_SIZE:
        most = content.MAXIMUM_FILE_SIZE
        return Verdict(
            "TOO_LARGE",
            f"the file has {size} bytes, but the sensor takes at most {most}",
        )
    if size < content.HEADER_SIZE:
        needed = content.HEADER_SIZE
        return Verdict(
            "TOO_SHORT", f"the file has {size} bytes, but its header needs {needed}"
        )
    header = HEADER.unpack(data, 0)
    if header["magic"] != MAGIC_NUMBER:
        begin = data[: len(content.MAGIC)].hex(" ")
        return Verdict("BAD_MAGIC", f"the file begins with {begin}, not with MCHN", 0)
    if header["format"] != content.FORMAT_VERSION:
        version = header["format"]
        return Verdict(
            "BAD_VERSION", f"the format is {version}, but the sensor reads only 1", 4
        )
    if header["size"] != size:
        named = header["size"]
        return Verdict(
            "SIZE_MISMATCH",
            f"the file has {size} bytes, but its header says {named}",
            16,
        )
    checksum = zlib.crc32(data[content.HEADER_SIZE :])
    if header["crc"] != checksum:
        words = (
            f"the CRC-32 is {checksum:#010x}, but the header says {header['crc']:#010x}"
        )
        return Verdict("BAD_CHECKSUM", words, 20)
    if header["instances"] > content.MAXIMUM_INSTANCES:
        most = content.MAXIMUM_INSTANCES
        words = f"{header['instances']} instances, but the sensor takes at most {most}"
        return Verdict("TOO_LARGE", words, 12)
    if header["channel"] != content.CHANNEL_NUMBER:
        words = f"the channel is {header['channel']}, but the sensor reads only 291"
        return Verdict("UNKNOWN_TEMPLATE", words, 6)
    return None


def _check_instance(
    data: bytes, position: int, number: int, types: Sequence[TemplateType]
) -> Verdict | None:
    where = f"instance {number}"
    left = len(data) - position
    if left < INSTANCE.size:
        words = f"{where}: the file ends in the middle of its header"
        return Verdict("BAD_INSTANCE", words, position)
    header = INSTANCE.unpack(data, position)
    size, fields = header["size"], header["fields"]
    needed = INSTANCE.size + CRITERION.size * fields
    if not needed <= size <= left or size % INSTANCE_ALIGNMENT:
        words = (
            f"{where}: the size is {size}, but {fields} criteria need {needed} bytes, "
            f"{left} are left, and sizes are multiples of {INSTANCE_ALIGNMENT}"
        )
        return Verdict("BAD_INSTANCE", words, position)
    template = next((it for it in types if it.number == header["type"]), None)
    if template is None:
        words = f"{where}: there is no template type {header['type']}"
        return Verdict("UNKNOWN_TEMPLATE", words, position + 4)
    if fields != len(template.fields):
        words = (
            f"{where}: it has {fields} criteria, but the definitions give the type "
            f"{template.name} {len(template.fields)} fields"
        )
        return Verdict("FIELD_COUNT", words, position + 6)
    if header["action"] not in {action.number for action in actions_of(template)}:
        words = f"{where}: the type {template.name} has no action {header['action']}"
        return Verdict("BAD_ACTION", words, position + 16)
    instance = data[position : position + size]
    return _check_criteria(instance, position, number, template)


def _check_criteria(
    instance: bytes, position: int, number: int, template: TemplateType
) -> Verdict | None:
    for index, name in enumerate(template.fields):
        place = INSTANCE.size + CRITERION.size * index
        fault = _criterion_fault(instance, CRITERION.unpack(instance, place))
        if fault:
            words = f"{where(number, index, name)}: {fault}"
            return Verdict("BAD_CRITERION", words, position + place)
    return None


def _criterion_fault(instance: bytes, criterion: dict[str, int]) -> str:
    """What is wrong with a criterion; "" if nothing is wrong."""
    kind = criterion["kind"]
    if kind not in _KINDS:
        return f"there is no criterion of kind {kind}"
    if kind == _ANY:
        return ""
    return _text_fault(instance, criterion["offset"], criterion["length"])


def _text_fault(instance: bytes, offset: int, length: int) -> str:
    if length > content.MAXIMUM_TEXT:
        return f"its text has {length} bytes, but at most {content.MAXIMUM_TEXT} fit"
    if offset + length >= len(instance):
        return f"its text of {length} bytes at {offset} ends outside of the instance"
    if instance[offset + length] != 0:
        return f"its text of {length} bytes at {offset} does not end with a NUL"
    return ""


def where(instance: int, index: int, name: str) -> str:
    """Words for the place of a criterion. Instances and fields count from 1."""
    return f"instance {instance}, field {index + 1} ({name})"
